import type { Value } from '../galera/node-settings.ts'
import { groupBy, nameList, unique } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { isBelieved } from './believed.ts'
import type { ClusterView } from './cluster-view.ts'
import { type KnownMember, knownMembers } from './known-addresses.ts'
import { inBrackets } from './setting-text.ts'

/** Nodes that cannot talk since the one encrypts and the other does not. */
export function encryptionDiffers(view: ClusterView): Finding[] {
  const members = knownMembers(view)
  return [...groupEncryption(members), ...sstEncryption(members)]
}

/** With socket.dynamic a node that has certificates talks to both, so it is on neither side. */
function groupEncryption(members: readonly KnownMember[]): Finding[] {
  const of = (value: string) =>
    members.filter(
      (node) =>
        node.settings.encryption.value === value &&
        (node.settings.known === 'server' || isBelieved(node, node.settings.encryption)),
    )
  const [encrypted, plain] = [of('on'), of('off')]
  if (encrypted.length === 0 || plain.length === 0) return []
  const setting = (node: KnownMember) => node.settings.encryption
  const pxc = encrypted.some(({ settings }) => settings.flavour === 'pxc')
  return [
    {
      code: 'encryption-differs',
      severity: 'critical',
      args: { encrypted: namesOf(encrypted), plain: namesOf(plain) },
      message:
        `group communication and IST are encrypted on ${listed(encrypted, setting)} and not on ${listed(plain, setting)}: the one side does not understand the other. ` +
        'Next: give all nodes the same socket.ssl_key, socket.ssl_cert and socket.ssl_ca in wsrep_provider_options' +
        `${pxc ? ', or one pxc_encrypt_cluster_traffic (ON is the default of PXC 8)' : ''}; socket.dynamic=true lets a running cluster change over.`,
    },
  ]
}

/** Donor and joiner run the same script with the same options; of another method nothing can be compared. */
function sstEncryption(members: readonly KnownMember[]): Finding[] {
  // No server tells of the scripts' own section: it is in the files alone.
  const withData = members.filter(
    (node) => node.settings.flavour !== 'garbd' && isBelieved(node, node.settings.sstEncryption),
  )
  return groupBy(withData, ({ settings }) => settings.sstMethod.value).flatMap((sameMethod): Finding[] => {
    const sides = groupBy(sameMethod, ({ settings }) => channelOf(settings.sstEncryption.value))
    if (sides.length < 2) return []
    const setting = (node: KnownMember) => node.settings.sstEncryption
    const texts = sides.map((side) => `${side[0]?.settings.sstEncryption.value} on ${listed(side, setting)}`)
    const values = unique(sides.flatMap(([first]) => first?.settings.sstEncryption.value ?? []))
    return [
      {
        code: 'sst-encryption-differs',
        severity: 'critical',
        args: { values: values.join(','), method: sameMethod[0]?.settings.sstMethod.value ?? '' },
        message:
          `the encryption of SST is ${texts.join(', and ')}: a transfer from the one to the other fails. ` +
          'Next: write the same "encrypt" with its files into [sst] of the option files on all nodes (PXC: the same pxc_encrypt_cluster_traffic).',
      },
    ]
  })
}

/**
 * What goes over the wire. The modes of TLS differ in what each side verifies, so they may well do together; encrypt=1 is xtrabackup's own, without TLS
 * (scripts/wsrep_sst_common).
 */
function channelOf(encryption: string): string {
  return encryption === 'off' || encryption === 'encrypt=1' ? encryption : 'TLS'
}

function namesOf(nodes: readonly KnownMember[]): string {
  return nodes.map(({ name }) => name).join(',')
}

function listed(
  nodes: readonly KnownMember[],
  setting: (node: KnownMember) => Pick<Value<unknown>, 'origin'>,
): string {
  return nameList(nodes.map((node) => `${node.name}${inBrackets(setting(node).origin)}`))
}
