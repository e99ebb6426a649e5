import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../../src/inventory/input-error.ts'
import { splitWords } from '../../src/inventory/split-words.ts'
import { checkSshOption } from '../../src/inventory/ssh-option.ts'
import { parseVia, prefixFor } from '../../src/inventory/via.ts'
import { shellQuote } from '../../src/terminal/shell-quote.ts'

const node = { name: 'n1', address: 'fd00::1' }

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof InputError) return error.code
    throw error
  }
  return 'accepted'
}

describe('parseVia', () => {
  it('knows ssh and none', () => {
    expect(parseVia('ssh', 3)).toEqual({ kind: 'ssh' })
    expect(parseVia('none', 3)).toEqual({ kind: 'none' })
  })

  it.each([
    ['docker exec -i {name}', ['docker', 'exec', '-i', 'n1']],
    ['kubectl exec -i {name} -c pxc --', ['kubectl', 'exec', '-i', 'n1', '-c', 'pxc', '--']],
    ["  sh -c 'echo $HOME; {name}' ", ['sh', '-c', 'echo $HOME; n1']],
    ['nc -6 {address}:{name}/{address}', ['nc', '-6', 'fd00::1:n1/fd00::1']],
    ['a "b \\" \\\\ \\x" {name}', ['a', 'b " \\ \\x', 'n1']],
    ['a \'\' "" b\\ c {name}', ['a', '', '', 'b c', 'n1']],
    ['a\'b\'"c"d {name}', ['abcd', 'n1']],
  ])('%s', (text, argv) => {
    const via = parseVia(text, 2)
    if (via.kind !== 'exec') throw new Error(via.kind)
    expect(prefixFor(via.template, node)).toEqual(argv)
    expect(via.text).toBe(text)
  })

  it('what is filled in stays inside its argument and is not filled in again', () => {
    const odd = { name: '$& {address}', address: 'x' }
    expect(prefixFor(['{name}', 'a{address}'], odd)).toEqual(['$& {address}', 'ax'])
  })

  it('one node needs no placeholder', () => {
    expect(parseVia('docker exec -i pxc', 1)).toMatchObject({ template: ['docker', 'exec', '-i', 'pxc'] })
  })

  it.each([
    ['', 'empty-via'],
    ['   ', 'empty-via'],
    ['docker exec pxc', 'via-same-for-all'],
    ['docker exec {host}', 'via-placeholder'],
    ['ssh {name} | sh', 'via-shell'],
    ['a {name};b', 'via-shell'],
    ['a $HOME {name}', 'via-shell'],
    ['a "$HOME" {name}', 'via-shell'],
    ['a `id` {name}', 'via-shell'],
    ['a > b {name}', 'via-shell'],
    ['~/bin/x {name}', 'via-shell'],
    ['a & {name}', 'via-shell'],
    ["a 'b {name}", 'via-quotes'],
    ['a "b {name}', 'via-quotes'],
    ['a {name} \\', 'via-quotes'],
    ['a {name}\nb', 'via-control'],
    ['a\u00a0{name}', 'via-control'],
  ])('refuses %j', (text, code) => {
    expect(codeOf(() => parseVia(text, 2))).toBe(code)
  })

  it('splits as a real shell does, or refuses', () => {
    const piece = fc.constantFrom(
      'a',
      'bc',
      ' ',
      '  ',
      "'",
      '"',
      '\\',
      "'x y'",
      '"x y"',
      '=',
      '-',
      '#',
      '{',
      '%',
    )
    const text = fc.array(piece, { maxLength: 12 }).map((parts) => `w${parts.join('')}`)
    fc.assert(
      fc.property(text, (given) => {
        let words: string[]
        try {
          words = splitWords(given)
        } catch (error) {
          if (error instanceof InputError) return
          throw error
        }
        // `#` begins a comment where a word begins, which is the shell's and not ours.
        fc.pre(!/(^| )#/.test(given))
        const read = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${given}`], { encoding: 'utf8' })
        expect(words).toEqual(read.split('\0').slice(0, -1))
      }),
      { numRuns: 150 },
    )
  })

  it('reads back any words that were quoted for a shell', () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab $`;|&<>"\'\\~*?(){}#=') })
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        expect(splitWords(words.map(shellQuote).join(' '))).toEqual(words)
      }),
    )
  })
})

describe('checkSshOption', () => {
  it.each([
    'Port=2222',
    'ProxyJump=bastion',
    'ProxyCommand=nc -x proxy %h %p',
    'StrictHostKeyChecking=accept-new',
    'UserKnownHostsFile=~/.ssh/pxc_hosts',
  ])('passes %s', (text) => {
    expect(checkSshOption(text)).toBe(text)
  })

  it.each([
    'StrictHostKeyChecking=no',
    'stricthostkeychecking=NO',
    'StrictHostKeyChecking=off',
    'StrictHostKeyChecking="no"',
    'StrictHostKeyChecking= no ',
    'UserKnownHostsFile=/dev/null',
    'UserKnownHostsFile=none',
    'UserKnownHostsFile="/dev/null"',
    'UserKnownHostsFile= /dev/null',
    'UserKnownHostsFile=a /dev/null',
    'NoHostAuthenticationForLocalhost=yes',
    'BatchMode=no',
    'RemoteCommand=id',
    'RequestTTY=force',
    'StdinNull=yes',
  ])('refuses %s', (text) => {
    expect(codeOf(() => checkSshOption(text))).toBe('ssh-option-refused')
  })

  it.each(['Port', 'Port 22', '=x', 'Port=', '-oPort=1', 'Port=1\nProxyCommand=id', 'A B=c', 'Po.rt=1'])(
    'does not take %j for an option',
    (text) => {
      expect(codeOf(() => checkSshOption(text))).toBe('bad-ssh-option')
    },
  )

  it('says why, and what to do instead', () => {
    expect(() => checkSshOption('StrictHostKeyChecking=no')).toThrow(
      /Host key checking is not weakened.*known_hosts/,
    )
  })
})
