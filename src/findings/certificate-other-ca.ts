import type { X509Certificate } from 'node:crypto'
import { groupBy, nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { leadsTo, parseCertificates } from './certificate-chain.ts'
import type { ClusterView } from './cluster-view.ts'
import type { KnownMember } from './known-addresses.ts'
import { encryptingMembers, filesOf, type TlsKind } from './tls-files.ts'

/** As many blocks of one file as an agent tells: behind them there may be more. */
const MOST_BLOCKS = 16

/** Nodes whose certificate does not lead to the authorities that another one trusts. */
export function foreignCertificates(view: ClusterView): Finding[] {
  const nodes = encryptingMembers(view)
  const files = nodes.map((node) => ({
    node,
    chain: readable(node, 'certificate'),
    trusted: readable(node, 'ca'),
  }))
  // Most nodes have the same authorities: each certificate is verified once for each set of them.
  const verified = new Map<string, boolean>()
  const pairs = files.flatMap(({ node, chain }) => {
    const refusing = files.filter(
      (peer) => peer.node !== node && chain && peer.trusted && !isAccepted(chain, peer.trusted, verified),
    )
    return refusing.length === 0 ? [] : [{ node, refusing: nameList(refusing.map((each) => each.node.name)) }]
  })
  if (pairs.length === 0) return []
  const texts = groupBy(pairs, ({ refusing }) => refusing).map(
    (group) => `${nameList(group.map(({ node }) => node.name))} on ${group[0]?.refusing}`,
  )
  const refused = unique(pairs.map(({ node }) => node.name))
  const pxc = nodes.some(({ settings }) => settings.flavour === 'pxc')
  const made = pxc ? ' PXC makes an authority of its own for each node unless it is given one.' : ''
  const next = pxc
    ? 'give all nodes the ca.pem, server-cert.pem and server-key.pem of one of them, or certificates of one authority as ssl_ca, ssl_cert and ssl_key under [mysqld]'
    : 'sign the certificates of all nodes by one authority, and give all of them its file as socket.ssl_ca'
  return [
    {
      code: 'certificate-other-ca',
      severity: 'critical',
      args: { nodes: refused.join(',') },
      message:
        `certificates do not lead to the authorities that peers trust: that of ${texts.join('; that of ')}. TLS between them fails.${made} ` +
        `Next: ${next}.`,
    },
  ]
}

function isAccepted(
  chain: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  verified: Map<string, boolean>,
): boolean {
  const key = [chain, trusted]
    .map((list) => list.map(({ fingerprint256 }) => fingerprint256).join(','))
    .join(' by ')
  const accepted = verified.get(key) ?? leadsTo(chain, trusted)
  verified.set(key, accepted)
  return accepted
}

/** The certificates of a file that was read to its end; null where some may be missing. */
function readable(node: KnownMember, wanted: TlsKind): X509Certificate[] | null {
  const file = filesOf(node).find(({ kind }) => kind === wanted)?.file
  if (file === undefined || file.state !== 'read' || file.pem.length === 0 || file.pem.length >= MOST_BLOCKS)
    return null
  return parseCertificates(file.pem)
}
