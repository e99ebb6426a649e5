import { type Access, checkAccess, netText } from './net-text.ts'

/** ufw keeps them over a reload and a reboot by itself. */
interface UfwLines {
  readonly commands: readonly string[]
  readonly undo: readonly string[]
}

/**
 * Opens `access` before all rules of ufw, where it has none with just that source, destination, port and protocol: it
 * knows a rule by these and not by its action or comment, says "Skipping inserting existing rule", with code 0, and
 * nothing is opened.
 */
export function ufwLines(access: Access): UfwLines {
  checkAccess(access)
  const { source, destination, port, protocol } = access
  const to = destination ? netText(destination) : 'any'
  const rule = `from ${netText(source)} to ${to} port ${port} proto ${protocol}`
  return { commands: [`ufw prepend allow ${rule}`], undo: [`ufw delete allow ${rule}`] }
}

/** The chain of `ufw prepend`, whose first rule it then is. */
export const ufwChain = ({ source }: Access): string =>
  source.family === 4 ? 'ufw-user-input' : 'ufw6-user-input'

/** Whether ufw has a rule, of any action, for exactly this: read from the rules of `ufwChain` as iptables-save prints them. */
export function ufwKnows(texts: readonly string[], access: Access): boolean {
  const { source, destination, port, protocol } = access
  const chain = ufwChain(access)
  const bits = source.family === 4 ? '/32' : '/128'
  const address = (net: Access['source']) => `${netText(net)}${netText(net).includes('/') ? '' : bits}`
  const to = destination ? ` -d ${address(destination)}` : ''
  const spec = `-A ${chain} -s ${address(source)}${to} -p ${protocol} -m ${protocol} --dport ${port}`
  return texts.some((text) => text.startsWith(`${spec} -`))
}
