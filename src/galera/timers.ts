import { providerDefault } from './defaults.ts'
import type { Timers, Value } from './node-settings.ts'
import { parsePeriod } from './provider-options.ts'
import type { Sources } from './sources.ts'

/** A period that Galera would not take is as if unset. */
export function timersOf({ getProvider }: Sources): Timers {
  const period = (key: keyof Timers): Value<number> => {
    const setting = getProvider(key)
    const ms = setting === null ? null : parsePeriod(setting.value)
    if (setting !== null && ms !== null) return { value: ms, origin: setting.origin }
    const { value, origin } = providerDefault(key) ?? { value: '', origin: { kind: 'default', of: 'Galera' } }
    return { value: parsePeriod(value) ?? 0, origin }
  }
  return {
    'gmcast.peer_timeout': period('gmcast.peer_timeout'),
    'evs.keepalive_period': period('evs.keepalive_period'),
    'evs.suspect_timeout': period('evs.suspect_timeout'),
    'evs.inactive_timeout': period('evs.inactive_timeout'),
    'evs.install_timeout': period('evs.install_timeout'),
    'evs.delay_margin': period('evs.delay_margin'),
  }
}
