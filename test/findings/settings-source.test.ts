import { expect, it } from 'vitest'
import { settingsSources } from '../../src/findings/settings-source.ts'
import type { FileState, SurveyedServer } from '../../src/session/survey-messages.ts'
import { type Plant, planted } from './planted.ts'
import { hello } from './view.ts'

const FILES =
  '[mysqld]\nwsrep_on=ON\nwsrep_provider=/usr/lib/galera/libgalera_smm.so\nwsrep_cluster_name=cluster\nwsrep_cluster_address=gcomm://10.1.1.1,10.1.1.2\n'
const asked = (answer: SurveyedServer['answer']) =>
  settingsSources(planted(2, [{ answer, files: FILES }])).map(({ code, severity, message }) => [
    code,
    severity,
    message,
  ])

it.each([
  ['refused', /--mysql-defaults-file/],
  ['no-client', /install the client/],
  ['not-ready', /when it has joined/],
  ['timeout', /PROCESSLIST/],
  ['failed', /--mysql-defaults-file/],
] as const)('a server that is not told (%s) is told with what to do', (answer, next) => {
  expect(asked(answer)).toEqual([['settings-not-asked', 'info', expect.stringMatching(next)]])
})
it('servers that answer alike are told together', () => {
  const refused: Plant = { answer: 'refused', files: FILES }
  const [first, ...others] = settingsSources(
    planted(3, [refused, refused, { ...refused, answer: 'timeout' }]),
  )
  expect(first).toMatchObject({ args: { answer: 'refused', nodes: 'n1,n2' } })
  expect(first?.message).toMatch(/^the running mariadbd of each of n1, n2 does not let the account in/)
  expect(others).toMatchObject([{ code: 'settings-not-asked', node: 'n3' }])
})
it('nobody asked, or it told: nothing to say', () => {
  expect(asked('not-asked')).toEqual([])
  expect(settingsSources(planted(2))).toEqual([])
  expect(settingsSources(planted(2, [{ stopped: true, files: FILES }]))).toEqual([])
})
it('another server on the host is not the one whose settings count', () => {
  const [node, ...others] = planted(2).nodes
  const [own] = node?.survey?.servers ?? []
  if (node?.survey == null || own === undefined) throw new Error('no survey')
  const survey = { ...node.survey, servers: [own, { ...own, answer: 'refused' as const }] }
  expect(settingsSources({ nodes: [{ ...node, survey }, ...others], flows: [], nowMs: 0 })).toEqual([])
})

const file = (state: FileState, more: { uid?: number; plant?: Plant } = {}) => {
  const [node, ...others] = planted(2, [more.plant ?? { stopped: true, files: FILES }]).nodes
  if (node?.survey == null) throw new Error('no survey')
  const survey = { ...node.survey, files: [{ path: '/etc/my cnf', state, detail: null }] }
  const nodes = [{ ...node, survey, hello: hello(0, { uid: more.uid ?? 0 }) }, ...others]
  return settingsSources({ nodes, flows: [], nowMs: 0 }).map(({ code, severity }) => [code, severity])
}
it.each(['binary', 'cut-off', 'not-a-file', 'failed', 'denied'] as const)(
  'an option file that is %s is told',
  (state) => {
    expect(file(state)).toEqual([['settings-file-unreadable', 'warning']])
  },
)
it('a file that this account may not read is a note, and none where the server told', () => {
  expect(file('denied', { uid: 1000 })).toEqual([['settings-file-unreadable', 'info']])
  expect(file('denied', { uid: 1000, plant: {} })).toEqual([])
  expect(file('binary', { plant: {} })).toEqual([['settings-file-unreadable', 'warning']])
  expect(file('missing')).toEqual([])
  expect(file('read')).toEqual([])
})
