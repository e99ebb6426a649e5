import type { PodSelector } from '../../inventory/cloud.ts'
import { commandLine, fillIn, PLACEHOLDER, ruleName } from './command.ts'
import type { CloudMaker, CloudRule } from './opening.ts'

/**
 * A NetworkPolicy (networking.k8s.io/v1). Policies add up, but the first one that selects a pod closes all that it does not
 * name: so nothing is applied where the namespace has none at all.
 */
export const kubernetesCommands: CloudMaker<'kubernetes'> = (openings, { pods }) =>
  openings.map(({ node, rules }) => {
    const selector = pods ?? { namespace: PLACEHOLDER, key: PLACEHOLDER, value: PLACEHOLDER }
    const { namespace } = selector
    const name = ruleName([selector, rules])
    const list = commandLine('kubectl', 'get', 'networkpolicy', '--namespace', namespace, '--output', 'name')
    const refusal = `No NetworkPolicy was found in ${namespace}, so none blocks: not applied.`
    return {
      commands: [
        `if [ -n "$(${list})" ]; then kubectl apply --filename - <<'EOF'`,
        ...manifest(name, selector, rules),
        'EOF',
        `else ${commandLine('echo', refusal)} >&2; fi`,
      ],
      undo: [commandLine('kubectl', 'delete', 'networkpolicy', name, '--namespace', namespace)],
      note: `${fillIn(pods !== null, `the namespace and a label of the pod of ${node}`, 'kubernetes=NAMESPACE/KEY=VALUE')}${NOTE}`,
    }
  })

const NOTE =
  'Only where a policy selects the pod already (kubectl describe networkpolicy): a pod that none selects is open, and this ' +
  'one would then close all that it does not name. It holds for every pod with the label. ' +
  'Some network plugins (Cilium) do not match pods by address, and pods change theirs: to keep it, allow the peers by ' +
  'podSelector. Where a policy of the source limits what goes out (Egress), it must let this out too.'

/** Every text is quoted as JSON is, which YAML reads as it stands. */
function manifest(
  name: string,
  { namespace, key, value }: PodSelector,
  rules: readonly CloudRule[],
): string[] {
  const text = (plain: string) => JSON.stringify(plain)
  return [
    'apiVersion: networking.k8s.io/v1',
    'kind: NetworkPolicy',
    'metadata:',
    `  name: ${text(name)}`,
    `  namespace: ${text(namespace)}`,
    'spec:',
    '  podSelector:',
    '    matchLabels:',
    `      ${text(key)}: ${text(value)}`,
    '  policyTypes:',
    '    - Ingress',
    '  ingress:',
    ...rules.flatMap(({ sources, ports }) => [
      '    - from:',
      ...sources.flatMap((source) => ['        - ipBlock:', `            cidr: ${text(source)}`]),
      '      ports:',
      ...ports.flatMap(({ protocol, port }) => [
        `        - protocol: ${protocol.toUpperCase()}`,
        `          port: ${port}`,
      ]),
    ]),
  ]
}
