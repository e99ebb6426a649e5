import type { MysqlAccount } from '../session/requests.ts'
import { InputError } from './input-error.ts'

/**
 * `user` and `password` of the [client] group of a MySQL option file. Values may stand in quotes; of repeated options the
 * last one holds, as for MySQL's own programs. Throws an InputError that never quotes a line: it may hold the password.
 */
export function parseDefaultsFile(text: string, shown: string): MysqlAccount {
  let group = ''
  const values = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[([^\]]*)\]/.exec(line)
    if (heading !== null) group = (heading[1] ?? '').trim()
    const option = /^\s*(user|password)\s*=\s*(.*?)\s*$/.exec(line)
    if (group === 'client' && option !== null) values.set(option[1] ?? '', unquoted(option[2] ?? ''))
  }
  const user = values.get('user')
  if (user === undefined || user === '') {
    throw new InputError(
      'defaults-file',
      `${shown} has no user in its group [client]. Write there: user=NAME and password=...`,
    )
  }
  return { user, password: values.get('password') ?? '' }
}

function unquoted(value: string): string {
  return /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value
}
