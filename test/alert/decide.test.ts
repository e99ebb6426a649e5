import { describe, expect, it } from 'vitest'
import type { Alert, Current, Policy } from '../../src/alert/alert.ts'
import { decide } from '../../src/alert/decide.ts'
import type { Problem } from '../../src/alert/problem.ts'
import { problemText } from '../../src/alert/problem-text.ts'
import type { AlertState } from '../../src/alert/state.ts'
import { CHANGE, down, run } from './runs.ts'

const T0 = Date.UTC(2026, 10, 24, 2, 10)
const MINUTE = 60_000
const A = down('n1', 'n2')
const B = down('n2', 'n1')
const A_UNKNOWN = down('n1', 'n2', { status: 'UNKNOWN', level: 'UNKNOWN', place: null })
const WARNED: Problem = { kind: 'finding', level: 'WARNING', code: 'clock-drift', node: 'n1', args: [] }
const ALARMED: Problem = { ...WARNED, level: 'CRITICAL' }

interface At {
  readonly run: Current
  /** Minutes from the first run; one a minute unless given. */
  readonly at?: number
}

/** What is told at each run, in short: `-` where nothing is. */
function play(runs: readonly (readonly Problem[] | At)[], policy: Partial<Policy> = {}): string[] {
  let state: AlertState | null = null
  return runs.map((each, index) => {
    const { run: current, at = index } = 'run' in each ? each : { run: run(each) }
    const decided = decide(state, current, { ...CHANGE, ...policy }, T0 + at * MINUTE)
    state = decided.state
    return told(decided.alert)
  })
}

function told(alert: Alert | null): string {
  if (alert === null) return '-'
  const list = (sign: string, items: readonly { problem: Problem }[]) =>
    items.map(({ problem }) => ` ${sign}${problemText(problem).replace(/ .*(at|be) /, ' ')}`).join('')
  const { kind, fresh, lasting, over, unconfirmed, expired } = alert
  const words = [list('+', fresh), list('=', lasting), list('-', over)]
  const once = unconfirmed.map((problem) => ({ problem }))
  return [kind, ...words, list('?', once), ...expired.map((text) => ` !${text}`)].join('')
}

const [a, b] = ['n1->n2 n2', 'n2->n1 n1']
const aUnknown = 'n1->n2 told'

