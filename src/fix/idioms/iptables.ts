import type { Net } from '../../firewall/address.ts'
import { netText } from '../net-text.ts'
import { isAnswer, type Opening } from '../opening.ts'

/** As the article writes it: `--protocol tcp --match tcp --dport 4567 --source 10.99.0.11 --jump ACCEPT`. */
export function iptablesSpec(opening: Opening): string {
  const { protocol, source, destination } = opening
  return [
    `--protocol ${protocol} --match ${protocol} ${portMatch(opening)}${isAnswer(opening) ? ' ! --syn' : ''}`,
    ...(source ? [`--source ${netText(source)}`] : []),
    ...(destination ? [`--destination ${netText(destination)}`] : []),
    '--jump ACCEPT',
  ].join(' ')
}

/** As `iptables-save` prints it after `-A CHAIN `, so that an identical rule is found by its text. */
export function iptablesCanonical(opening: Opening): string {
  const { protocol, source, destination } = opening
  const answer = isAnswer(opening) ? ' ! --tcp-flags FIN,SYN,RST,ACK SYN' : ''
  return [
    ...(source ? [`-s ${withLength(source)}`] : []),
    ...(destination ? [`-d ${withLength(destination)}`] : []),
    `-p ${protocol} -m ${protocol} ${portMatch(opening)}${answer} -j ACCEPT`,
  ].join(' ')
}

function portMatch({ portIs, port }: Opening): string {
  return `${portIs === 'source' ? '--sport' : '--dport'} ${port}`
}

function withLength(net: Net): string {
  const text = netText(net)
  return text.includes('/') ? text : `${text}/${net.family === 4 ? 32 : 128}`
}
