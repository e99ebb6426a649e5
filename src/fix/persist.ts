import { familyOf, type LoadedDump, type Tool } from '../firewall/host.ts'
import type { Edit } from './edit.ts'
import { nftComment, nftRule } from './idioms/nft.ts'
import type { OsHints } from './input.ts'
import { dynamicOwners } from './owners.ts'
import { shellWord } from './shell.ts'

const RHEL_LIKE = new Set([
  'rhel',
  'centos',
  'ol',
  'almalinux',
  'rocky',
  'fedora',
  'amzn',
  'scientific',
  'cloudlinux',
])
const DEBIAN_LIKE = new Set(['debian', 'ubuntu', 'linuxmint', 'raspbian'])
const SUSE_LIKE = new Set(['sles', 'sled', 'opensuse-leap', 'opensuse-tumbleweed', 'sles_sap'])

/**
 * What makes the rules survive a reboot on this distribution; a comment line where no command does. The stores are those
 * of RHEL's iptables-services (iptables.init) and Debian's iptables-persistent (plugins 15-ip4tables, 25-ip6tables).
 */
export function persistLines(hints: OsHints, dumps: readonly LoadedDump[], edits: readonly Edit[]): string[] {
  const [first] = edits
  switch (first?.idiom) {
    case undefined:
      return []
    case 'firewalld':
      return edits.flatMap((edit) => (edit.idiom === 'firewalld' ? edit.persist : []))
    case 'ufw':
      return ['# nothing to do: ufw keeps its rules over a reboot by itself']
    case 'nft':
      return nftLines(hints, edits)
    case 'iptables':
      return iptablesLines(hints, dumps, [
        ...new Set(edits.flatMap(({ tool }) => (tool === 'nft' ? [] : [tool]))),
      ])
  }
}

/**
 * What takes them out of the boot file again, as comment lines: it is not known whether they were ever written there, and
 * the undo of a trial must leave the file alone.
 */
export function forgetLines(hints: OsHints, edits: readonly Edit[]): string[] {
  const { nftConf } = hints
  if (!nftConf) return []
  const inFile = edits.filter((edit) => edit.idiom === 'nft' && holds(hints, edit))
  return [...new Set(inFile.map(({ opening }) => nftComment(opening)))].map((comment) => {
    const find = `/ comment "${comment.replace(/[./]/g, '\\$&')}"$/d`
    return `# if it was made to last: sed -i ${shellWord(find)} ${nftConf}`
  })
}

function holds({ nftTables }: OsHints, { table }: Edit): boolean {
  return nftTables?.includes(table) ?? false
}

/**
 * The boot file as a list of commands: what it sets up is followed by the same insertions by number. Not
 * `nft list ruleset >`, which would store the tables of Docker, firewalld and iptables as well. A file that does not load
 * leaves the host without any rule, so it is built beside, tried as at boot (on no rules), and only then copied over: with
 * its owner, mode and SELinux context.
 */
function nftLines(hints: OsHints, edits: readonly Edit[]): string[] {
  const { nftConf } = hints
  if (!nftConf) {
    return [
      '# it is not known what loads nft rules at boot here: add the rules to that file, in the same places',
    ]
  }
  const elsewhere = [...new Set(edits.filter((edit) => !holds(hints, edit)).map(({ table }) => table))]
  const inFile = edits.filter((edit) => holds(hints, edit))
  return [
    ...elsewhere.map((table) => `# ${nftConf} has no table ${table}: add the rules to what loads it at boot`),
    ...(inFile.length === 0 ? [] : rewriteLines(nftConf, inFile)),
  ]
}

function rewriteLines(file: string, edits: readonly Edit[]): string[] {
  const copy = `${file}.new`
  return [
    `# where the nftables service is enabled (systemctl is-enabled nftables), and ${file} holds the rules that run now:`,
    `cat ${file} > ${copy} &&`,
    // Without it the first rule would continue the last line.
    `{ [ -z "$(tail -c 1 ${copy})" ] || echo >> ${copy}; } &&`,
    ...edits.map(({ op, table, chain, position, opening }) => {
      const place =
        op === 'append' ? `add rule ${table} ${chain}` : `insert rule ${table} ${chain} index ${position - 1}`
      return `echo ${shellWord(`${place} ${nftRule(opening)}`)} >> ${copy} &&`
    }),
    `echo 'flush ruleset' | cat - ${copy} | nft -c -f - &&`,
    `cat ${copy} > ${file} && rm -f ${copy} ||`,
    `echo '${copy} does not load on its own, so ${file} was not changed' >&2`,
  ]
}

function iptablesLines(hints: OsHints, dumps: readonly LoadedDump[], tools: readonly Tool[]): string[] {
  if (hints.firewalldActive)
    return ['# firewalld loads its own rules at boot: these last only when firewall-cmd --permanent has them']
  if (hints.ufwActive) return ['# ufw loads its own rules at boot: these last only when ufw has them']
  const others = tools.filter((tool) => tool.includes('-'))
  return [
    ...(others.length < tools.length ? [...frozen(dumps), ...saveLines(hints, tools)] : []),
    ...others.map(
      (tool) =>
        `# ${tool}: it is not known what loads its rules at boot here, add these there (${tool}-save prints all)`,
    ),
  ]
}

function frozen(dumps: readonly LoadedDump[]): string[] {
  const owners = dynamicOwners(dumps)
  if (owners.length === 0) return []
  return [
    `# the running ruleset has rules of ${owners.join(', ')} too: saving freezes them, compare with the file first`,
  ]
}

function saveLines(hints: OsHints, tools: readonly Tool[]): string[] {
  const osId = hints.osId ?? ''
  const families = [4, 6].filter((family) => tools.some((tool) => familyOf(tool) === family))
  const save = (directory: (family: number) => string) =>
    families.map((family) => `${family === 4 ? 'iptables' : 'ip6tables'}-save > ${directory(family)}`)
  if (hints.sysconfigIptables) {
    return save((family) => `/etc/sysconfig/${family === 4 ? 'iptables' : 'ip6tables'}`)
  }
  if (hints.netfilterPersistent) return ['netfilter-persistent save']
  if (hints.rulesV4) return save((family) => `/etc/iptables/rules.v${family}`)
  if (RHEL_LIKE.has(osId)) {
    return [
      '# nothing loads iptables rules at boot here: install iptables-services, then iptables-save > /etc/sysconfig/iptables',
    ]
  }
  if (DEBIAN_LIKE.has(osId)) {
    return [
      '# nothing loads iptables rules at boot here: install iptables-persistent, then netfilter-persistent save',
    ]
  }
  if (SUSE_LIKE.has(osId)) {
    return ['# SUSE keeps no iptables rules across a reboot: add the ports to firewalld (or SuSEfirewall2)']
  }
  return [
    '# it is not known what loads the firewall at boot here: add the rules there, else they are gone after a reboot',
  ]
}
