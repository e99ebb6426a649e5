import type { ClusterAddress, GcommHost } from './node-settings.ts'

/** What is longer is no list of any cluster's members. */
const MAX_HOSTS = 256

/** The five parts of RFC 3986, as gu::URI takes them apart. */
const URI = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?/

/**
 * A cluster address, by the rules of codership/galera galerautils/src/gu_uri.cpp and of set_initial_addr() in gcomm/src/gmcast.cpp: nothing
 * is trimmed, empty hosts and 0.0.0.0 are left out, of an option given twice the first holds. null where it is no address of group
 * communication. Where Galera would refuse the whole for a part of it (a port that is none, an option without a value), that part
 * is left out.
 */
export function parseGcommUri(text: string): ClusterAddress | null {
  const [, scheme, authority = '', query = ''] = URI.exec(text) ?? []
  if (scheme !== 'gcomm' || !text.startsWith('gcomm://')) return null
  const hosts = authority.split(',', MAX_HOSTS).flatMap((each) => parseAuthority(each) ?? [])
  return { text, hosts: hosts.filter(({ host }) => !isAny(host)), options: parseQuery(query) }
}

/**
 * The address of one node, with or without scheme and port: wsrep_node_address, gmcast.listen_addr, ist.recv_addr and their like. null where
 * there is no host.
 */
export function parseNodeAddress(text: string): GcommHost | null {
  const [, , authority = ''] = URI.exec(text.includes('://') ? text : `unset://${text}`) ?? []
  return parseAuthority(authority.split(',')[0] ?? '')
}

/** A comma list as in wsrep_incoming_addresses: empty places (an arbitrator's) are left out. */
export function parseAddressList(text: string): GcommHost[] {
  return text.split(',', MAX_HOSTS).flatMap((each) => parseAuthority(each.trim()) ?? [])
}

function parseAuthority(text: string): GcommHost | null {
  const authority = text.slice(text.indexOf('@') + 1)
  if (authority.startsWith('[')) {
    const [, host = '', port] = /^\[([^\]]*)\](?::(.*))?/s.exec(authority) ?? []
    return host === '' ? null : { host, port: parsePort(port) }
  }
  const colon = authority.indexOf(':')
  // More than one colon: IPv6 without brackets, and no port.
  const isWhole = colon < 0 || colon !== authority.lastIndexOf(':')
  const host = isWhole ? authority : authority.slice(0, colon)
  return host === '' ? null : { host, port: isWhole ? null : parsePort(authority.slice(colon + 1)) }
}

/** A TCP port that one can connect to; null for anything else. */
export function parsePort(text: string | undefined): number | null {
  const port = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0
  return port > 0 && port <= 65535 ? port : null
}

function parseQuery(query: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const pair of query.split('&')) {
    const [key = '', value, ...rest] = pair.split('=')
    if (key !== '' && value !== undefined && rest.length === 0 && !options.has(key)) options.set(key, value)
  }
  return options
}

/** host_is_any() of gcomm/src/gcomm/util.hpp; an IPv6 any-address is none there. */
function isAny(host: string): boolean {
  return host === '0.0.0.0'
}
