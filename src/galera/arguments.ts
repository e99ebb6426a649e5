import { plainOption } from './option-groups.ts'

const SHORT: Readonly<Record<string, string>> = { P: 'port', h: 'datadir' }

/**
 * Options of a server's command line, names as in its variables; the last of a name holds. A value may stand in an argument of its own: a server takes
 * no others.
 */
export function parseArguments(args: readonly string[]): Map<string, string> {
  const options = new Map<string, string>()
  for (const [index, arg] of args.entries()) {
    const [, dashed, , long] = /^(--([^=]+))(?:=(.*))?$/s.exec(arg) ?? []
    const [, letter = '', glued = ''] = /^-([A-Za-z])(.*)$/s.exec(arg) ?? []
    const name = dashed?.slice(2).replaceAll('-', '_').toLowerCase() ?? SHORT[letter]
    if (name === undefined) continue
    const next = args[index + 1]
    const separate = next === undefined || next.startsWith('-') ? null : next
    const plain = plainOption(name, long ?? (glued === '' ? separate : glued))
    if (plain !== null) options.set(...plain)
  }
  return options
}
