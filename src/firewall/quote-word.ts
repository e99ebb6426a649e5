/** For between double quotes, as `iptables-save` escapes. */
export function escapeQuotes(text: string): string {
  return text.replace(/["\\]/g, '\\$&')
}

/** As one word of a dump, whatever is in it. */
export function quoteWord(text: string): string {
  return /^[\w.,:/+][\w.,:/+-]*$/.test(text) ? text : `"${escapeQuotes(text)}"`
}
