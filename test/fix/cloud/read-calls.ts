import { readYaml } from './read-yaml.ts'

/** What a command opens, one text for each source and port: `SOURCE PROTOCOL/PORT`, with `-> TARGET` where it names one. */
export function openedBy(call: readonly string[]): string[] {
  const [program] = call
  if (program === 'aws') return byAws(call)
  if (program === 'gcloud') return byGcloud(call)
  if (program === 'az') return byAz(call)
  return program === 'kubectl' && call[1] === 'apply' ? byKubectl(call) : []
}

/** The words behind an option, up to the next one. */
export function option(call: readonly string[], name: string): string[] {
  const at = call.indexOf(name)
  if (at === -1 || call.lastIndexOf(name) !== at) throw new Error(`${name} of ${call.join(' ')}`)
  const end = call.findIndex((word, index) => index > at && word.startsWith('--'))
  return call.slice(at + 1, end === -1 ? undefined : end)
}

interface Permission {
  readonly IpProtocol: string
  readonly FromPort: number
  readonly ToPort: number
  readonly IpRanges?: readonly { readonly CidrIp: string }[]
  readonly Ipv6Ranges?: readonly { readonly CidrIpv6: string }[]
}

function byAws(call: readonly string[]): string[] {
  const [text = ''] = option(call, '--ip-permissions')
  return (JSON.parse(text) as Permission[]).flatMap(
    ({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] }) => {
      const sources = [...IpRanges.map((r) => r.CidrIp), ...Ipv6Ranges.map((r) => r.CidrIpv6)]
      const ports = Array.from({ length: ToPort - FromPort + 1 }, (_, index) => FromPort + index)
      return sources.flatMap((source) => ports.map((port) => `${source} ${IpProtocol}/${port}`))
    },
  )
}

function byGcloud(call: readonly string[]): string[] {
  const words = (name: string) => option(call, name).flatMap((word) => word.split(','))
  return words('--source-ranges').flatMap((source) =>
    words('--rules').flatMap((rule) =>
      words('--destination-ranges').map((target) => `${source} ${rule.replace(':', '/')} -> ${target}`),
    ),
  )
}

function byAz(call: readonly string[]): string[] {
  const [protocol = ''] = option(call, '--protocol')
  return option(call, '--source-address-prefixes').flatMap((source) =>
    option(call, '--destination-port-ranges').flatMap((port) =>
      option(call, '--destination-address-prefixes').map(
        (target) => `${source} ${protocol.toLowerCase()}/${port} -> ${target}`,
      ),
    ),
  )
}

export interface Policy {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly policyTypes: readonly string[]
    readonly ingress: readonly {
      readonly from: readonly { readonly ipBlock: { readonly cidr: string } }[]
      readonly ports: readonly { readonly protocol: string; readonly port: number }[]
    }[]
  }
}

export function policyOf(call: readonly string[]): Policy {
  return readYaml(call.at(-1) ?? '') as Policy
}

function byKubectl(call: readonly string[]): string[] {
  return policyOf(call).spec.ingress.flatMap(({ from, ports }) =>
    from.flatMap(({ ipBlock }) =>
      ports.map(({ protocol, port }) => `${ipBlock.cidr} ${protocol.toLowerCase()}/${port}`),
    ),
  )
}
