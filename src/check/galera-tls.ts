import type { Options } from '../options.ts'
import type { GaleraTls } from '../probe/method.ts'
import type { Gathered } from './gather.ts'

/** Whether a node's 4567 speaks TLS: what the user says, else what its running server says; files may have changed since it was started. */
export function galeraTls(node: string, { surveyed }: Gathered, { galeraTls: given }: Options): GaleraTls {
  const settings = surveyed.find(({ name }) => name === node)?.settings
  if (given !== 'unknown' || settings?.known !== 'server') return given
  return settings.encryption.value === 'off' ? 'no' : 'yes'
}
