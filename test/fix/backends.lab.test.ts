import { existsSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseNet } from '../../src/firewall/address.ts'
import type { BlockedFlow } from '../../src/fix/input.ts'
import { type NodePlan, planNode } from '../../src/fix/plan-fixes.ts'
import { fixScript } from '../../src/fix/script.ts'
import { machineState } from '../lab/machine.ts'
import { describeLab } from '../lab/require.ts'
import { Bench, type Said } from './backends/bench.ts'
import { type Case, OTHERS, type Way } from './backends/case.ts'
import { CASES } from './backends/cases.ts'

// Taken before `describeLab` tries what works here.
const machine = machineState()
afterAll(() => {
  expect(machineState()).toBe(machine)
})

/** Said by iptables-nft wherever legacy tables exist. */
const WARNING = /^# Warning: ip6?tables-legacy tables present.*\n/gm
/** Said by firewalld where there is nothing to do: the undo of what is not permanent yet, or the script has done it. */
const ENABLED = /^Warning: (NOT|ALREADY)_ENABLED: .*\n/gm
/** How long silence is listened to, and how long an answer is waited for, in seconds. */
const SHORT = 0.4
const LONG = 20
/** Of a test, in milliseconds; most of it is waiting for the host. */
const PATIENCE = 300_000

const titleOf = ({ kind, host, direction, family }: Case) => `${host}: ${kind}, ${direction}, IPv${family}`

describeLab(
  `${CASES.length} blocks`,
  ['iptables', 'ip6tables', 'iptables-legacy', 'nft', 'ipset', 'firewalld', 'ufw', 'ipv6', 'python3'],
  () => {
    let bench: Bench
    beforeAll(async () => {
      bench = await Bench.start()
    })
    afterAll(async () => {
      await bench?.close()
      // What a hostile comment would have made.
      expect(existsSync('/tmp/never')).toBe(false)
    })

    // A host has one ruleset at a time.
    const turns = new Map<string, Promise<unknown>>()
    async function inTurn(host: string, run: () => Promise<void>): Promise<void> {
      const turn = (turns.get(host) ?? Promise.resolve()).then(run)
      turns.set(
        host,
        turn.catch(() => {}),
      )
      await turn
    }

    it.concurrent.each(CASES.map((each) => [titleOf(each), each] as const))(
      '%s',
      async (_, each) => {
        await inTurn(each.host, () => play(bench, each))
      },
      PATIENCE,
    )
  },
)

async function play(bench: Bench, each: Case): Promise<void> {
  const { host, wanted } = each
  await load(bench, each)
  const original = await bench.state(host)
  expect(await passing(bench, each, [])).toEqual(each.open)
  const said = await bench.said(host)
  const plan = planOf(bench, each, said, true)
  if ('none' in wanted) {
    expect(plan.fixes.map(({ backend, commands }) => ({ backend, commands }))).toEqual([
      { backend: 'none', commands: [] },
    ])
    expect(plan.fixes[0]?.note).toMatch(wanted.none)
    return
  }
  const notes = plan.fixes.map(({ note = '' }) => note).join(' ')
  expect(
    plan.fixes.map(({ backend }) => backend),
    notes,
  ).toEqual(wanted.backends)
  expect(
    plan.fixes.map(({ proven }) => proven),
    notes,
  ).toEqual(wanted.backends.map(() => wanted.proven))
  if (wanted.note) expect(notes).toMatch(wanted.note)
  // Where the interface is not known, as in saved rulesets, whatever it is.
  const anywhere = planOf(bench, each, said, true, null)
  expect(anywhere.fixes.map(({ backend, proven }) => ({ backend, proven }))).toEqual(
    wanted.backends.map((backend) => ({ backend, proven: wanted.proven })),
  )

  // Refused where something has changed since.
  const script = fixScript(plan) ?? ''
  const { change, back } = changeOf(plan)
  await bench.must(host, change)
  const changed = await bench.state(host)
  expect(changed).not.toBe(original)
  const refused = await bench.run(host, script)
  expect(refused.code, refused.stderr).toBe(3)
  expect(refused.stderr).toContain('the ruleset has changed since the analysis')
  expect(await bench.state(host)).toBe(changed)
  await bench.must(host, back)
  expect(await bench.state(host)).toBe(original)

  // Pasted.
  await paste(
    bench,
    each,
    plan.fixes.flatMap(({ commands }) => commands),
  )
  const all = [...each.flows, ...each.open]
  expect(await passing(bench, each, each.flows)).toEqual(all)
  const fixed = await bench.state(host)
  expect(planOf(bench, each, await bench.said(host), false).fixes).toEqual([])

  // Undone: the other way round.
  await paste(
    bench,
    each,
    [...plan.fixes].reverse().flatMap(({ undo }) => undo),
  )
  expect(await bench.state(host)).toBe(original)

  // By script, twice.
  for (let i = 0; i < 2; i++) {
    expect(plain(await bench.run(host, script))).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await bench.state(host)).toBe(fixed)
  }

  const persist = plan.fixes.flatMap((fix) => fix.persist)
  if (wanted.lasts) {
    await paste(bench, each, persist.map(toOwnFile))
    await reboot(bench, each)
    expect(sorted(await bench.state(host))).toEqual(sorted(fixed))
    expect(await passing(bench, each, each.flows)).toEqual(all)
  } else {
    expect(persist.join('\n')).toMatch(/^# .*(at boot|-save)/m)
  }
}

