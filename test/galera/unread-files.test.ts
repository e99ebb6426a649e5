import { expect, it } from 'vitest'
import { unreadFiles } from '../../src/galera/unread-files.ts'
import type { FileState } from '../../src/session/survey-messages.ts'
import { server, survey } from '../findings/view.ts'

const files = (['read', 'missing', 'denied', 'binary', 'cut-off'] as const).map((state: FileState) => ({
  path: `/etc/${state}.cnf`,
  state,
  detail: null,
}))

it('names the files of which something is not known', () => {
  const asked = survey(0, { files, servers: [server(0, { answer: 'not-asked' })] })
  expect(unreadFiles(asked)).toEqual(['/etc/denied.cnf', '/etc/binary.cnf', '/etc/cut-off.cnf'])
  expect(unreadFiles({ ...asked, servers: [] })).toHaveLength(3)
})

it('names none where the server itself has told its settings', () => {
  expect(unreadFiles(survey(0, { files, servers: [server(0, { answer: 'told' })] }))).toEqual([])
})
