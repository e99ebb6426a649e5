import { wrap } from '../../terminal/wrap.ts'
import type { Backend, Fix } from '../report.ts'
import type { Paint } from './colour.ts'
import { count } from './lists.ts'

export const PLACES: Readonly<Record<Backend, (node: string) => string>> = {
  iptables: (node) => `On ${node}, as root, paste`,
  nft: (node) => `On ${node}, as root, paste`,
  firewalld: (node) => `On ${node}, as root, paste`,
  ufw: (node) => `On ${node}, as root, paste`,
  cloud: (node) => `For ${node}, where the cloud's command line is set up, paste`,
  none: (node) => `For ${node}`,
}

export interface FixStyle {
  readonly columns: number
  readonly heading: Paint
}

/**
 * The commands of one fix, bare, so that the lines can be pasted as they stand. All else below the heading is a shell
 * comment, the undo lines too: whoever selects the whole block must not take back at its end what its begin has opened.
 */
export function fixLines(fix: Fix, style: FixStyle): string[] {
  const { node, backend, commands, persist, undo } = fix
  if (commands.length === 0) {
    return wrap(
      `For ${node} there is nothing to paste${fix.note === undefined ? '.' : `: ${fix.note}`}`,
      style.columns,
      '  ',
    )
  }
  const heading = `${PLACES[backend](node)}${fix.proven ? '' : ' (not proven, see below)'}:`
  const remark = (text: string) => wrap(`# ${text}`, style.columns, '#   ')
  return [
    style.heading(heading),
    ...commands,
    ...(persist.length === 0 ? [] : ['# To keep it over a reboot:', ...persist]),
    ...(undo.length === 0
      ? []
      : ['# To undo:', ...undo.map((line) => (line.startsWith('#') ? line : `# ${line}`))]),
    ...remark(provenText(fix)),
    ...(fix.note === undefined ? [] : remark(`Note: ${fix.note}`)),
  ]
}

export function provenText({ node, backend, opens, proven }: Fix): string {
  const flows = count(opens.length, 'flow')
  if (backend === 'cloud') {
    return `Not proven, as the cloud's own rules were not read: this is meant to open ${flows}. Run the check again after pasting.`
  }
  return proven
    ? `Proven on the rules of ${node}: this opens ${flows} and changes the fate of no other packet.`
    : `Not proven on the rules of ${node}: this is meant to open ${flows}. Run the check again after pasting.`
}
