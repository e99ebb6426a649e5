import type { Value } from '../galera/node-settings.ts'
import type { Inspection } from '../session/survey-messages.ts'
import type { ClusterView } from './cluster-view.ts'
import { type KnownMember, knownMembers } from './known-addresses.ts'

export type TlsKind = 'certificate' | 'ca' | 'key'
export const TLS_SETTINGS = {
  certificate: 'socket.ssl_cert',
  ca: 'socket.ssl_ca',
  key: 'socket.ssl_key',
} as const

/** The files by which a node encrypts group communication, as read on it. */
export interface TlsFile {
  readonly kind: TlsKind
  readonly setting: Value<string>
  readonly file: Inspection['certificates'][number]
}

export function filesOf({ settings: { tls }, inspection }: KnownMember): TlsFile[] {
  return (['certificate', 'ca', 'key'] as const).flatMap((kind): TlsFile[] => {
    const setting = tls[kind]
    const file = inspection?.certificates.find(({ path }) => path === setting?.value)
    return setting === null || file === undefined ? [] : [{ kind, setting, file }]
  })
}

/** Those whose group communication is encrypted. */
export function encryptingMembers(view: ClusterView): KnownMember[] {
  return knownMembers(view).filter(({ settings }) => settings.encryption.value !== 'off')
}
