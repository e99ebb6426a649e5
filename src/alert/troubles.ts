import { wrap } from '../terminal/wrap.ts'
import type { Holder } from './lock.ts'
import { plainText } from './plain.ts'
import type { StateRead } from './state-file.ts'
import { timeText } from './times.ts'

const TEXTS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory',
  ENOTDIR: 'no directory',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  EIO: 'input/output error',
  EISDIR: 'a directory',
  'not-a-file': 'not a file',
}

const AGAIN = 'Until then each run tells everything anew.'

export const INTERRUPTED = paragraph(
  'UNKNOWN: interrupted before the run was over; nothing of it is told or remembered.',
)

export function noPlace(): string {
  return paragraph(
    `State is not kept: neither HOME nor XDG_STATE_HOME is set. ${AGAIN} Next: give --state a FILE.`,
  )
}

export function lockTrouble(path: string, code: string): string {
  const next =
    code === 'ENOENT'
      ? 'make its directory, or give --state another FILE.'
      : 'mend that, or give --state a FILE where this user may write.'
  return paragraph(`State is not kept in ${path} (${errnoText(code)}). ${AGAIN} Next: ${next}`)
}

export function readTrouble(path: string, read: StateRead): string {
  switch (read.kind) {
    case 'newer':
      return paragraph(
        `State in ${path} is of a newer pxc-netcheck and is left as it is. ${AGAIN} Next: upgrade this one, or give --state another FILE.`,
      )
    case 'corrupt':
      return paragraph(
        `State in ${path} is damaged; it is moved to ${path}.corrupt, and this run counts as the first.`,
      )
    case 'unreadable':
      return paragraph(
        `State in ${path} cannot be read (${errnoText(read.code)}) and is left as it is. ${AGAIN} Next: mend that, or give --state another FILE.`,
      )
    case 'state':
    case 'none':
      return ''
  }
}

export function writeTrouble(path: string, code: string): string {
  return paragraph(
    `State cannot be written to ${path} (${errnoText(code)}); the old one stays, and what changed may be told again. Next: mend that, or give --state another FILE.`,
  )
}

export function busyLine({ pid, sinceMs, overdue }: Holder): string {
  const now = overdue ? 'long past its deadline: see what holds it, and end it' : 'so this one did nothing'
  return paragraph(
    `UNKNOWN: the run before (pid ${pid}, since ${timeText(sinceMs)}) is still at work, ${now}.`,
  )
}

function errnoText(code: string): string {
  const text = TEXTS[code]
  return text === undefined || text === code ? code : code === 'not-a-file' ? text : `${code}: ${text}`
}

function paragraph(text: string): string {
  return `${wrap(plainText(text), 78, '  ').join('\n')}\n`
}
