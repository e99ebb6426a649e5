import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineReader } from '../../src/session/lines.ts'

function read(chunks: readonly Buffer[]) {
  const lines: string[] = []
  let tooMuch = 0
  const reader = new LineReader(
    (line) => lines.push(line),
    () => tooMuch++,
  )
  for (const chunk of chunks) reader.push(chunk)
  return { lines, tooMuch, rest: reader.rest() }
}

/** Cut at the given places, which may fall inside a character. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...sorted].map((from, index) => bytes.subarray(from, sorted[index] ?? bytes.length))
}

const text = fc.string({
  unit: fc.constantFrom('\n', '\r\n', 'a', '\0', 'é', '€', '😀', '"', '\u2028', '\r'),
})

it('the same lines, however the bytes are cut', () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat()), (said, places) => {
      const parts = said.split('\n')
      const rest = parts.pop() ?? ''
      const lines = parts.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
      expect(read(cut(Buffer.from(said), places))).toEqual({ lines, tooMuch: 0, rest })
    }),
    { numRuns: 2000 },
  )
})

it('a character cut in every place', () => {
  const bytes = Buffer.from('ä€😀\n')
  for (let place = 0; place <= bytes.length; place++) {
    expect(read([bytes.subarray(0, place), bytes.subarray(place)]).lines).toEqual(['ä€😀'])
  }
})

it('bytes that are no UTF-8 do not disturb the next line', () => {
  expect(read([Buffer.from([0xc3, 0x0a, 0xff, 0x0a]), Buffer.from('ok\n')]).lines).toEqual([
    '\ufffd',
    '\ufffd',
    'ok',
  ])
})

const MIB = Buffer.alloc(1 << 20, 'x')

it('a line without end is cut off, told once, and not kept', () => {
  const { lines, tooMuch, rest } = read([...Array(20).fill(MIB), Buffer.from('\nlate\n')])
  expect({ lines, tooMuch, rest }).toEqual({ lines: [], tooMuch: 1, rest: '' })
})

it('a long line is a line', () => {
  const { lines, tooMuch } = read([...Array(15).fill(MIB), Buffer.from('\n')])
  expect([lines.map(({ length }) => length), tooMuch]).toEqual([[15 << 20], 0])
})

it('lines without end are cut off, told once', () => {
  const chunk = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(1024))
  const { lines, tooMuch } = read(Array(70).fill(chunk))
  expect([lines.length, tooMuch]).toEqual([65 * 1024, 1])
})
