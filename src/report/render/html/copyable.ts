import { type Html, html } from './markup.ts'

/** Lines to paste, below a heading, with a button that copies them and nothing else. The script shows the button: without it, it is dead. */
export function copyable(heading: Html, what: string, lines: readonly string[]): Html {
  // A parser drops one newline after the tag, and keeps a second one.
  return html`<div class="copyable"><div class="bar">${heading}<button type="button" hidden aria-label="Copy ${what}">Copy</button></div>
<pre tabindex="0">
${lines.join('\n')}</pre></div>
`
}
