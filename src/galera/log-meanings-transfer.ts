import type { LogFlow, LogMeaning } from './log-meanings.ts'
import type { TransferKind } from './log-meanings-group.ts'

const SST_OUT: LogFlow = { services: ['sst'], way: 'out' }
const SST_IN: LogFlow = { services: ['sst'], way: 'in' }
const IST_OUT: LogFlow = { services: ['ist'], way: 'out' }
const IST_IN: LogFlow = { services: ['ist'], way: 'in' }
const BOTH_IN: LogFlow = { services: ['sst', 'ist'], way: 'in' }

const SEE_SST = 'See where the packets of the state transfer end.'
const SEE_IST = 'See where the packets to the IST port end.'
const LOOK_AT_DONOR = 'Look at the log of the donor of that time, and check the way from it.'
const STRAY =
  'Keep port checks and load balancers off 4444 and 4568 while a node joins, then start the joiner again.'
const WHO_HAS_IT =
  'On this node: ss -ltnp shows who has the port (end a socat that is left over), ausearch -m avc -ts recent what SELinux denied.'

/** What lines of state transfers mean: the donor calls the joiner, on 4444 for SST, on 4568 for IST and in every SST too. */
export const TRANSFER_MEANINGS: Readonly<Record<TransferKind, LogMeaning>> = {
  'sst-timed-out': {
    said: 'donor',
    flow: SST_OUT,
    short: "its calls to the joiner's SST port got no answer",
    means:
      'The donor called the SST port of the joiner and got no answer: the packets, or the answers, are dropped.',
    proves: 'that nothing came back. Not on which side it was lost.',
    next: SEE_SST,
  },
  'sst-no-route': {
    said: 'donor',
    flow: SST_OUT,
    short: "its calls to the joiner's SST port were rejected",
    means:
      'The call of the donor to the SST port of the joiner was rejected with an ICMP error, as firewalld does; or there is no route.',
    proves: 'that the call was answered with an error or never left the donor. Not by whom.',
    next: SEE_SST,
  },
  'sst-refused': {
    said: 'donor',
    flow: SST_OUT,
    short: "its calls to the joiner's SST port were refused",
    means:
      'Nobody listened on the SST port of the joiner any more, since a stray connection took the only place or the joiner gave up; or a firewall rejects with tcp-reset or icmp-port-unreachable.',
    proves: 'that something answered at once. Not whether the host or a firewall.',
    next: `${SEE_SST} If it is open: ${STRAY.charAt(0).toLowerCase()}${STRAY.slice(1)}`,
  },
  'sst-send-failed': {
    said: 'donor',
    flow: SST_OUT,
    short: 'could not send the SST to the joiner',
    means: 'The script of the donor could not send the data: nobody took it, or the connection broke.',
    proves: 'that the transfer failed. Why is in the lines before, by socat, rsync or the backup.',
    next: SEE_SST,
  },
  'transfer-failed': {
    said: 'any',
    flow: { services: ['sst', 'ist'], way: 'transfer' },
    short: 'a state transfer failed',
    means:
      'The donor could not give its state to the joiner. "Broken pipe" and -255: the SST script failed; "Connection timed out", "Operation timed out", "refused": often the IST port, which an SST needs too.',
    proves: 'that the transfer failed, and between whom. Why is in the log of the donor alone.',
    next: LOOK_AT_DONOR,
  },
  'never-received': {
    said: 'joiner',
    flow: BOTH_IN,
    short: 'gave up, as its donor reported a failure',
    means: 'The donor reported that the transfer failed, so the joiner ended itself.',
    proves: 'nothing about the network: the cause is in the log of the donor.',
    next: LOOK_AT_DONOR,
  },
  'sst-first-data-timeout': {
    said: 'joiner',
    flow: SST_IN,
    short: 'waited in vain for the first data of the SST',
    means:
      'The joiner waited for the first data of the SST and none came: the donor never reached its SST port, or its script hung.',
    proves: 'that nothing came. Not whether the donor tried: its log tells.',
    next: SEE_SST,
  },
  'sst-empty-stream': {
    said: 'joiner',
    flow: SST_IN,
    short: 'got an SST with nothing in it',
    means:
      'The joiner took a connection on its SST port that brought no data: a port check that got there before the donor, or a donor that died.',
    proves: 'that the SST port can be reached, by whoever connected.',
    next: STRAY,
  },
  'sst-receive-failed': {
    said: 'joiner',
    flow: SST_IN,
    short: 'could not receive the SST',
    means:
      'The script of the joiner could not take the data: the connection broke, or brought something else.',
    proves: 'that the transfer failed. Why is in the lines before, and in the log of the donor.',
    next: LOOK_AT_DONOR,
  },
  'sst-unrecoverable': {
    said: 'joiner',
    flow: SST_IN,
    short: 'has no usable state after a failed SST',
    means:
      'The SST brought no usable state, and the data that the node had is gone: it needs a whole SST at its next start.',
    proves: 'nothing about the network; the first error before it tells why.',
    next: LOOK_AT_DONOR,
  },
  'clone-no-message': {
    said: 'joiner',
    flow: SST_IN,
    short: 'waited in vain for the message that begins a clone SST',
    means:
      'The joiner waited on its SST port for the one message that begins a clone SST: the donor was blocked, or a stray connection took its place.',
    proves: 'that the message did not come. Not whether the donor tried: its log tells.',
    next: SEE_SST,
  },
  'clone-daemon-timeout': {
    said: 'joiner',
    flow: { services: ['sst', 'mysql'], way: 'in' },
    short: 'the temporary server of a clone SST did not come up',
    means:
      'The temporary server that receives a clone did not answer on the SST port of this node: it did not start, or the port is taken.',
    proves: 'that the cause is most likely on this host: it connects to itself.',
    next: WHO_HAS_IT,
  },
  'clone-joiner-timeout': {
    said: 'donor',
    flow: { services: ['sst', 'mysql'], way: 'out' },
    short: 'waited in vain for the joiner to set up its clone',
    means:
      'The donor waited for the temporary server of the joiner on the SST port: it did not start, or 4444 to it, or 3306 back to the donor, is blocked.',
    proves: 'that the joiner was not ready in time. Not why.',
    next: SEE_SST,
  },
  'sst-tls-failed': {
    said: 'any',
    flow: SST_OUT,
    short: 'TLS of the SST failed',
    means:
      'Donor and joiner do not agree on the encryption of the SST: another CA, an expired certificate, a name that is not in it, or TLS on one side only.',
    proves: 'that the SST port is open: both sides have talked.',
    next: 'Compare encrypt, ssl-ca, ssl-cert and ssl-key (MariaDB: tca, tcert, tkey) in [sst] of both nodes.',
  },
  'sst-listen-failed': {
    said: 'joiner',
    flow: null,
    short: 'could not listen on its SST port',
    means:
      'The joiner could not listen on its SST port: another process has it, as a socat left over from the last try, or SELinux forbids it.',
    proves: 'that the cause is on this host.',
    next: WHO_HAS_IT,
  },
  'sst-not-prepared': {
    said: 'joiner',
    flow: null,
    short: 'its SST script did not get ready',
    means:
      'The SST script of the joiner ended before it listened: its port is taken, a program it needs (socat, lsof, the backup tool) is missing, or SELinux forbids it.',
    proves: 'that the cause is on this host. No packet was awaited yet.',
    next: `Read the lines before it, which the script wrote. ${WHO_HAS_IT}`,
  },
  'ist-timed-out': {
    said: 'donor',
    flow: IST_OUT,
    short: "its calls to the joiner's IST port got no answer",
    means:
      'The donor called the IST port of the joiner and got no answer: the packets, or the answers, are dropped. An SST needs that port too.',
    proves: 'that nothing came back. Not on which side it was lost.',
    next: SEE_IST,
  },
  'ist-no-route': {
    said: 'donor',
    flow: IST_OUT,
    short: "its calls to the joiner's IST port were rejected",
    means:
      'The call of the donor to the IST port of the joiner was rejected with an ICMP error, as firewalld does; or there is no route. An SST needs that port too.',
    proves: 'that the call was answered with an error or never left the donor. Not by whom.',
    next: SEE_IST,
  },
  'ist-refused': {
    said: 'donor',
    flow: IST_OUT,
    short: "its calls to the joiner's IST port were refused",
    means:
      'The listener of the joiner on its IST port was gone, since it takes one connection only and a stray one came first; or a firewall rejects with tcp-reset or icmp-port-unreachable.',
    proves: 'that something answered at once. Not whether the host or a firewall.',
    next: `${SEE_IST} If it is open: ${STRAY.charAt(0).toLowerCase()}${STRAY.slice(1)}`,
  },
  'ist-stray': {
    said: 'joiner',
    flow: IST_IN,
    short: 'a stray connection to its IST port ended the transfer',
    means:
      'The one connection that the joiner takes on its IST port was not of the donor: a port check ended the transfer. The node must be started again.',
    proves: 'that the IST port can be reached, by whoever connected.',
    next: STRAY,
  },
  'ist-receive-failed': {
    said: 'joiner',
    flow: IST_IN,
    short: 'its IST broke',
    means: 'The joiner could not receive the IST to its end, and must be started again.',
    proves:
      'that somebody had connected, the donor or a stray client. Why it broke is in the line, and in the log of the donor.',
    next: LOOK_AT_DONOR,
  },
  'ist-receiver-crashed': {
    said: 'joiner',
    flow: IST_IN,
    short: 'its server died while it waited for the IST',
    means:
      'The server died of an exception right after "Prepared IST receiver": with TLS one stray connection to the IST port does that.',
    proves: 'that the IST port can be reached, by whoever connected.',
    next: STRAY,
  },
  'ist-incomplete': {
    said: 'joiner',
    flow: IST_IN,
    short: 'its IST ended too early',
    means:
      'The IST ended before all write sets had come: the connection broke midway, or a fault of the Galera version (one is mended in 26.4.27).',
    proves: 'that the IST port is open: data came through it.',
    next: 'Check the way with full-sized packets, which a run of root does by itself, then start the joiner again.',
  },
  'ist-listen-failed': {
    said: 'joiner',
    flow: null,
    short: 'could not listen on its IST port',
    means:
      'The joiner could not listen on its IST port: another process has it, the address is not on this host, or SELinux forbids it ("Permission denied").',
    proves: 'that the cause is on this host.',
    next: `${WHO_HAS_IT} Where the address is not on this host, set ist.recv_bind.`,
  },
  crashed: {
    said: 'any',
    flow: null,
    short: 'its server died',
    means:
      'The server died of an exception or of a signal. Right after "Prepared IST receiver" it would be a stray connection to the IST port.',
    proves: 'nothing about the network by itself.',
    next: 'Read the lines before it, and the backtrace after it.',
  },
  'address-not-guessed': {
    said: 'joiner',
    flow: null,
    short: 'could not tell its own address',
    means:
      'The server could not tell under which address its peers reach it, so it tells them none or a wrong one.',
    proves: 'nothing about the network: the setting is missing on this host.',
    next: 'Set wsrep_node_address on this node to the address that its peers connect to.',
  },
  'host-blocked': {
    said: 'client',
    flow: { services: ['mysql'], way: 'in' },
    short: 'turns a host away after too many connection errors (1129)',
    means:
      'The server refuses every client on that host, with the right password too: max_connect_errors connections from there ended before a login.',
    proves: 'that the port is open: the server itself refuses.',
    next: 'On the server run "mysqladmin flush-hosts" (MariaDB: mariadb-admin), and find out what on that host connects without logging in.',
  },
}
