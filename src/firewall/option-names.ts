const ALIASES: ReadonlyMap<string, string> = new Map([
  ['--source', '-s'],
  ['--src', '-s'],
  ['--destination', '-d'],
  ['--dst', '-d'],
  ['--in-interface', '-i'],
  ['--out-interface', '-o'],
  ['--protocol', '-p'],
  ['--proto', '-p'],
  ['--match', '-m'],
  ['--jump', '-j'],
  ['--goto', '-g'],
  ['--fragment', '-f'],
  ['--fragments', '-f'],
  ['--set-counters', '-c'],
])

export function shortName(option: string): string {
  return ALIASES.get(option) ?? option
}

/** `--dport=22` and `-ptcp` are what getopt_long(3) takes too. */
export function splitOption(text: string): { name: string; argument: string | null } {
  const found = /^(--[^=]+)=(.*)$/s.exec(text) ?? /^(-[sdiopmjg])(.+)$/s.exec(text)
  return { name: found?.[1] ?? text, argument: found?.[2] ?? null }
}
