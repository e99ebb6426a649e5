import { pxcEncrypts } from './encryption.ts'
import type { Value } from './node-settings.ts'
import type { Sources } from './sources.ts'

const OFF: Value<string> = { value: 'off', origin: { kind: 'default', of: 'the SST scripts' } }

/**
 * How a state transfer is encrypted, in the words of its script. PXC: `encrypt` of [sst], made 4 by pxc_encrypt_cluster_traffic
 * (scripts/wsrep_sst_xtrabackup-v2.sh). MariaDB: scripts/wsrep_sst_mariabackup.sh and wsrep_sst_rsync.sh, which know `ssl-mode`, and not only in [sst].
 */
export function sstEncryptionOf(sources: Sources): Value<string> {
  if (sources.product.flavour === 'mariadb') {
    const isRsync = sources.get('wsrep_sst_method')?.value.startsWith('rsync')
    return isRsync ? rsyncEncryption(sources) : mariabackupEncryption(sources)
  }
  return pxcEncrypts(sources)?.value
    ? { value: 'encrypt=4', origin: { kind: 'derived', from: 'pxc_encrypt_cluster_traffic' } }
    : (encryptOption(sources, false) ?? OFF)
}

function encryptOption({ sst }: Sources, withServer: boolean): Value<string> | null {
  const option = sst('encrypt', withServer)
  const value = option?.value.trim() ?? ''
  return option !== null && /^[1-9]$/.test(value)
    ? { value: `encrypt=${value}`, origin: option.origin }
    : null
}

/** An `ssl-mode` alone means 3, with a certificate and a key. */
function mariabackupEncryption(sources: Sources): Value<string> {
  const { certificate, key } = filesOf(sources)
  const mode = modeOf(sources)
  const implied = mode !== null && mode.value !== 'DISABLED' && certificate !== null && key !== null
  return encryptOption(sources, true) ?? (implied ? { value: 'encrypt=3', origin: mode.origin } : OFF)
}

/** Without an `ssl-mode` the files decide, those of the server too. */
function rsyncEncryption(sources: Sources): Value<string> {
  const { ca, certificate, key } = filesOf(sources)
  const implied =
    ca !== null
      ? { value: 'VERIFY_CA', origin: ca.origin }
      : certificate !== null && key !== null
        ? { value: 'REQUIRED', origin: certificate.origin }
        : null
  const mode = modeOf(sources) ?? implied
  if (mode === null) return OFF
  return { ...mode, value: mode.value === 'DISABLED' ? 'off' : `ssl-mode=${mode.value}` }
}

function modeOf({ sst }: Sources): Value<string> | null {
  const mode = sst('ssl_mode', true)
  return mode && { ...mode, value: mode.value.trim().toUpperCase() }
}

/** check_server_ssl_config() of wsrep_sst_common: of the two spellings the older one, if any of it is there. */
function filesOf({ sst }: Sources) {
  const old = { ca: sst('tca', false), certificate: sst('tcert', false), key: sst('tkey', false) }
  if (Object.values(old).some((each) => each !== null)) return old
  return { ca: sst('ssl_ca', true), certificate: sst('ssl_cert', true), key: sst('ssl_key', true) }
}
