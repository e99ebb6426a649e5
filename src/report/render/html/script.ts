/**
 * What the page does beyond being read: it copies commands, shows a cell's flows beside it, and moves between cells by the arrow
 * keys. It puts together nothing but nodes that the page has already, so no text is ever parsed as HTML.
 */
export const SCRIPT = `
'use strict';
for (const button of document.querySelectorAll('.copyable button')) {
  const pre = button.closest('.copyable').querySelector('pre');
  const say = (text) => {
    button.textContent = text;
    setTimeout(() => { button.textContent = 'Copy'; }, 2000);
  };
  button.hidden = false;
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      say('Copied');
    } catch {
      getSelection().selectAllChildren(pre);
      say(document.execCommand('copy') ? 'Copied' : 'Press Ctrl+C');
    }
  });
}

const matrix = document.querySelector('#matrix table');
const tip = document.getElementById('tip');
const links = matrix ? [...matrix.querySelectorAll('a')] : [];
const place = (link) => [link.closest('tr').rowIndex, link.closest('td').cellIndex];
const at = (row, column) => matrix.rows[row]?.cells[column];
let lit = [];

function hide() {
  tip.hidden = true;
  for (const cell of lit) cell.classList.remove('lit');
  lit = [];
}

function show(link) {
  hide();
  const rows = document.getElementById(link.hash.slice(1)).closest('tbody');
  const [row, column] = place(link);
  lit = [at(0, column), at(row, 0)];
  for (const cell of lit) cell.classList.add('lit');
  const copy = rows.cloneNode(true);
  copy.querySelector('th').remove();
  const title = document.createElement('p');
  title.textContent = lit[1].textContent + ' \u2192 ' + lit[0].textContent;
  const table = document.createElement('table');
  table.className = 'list';
  table.append(copy);
  tip.replaceChildren(title, table);
  tip.hidden = false;
  const cell = link.closest('td').getBoundingClientRect();
  const box = tip.getBoundingClientRect();
  const room = document.documentElement;
  const below = cell.bottom + 6 + box.height < room.clientHeight;
  tip.style.top = Math.max(4, below ? cell.bottom + 6 : cell.top - box.height - 6) + 'px';
  tip.style.left = Math.max(4, Math.min(cell.left, room.clientWidth - box.width - 12)) + 'px';
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function move(event) {
  const step = STEPS[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
  let [row, column] = place(event.currentTarget);
  for (;;) {
    row += step[0];
    column += step[1];
    const cell = row > 0 && column > 0 ? at(row, column) : undefined;
    if (!cell) return;
    const link = cell.querySelector('a');
    if (!link) continue;
    event.preventDefault();
    link.focus();
    return;
  }
}

links.forEach((link, index) => {
  link.tabIndex = index === 0 ? 0 : -1;
  link.addEventListener('mouseenter', () => show(link));
  link.addEventListener('mouseleave', hide);
  link.addEventListener('blur', hide);
  link.addEventListener('focus', () => {
    for (const other of links) other.tabIndex = other === link ? 0 : -1;
    if (link.matches(':focus-visible')) show(link);
  });
  link.addEventListener('keydown', move);
});
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') hide(); });
addEventListener('scroll', hide, { passive: true });
`
