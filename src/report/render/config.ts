import { describeOrigin } from '../../galera/describe-origin.ts'
import type {
  EndpointName,
  Flavour,
  NodeSettings,
  ServiceEndpoint,
  Value,
} from '../../galera/node-settings.ts'
import { escapeText } from '../../terminal/escape.ts'
import { wrap } from '../../terminal/wrap.ts'
import { loadPalette, type Palette } from './colour.ts'
import { fitCells } from './fit-cells.ts'
import { type Grid, loadGrid } from './grid.ts'

/** A node for `--print-config`. */
export interface ConfiguredNode {
  readonly name: string
  readonly settings: NodeSettings | null
  /** Why there are no settings. */
  readonly why?: string
  /** Option files that could not be read: a default may stand where they say another value. */
  readonly unread?: readonly string[]
}

export interface ConfigStyle {
  readonly columns: number
  readonly color: boolean
  /** No box drawing. */
  readonly ascii: boolean
}

const FLAVOURS: Readonly<Record<Flavour, string>> = {
  pxc: 'Percona XtraDB Cluster',
  mariadb: 'MariaDB',
  'mysql-wsrep': 'MySQL with wsrep',
  garbd: 'arbitrator (garbd)',
  unknown: 'MySQL or MariaDB',
}
const SERVICES: readonly EndpointName[] = ['mysql', 'galera', 'ist', 'sst']
const OF_ARBITRATOR: readonly EndpointName[] = ['galera']
const ALONE: readonly EndpointName[] = ['mysql']
const NOTHING = 'no database server and no settings of a cluster were found on it'
const UNREAD =
  'could not be read: what is a default below may be set there. Next: add --become, or --mysql-defaults-file FILE.'
/** For one value: an option of the provider may be as long as an option file. */
const MAX_VALUE = 400

/** What each node is set to and where each value comes from: first where its services are found, then every setting. */
export async function renderConfig(
  nodes: readonly ConfiguredNode[],
  { columns, color, ascii }: ConfigStyle,
): Promise<string> {
  const palette = await loadPalette(color)
  const grid = await loadGrid(ascii)
  const draw: Grid = (rows) =>
    grid(
      fitCells(
        rows.map((row) => row.map(shown)),
        columns,
        ascii,
      ),
    )
  const sections = nodes.map((node) => nodeLines(node, columns, palette, draw).join('\n'))
  return `${sections.join('\n\n')}\n`
}

function nodeLines(
  { name, settings, why = NOTHING, unread = [] }: ConfiguredNode,
  columns: number,
  { heading }: Palette,
  draw: Grid,
): string[] {
  const title = `${shown(name)}: ${settings === null ? shown(why) : describeNode(settings)}`
  const lines = wrap(title, columns, '  ').map(heading)
  if (unread.length > 0) lines.push(...wrap(`${unread.map(shown).join(', ')} ${UNREAD}`, columns, '  '))
  if (settings === null) return lines
  return [...lines, '', ...draw(serviceRows(settings)), '', ...draw(settingRows(settings))]
}

function describeNode({ flavour, version, galeraVersion, running, wsrep, known }: NodeSettings): string {
  const product = [FLAVOURS[flavour], ...(version === null ? [] : [shown(version)])].join(' ')
  return [
    product,
    ...(galeraVersion === null ? [] : [`Galera ${shown(galeraVersion)}`]),
    running ? 'running' : 'not running',
    ...(wsrep ? [] : ['in no cluster']),
    { server: 'as it says itself', arguments: 'by its command line and files', files: 'by its option files' }[
      known
    ],
  ].join(', ')
}

function servicesOf({ flavour, wsrep }: NodeSettings): readonly EndpointName[] {
  if (flavour === 'garbd') return OF_ARBITRATOR
  return wsrep ? SERVICES : ALONE
}

function serviceRows(settings: NodeSettings): string[][] {
  const { endpoints } = settings
  return [
    ['service', 'port', 'address told to peers', 'bound to', 'from'],
    ...servicesOf(settings).map((service) => {
      const endpoint = endpoints[service]
      const { advertised, port, bind } = endpoint
      return [service, `${port.value}`, advertised?.value ?? '-', bind?.value ?? 'any', originsOf(endpoint)]
    }),
  ]
}

function originsOf({ advertised, port, bind }: ServiceEndpoint): string {
  const parts: [string, Value<unknown> | null][] = [
    ['port', port],
    ['address', advertised],
    ['bound', bind],
  ]
  const by = new Map<string, string[]>()
  for (const [name, value] of parts) {
    if (value === null) continue
    const origin = describeOrigin(value.origin)
    by.set(origin, [...(by.get(origin) ?? []), name])
  }
  return [...by].map(([origin, names]) => `${names.join(' and ')}: ${origin}`).join('; ')
}

function settingRows({ all }: NodeSettings): string[][] {
  return [
    ['setting', 'value', 'from'],
    ...[...all].map(([name, { value, origin }]) => [name, value, describeOrigin(origin)]),
  ]
}

function shown(text: string): string {
  return escapeText(text, MAX_VALUE)
}

/** The same as plain data. */
export function configJson(nodes: readonly ConfiguredNode[]): object {
  return { schemaVersion: 1, nodes: nodes.map(nodeJson) }
}

function nodeJson({ name, settings, why = NOTHING, unread = [] }: ConfiguredNode): object {
  if (settings === null) return { name, known: null, why }
  const { flavour, version, galeraVersion, running, wsrep, known, endpoints, all } = settings
  return {
    name,
    known,
    flavour,
    version,
    galeraVersion,
    running,
    wsrep,
    unread,
    services: Object.fromEntries(
      servicesOf(settings).map((service) => {
        const { advertised, port, bind } = endpoints[service]
        return [service, { address: sourced(advertised), port: sourced(port), bind: sourced(bind) }]
      }),
    ),
    settings: Object.fromEntries([...all].map(([key, value]) => [key, sourced(value)])),
  }
}

function sourced<T>(value: Value<T> | null): object | null {
  return value && { value: value.value, from: describeOrigin(value.origin), origin: value.origin }
}
