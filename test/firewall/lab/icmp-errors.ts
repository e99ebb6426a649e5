import type { Family } from '../../../src/firewall/address.ts'

/** Types and codes of RFC 792, RFC 1812 and RFC 4443. */
const CODES = {
  4: {
    'net-unreachable': '3/0',
    'host-unreachable': '3/1',
    'prot-unreachable': '3/2',
    'proto-unreachable': '3/2',
    'port-unreachable': '3/3',
    'net-prohibited': '3/9',
    'host-prohibited': '3/10',
    'admin-prohibited': '3/13',
    // nft's icmpx
    'no-route': '3/0',
  },
  6: {
    'no-route': '1/0',
    'adm-prohibited': '1/1',
    'admin-prohibited': '1/1',
    'addr-unreachable': '1/3',
    'port-unreachable': '1/4',
    // nft's icmpx
    'host-unreachable': '1/3',
  },
} as const satisfies Record<Family, Record<string, string>>

/** What a rule's words make the host send: `tcp-reset`, or an error's `type/code`. */
export function answerOf(words: string, family: Family): string {
  if (/^tcp[- ]reset$/.test(words)) return 'tcp-reset'
  const name = words.replace(/^icmp(x|v6|6)?[- ](type )?/, '')
  return (CODES[family] as Record<string, string>)[name] ?? `no answer is called ${words}`
}

/** The one rejecting answer in what the host sent, as `answerOf` has it. */
export function answerSeen(frames: readonly string[]): string | null {
  for (const frame of frames.map((hex) => Buffer.from(hex, 'hex'))) {
    const family = frame.readUInt16BE(0) === 0x0800 ? 4 : 6
    const at = 2 + (family === 4 ? 20 : 40)
    const protocol = frame[2 + (family === 4 ? 9 : 6)]
    if (protocol === 6 && ((frame[at + 13] ?? 0) & 4) !== 0) return 'tcp-reset'
    if (protocol === (family === 4 ? 1 : 58) && frame[at] === (family === 4 ? 3 : 1))
      return `${frame[at]}/${frame[at + 1]}`
  }
  return null
}