describe('decide', () => {
  it.each<[string, Parameters<typeof play>[0], Partial<Policy>, string[]]>([
    ['all well: never a word', [[], [], []], {}, ['-', '-', '-']],
    [
      'once when it comes, once when it goes',
      [[], [A], [A], [], []],
      {},
      ['-', `new +${a}`, '-', `over -${a}`, '-'],
    ],
    ['the first run tells what it finds', [[A], [A]], {}, [`new +${a}`, '-']],
    ['one more', [[A], [A, B], [A, B]], {}, [`new +${a}`, `new +${b} =${a}`, '-']],
    ['one less', [[A, B], [B], []], {}, [`new +${a} +${b}`, `less =${b} -${a}`, `over -${b}`]],
    ['one for another', [[A], [B]], {}, [`new +${a}`, `new +${b} -${a}`]],
    [
      'DOWN that can no longer be told is not over',
      [[A], [A_UNKNOWN], []],
      {},
      [`new +${a}`, `new +${aUnknown}`, `over -${aUnknown}`],
    ],
    [
      'a finding that gets worse is news',
      [[WARNED], [ALARMED], [ALARMED]],
      {},
      ['new +finding clock-drift on n1', 'new +finding clock-drift on n1', '-'],
    ],
    [
      'where it is blocked is no news',
      [[A], [down('n1', 'n2', { place: 'network' })], [down('n1', 'n2', { place: null })]],
      {},
      [`new +${a}`, '-', '-'],
    ],
    [
      'always: at each run',
      [[A], [A], [], []],
      { mode: 'always' },
      [`new +${a}`, `still =${a}`, `over -${a}`, '-'],
    ],
    [
      'again after the interval, and not before',
      [
        { run: run([A]), at: 0 },
        { run: run([A]), at: 29 },
        { run: run([A]), at: 29.9 },
        { run: run([A]), at: 45 },
        { run: run([A]), at: 60 },
      ],
      { repeatMs: 30 * MINUTE },
      [`new +${a}`, '-', `still =${a}`, '-', `still =${a}`],
    ],
    [
      'any message starts the interval anew',
      [
        { run: run([A]), at: 0 },
        { run: run([A, B]), at: 20 },
        { run: run([A, B]), at: 31 },
        { run: run([A, B]), at: 50 },
      ],
      { repeatMs: 30 * MINUTE },
      [`new +${a}`, `new +${b} =${a}`, '-', `still =${a} =${b}`],
    ],
    [
      'that an --ignore has run out starts no interval anew',
      [
        { run: run([A]), at: 0 },
        { run: run([A], { expired: ['x@y'] }), at: 20 },
        { run: run([A], { expired: ['x@y'] }), at: 30 },
      ],
      { repeatMs: 30 * MINUTE },
      [`new +${a}`, `note =${a} !x@y`, `still =${a}`],
    ],
    [
      'a clock set back is silent for one interval at most',
      [
        { run: run([A]), at: 10_000 },
        { run: run([A]), at: 0 },
        { run: run([A]), at: 20 },
        { run: run([A]), at: 31 },
      ],
      { repeatMs: 30 * MINUTE },
      [`new +${a}`, '-', '-', `still =${a}`],
    ],
    ['three in a row count', [[A], [A], [A], [A]], { confirm: 3 }, ['-', '-', `new +${a}`, '-']],
    ['two do not', [[A], [A], [], [A], [A], []], { confirm: 3 }, ['-', '-', '-', '-', '-', '-']],
    [
      'nor is it over before three',
      [[A], [A], [], [A], [], [], [A]],
      { confirm: 2 },
      ['-', `new +${a}`, '-', '-', '-', `over -${a}`, '-'],
    ],
    [
      'wrong now in this way, now in that: wrong',
      [[A], [A_UNKNOWN], [A]],
      { confirm: 2 },
      ['-', `new +${aUnknown}`, '-'],
    ],
    ['each by itself', [[A], [A, B], [B]], { confirm: 2 }, ['-', `new +${a} ?${b}`, `new +${b} =${a}`]],
    [
      'what nobody looked at this time is as it was',
      [[WARNED], { run: run([A], { absent: () => 'untold' }) }, [A], [WARNED, A]],
      {},
      [
        'new +finding clock-drift on n1',
        `new +${a} =finding clock-drift on n1`,
        `less =${a} -finding clock-drift on n1`,
        `new +finding clock-drift on n1 =${a}`,
      ],
    ],
    [
      'what is ignored from now on is over for nobody, and comes again when it counts again',
      [[A], { run: run([], { absent: () => 'ignored' }) }, [], [A]],
      {},
      [`new +${a}`, '-', '-', `new +${a}`],
    ],
    [
      'an --ignore that has run out is told once, with or without what it covers',
      [
        { run: run([], { expired: ['x@y'] }) },
        { run: run([], { expired: ['x@y'] }) },
        { run: run([A], { expired: ['x@y', 'z@y'] }) },
        { run: run([A], { expired: [] }) },
        { run: run([A], { expired: ['x@y'] }) },
      ],
      {},
      ['note !x@y', '-', `new +${a} !z@y`, '-', `note =${a} !x@y`],
    ],
  ])('%s', (_, runs, policy, messages) => {
    expect(play(runs, policy)).toEqual(messages)
  })

  it('says since when, and until when, by the first run that saw it so', () => {
    const policy = { ...CHANGE, confirm: 2 }
    let state: AlertState | null = null
    const alerts = [[A], [A], [], []].map((problems, minute) => {
      const decided = decide(state, run(problems), policy, T0 + minute * MINUTE)
      state = decided.state
      return decided.alert
    })
    expect(alerts[1]?.fresh).toMatchObject([{ sinceMs: T0, was: null }])
    expect(alerts[3]?.over).toMatchObject([{ sinceMs: T0, untilMs: T0 + 2 * MINUTE, how: 'well' }])
  })

  it('says no time that is still to come', () => {
    const [first, second] = [
      decide(null, run([A]), CHANGE, T0),
      decide(null, run([A]), { ...CHANGE, confirm: 2 }, T0),
    ]
    const back = T0 - 60 * MINUTE
    expect(decide(first.state, run([]), CHANGE, back).alert?.over).toMatchObject([
      { sinceMs: back, untilMs: back },
    ])
    const { alert } = decide(second.state, run([A]), { ...CHANGE, confirm: 2 }, back)
    expect(alert?.fresh).toMatchObject([{ sinceMs: back }])
  })

  it('says that it is no longer checked, and not that it is over', () => {
    const first = decide(null, run([A]), CHANGE, T0)
    const { alert } = decide(first.state, run([], { absent: () => 'unchecked' }), CHANGE, T0 + MINUTE)
    expect(alert?.over).toMatchObject([{ how: 'unchecked' }])
  })
})
