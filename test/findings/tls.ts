import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FileState } from '../../src/session/survey-messages.ts'
import type { Plant } from './planted.ts'

/** Nodes with the certificates of fixtures/certificates: n1 and n2 are of authority ca1, n3 of ca2, n4 of one that ca1 signed. */

export const blocks = (name: string) =>
  readFileSync(`fixtures/certificates/${name}.pem`, 'utf8').match(
    /-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g,
  ) ?? []
export const dates = (name: string) => {
  const { validFrom, validTo } = new X509Certificate(blocks(name)[0] ?? '')
  return { from: Date.parse(validFrom), until: Date.parse(validTo) }
}
const CERT = '/etc/galera/cert.pem'
export const CA = '/etc/galera/ca.pem'

interface Files {
  readonly certificate?: readonly string[]
  readonly ca?: readonly string[]
  readonly state?: FileState
  readonly dynamic?: boolean
}
export const tls = ({ certificate = [], ca = [], state = 'read', dynamic }: Files): Plant => ({
  provider: {
    'socket.ssl': 'YES',
    'socket.ssl_cert': CERT,
    'socket.ssl_key': '/etc/galera/key.pem',
    'socket.ssl_ca': CA,
    ...(dynamic === true && { 'socket.dynamic': 'true' }),
  },
  certificates: [
    { path: CERT, state, pem: [...certificate] },
    { path: CA, state: 'read', pem: [...ca] },
  ],
})
export const good = (name: string) => tls({ certificate: blocks(name), ca: blocks('ca1') })
