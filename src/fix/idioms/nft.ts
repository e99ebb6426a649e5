import { netText } from '../net-text.ts'
import { isAnswer, type Opening } from '../opening.ts'

/** The rule as `nft` takes it: `ip saddr 10.99.0.11 tcp dport 4567 counter accept comment "…"`. */
export function nftRule(opening: Opening): string {
  const { family, protocol, source, destination, portIs, port } = opening
  const ip = family === 4 ? 'ip' : 'ip6'
  return [
    ...(source ? [`${ip} saddr ${netText(source)}`] : []),
    ...(destination ? [`${ip} daddr ${netText(destination)}`] : []),
    `${protocol} ${portIs === 'source' ? 'sport' : 'dport'} ${port}`,
    ...(isAnswer(opening)
      ? [protocol === 'tcp' ? 'tcp flags & (fin|syn|rst|ack) != syn' : 'ct state established']
      : []),
    `counter accept comment "${nftComment(opening)}"`,
  ].join(' ')
}

/** By it the rule is found again: nft knows no other name of a rule than a number that it gives itself. */
export function nftComment({ protocol, source, destination, portIs, port }: Opening): string {
  const from = source ? ` from ${netText(source)}` : ''
  const to = destination ? ` to ${netText(destination)}` : ''
  return `pxc-netcheck ${protocol} ${portIs === 'source' ? 'answers of ' : ''}${port}${from}${to}`
}