/** What lies beside the boot file is all hosts' own; its link leads to where each has its own. */
const toOwnFile = (line: string) => line.replaceAll('/etc/nftables.conf', '/etc/host/nftables.conf')

/** Tables and elements of sets come back in an order of their own. */
function sorted(state: string): string[] {
  return state.split('\n').sort()
}

function plain({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  return { code, stdout, stderr: stderr.replace(WARNING, '').replace(ENABLED, '') }
}

async function load(bench: Bench, { host, load }: Case): Promise<void> {
  switch (load.by) {
    case 'script':
      await bench.clean(host)
      await bench.must(host, load.script)
      return
    case 'nft.conf':
      await bench.clean(host)
      // As some editors leave it: the last line does not end.
      await bench.must(
        host,
        `text=$(cat <<'END'\n${load.text}\nEND\n)
printf %s "$text" >/etc/host/nftables.conf\nnft -f /etc/nftables.conf`,
      )
      return
    case 'firewalld':
      if (host !== 'fwnft' && host !== 'fwipt') throw new Error(`no firewalld on ${host}`)
      await bench.firewalld(host, load.files)
      await bench.must(host, load.script ?? '')
      return
    case 'ufw':
      await bench.ufw(host, load.commands)
      await bench.must(host, load.script ?? '')
  }
}

/** All rules gone, and loaded again by what loads them at boot. */
async function reboot(bench: Bench, { host, load }: Case): Promise<void> {
  switch (load.by) {
    case 'script': {
      await bench.lab.flush(host)
      const files = [
        ['/etc/sysconfig/iptables', 'iptables'],
        ['/etc/sysconfig/ip6tables', 'ip6tables'],
        ['/etc/iptables/rules.v4', 'iptables'],
        ['/etc/iptables/rules.v6', 'ip6tables'],
      ]
      const restore = files.map(([file, tool]) => `if [ -s ${file} ]; then ${tool}-restore <${file}; fi`)
      await bench.must(host, `ipset destroy\n${load.boot ?? ''}\n${restore.join('\n')}`)
      return
    }
    case 'nft.conf':
      await bench.lab.flush(host)
      await bench.must(host, 'nft -f /etc/nftables.conf')
      return
    case 'firewalld':
      await bench.restartFirewalld(host)
      return
    case 'ufw':
      await bench.lab.flush(host)
      await bench.must(host, '/lib/ufw/ufw-init start')
  }
}

async function paste(bench: Bench, { host, load }: Case, lines: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = plain(await bench.run(host, lines.join('\n')))
  // Front ends say what they did.
  const said = load.by === 'script' || load.by === 'nft.conf' ? stdout : ''
  expect({ code, said, stderr }, lines.join('\n')).toEqual({ code: 0, said: '', stderr: '' })
}

/** Those that come through, of all in question; `hoped` are given time to. */
async function passing(bench: Bench, each: Case, hoped: readonly Way[]): Promise<Way[]> {
  const ways = [
    ...each.flows,
    ...each.open,
    ...OTHERS.filter((other) => !has(each.flows, other) && !has(each.open, other)),
  ]
  const inwards = each.direction === 'in' || each.direction === 'reply-out'
  const results = await Promise.all(
    ways.map(async (way) => {
      const [from, to] = inwards ? [way.peer, each.host] : [each.host, way.peer]
      const { port, protocol } = way
      const patience = has(hoped, way) || has(each.open, way) ? LONG : SHORT
      const [open = false] = await bench
        .station(from)
        .call([{ to: bench.addressOf(to, each.family), port, protocol, patience }])
      return open
    }),
  )
  return ways.filter((_, i) => results[i])
}

function has(ways: readonly Way[], { peer, port, protocol }: Way): boolean {
  return ways.some((way) => way.peer === peer && way.port === port && way.protocol === protocol)
}

function planOf(
  bench: Bench,
  each: Case,
  { dumps, hints }: Said,
  measured: boolean,
  device: string | null = 'eth0',
): NodePlan {
  const { family, direction } = each
  const flows = each.flows.map(({ peer, port, protocol }): BlockedFlow => {
    const ends = { peer: bench.addressOf(peer, family), local: bench.addressOf(each.host, family) }
    const id = `${peer} ${port}/${protocol}`
    return { id, protocol, port, ...ends, interface: device, family, direction, measured }
  })
  const networks = each.networks.flatMap((text) => parseNet(text) ?? [])
  return planNode({ name: each.host, dumps, isRoot: true, hints, networks, flows })
}

/** Another rule, before the place where the first new one goes. */
function changeOf({ edits }: NodePlan): { change: string; back: string } {
  const [edit] = edits
  if (!edit) throw new Error('no edit')
  const { tool, table, chain } = edit
  if (tool === 'nft') {
    const where = `${table} ${chain}`
    const find = `nft -a list chain ${where} | sed -n 's/.*"changed" # handle //p'`
    return {
      change: `nft 'insert rule ${where} tcp dport 9 counter accept comment "changed"'`,
      back: `nft delete rule ${where} handle $(${find})`,
    }
  }
  const rule = '-p tcp --dport 9 -j ACCEPT'
  return {
    change: `${tool} -t ${table} -I ${chain} 1 ${rule}`,
    back: `${tool} -t ${table} -D ${chain} ${rule}`,
  }
}
