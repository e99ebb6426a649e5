import type { LogKind } from '../galera/log-event.ts'
import type { FindingCode } from './codes.ts'

export type LogCode = Extract<FindingCode, `log-${string}`>

/** Under which finding a kind of line is told; null: it says nothing that the lines beside it do not say better. */
export const LOG_CODES: Readonly<Record<LogKind, LogCode | null>> = {
  'peer-no-handshake': 'log-group-unreachable',
  'peer-no-greeting': 'log-tls-mismatch',
  'connect-no-route': 'log-group-unreachable',
  'connect-refused': 'log-group-unreachable',
  'connect-timed-out': 'log-group-unreachable',
  'connect-aborted': null,
  'peer-silent': 'log-group-unreachable',
  'relay-on': 'log-group-unreachable',
  reconnecting: 'log-group-unreachable',
  'peer-suspected': 'log-group-unreachable',
  'non-primary': null,
  'never-primary': 'log-no-primary',
  'own-stall': 'log-own-stall',
  'stray-silent': 'log-stray-connection',
  'foreign-message': 'log-stray-connection',
  'tls-no-certificate': 'log-tls-mismatch',
  'tls-plaintext': 'log-tls-mismatch',
  'tls-untrusted': 'log-tls-mismatch',
  'tls-broken-off': 'log-stray-connection',
  'tls-failed': 'log-tls-mismatch',
  'not-in-allowlist': 'log-not-admitted',
  'other-group': 'log-not-admitted',
  'group-listen-failed': 'log-listen-failed',
  'sst-timed-out': 'log-sst-failed',
  'sst-no-route': 'log-sst-failed',
  'sst-refused': 'log-sst-failed',
  'sst-send-failed': 'log-sst-failed',
  'transfer-failed': 'log-transfer-failed',
  'never-received': 'log-transfer-failed',
  'sst-first-data-timeout': 'log-sst-failed',
  'sst-empty-stream': 'log-sst-failed',
  'sst-receive-failed': 'log-sst-failed',
  'sst-unrecoverable': 'log-transfer-failed',
  'clone-no-message': 'log-sst-failed',
  'clone-daemon-timeout': 'log-sst-failed',
  'clone-joiner-timeout': 'log-sst-failed',
  'sst-tls-failed': 'log-tls-mismatch',
  'sst-listen-failed': 'log-listen-failed',
  'sst-not-prepared': 'log-listen-failed',
  'ist-timed-out': 'log-ist-failed',
  'ist-no-route': 'log-ist-failed',
  'ist-refused': 'log-ist-failed',
  'ist-stray': 'log-ist-failed',
  'ist-receive-failed': 'log-ist-failed',
  'ist-receiver-crashed': 'log-ist-failed',
  'ist-incomplete': 'log-ist-failed',
  'ist-listen-failed': 'log-listen-failed',
  crashed: null,
  'address-not-guessed': 'log-address-unknown',
  'host-blocked': 'log-host-blocked',
}

/** What these tell is but the outcome of what one of the others tells. */
export const OUTCOMES: Readonly<
  Partial<Record<LogCode, { readonly of: readonly LogCode[]; readonly anywhere: boolean }>>
> = {
  'log-no-primary': {
    of: [
      'log-group-unreachable',
      'log-tls-mismatch',
      'log-listen-failed',
      'log-sst-failed',
      'log-ist-failed',
    ],
    anywhere: false,
  },
  'log-transfer-failed': {
    of: ['log-sst-failed', 'log-ist-failed', 'log-listen-failed', 'log-tls-mismatch'],
    anywhere: true,
  },
}

/** Lines of a member about another: they tell that it is gone, which is known, and not why. */
export const TELLS_OF_ABSENCE: ReadonlySet<LogCode> = new Set<LogCode>([
  'log-group-unreachable',
  'log-no-primary',
  'log-own-stall',
])
