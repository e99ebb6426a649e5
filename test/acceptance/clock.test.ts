import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Lab } from '../lab/handle.ts'
import { createLab } from '../lab/lab.ts'
import { describeLab } from '../lab/require.ts'
import { check } from './report.ts'

const NODES = ['--nodes', 'n1=10.99.0.11,n2=10.99.0.12,n3=10.99.0.13']
/** n3 lives two hours ago: whatever runs there is told so by its C library. */
const late = (by: string) =>
  `sh -c 'case {name} in n3) exec ip netns exec n3 faketime -f ${by} "$@";; *) exec ip netns exec {name} "$@";; esac' sh`

describeLab('the clocks of the nodes', ['iptables', 'faketime'], () => {
  let lab: Lab
  beforeAll(async () => {
    lab = await createLab()
  })
  afterAll(() => lab?.close())

  it('one two hours late is a warning that names it, with figures', async () => {
    const { code, report } = await check(lab, [...NODES, '--via', late('-2h')])
    expect(code).toBe(1)
    expect(report.status).toBe('WARNING')
    expect(report.findings).toMatchObject([
      { code: 'clock-drift', severity: 'warning', node: 'n3', args: { nodes: 'n3', comparedWith: 'n1,n2' } },
    ])
    const { args } = report.findings[0] as (typeof report.findings)[number]
    const [offset, error] = [Number(args.offsetMs), Number(args.errorMs)]
    expect(Math.abs(offset + 7_200_000)).toBeLessThanOrEqual(error)
    expect(error).toBeGreaterThan(0)
    expect(report.findings[0]?.message).toMatch(
      /^by its clock, n3 is (2 h 0 min 0|1 h 59 min 59)\.?\d* s \(± [\d.]+ s\) behind n1 and n2\. .* Next: on n3 look at "timedatectl"/,
    )
    expect(await lab.leftovers()).toEqual([])
  })

  it('stands in what people read, and in the summary', async () => {
    const { code, stdout } = await lab.execTool([...NODES, '--via', late('+3d')])
    expect(code).toBe(1)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /WARNING on n3: by its clock, n3 is (3 d 0 h 0 min|2 d 23 h 59 min) [\d.]+ s \(± [\d.]+ s\) ahead of n1 and n2\./,
    )
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^WARNING: 30 of 30 flows open .*; 1 finding: clock-drift/,
    )
  })

  it('some seconds are told and change no exit code', async () => {
    const { code, report } = await check(lab, [...NODES, '--via', late('+5s')])
    expect(report.findings).toMatchObject([{ code: 'clock-drift', severity: 'info', node: 'n3' }])
    expect(code).toBe(0)
  })

  it.each([
    ['alike', 'ip netns exec {name}'],
    ['of a second', late('+1s')],
    ['nobody asks for', 'none'],
  ])('clocks that are %s are not spoken of', async (_how, via) => {
    const { report } = await check(lab, [...NODES, '--via', via])
    expect(report.findings).toEqual([])
  })
})
