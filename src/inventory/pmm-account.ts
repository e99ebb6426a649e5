import type { HttpAccount } from '../session/requests.ts'
import { InputError } from './input-error.ts'

/** `user:password` on the first line. Throws an InputError that never quotes it. */
export function parseCredentials(text: string, shown: string): HttpAccount {
  const line = text.split(/\r?\n/)[0] ?? ''
  const colon = line.indexOf(':')
  if (colon > 0) return { user: line.slice(0, colon), password: line.slice(colon + 1) }
  throw new InputError(
    'pmm-credentials',
    `--pmm-credentials-file ${shown} does not begin with a line of the form user:password.`,
  )
}

/** From PMM_USER and PMM_PASSWORD; null where neither is set. */
export function accountOf(env: Readonly<Record<string, string | undefined>>): HttpAccount | null {
  const { PMM_USER: user, PMM_PASSWORD: password } = env
  if (!user && !password) return null
  if (user && password && !user.includes(':')) return { user, password }
  throw new InputError(
    'pmm-credentials',
    'PMM_USER and PMM_PASSWORD belong together, and a user has no colon. Set both, or neither.',
  )
}
