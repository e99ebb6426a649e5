/** A leading `=` is a path expansion in zsh, a leading `~` a home directory everywhere: neither is plain. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/

/** One word for a POSIX shell: plain words as they are, all else in single quotes, where nothing is special. */
export function shellQuote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
