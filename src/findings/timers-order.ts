import type { Timers, Value } from '../galera/node-settings.ts'
import { groupBy, nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import type { ClusterView } from './cluster-view.ts'
import { knownMembers } from './known-addresses.ts'
import { millisecondsText } from './links.ts'

type Timer = keyof Timers

/**
 * evs.* in an order that cannot work. Galera itself refuses to start with a keepalive_period above a third of suspect_timeout, or an
 * install_timeout above inactive_timeout or below keepalive_period (gcomm/src/evs_proto.cpp); its documentation wants suspect_timeout below
 * inactive_timeout.
 */
export function timersOrder(view: ClusterView): Finding[] {
  const wrong = knownMembers(view).flatMap(({ name, settings }) => {
    const faults = faultsOf(settings.timers)
    return faults.length === 0 ? [] : [{ name, faults: faults.join('; ') }]
  })
  return groupBy(wrong, ({ faults }) => faults).flatMap((group): Finding[] => {
    const names = group.map(({ name }) => name)
    const [first] = group
    if (first === undefined) return []
    return [
      {
        code: 'timers-order',
        severity: 'warning',
        ...(names.length === 1 ? { node: first.name } : {}),
        args: { nodes: names.join(','), faults: first.faults },
        message:
          `Galera's timers on ${nameList(names)} do not fit together: ${first.faults}. ` +
          'Next: set them in wsrep_provider_options so that 3 * evs.keepalive_period <= evs.suspect_timeout < evs.inactive_timeout and evs.install_timeout <= evs.inactive_timeout, or take them out: the defaults (PT1S, PT5S, PT15S, PT7.5S) do.',
      },
    ]
  })
}

function faultsOf(timers: Timers): string[] {
  const ms = (name: Timer) => timers[name].value
  const text = (name: Timer) => `${name} (${millisecondsText(ms(name))})`
  const [keepalive, suspect, inactive] = [
    'evs.keepalive_period',
    'evs.suspect_timeout',
    'evs.inactive_timeout',
  ] as const
  const install = 'evs.install_timeout'
  // Its default follows evs.inactive_timeout.
  const installIsSet = !isDefault(timers[install])
  return [
    ...(3 * ms(keepalive) > ms(suspect)
      ? [`${text(keepalive)} is more than a third of ${text(suspect)}`]
      : []),
    ...(ms(suspect) >= ms(inactive) ? [`${text(suspect)} is not below ${text(inactive)}`] : []),
    ...(installIsSet && ms(install) > ms(inactive) ? [`${text(install)} is above ${text(inactive)}`] : []),
    ...(installIsSet && ms(install) < ms(keepalive) ? [`${text(install)} is below ${text(keepalive)}`] : []),
  ]
}

function isDefault({ origin }: Value<number>): boolean {
  return origin.kind === 'default' || origin.kind === 'derived'
}
