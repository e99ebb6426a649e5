import { createHash } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import type { Options } from '../options.ts'
import type { Self } from './self.ts'

/** Where state is kept unless the user says: of root, of a user with a home; null: nowhere. */
export function stateDirectory({ uid, env }: Self): string | null {
  const { XDG_STATE_HOME: xdg = '', HOME: home = '' } = env
  // The XDG specification has relative paths ignored.
  if (isAbsolute(xdg)) return join(xdg, 'pxc-netcheck')
  if (uid === 0) return '/var/lib/pxc-netcheck'
  return isAbsolute(home) ? join(home, '.local/state/pxc-netcheck') : null
}

type Checked = Pick<Options, 'nodes' | 'services' | 'pmm' | 'via'>

/** One file for each set of nodes and services: `n1_n2_n3-2f9a01c47e55.json`. */
export function stateFileName({ nodes, services, pmm, via }: Checked): string {
  const names = [...nodes.map(({ name }) => name)].sort()
  const readable = names
    .join('_')
    .replace(/[^\w.-]/g, '-')
    .slice(0, 60)
  const checked = [
    nodes.map(({ name, address }) => `${name}=${address}`).sort(),
    services.map(({ name, port, protocol }) => `${name}=${port}/${protocol}`).sort(),
    pmm === null ? null : `${pmm.name}=${pmm.address}`,
    via.kind === 'exec' ? via.text : via.kind,
  ]
  const hash = createHash('sha256').update(JSON.stringify(checked)).digest('hex').slice(0, 12)
  return `${readable}-${hash}.json`
}
