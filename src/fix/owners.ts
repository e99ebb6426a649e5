import type { HostDecision, LoadedDump } from '../firewall/host.ts'
import type { Idiom } from './edit.ts'
import type { OsHints } from './input.ts'
import { printable } from './shell.ts'

interface Owner {
  readonly name: string
  readonly chains: RegExp
  /** Native tables of its own, as `FAMILY NAME`. */
  readonly tables?: RegExp
  /** What makes a rule last there. */
  readonly permanently: string
}

/** Who writes which chains. What a tool writes it also overwrites, so a rule put there by hand does not last. */
const OWNERS: readonly Owner[] = [
  {
    name: 'ufw',
    chains: /^ufw6?-/,
    permanently:
      'ufw must make it permanent (ufw prepend allow from ADDRESS to any port PORT proto PROTOCOL; what before.rules blocks, only there)',
  },
  {
    name: 'firewalld',
    chains: /^(IN_|FWDI_|FWDO_|OUT_|PRE_|POST_|(INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING)_(direct|ZONES))/,
    tables: /^\S+ firewalld$/,
    permanently:
      'firewalld must make it permanent (firewall-cmd --permanent with a rich rule; where a direct rule blocks, with --direct)',
  },
  {
    name: 'Docker',
    chains: /^DOCKER(?!-USER)/,
    tables: /^\S+ docker-/,
    permanently: 'Docker writes its chains anew when it starts',
  },
  {
    name: 'Kubernetes',
    chains: /^KUBE-/,
    tables: /^\S+ kube-proxy/,
    permanently: 'kube-proxy writes its chains anew',
  },
  {
    name: 'Calico',
    chains: /^cali-/,
    tables: /^\S+ calico/,
    permanently: 'Calico must allow it by a policy',
  },
  { name: 'Cilium', chains: /^CILIUM_/i, permanently: 'Cilium must allow it by a policy' },
  {
    name: 'fail2ban',
    chains: /^f2b-/,
    tables: /^\S+ f2b-table$/,
    permanently: 'unban the peer with fail2ban-client, and list it in ignoreip',
  },
  {
    name: 'libvirt',
    chains: /^LIBVIRT_/,
    tables: /^\S+ libvirt/,
    permanently: 'libvirt writes its chains anew when it starts',
  },
  { name: 'Proxmox VE', chains: /^(PVEFW-|fwbr|tap\d+i)/, permanently: 'pve-firewall must allow it' },
  {
    name: 'the front end that writes the fw… chains',
    chains: /^fw/,
    permanently: 'it must make the rule permanent',
  },
]

/** Whose table it is, as `FAMILY NAME`; null for one that a person keeps. */
export function ownerOfTable(table: string): string | null {
  return OWNERS.find(({ tables }) => tables?.test(table))?.name ?? null
}

/** Why a rule in this table is not ours to write; null for a table that a person keeps. */
export function tableAdvice(table: string): string | null {
  const owner = OWNERS.find(({ tables }) => tables?.test(table))
  return owner ? `${owner.name} stops these packets in its own table ${table}: ${owner.permanently}.` : null
}

/** A sentence for each front end that owns what blocks: a raw iptables line opens it now, not for good. */
export function ownerNotes(
  hints: OsHints,
  blockers: readonly HostDecision[],
  speaks: Idiom['idiom'],
): string[] {
  // What the owner is told itself, it keeps.
  if (speaks === 'firewalld' || speaks === 'ufw') return []
  const chains = blockers.flatMap(({ path, decidedBy }) => [
    ...path.map((step) => step.chain),
    ...(decidedBy ? [decidedBy.chain] : []),
  ])
  return OWNERS.flatMap(({ name, chains: pattern, permanently }) => {
    const chain = chains.find((candidate) => pattern.test(candidate))
    if (chain !== undefined)
      return [
        `${name} owns the chain ${printable(chain)}: these commands open it until ${name} writes it again; ${permanently}.`,
      ]
    const active = (name === 'ufw' && hints.ufwActive) || (name === 'firewalld' && hints.firewalldActive)
    return active
      ? [`${name} is active and owns this firewall: these commands last until it reloads; ${permanently}.`]
      : []
  })
}

/** Front ends whose rules come and go by themselves, and would be frozen into a saved ruleset. */
export function dynamicOwners(dumps: readonly LoadedDump[]): string[] {
  const chains = dumps.flatMap(({ ruleset }) =>
    [...ruleset.tables.values()].flatMap((table) => [...table.chains.keys()]),
  )
  return OWNERS.filter(({ chains: pattern }) => chains.some((chain) => pattern.test(chain))).map(
    ({ name }) => name,
  )
}

/** Rules that decide here and that no dump shows: without those of nft, firewalld's and all other native tables. */
export function hiddenRules(hints: OsHints, dumps: readonly LoadedDump[]): boolean {
  if (dumps.some(({ tool }) => tool === 'nft')) return false
  const shown = dumps.some(({ ruleset }) => ruleset.tables.get('filter')?.chains.has('INPUT_ZONES'))
  return hints.nativeNft || (hints.firewalldActive && !shown)
}
