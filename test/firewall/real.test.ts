import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Dump, evaluateHost, loadDumps } from '../../src/firewall/host.ts'
import { parseIptablesSave, printIptablesSave } from '../../src/firewall/iptables-save.ts'
import type { Packet } from '../../src/firewall/model.ts'
import { planFixes } from '../../src/fix/plan-fixes.ts'
import { flow, node } from '../fix/support.ts'
import { unaccounted } from './accounting.ts'

/** Rules as these programs write them, loaded into a kernel and dumped from there. */
const REAL = new URL('../../fixtures/rulesets/real/', import.meta.url)

function text(name: string): string {
  return readFileSync(new URL(name, REAL), 'utf8')
}

function dumpsOf(name: string): Dump[] {
  const of = (file: string, tool: Dump['tool']): Dump[] =>
    existsSync(new URL(file, REAL)) ? [{ tool, text: text(file) }] : []
  return [
    ...of(`${name}.rules`, 'iptables'),
    ...of(`${name}.ipset`, 'ipset'),
    ...of(`${name}.json`, 'nft'),
    ...of(`${name}.nft`, 'nft-text'),
  ]
}

function syn(destinationPort: number): Packet {
  return {
    family: 4,
    protocol: 'tcp',
    source: '10.99.0.11',
    destination: '10.99.0.1',
    sourcePort: 40_000,
    destinationPort,
    ctState: 'NEW',
    inInterface: 'eth0',
    outInterface: null,
    tcpFlags: ['SYN'],
  }
}

const POLICY = null

/**
 * What becomes of a SYN of a peer to 3306 and 4567, and which rule says it; of several that may, the first. Marks, physdev,
 * recent, zones of conntrack, and whether an element with a timeout is still there are not in a dump.
 */
const VERDICTS: [string, mysql: [string, string, number | null], galera: [string, string, number | null]][] =
  [
    ['amazon', ['accept', 'INPUT', POLICY], ['accept', 'INPUT', POLICY]],
    ['calico', ['accept', 'cali-INPUT', 6], ['accept', 'cali-INPUT', 6]],
    ['cilium', ['accept', 'CILIUM_INPUT', 1], ['unknown', 'INPUT', 2]],
    ['crowdsec', ['accept', 'crowdsec-chain', POLICY], ['unknown', 'crowdsec-chain', 1]],
    ['csf', ['accept', 'ALLOWIN', 1], ['drop', 'LOGDROPIN', 4]],
    ['debian', ['accept', 'input', 7], ['drop', 'input', POLICY]],
    ['docker28', ['accept', 'DOCKER', 1], ['drop', 'INPUT', 1]],
    ['fail2ban', ['reject', 'f2b-mysqld-auth', 1], ['accept', 'INPUT', POLICY]],
    ['firehol', ['accept', 'in_world_mysql_s3', 1], ['drop', 'in_world', 7]],
    ['kube-marked', ['unknown', 'KUBE-FIREWALL', 2], ['reject', 'KUBE-EXTERNAL-SERVICES', 1]],
    ['kube-proxy', ['accept', 'INPUT', POLICY], ['reject', 'KUBE-EXTERNAL-SERVICES', 1]],
    ['libvirt', ['accept', 'INPUT', POLICY], ['accept', 'INPUT', POLICY]],
    [
      'neutron',
      ['unknown', 'neutron-openvswi-PREROUTING', 1],
      ['unknown', 'neutron-openvswi-sg-fallback', 1],
    ],
    ['oci', ['reject', 'INPUT', 6], ['reject', 'INPUT', 6]],
    ['plesk', ['drop', 'INPUT', 20], ['accept', 'INPUT', 25]],
    ['proxmox', ['accept', 'INPUT', POLICY], ['drop', 'PVEFW-HOST-IN', 12]],
    ['rhel7', ['accept', 'INPUT', 5], ['reject', 'INPUT', 7]],
    ['router', ['accept', 'db', 1], ['reject', 'closed', 1]],
    ['shorewall', ['accept', 'net-fw', 6], ['drop', 'net-fw', 12]],
    ['susefirewall2', ['accept', 'input_ext', 6], ['drop', 'input_ext', 9]],
    ['tailscale', ['unknown', 'INPUT', 3], ['drop', 'INPUT', POLICY]],
  ]

describe('rules of real hosts', () => {
  it('are all in the table', () => {
    const names = readdirSync(REAL).map((name) => name.replace(/\.\w+$/, ''))
    expect(VERDICTS.map(([name]) => name)).toEqual([...new Set(names)].sort())
  })

  it.each(VERDICTS)('decide over a peer: %s', (name, ...expected) => {
    const dumps = loadDumps(dumpsOf(name))
    const decisions = [3306, 4567].map((port) => evaluateHost(dumps, 'INPUT', syn(port)))
    expect(decisions.map(({ fate, decidedBy }) => [fate, decidedBy?.chain, decidedBy?.position])).toEqual(
      expected,
    )
  })

  const dumped = VERDICTS.map(([name]) => name).filter((name) => existsSync(new URL(`${name}.rules`, REAL)))

  it.each(dumped)('are read word by word, and printed again to the letter: %s', (name) => {
    const saved = text(`${name}.rules`)
    const ruleset = parseIptablesSave(saved)
    for (const { chains } of ruleset.tables.values()) {
      for (const rule of [...chains.values()].flatMap((chain) => chain.rules)) {
        expect([rule.text, unaccounted(rule)]).toEqual([rule.text, []])
      }
    }
    expect(printIptablesSave(ruleset)).toBe(saved.replace(/^#.*\n/gm, '').replace(/\[\d+:\d+\]/g, '[0:0]'))
  })

  const blocked = VERDICTS.flatMap(([name, ...both]) =>
    both.flatMap(([fate], i) =>
      fate === 'drop' || fate === 'reject' ? [[name, i === 0 ? 3306 : 4567] as const] : [],
    ),
  )

  it.each(blocked)('are opened by a fix, or it says why not: %s, port %i', (name, port) => {
    const fixes = planFixes(node(dumpsOf(name), [flow({ port })]))
    expect(fixes).toHaveLength(1)
    for (const { backend, commands, proven, note } of fixes) {
      if (backend === 'none') expect(note).toMatch(/./)
      else expect([commands.length > 0, proven]).toEqual([true, true])
    }
  })
})
