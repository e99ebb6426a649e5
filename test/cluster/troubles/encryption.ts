import type { NodeOptions } from '../config.ts'
import { all, noTrouble, onN2, type Trouble, trouble } from './trouble.ts'

const TLS: NodeOptions = { certificate: 'node' }
const allTls = (n2: NodeOptions = {}) => all((n) => (n === 2 ? { ...TLS, ...n2 } : TLS))

export const ENCRYPTION: readonly Trouble[] = [
  noTrouble('none, with TLS', allTls()),
  trouble('TLS on one node', onN2({}, TLS), ['encryption-differs', 'sst-encryption-differs']),
  trouble(
    'TLS for SST on all nodes but one',
    allTls({ sst: { encrypt: null, tca: null, tcert: null, tkey: null } }),
    ['sst-encryption-differs'],
  ),
  trouble('an expired certificate', allTls({ certificate: 'expired' }), ['certificate-expired n2']),
  trouble('a certificate for a few more days', allTls({ certificate: 'ending' }), ['certificate-expires n2']),
  trouble('a certificate of another CA', allTls({ certificate: 'stranger' }), ['certificate-other-ca']),
  trouble(
    'a certificate that is not there',
    allTls({ provider: { 'socket.ssl_cert': '/run/cluster/tls/none.pem' } }),
    ['certificate-file-unusable n2'],
  ),
]
