import { ROOT } from './root.ts'

/**
 * `node` is good; `expired` was so until yesterday, `ending` is so until the day after tomorrow; `stranger` is of another CA, which
 * knows nothing of the first.
 */
export type Certificate = 'node' | 'expired' | 'ending' | 'stranger'

export const CERTIFICATES = {
  dir: `${ROOT}/tls`,
  /** The CA that a node with this certificate trusts. */
  ca: (certificate: Certificate) => (certificate === 'stranger' ? 'other-ca' : 'ca'),
}

const KEY = 'openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

/**
 * Every certificate is for all of these addresses, for socat checks the address; runs in the holder. IPv4 first: socat gives up
 * at the first IPv6 address that it meets in a certificate while it looks for an IPv4 one.
 */
export function certificatesScript(addresses: readonly string[]): string {
  const [ipv6, ipv4] = [true, false].map((six) => addresses.filter((one) => one.includes(':') === six))
  const names = [...(ipv4 ?? []), ...(ipv6 ?? [])].map((address) => `IP:${address}`).join(',')
  const authority = (ca: string) =>
    `${KEY} -x509 -days 365 -subj '/CN=lab ${ca}' -keyout ${ca}-key.pem -out ${ca}.pem 2>/dev/null`
  const issue = (certificate: Certificate, days: number) => {
    const ca = CERTIFICATES.ca(certificate)
    return `${KEY} -subj '/CN=lab node' -keyout ${certificate}-key.pem -out request.pem 2>/dev/null
openssl x509 -req -in request.pem -CA ${ca}.pem -CAkey ${ca}-key.pem -CAcreateserial -days ${days} \\
  -extfile extensions -out ${certificate}.pem 2>/dev/null`
  }
  return `mkdir -p ${CERTIFICATES.dir} && cd ${CERTIFICATES.dir}
echo 'subjectAltName=${names}' >extensions
${authority('ca')}
${authority('other-ca')}
${issue('node', 365)}
${issue('expired', -1)}
${issue('ending', 2)}
${issue('stranger', 365)}
`
}
