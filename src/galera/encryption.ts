import { inDatadir } from './in-datadir.ts'
import type { Encryption, TlsFiles, Value } from './node-settings.ts'
import { parseBoolean } from './provider-options.ts'
import type { Sources } from './sources.ts'

export interface GroupEncryption {
  readonly encryption: Value<Encryption>
  readonly tls: TlsFiles
}

/**
 * Whether group communication and IST speak TLS: socket.ssl, else whether a key or certificate is set (init_use_ssl() of codership/galera
 * galerautils/src/gu_asio.cpp). With pxc_encrypt_cluster_traffic PXC sets those three itself, over whatever was set (sql/wsrep_mysqld.cc, wsrep_init()).
 */
export function encryptionOf(sources: Sources): GroupEncryption {
  const { setProvider } = sources
  const forced = forcedByPxc(sources)
  const found = (file: Value<string> | null) => file && inDatadir(sources, file)
  const fromProvider = (key: string) => found(setProvider(key))
  const fromServer = (name: string) => found(sources.get(name))
  const certificate = forced === null ? fromProvider('socket.ssl_cert') : fromServer('ssl_cert')
  const tls: TlsFiles =
    forced === null
      ? {
          certificate,
          key: fromProvider('socket.ssl_key'),
          // A certificate without an authority is its own.
          ca:
            fromProvider('socket.ssl_ca') ??
            (certificate && { ...certificate, origin: { kind: 'derived', from: 'socket.ssl_cert' } }),
        }
      : { certificate, key: fromServer('ssl_key'), ca: fromServer('ssl_ca') }
  const on = isOn(sources, forced, tls)
  const dynamic = booleanOf(setProvider('socket.dynamic'))
  const encryption: Value<Encryption> =
    on.value && dynamic?.value
      ? { value: 'dynamic', origin: dynamic.origin }
      : { ...on, value: on.value ? 'on' : 'off' }
  return { encryption, tls }
}

function isOn(
  { setProvider }: Sources,
  forced: Value<boolean> | null,
  { certificate, key }: TlsFiles,
): Value<boolean> {
  const material = key === null ? null : setProvider('socket.ssl_key')
  const by = material ?? (certificate === null ? null : setProvider('socket.ssl_cert'))
  return (
    booleanOf(setProvider('socket.ssl')) ??
    forced ??
    (by === null
      ? { value: false, origin: { kind: 'default', of: 'Galera' } }
      : { value: true, origin: by.origin })
  )
}

/** pxc_encrypt_cluster_traffic where it is on and the provider does not tell for itself; null otherwise. */
function forcedByPxc(sources: Sources): Value<boolean> | null {
  if (sources.setProvider('socket.ssl_key')?.origin.kind === 'server') return null
  const forced = pxcEncrypts(sources)
  return forced?.value ? forced : null
}

/** Whether PXC encrypts all between its nodes; null for what is no PXC. */
export function pxcEncrypts({ product, get }: Sources): Value<boolean> | null {
  return product.flavour === 'pxc' ? booleanOf(get('pxc_encrypt_cluster_traffic')) : null
}

function booleanOf(setting: Value<string> | null): Value<boolean> | null {
  const value = setting === null ? null : parseBoolean(setting.value)
  return setting === null || value === null ? null : { value, origin: setting.origin }
}
