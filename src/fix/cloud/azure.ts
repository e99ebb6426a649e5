import { commandLine, fillIn, fingerprint, PLACEHOLDER, ruleName } from './command.ts'
import type { CloudMaker, CloudOpening, CloudRule } from './opening.ts'

const LOWEST = 100
const HIGHEST = 4096
/** First choices are spread over these, so that a later run hardly ever meets a number of an earlier one. */
const SPREAD = 900

/** Rules of a network security group, for the target alone by its address; a rule has one protocol there. */
export const azureCommands: CloudMaker<'azure'> = (openings, { group }) => {
  const { resourceGroup, nsg } = group ?? { resourceGroup: PLACEHOLDER, nsg: PLACEHOLDER }
  const place = ['--resource-group', resourceGroup, '--nsg-name', nsg]
  const taken = new Set<number>()
  return openings.map((opening) => {
    const rules = byProtocol(opening).map((rule) => {
      const content = [resourceGroup, nsg, opening.target, rule]
      return { rule, name: ruleName(content), priority: freePriority(fingerprint(content), taken) }
    })
    if (rules.some(({ priority }) => priority === null)) {
      return { commands: [], undo: [], note: 'One network security group does not hold so many rules.' }
    }
    return {
      commands: rules.map(({ rule, name, priority }) =>
        commandLine(
          ...['az', 'network', 'nsg', 'rule', 'create', ...place, '--name', name],
          ...['--priority', String(priority), '--direction', 'Inbound', '--access', 'Allow'],
          ...['--protocol', rule.ports[0]?.protocol === 'udp' ? 'Udp' : 'Tcp'],
          ...['--source-address-prefixes', ...rule.sources],
          ...['--destination-address-prefixes', opening.target],
          ...['--destination-port-ranges', ...rule.ports.map(({ port }) => String(port))],
          ...['--output', 'none'],
        ),
      ),
      undo: rules.map(({ name }) =>
        commandLine('az', 'network', 'nsg', 'rule', 'delete', ...place, '--name', name),
      ),
      note: `${fillIn(group !== null, `the resource group and the network security group of ${opening.node}`, 'azure=GROUP/NSG')}${NOTE}`,
    }
  })
}

const NOTE =
  'Run again, it changes nothing. Priorities are unique in a group and direction: on SecurityRuleConflict take another ' +
  `number from ${LOWEST} to ${HIGHEST}, below that of the rule that denies; the lowest decides. ` +
  'The addresses must be those inside the virtual network. A group of the subnet and one of the network interface must ' +
  'both let it in; where one of the source limits what goes out (Outbound), it must let this out too.'

function byProtocol({ rules }: CloudOpening): CloudRule[] {
  return rules.flatMap(({ sources, ports }) =>
    (['tcp', 'udp'] as const)
      .map((protocol) => ({ sources, ports: ports.filter((port) => port.protocol === protocol) }))
      .filter((rule) => rule.ports.length > 0),
  )
}

/** null: none is left. */
function freePriority(hash: string, taken: Set<number>): number | null {
  let priority = LOWEST + (Number.parseInt(hash, 16) % SPREAD)
  while (taken.has(priority)) priority += 1
  if (priority > HIGHEST) return null
  taken.add(priority)
  return priority
}
