import type { Fix } from '../../report.ts'
import { PLACES, provenText } from '../fixes.ts'
import { count } from '../lists.ts'
import { copyable } from './copyable.ts'
import { type Html, html } from './markup.ts'
import type { Section } from './notes.ts'

/** What to paste, node by node. */
export function fixesSection(fixes: readonly Fix[]): Section {
  return {
    id: 'commands',
    title: 'What to paste',
    count: fixes.length,
    body: html`${fixes.map(fixBlock)}`,
  }
}

function fixBlock(fix: Fix): Html {
  const { node, backend, commands, persist, undo, note, proven } = fix
  if (commands.length === 0) {
    return html`<article><h3>${node}</h3><p>Nothing to paste${note === undefined ? '.' : `: ${note}`}</p></article>`
  }
  const heading = html`<h3>${PLACES[backend](node)} <small>${count(commands.length, 'command')}, ${backend}</small></h3>`
  return html`<article class="fix">
${copyable(heading, `the commands for ${node}`, commands)}
<p class="aside"><b class="${proven ? 'ok' : 'unknown'}" aria-hidden="true">${proven ? '✓' : '?'}</b> ${provenText(fix)}${note !== undefined && html` <b>Note:</b> ${note}`}</p>
<div class="two">
${persist.length > 0 && copyable(html`<h4>To keep it over a reboot</h4>`, `what keeps it on ${node}`, persist)}
${undo.length > 0 && copyable(html`<h4>To undo</h4>`, `what undoes it on ${node}`, undo)}
</div></article>
`
}
