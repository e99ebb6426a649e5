import { noTrouble, onN2, type Trouble, trouble } from './trouble.ts'

const strict = (value: 0 | 1) =>
  `for i in all eth0; do echo ${value} >/proc/sys/net/ipv4/conf/$i/rp_filter; done`
/** Answers to n1 leave by another interface than its packets come in by, and the kernel drops those. */
const ASYMMETRIC = {
  n2: [
    `ip route add 10.99.0.11/32 dev eth1 src 10.99.0.12; ${strict(1)}`,
    `ip route del 10.99.0.11/32; ${strict(0)}`,
  ],
} as const
const SMALLER = { n2: ['ip link set eth0 mtu 1400', 'ip link set eth0 mtu 1500'] } as const
const LEFT_BEHIND = {
  n2: [
    `setsid socat -u TCP-LISTEN:4444,reuseaddr stdio >/dev/null 2>&1 </dev/null &
until ss -Htln | grep -q :4444; do sleep 0.05; done`,
    'kill $(pidof socat)',
  ],
} as const

/** On hosts with two interfaces each. */
export const HOSTS: readonly Trouble[] = [
  noTrouble('none'),
  noTrouble('none, with round trips', {}, { args: ['--rtt'] }),
  trouble('timers in the wrong order', onN2({}, { provider: { 'evs.suspect_timeout': 'PT20S' } }), [
    'timers-order n2',
  ]),
  trouble('another MTU', {}, ['mtu-differs', 'mtu-differs'], { plant: SMALLER }),
  trouble(
    'a way back that is not the way in',
    {},
    ['rp-filter n2', 'sst-impossible', 'link-relayed', 'udp-not-needed'],
    { plant: ASYMMETRIC },
  ),
  trouble('an SST listener that was left behind', {}, ['stale-sst-listener n2'], { plant: LEFT_BEHIND }),
  trouble('a node on another continent', {}, ['wan-segments'], { delayMs: 100, args: ['--rtt'] }),
  trouble('a node on a satellite', {}, ['wan-segments', 'rtt-timers'], {
    delayMs: 600,
    args: ['--rtt'],
  }),
]
