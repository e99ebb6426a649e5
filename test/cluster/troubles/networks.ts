import type { NodeOptions } from '../config.ts'
import { all, at, gcomm, noTrouble, onN2, type Trouble, trouble } from './trouble.ts'

const server = { wsrep_cluster_address: gcomm(at(1), at(2), '10.99.0.53') }
const n3 = (address: string | null, provider: NodeOptions['provider'] = {}) => ({
  ...all(() => ({ server })),
  n3: { server: { ...server, wsrep_node_address: address }, provider },
})

/** Where n3 has 10.98.0.13, and is 10.99.0.53 to the others. */
export const TRANSLATION: readonly Trouble[] = [
  noTrouble('none', n3('10.99.0.53', { 'ist.recv_bind': '10.98.0.13' })),
  trouble('the private address', n3('10.98.0.13'), ['advertised-differs n3', 'no-donor n3']),
  trouble('no address', n3(null), ['advertised-differs n3']),
  trouble('the public address, where IST cannot listen', n3('10.99.0.53'), ['advertised-behind-nat n3']),
]

/** Where no host has an IPv4 address. */
export const IPV6: readonly Trouble[] = [
  noTrouble('none'),
  // The guess has no brackets, and the joiner dies of it.
  trouble('no address', onN2({ wsrep_node_address: null }), ['node-address-guessed n2']),
  // Which is 0.0.0.0.
  trouble('the listen address left out', onN2({}, { provider: { 'gmcast.listen_addr': null } }), [
    'bind-elsewhere n2',
  ]),
]
