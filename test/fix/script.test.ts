import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planNode } from '../../src/fix/plan-fixes.ts'
import { fixScript } from '../../src/fix/script.ts'
import { printable, shellWord } from '../../src/fix/shell.ts'
import { filter, flow, node } from './support.ts'

/** What a POSIX shell makes of the word. */
function said(word: string): string {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s.' ${word}`], {
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
  })
  return stdout.slice(0, -1)
}

describe('a shell word', () => {
  it('stands for exactly its text', () => {
    for (const text of ['', "it's", '$(id) `id` "x" \\n %s', 'a\nb', '\u001b[2Jé\\041 ', '-n']) {
      expect(said(shellWord(text))).toBe(text)
    }
    const texts = fc
      .string({ unit: 'binary', maxLength: 30 })
      .filter((text) => !text.includes('\0') && !text.endsWith('\n'))
    fc.assert(
      fc.property(texts, (text) => {
        const word = shellWord(text)
        expect(word).toMatch(/^[\x20-\x7e]*$/)
        expect(said(word)).toBe(text)
      }),
      { numRuns: 60 },
    )
    expect(() => shellWord('a\0b')).toThrow(RangeError)
    expect(() => shellWord('a\n')).toThrow(RangeError)
  })

  it('is nothing a terminal would act on', () => {
    expect(printable('a\u001b[2J\u202e\n')).toBe('a?[2J??')
  })
})

describe('the script', () => {
  it('is none where there is nothing to do', () => {
    expect(fixScript(planNode(node(filter([]), [])))).toBeNull()
    expect(fixScript(planNode(node(null, [flow()])))).toBeNull()
  })

  it('holds no byte of the host but as a quoted word, and no control character', () => {
    const hostile = '-A INPUT -m comment --comment "\u001b]0;x\u0007 \'; touch /tmp/x; \'" -j DROP'
    const input = { ...node(filter([hostile]), [flow()]), name: 'n1\ntouch /tmp/x' }
    const script = fixScript(planNode(input)) ?? ''
    expect(script).toMatch(/^[\x20-\x7e\n]*$/)
    expect(script).not.toMatch(/^touch/m)
    expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0)
  })

  it('leaves a rule with a line break in its comment to a person', () => {
    const script = fixScript(
      planNode(node(filter(['-A INPUT -m comment --comment "a\nb" -j DROP']), [flow()])),
    )
    expect(script).toContain("changed 'rule 1 of INPUT in filter has a line break")
  })

  it('tells how to make the rules last', () => {
    const script = fixScript(planNode(node(filter(['-A INPUT -j DROP']), [flow()])))
    expect(script).toContain('\n# iptables-save > /etc/sysconfig/iptables\n')
  })
})
