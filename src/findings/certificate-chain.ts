import { X509Certificate } from 'node:crypto'

/** Longer chains are nobody's; a ring of cross-signed authorities would have no end. */
const MAX_DEPTH = 10

/** The certificates of PEM blocks; null where one of them is none. */
export function parseCertificates(pem: readonly string[]): X509Certificate[] | null {
  try {
    return pem.map((block) => new X509Certificate(block))
  } catch {
    return null
  }
}

/**
 * Whether a certificate leads to one of the trusted, over authorities of its own file or of theirs. A certificate that is among the trusted itself counts.
 * Signatures and names alone: dates and purposes are judged elsewhere.
 */
export function leadsTo(chain: readonly X509Certificate[], trusted: readonly X509Certificate[]): boolean {
  const [leaf] = chain
  if (leaf === undefined) return false
  let reached = [leaf]
  for (let depth = 0; depth < MAX_DEPTH && reached.length > 0; depth += 1) {
    if (reached.some((one) => trusted.some(({ fingerprint256 }) => fingerprint256 === one.fingerprint256)))
      return true
    if (reached.some((one) => trusted.some((authority) => isIssuedBy(one, authority)))) return true
    reached = chain.filter((authority) =>
      reached.some((one) => one !== authority && isIssuedBy(one, authority)),
    )
  }
  return false
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
  } catch {
    // A key of a kind that this OpenSSL does not know.
    return false
  }
}
