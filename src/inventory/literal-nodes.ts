import { isIP } from 'node:net'
import type { Host } from './hosts.ts'
import { InputError } from './input-error.ts'

/** Where nothing is sent no name is resolved either: each node needs its address, all of one family. */
export function requireLiterals(nodes: readonly Host[]): void {
  const named = nodes.find(({ address }) => isIP(address) === 0)
  if (named !== undefined) {
    const equals = named.name === named.address ? `${named.name}=10.0.0.1` : `${named.name}=ADDRESS`
    const option = named.role === 'pmm' ? `--pmm-server ${equals}` : `--nodes ${equals},...`
    throw new InputError(
      'node-without-address',
      `analyze asks nobody, no DNS either: "${named.name}" needs its IP address, as its peers see it: ${option}`,
    )
  }
  const [first] = nodes
  const other = nodes.find(({ address }) => isIP(address) !== isIP(first?.address ?? ''))
  if (first !== undefined && other !== undefined) {
    throw new InputError(
      'mixed-families',
      `"${first.name}" has an IPv${isIP(first.address)} address and "${other.name}" an IPv${isIP(other.address)} address: ` +
        'no flow goes between them. Give all nodes by addresses of one family.',
    )
  }
}
