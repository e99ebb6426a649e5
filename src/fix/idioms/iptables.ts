import type { Net } from '../../firewall/address.ts'
import { netText } from '../net-text.ts'
import { isAnswer, type Opening } from '../opening.ts'

/** As the article writes it: `--protocol tcp --match tcp --dport 4567 --source 10.99.0.11 --jump ACCEPT`. */
export function iptablesSpec(opening: Opening): string {
  const { protocol, source, destination, beforeDnat } = opening
  const port = beforeDnat
    ? `--match conntrack ${dnatMatch(opening, netText(beforeDnat))}`
    : `--match ${protocol} ${portMatch(opening)}${isAnswer(opening) ? ONLY_ANSWERS[protocol].typed : ''}`
  return [
    `--protocol ${protocol} ${port}`,
    ...(source ? [`--source ${netText(source)}`] : []),
    ...(destination ? [`--destination ${netText(destination)}`] : []),
    '--jump ACCEPT',
  ].join(' ')
}

/** As `iptables-save` prints it after `-A CHAIN `, so that an identical rule is found by its text. */
export function iptablesCanonical(opening: Opening): string {
  const { protocol, source, destination, beforeDnat } = opening
  const answer = isAnswer(opening) ? ONLY_ANSWERS[protocol].saved : ''
  return [
    ...(source ? [`-s ${withLength(source)}`] : []),
    ...(destination ? [`-d ${withLength(destination)}`] : []),
    beforeDnat
      ? `-p ${protocol} -m conntrack ${dnatMatch(opening, netText(beforeDnat))} -j ACCEPT`
      : `-p ${protocol} -m ${protocol} ${portMatch(opening)}${answer} -j ACCEPT`,
  ].join(' ')
}

/** As it is typed, and as iptables-save prints it. */
const ONLY_ANSWERS = {
  tcp: { typed: ' ! --syn', saved: ' ! --tcp-flags FIN,SYN,RST,ACK SYN' },
  udp: { typed: ' --match conntrack --ctstate ESTABLISHED', saved: ' -m conntrack --ctstate ESTABLISHED' },
} as const

function portMatch({ portIs, port }: Opening): string {
  return `${portIs === 'source' ? '--sport' : '--dport'} ${port}`
}

/** The reply's own address and port are those of the container; both directions are told apart from DNAT's side. */
function dnatMatch({ portIs, port }: Opening, address: string): string {
  return `--ctorigdst ${address} --ctorigdstport ${port} --ctdir ${portIs === 'source' ? 'REPLY' : 'ORIGINAL'}`
}

function withLength(net: Net): string {
  const text = netText(net)
  return text.includes('/') ? text : `${text}/${net.family === 4 ? 32 : 128}`
}
