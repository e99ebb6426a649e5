import { all, at, gcomm, noTrouble, onN2, type Trouble, trouble } from './trouble.ts'

const list = (...hosts: readonly string[]) => onN2({ wsrep_cluster_address: gcomm(...hosts) })
const byName = all((n) => ({
  server: { wsrep_node_address: `n${n}`, wsrep_cluster_address: gcomm('n1', 'n2', 'n3') },
}))
/** n2, whose list has the name n1 with these addresses. */
const seen = (addresses: readonly string[]) =>
  onN2({ wsrep_cluster_address: gcomm('n1', at(2), at(3)) }, { names: { n1: addresses } })

export const CLUSTER_ADDRESS: readonly Trouble[] = [
  noTrouble('none, by names', byName),
  noTrouble('none, though one list is short', list(at(1), at(2))),

  trouble('a list with nobody else', list(at(2)), ['cluster-address-misses n2']),
  trouble('an empty list', list(), ['cluster-address-misses n2']),
  trouble('a list with a slip', list(at(1), at(2), '10.99.0.31'), ['cluster-address-unknown n2']),
  trouble('a list with a wrong port', list(`${at(1)}:5567`, at(2), at(3)), ['cluster-address-port n2']),
  // It goes on dialling 4567 itself.
  trouble(
    'a moved port that the others do not know',
    onN2({}, { provider: { 'gmcast.listen_addr': 'tcp://0.0.0.0:5567' } }),
    ['cluster-address-port n1', 'cluster-address-port n3'],
  ),
  trouble('a moved port on which the node dials the others', onN2({ wsrep_node_address: `${at(2)}:5567` }), [
    'cluster-address-port n1',
    'cluster-address-port n2',
    'cluster-address-port n2',
    'cluster-address-port n3',
  ]),
  trouble('another cluster name', onN2({ wsrep_cluster_name: 'Lab' }), ['cluster-name-differs']),

  trouble('a name that nobody knows', list('node-one', at(2), at(3)), ['name-not-resolved n2']),
  trouble('a name that is someone else', { ...byName, n2: { ...byName.n2, names: { n3: ['10.99.0.31'] } } }, [
    'name-resolves-differently',
    'sst-impossible',
  ]),
  trouble('a name whose first address is dead', seen(['fd00:99::99', at(1)]), [
    'ipv6-first-dead n2',
    'link-one-way',
  ]),
  trouble('a name whose first address has no listener', seen(['fd00:99::11', at(1)]), ['ipv6-first-dead n2']),
]
