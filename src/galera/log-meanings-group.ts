import type { LogKind } from './log-event.ts'
import type { LogFlow, LogMeaning } from './log-meanings.ts'

const OUT: LogFlow = { services: ['galera'], way: 'out' }
const BOTH: LogFlow = { services: ['galera'], way: 'both' }
const IN: LogFlow = { services: ['galera'], way: 'in' }

const SEE_WHERE = 'See where the packets of the group port end.'
const COMPARE_TLS =
  'On every node compare pxc_encrypt_cluster_traffic, socket.ssl and socket.ssl_* of wsrep_provider_options, and the CA: all must have the same.'

type GroupKind = Exclude<LogKind, TransferKind>
export type TransferKind = Extract<
  LogKind,
  | `sst-${string}`
  | `ist-${string}`
  | `clone-${string}`
  | 'transfer-failed'
  | 'never-received'
  | 'crashed'
  | 'address-not-guessed'
  | 'host-blocked'
>

/** What lines of group communication mean. Measured on MariaDB 10.11 with Galera 26.4.23 where nothing else is said. */
export const GROUP_MEANINGS: Readonly<Record<GroupKind, LogMeaning>> = {
  'peer-no-handshake': {
    said: 'joiner',
    flow: OUT,
    short: 'no handshake from the peer within gmcast.peer_timeout',
    means:
      'This node called the group port of the peer and got no handshake within gmcast.peer_timeout (3 s): so it is when its packets, or the answers, are dropped.',
    proves:
      'that no handshake came back in time; with "rtt: 0" and "lost: 1" in the line not even the first packet was answered. Not where it was lost: a firewall that drops, a host that is off, and a wrong address look alike.',
    next: SEE_WHERE,
  },
  'peer-no-greeting': {
    said: 'joiner',
    flow: OUT,
    short: 'connects to the group port of the peer, and no greeting comes',
    means:
      'This node did connect to the group port of the peer ("rtt" in the line is not 0), but no greeting of Galera came: a node without TLS calling one with TLS reads like this, and so does data that is lost behind the handshake of TCP.',
    proves:
      'that the port answers and is open for new connections. Not that more than the first packets pass, nor that it is Galera that listens.',
    next: COMPARE_TLS,
  },
  'connect-no-route': {
    said: 'joiner',
    flow: OUT,
    short: 'a call to a group port was rejected ("No route to host")',
    means:
      'A call to the group port of a member was rejected with an ICMP error, as firewalld and --reject-with icmp-host-prohibited do; or there is no route, or no such host in the same network.',
    proves:
      'that the call was answered with an error or never left this host. Not by whom, and not for which member: the line names none.',
    next: SEE_WHERE,
  },
  'connect-refused': {
    said: 'joiner',
    flow: OUT,
    short: 'a call to a group port was refused',
    means:
      "A call to the group port of a member was refused: mysqld does not run there, or a firewall rejects with tcp-reset or with icmp-port-unreachable, the default of iptables' REJECT.",
    proves:
      'that something answered at once, the host or a firewall on the way. Not which of the two, and not for which member: the line names none.',
    next: SEE_WHERE,
  },
  'connect-timed-out': {
    said: 'joiner',
    flow: OUT,
    short: 'a call to a group port was never answered',
    means:
      'A call to the group port of a member was never answered: its packets, or the answers, are dropped.',
    proves: 'that no answer came. Not where it was lost, and not for which member: the line names none.',
    next: SEE_WHERE,
  },
  'connect-aborted': {
    said: 'joiner',
    flow: OUT,
    short: 'calls to a group port were given up',
    means:
      'This node itself gave up a call to a group port: the line follows "timed out, no messages seen in".',
    proves: 'nothing of its own; the line before it tells of whom it speaks.',
    next: SEE_WHERE,
  },
  'peer-silent': {
    said: 'any',
    flow: BOTH,
    short: 'the connection to a member fell silent',
    means:
      'A connection to a member that had worked carried nothing for gmcast.peer_timeout (3 s): the way was cut, or the server at one end stalled.',
    proves:
      'that address, port and encryption were right once. Not whether the network or a server fell silent.',
    next: SEE_WHERE,
  },
  'relay-on': {
    said: 'any',
    flow: BOTH,
    short: 'has no direct connection to members, others relay for it',
    means:
      'There is no direct connection to the members named (or to some), so others relay what is meant for them: a block between two members, often in one direction only.',
    proves:
      'that a connection is missing while the group lives. A member that was just killed or restarted looks the same until it is given up.',
    next: SEE_WHERE,
  },
  reconnecting: {
    said: 'any',
    flow: BOTH,
    short: 'lost the connection to a member and calls again',
    means:
      'The connection to the member is lost, and this node calls again every second; the line comes with the first call and every thirtieth.',
    proves:
      'that the connection was lost. "attempt 0" alone is what a restart of the member looks like; attempt 30 and more is half a minute without it.',
    next: SEE_WHERE,
  },
  'peer-suspected': {
    said: 'any',
    flow: BOTH,
    short: 'has not heard of a member for evs.suspect_timeout',
    means:
      'Nothing was heard of a member for evs.suspect_timeout (5 s), so it is put out of the group: its server died or stalled, or the group port between them was cut.',
    proves: 'that its messages stopped. Not why.',
    next: SEE_WHERE,
  },
  'non-primary': {
    said: 'any',
    flow: BOTH,
    short: 'is in a component without quorum',
    means:
      'The part of the cluster that this node sees has no quorum, and takes no queries: most members are gone or cannot be reached.',
    proves:
      'lost quorum where a Primary view stands before it. While a server starts or ends the line is ordinary.',
    next: SEE_WHERE,
  },
  'never-primary': {
    said: 'joiner',
    flow: OUT,
    short: 'found no cluster to join within 30 s (-110)',
    means:
      'The node found no Primary component within pc.wait_prim_timeout (30 s), and gave up: nobody of wsrep_cluster_address let it in.',
    proves:
      'nothing about a firewall: the lines with -110 are the same when packets are dropped, rejected or refused, when TLS does not match, when the group has another name, and when there is no cluster to join. The Notes before them tell which.',
    next: 'Have every member of wsrep_cluster_address checked, and look at the lines before this one.',
  },
  'own-stall': {
    said: 'any',
    flow: null,
    short: 'its own group thread stood still for longer than it may',
    means:
      'The group thread of this node itself stood still: too little CPU, a paused virtual machine, swapping, or silent clients of the group port with socket.dynamic. Once at a start is ordinary.',
    proves: 'that the delay is on this host, not on the network.',
    next: 'On this node look at the load, steal time (vmstat 1, column st) and swapping, and at what connects to the group port.',
  },
  'stray-silent': {
    said: 'acceptor',
    flow: IN,
    short: 'somebody connected to its group port and said nothing',
    means:
      'Somebody connected to the group port of this node and said nothing: a port check, a health check of a load balancer, or a member whose packets get lost after the first.',
    proves: 'that a connection to this node came about, so for that client the port is open. Not who it was.',
    next: 'Take port checks off the group port; if a member cannot join meanwhile, check the way from it.',
  },
  'foreign-message': {
    said: 'acceptor',
    flow: IN,
    short: 'what came on its group port is no message of Galera',
    means:
      'What came on the group port is no message of Galera: a port scanner or another application; or a member that speaks TLS to a port that does not.',
    proves: 'that for that client the port is open. Not who it was.',
    next: COMPARE_TLS,
  },
  'tls-no-certificate': {
    said: 'acceptor',
    flow: IN,
    short: 'a client of its group port showed no certificate',
    means:
      'A client of the group port spoke TLS and showed no certificate: a scanner, or a member without socket.ssl_cert and socket.ssl_key.',
    proves: 'that the port is open for that client: it came as far as TLS.',
    next: COMPARE_TLS,
  },
  'tls-plaintext': {
    said: 'any',
    flow: IN,
    short: 'TLS on one side only of a connection to the group port',
    means:
      'One side of a connection to the group port speaks TLS and the other does not: a member with encryption off, or a client that is no member.',
    proves: 'that the port is open: both sides have talked.',
    next: COMPARE_TLS,
  },
  'tls-untrusted': {
    said: 'any',
    flow: IN,
    short: 'a certificate is not believed on the group port',
    means:
      'One side does not believe the certificate of the other: another CA, or it has expired. Percona XtraDB Cluster 8 makes each node its own, until those of the first are copied to all.',
    proves: 'that the port is open: both sides have talked.',
    next: COMPARE_TLS,
  },
  'tls-broken-off': {
    said: 'any',
    flow: IN,
    short: 'TLS handshakes on the group port were broken off',
    means:
      'A connection to the TLS group port ended amid the handshake: a port check, or a member that does not believe the certificate, whose own log says so.',
    proves: 'that a connection came about, so for that client the port is open. Not who it was.',
    next: COMPARE_TLS,
  },
  'tls-failed': {
    said: 'any',
    flow: IN,
    short: 'TLS handshakes on the group port failed',
    means: 'A TLS handshake on the group port failed, for the reason that the line gives.',
    proves: 'that the port is open: both sides have talked.',
    next: COMPARE_TLS,
  },
  'not-in-allowlist': {
    said: 'acceptor',
    flow: IN,
    short: 'turned a client of the group port away by its allowlist',
    means: 'This node itself turned a client of the group port away: its address is not in wsrep_allowlist.',
    proves: 'that the port is open for that address, and no firewall is at fault.',
    next: 'Add the address if it is a member, on every member: INSERT INTO mysql.wsrep_allowlist VALUES (...); see SELECT * FROM mysql.wsrep_allowlist.',
  },
  'other-group': {
    said: 'acceptor',
    flow: IN,
    short: 'a node with another wsrep_cluster_name called',
    means: 'A node called whose wsrep_cluster_name is another, and was sent away. That node logs only -110.',
    proves: 'that the port is open for that node.',
    next: "Set the same wsrep_cluster_name on all members; or take this node out of the other cluster's wsrep_cluster_address.",
  },
  'group-listen-failed': {
    said: 'any',
    flow: null,
    short: 'could not listen on its group port',
    means:
      'The server could not listen on its group port: another process has it, or the address is not on this host, or SELinux forbids it.',
    proves: 'that the cause is on this host.',
    next: 'On this node: ss -ltnp shows who has the port, ip address whether the address is there, ausearch -m avc -ts recent what SELinux denied.',
  },
}
