import { expect, it } from 'vitest'
import { logFilesUnreadable } from '../../src/findings/log-file.ts'
import type { FileState } from '../../src/session/survey-messages.ts'
import { cluster, hello, inspection } from './view.ts'

const logged = (state: FileState, path = '/var/log/mysql/err or.log', uid = 0) =>
  logFilesUnreadable(
    cluster(3, [
      {},
      {
        hello: hello(1, { uid }),
        inspection: inspection(1, 3, { logs: [{ path, state, size: 0, lines: [] }] }),
      },
    ]),
  )

it.each(['binary', 'not-a-file', 'denied', 'failed'] as const)('a log that is %s is told', (state) => {
  const [finding, ...more] = logged(state)
  expect(more).toEqual([])
  expect(finding).toMatchObject({
    code: 'log-file-unreadable',
    severity: 'info',
    node: 'n2',
    args: { state },
  })
  expect(finding?.message).toContain("file '/var/log/mysql/err or.log'")
})

it.each(['read', 'cut-off', 'missing'] as const)('a log that is %s is as it should be', (state) => {
  expect(logged(state)).toEqual([])
})

it('what needs root is told with what to do, and a journal is no file', () => {
  expect(logged('denied', '/var/log/e.log', 1000)[0]?.message).toContain('--become')
  expect(logged('failed', 'journal:mariadb')).toEqual([])
})
