import type { Origin } from './node-settings.ts'

/** Where a value comes from, as `--print-config` and findings say it. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'server':
      return 'running server'
    case 'argument':
      return 'command line of the server'
    case 'file':
      return `${origin.path}:${origin.line}${origin.group === '' ? '' : ` [${origin.group}]`}`
    case 'default':
      return `default of ${origin.of}`
    case 'derived':
      return `follows from ${origin.from}`
    case 'user':
      return origin.option
  }
}
