import { isIP } from 'node:net'
import { canonicalAddress } from '../inventory/host-address.ts'

/** An address that stands for all of a host: what is bound to it is not bound to any. */
export function isAnyAddress(host: string): boolean {
  if (host === '' || host === '*') return true
  return isIP(host) !== 0 && ['0.0.0.0', '::'].includes(canonicalAddress(host))
}
