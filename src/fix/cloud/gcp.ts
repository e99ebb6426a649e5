import { commandLine, fillIn, PLACEHOLDER, ruleName } from './command.ts'
import type { CloudMaker, CloudRule } from './opening.ts'

/** Below 1000, which a rule has that was made without a priority; at equal ones a deny wins. */
const PRIORITY = '900'

/** Rules of a VPC network, for the target alone by its address. */
export const gcpCommands: CloudMaker<'gcp'> = (openings, { network }) =>
  openings.map(({ node, target, rules }) => {
    const named = rules.map((rule) => ({ rule, name: ruleName([network, target, rule]) }))
    return {
      commands: named.map(({ rule, name }) => create(name, network ?? PLACEHOLDER, target, rule)),
      // It would ask, and read the next pasted line as the answer.
      undo: named.map(({ name }) =>
        commandLine('gcloud', 'compute', 'firewall-rules', 'delete', name, '--quiet'),
      ),
      note: `${fillIn(network !== null, `the name of the VPC network of ${node}`, 'gcp=NETWORK')}${NOTE}`,
    }
  })

const NOTE =
  '"Already exists" is fine: a name stands for what its rule does. The addresses must be those inside the network, not ' +
  `public ones that are translated. The lowest priority number decides: a deny rule at ${PRIORITY} or below still ` +
  'blocks, and so does a firewall policy of the organization, a folder or the network. ' +
  'Where a rule limits what the source may send (EGRESS), it must let this out too.'

function create(name: string, network: string, target: string, { sources, ports }: CloudRule): string {
  return commandLine(
    ...['gcloud', 'compute', 'firewall-rules', 'create', name],
    ...['--network', network, '--direction', 'INGRESS', '--action', 'ALLOW'],
    ...['--rules', ports.map(({ protocol, port }) => `${protocol}:${port}`).join(',')],
    ...['--source-ranges', sources.join(','), '--destination-ranges', target],
    ...['--priority', PRIORITY],
  )
}
