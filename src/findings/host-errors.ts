import { canonicalAddress } from '../inventory/host-address.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView, NodeView } from './cluster-view.ts'
import { isToldBlocked } from './host-blocked.ts'
import { knownMembers, ownAddresses } from './known-addresses.ts'

const CLOSE = 0.5

/** The hosts of this run that a server is about to refuse, or refuses, by its own count of broken connections. */
export function hostErrors(view: ClusterView): Finding[] {
  return knownMembers(view).flatMap(({ name, settings, survey }) => {
    const limit = settings.maxConnectErrors?.value ?? null
    if (limit === null) return []
    const counted = (survey?.servers ?? []).flatMap((server) => server.hostErrors ?? [])
    return counted.flatMap(({ address, errors }): Finding[] => {
      const owner = ownerOf(view, canonicalAddress(address))
      if (owner === null || errors < CLOSE * limit || errors === 0) return []
      const told = { node: name, from: owner.name, address, errors, limit }
      if (errors < limit) return [closeToLimit(told)]
      return isToldBlocked(view.flows, owner.name, name) ? [] : [blocked(told)]
    })
  })
}

interface Counted {
  readonly node: string
  readonly from: string
  readonly address: string
  readonly errors: number
  readonly limit: number
}

function ownerOf({ nodes }: ClusterView, address: string): NodeView | null {
  return nodes.find((node) => node.address === address || ownAddresses(node).has(address)) ?? null
}

function closeToLimit({ node, from, address, errors, limit }: Counted): Finding {
  return {
    code: 'max-connect-errors',
    severity: 'warning',
    node,
    args: { node, from, address, errors, limit },
    message:
      `the server has counted ${errors} connections from ${from} (${address}) that broke off before the login; at ${limit} (max_connect_errors) it refuses every client there with error 1129. ` +
      `A health check that connects without logging in does that; a good login from there sets the count back. ${nextOf(from)}`,
  }
}

function blocked({ node, from, address, errors, limit }: Counted): Finding {
  return {
    code: 'host-blocked',
    severity: 'warning',
    node,
    args: { node, from, address, errors, limit },
    message:
      `the server refuses every client on ${from} (${address}) with error 1129: ${errors} connections from there broke off before the login, and max_connect_errors is ${limit}. ` +
      nextOf(from),
  }
}

function nextOf(from: string): string {
  return `Next: run "mysqladmin flush-hosts" here (MariaDB: mariadb-admin), and find out what on ${from} connects without logging in.`
}
