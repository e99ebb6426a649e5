import type { PmmKind } from '../inventory/pmm.ts'
import { MAX_BODY } from '../session/messages.ts'
import type { HttpAccount, HttpRequest } from '../session/requests.ts'

/** The PMM server as its nodes ask it. */
export interface PmmTarget {
  readonly address: string
  readonly port: number
  /** As given on the command line: what its certificate has to be for. */
  readonly host: string
  readonly kind: PmmKind
  readonly account: HttpAccount | null
  readonly insecure: boolean
}

/**
 * The APIs of a PMM server: of PMM 1 what its client's check-network asked (pmm-client, pmm/check_network.go), of PMM 2 and 3
 * their ready URLs (percona/pmm, API migration table), of all of them the Prometheus API that they hold.
 */
export const API_PATHS = {
  consul: '/v1/status/leader',
  prometheus: '/prometheus/api/v1/query?query=up',
  qan: '/qan-api/ping',
  ready2: '/v1/readyz',
  ready3: '/v1/server/readyz',
  targets: '/prometheus/api/v1/targets?state=active',
} as const
export type Api = keyof typeof API_PATHS

const SMALL = 65_536
const PLAIN_PORTS: readonly number[] = [80, 8080]

/** Which is asked first: it tells whether the server is there, and whether it speaks TLS. */
export function firstApi(kind: PmmKind): Api {
  return kind === '1' ? 'consul' : kind === '2' ? 'ready2' : 'ready3'
}

/** What else is asked of a server that answers. */
export function otherApis(kind: PmmKind, withAccount: boolean): Api[] {
  switch (kind) {
    case '1':
      return ['prometheus', 'qan']
    case '2':
    case '3':
      return withAccount ? ['prometheus'] : []
    default:
      return ['ready2', 'consul', 'prometheus', 'qan']
  }
}

export function usesTls(port: number): boolean {
  return !PLAIN_PORTS.includes(port)
}

export function apiRequest(api: Api, target: PmmTarget, tls: boolean): HttpRequest {
  const { address, port, host, account, insecure } = target
  return {
    id: api,
    address,
    port,
    tls,
    serverName: host,
    host: hostHeader(host, port, tls),
    path: API_PATHS[api],
    limit: api === 'targets' ? MAX_BODY : SMALL,
    ...(account === null ? {} : { authorization: account }),
    insecure,
  }
}

/** Of exporters the path that check-network asked for: the only one that all of PMM 1 protect by their password. */
const EXPORTER_PATHS: Readonly<Record<string, string>> = { 'pmm-mysql': '/metrics-hr' }

/** A node asks its own exporter, by the address that the server fetches from. Nothing secret is sent. */
export function exporterRequest(
  service: { readonly name: string; readonly port: number },
  address: string,
  tls: boolean,
): HttpRequest {
  const { name, port } = service
  return {
    id: exporterId(name, tls),
    address,
    port,
    tls,
    serverName: address,
    host: hostHeader(address, port, tls),
    path: EXPORTER_PATHS[name] ?? '/metrics',
    limit: 4096,
    insecure: false,
  }
}

export function exporterId(service: string, tls: boolean): string {
  return `${service}${tls ? ' tls' : ''}`
}

function hostHeader(host: string, port: number, tls: boolean): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === (tls ? 443 : 80) ? name : `${name}:${port}`
}
