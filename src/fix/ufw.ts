import { type Access, checkAccess, netText } from './net-text.ts'

type Verdict = 'allow' | 'deny' | 'reject' | 'limit'

/** What a rule of ufw does, and whether it writes to the log first. */
export type UfwAction = Verdict | `${Verdict} log`

/** ufw keeps them over a reload and a reboot by itself. */
export interface UfwLines {
  readonly commands: readonly string[]
  readonly undo: readonly string[]
}

/**
 * Opens `access`, given what ufw's own rule with just that source, port and protocol does now (null: there is none). ufw
 * knows a rule by these three and not by its action: `prepend allow` of one that is denied, or allowed too late, says
 * "Skipping inserting existing rule", with code 0, and nothing is opened.
 */
export function ufwLines(access: Access, existing: UfwAction | null): UfwLines {
  const rule = ufwRule(access)
  if (existing === null) {
    return { commands: [`ufw prepend allow ${rule}`], undo: [`ufw delete allow ${rule}`] }
  }
  if (existing.startsWith('allow')) {
    return {
      commands: [`ufw delete ${existing} ${rule}`, `ufw prepend allow ${rule}`],
      undo: [`ufw delete allow ${rule}`, `ufw ${existing} ${rule}`],
    }
  }
  // In its place ("Rule updated"), so that the undo finds the place again.
  return { commands: [`ufw allow ${rule}`], undo: [`ufw ${existing} ${rule}`] }
}

function ufwRule(access: Access): string {
  checkAccess(access)
  return `from ${netText(access.source)} to any port ${access.port} proto ${access.protocol}`
}

/** The chain of `ufw prepend`, whose first rule it then is. */
export const ufwChain = ({ source }: Access): string =>
  source.family === 4 ? 'ufw-user-input' : 'ufw6-user-input'

/** What ufw's own rule for exactly this does, read from the rules of `ufwChain` as iptables-save prints them. */
export function ufwActionOf(texts: readonly string[], access: Access): UfwAction | null {
  const { source, port, protocol } = access
  const chain = ufwChain(access)
  const address = netText(source)
  const host = source.family === 4 ? '/32' : '/128'
  const spec = `-A ${chain} -s ${address}${address.includes('/') ? '' : host} -p ${protocol} -m ${protocol} --dport ${port}`
  const targets = texts
    .filter((text) => text.startsWith(`${spec} -`))
    .map((text) => text.slice(spec.length + 1))
  const verdict = targets.map(verdictOf).find((found) => found !== null)
  if (!verdict) return null
  return targets.some((target) => /^-j ufw6?-user-logging-input$/.test(target)) ? `${verdict} log` : verdict
}

function verdictOf(target: string): Verdict | null {
  if (target === '-j ACCEPT') return 'allow'
  if (target === '-j DROP') return 'deny'
  if (/^-j REJECT --reject-with \S+$/.test(target)) return 'reject'
  return /^-j ufw6?-user-limit-accept$/.test(target) ? 'limit' : null
}
