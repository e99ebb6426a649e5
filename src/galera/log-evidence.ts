import type { LogKind } from './log-event.ts'

/**
 * How much a line tells of why. `cause`: what is wrong, and with whom or on which host; `unnamed`: what is wrong, not with whom;
 * `sign`: that something is wrong; `outcome`: what came of it in the end.
 */
export type Evidence =
  | {
      readonly is: 'cause' | 'unnamed'
      /** The cause in one line, behind "Most likely: "; whom the line names is put behind it. */
      readonly likely: string
    }
  | { readonly is: 'sign' | 'outcome' }

const ORDER: readonly Evidence['is'][] = ['cause', 'unnamed', 'sign', 'outcome']

const SIGN: Evidence = { is: 'sign' }
const OUTCOME: Evidence = { is: 'outcome' }
const cause = (likely: string): Evidence => ({ is: 'cause', likely })
const unnamed = (likely: string): Evidence => ({ is: 'unnamed', likely })

const STRAY_IST = 'a stray connection to its IST port ended the transfer'

/** For every kind; the compiler refuses a kind without one. */
export const EVIDENCE: Readonly<Record<LogKind, Evidence>> = {
  'peer-no-handshake': cause('calls to a group port get no answer'),
  'peer-no-greeting': cause('the group port is open, but no greeting comes'),
  'connect-no-route': unnamed('calls to a group port are rejected'),
  'connect-refused': unnamed('calls to a group port are refused'),
  'connect-timed-out': unnamed('calls to a group port get no answer'),
  'connect-aborted': OUTCOME,
  'peer-silent': SIGN,
  'relay-on': SIGN,
  reconnecting: SIGN,
  'peer-suspected': SIGN,
  'never-primary': OUTCOME,
  'non-primary': OUTCOME,
  'own-stall': SIGN,
  'stray-silent': SIGN,
  'foreign-message': SIGN,
  'tls-no-certificate': SIGN,
  'tls-plaintext': cause('only one side of a connection to the group port speaks TLS'),
  'tls-untrusted': cause('one member does not believe the certificate of the other'),
  'tls-broken-off': SIGN,
  'tls-failed': SIGN,
  'not-in-allowlist': cause('wsrep_allowlist of this node turns the client away'),
  'other-group': cause('the node that calls has another wsrep_cluster_name'),
  'group-listen-failed': cause('this node cannot listen on its group port'),
  'sst-timed-out': cause('the SST port of the joiner does not answer'),
  'sst-no-route': cause('calls to the SST port of the joiner are rejected'),
  'sst-refused': cause('the SST port of the joiner refuses connections'),
  'sst-send-failed': OUTCOME,
  'transfer-failed': OUTCOME,
  'never-received': OUTCOME,
  'sst-first-data-timeout': SIGN,
  'sst-empty-stream': SIGN,
  'sst-receive-failed': OUTCOME,
  'sst-unrecoverable': OUTCOME,
  'clone-no-message': SIGN,
  'clone-daemon-timeout': SIGN,
  'clone-joiner-timeout': SIGN,
  'sst-tls-failed': cause('donor and joiner do not agree on the encryption of the SST'),
  'sst-listen-failed': cause('this node cannot listen on its SST port'),
  'sst-not-prepared': cause('the SST script of this node did not get ready'),
  'ist-timed-out': cause('the IST port of the joiner does not answer'),
  'ist-no-route': cause('calls to the IST port of the joiner are rejected'),
  'ist-refused': cause('the IST port of the joiner refuses connections'),
  'ist-stray': cause(STRAY_IST),
  'ist-receive-failed': SIGN,
  'ist-receiver-crashed': cause(STRAY_IST),
  'ist-incomplete': SIGN,
  'ist-listen-failed': cause('this node cannot listen on its IST port'),
  crashed: OUTCOME,
  'address-not-guessed': cause('wsrep_node_address is missing on this node'),
  'host-blocked': cause('the server blocks the host after too many connection errors'),
}

/** The smaller, the more it tells: a cause that names peer and port comes first. */
export function rankOf(kind: LogKind, namesPort: boolean): number {
  const { is } = EVIDENCE[kind]
  return 2 * ORDER.indexOf(is) + (is === 'cause' && !namesPort ? 1 : 0)
}

/** Lines that say nothing of their own where a line that they go with is there: they are counted with it. */
export const COMPANIONS: Readonly<Partial<Record<LogKind, readonly LogKind[]>>> = {
  'connect-aborted': ['peer-no-handshake', 'peer-no-greeting', 'peer-silent', 'reconnecting'],
  'never-received': ['transfer-failed'],
}
