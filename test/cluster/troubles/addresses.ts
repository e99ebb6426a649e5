import { plugOf } from '../../lab/topology.ts'
import type { NodeOptions } from '../config.ts'
import { all, at, gcomm, noTrouble, onN2, type Trouble, trouble } from './trouble.ts'

const SECOND = gcomm(at(1, 97), at(2, 97), at(3, 97))
/** A cluster on the second segment. */
const onSecond = (n2: NodeOptions['server'] = {}) =>
  all((n) => ({
    server: {
      wsrep_node_address: at(n, 97),
      wsrep_cluster_address: SECOND,
      ...(n === 2 ? n2 : {}),
    },
  }))
const ist = (address: string) => onN2({}, { provider: { 'ist.recv_addr': address } })
const listen = (address: string) => onN2({}, { provider: { 'gmcast.listen_addr': `tcp://${address}` } })

/** Nothing gets to n2 by this interface, though it answers ARP. */
const lost = (dev: string) => ({
  plant: {
    holder: [
      `nft 'table bridge lost { chain c { type filter hook forward priority 0; oifname "${plugOf('n2', dev)}" meta protocol ip drop; }; }'`,
      'nft delete table bridge lost',
    ],
  } as const,
})

/** On hosts with two interfaces each. */
export const ADDRESSES: readonly Trouble[] = [
  noTrouble('none, on the second interface', onSecond()),
  noTrouble('none, though transfers come by the other interface', onN2({ wsrep_node_address: at(2, 97) })),
  noTrouble('none, though IST comes by the other interface', ist(at(2, 97))),
  noTrouble('none, though an address is left to guess among two', onN2({ wsrep_node_address: null })),

  trouble('an address that is not on the host', onN2({ wsrep_node_address: '10.50.0.77' }), [
    'advertised-address-missing n2',
    'no-donor n2',
  ]),
  trouble('the loopback address', onN2({ wsrep_node_address: '127.0.0.1' }), ['advertised-loopback n2']),
  trouble(
    'an own name that is 127.0.1.1',
    onN2({ wsrep_node_address: 'n2' }, { names: { n2: ['127.0.1.1'] } }),
    ['advertised-loopback n2'],
  ),
  trouble('SST to the loopback address', onN2({ wsrep_sst_receive_address: '127.0.0.1:4444' }), [
    'advertised-loopback n2',
  ]),
  trouble('IST on an address of nobody', ist('10.50.0.77'), ['advertised-address-missing n2', 'no-donor n2']),
  trouble(
    'the other interface, which goes nowhere',
    onN2({ wsrep_node_address: at(2, 97) }),
    ['wrong-interface n2', 'no-donor n2'],
    lost('eth1'),
  ),
  trouble(
    'a guess that is an interface which goes nowhere',
    onSecond({ wsrep_node_address: null }),
    ['node-address-guessed n2', 'no-donor n2', 'udp-not-needed'],
    lost('eth0'),
  ),
  trouble(
    'IST on an interface that goes nowhere',
    ist(at(2, 97)),
    ['services-on-different-addresses n2', 'no-donor n2'],
    lost('eth1'),
  ),

  trouble('mysqld on loopback alone', onN2({ 'bind-address': '127.0.0.1' }), ['bind-loopback n2']),
  trouble('group communication on loopback alone', listen('127.0.0.1:4567'), ['bind-loopback n2']),
  trouble('group communication on the other interface', listen(`${at(2, 97)}:4567`), ['bind-elsewhere n2']),
]
