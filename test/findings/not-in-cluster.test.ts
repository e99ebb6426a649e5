import { describe, expect, it } from 'vitest'
import { clusterSchemes } from '../../src/findings/cluster-scheme.ts'
import { notInCluster } from '../../src/findings/not-in-cluster.ts'
import { partition } from '../../src/findings/partition.ts'
import type { FileState } from '../../src/session/survey-messages.ts'
import { cluster, settings, survey, value } from './view.ts'

const outside = (address: string, more: object = {}, state: FileState = 'read') =>
  notInCluster(
    cluster(3, [
      {},
      {},
      {
        settings: settings(2, 3, {
          wsrep: false,
          all: new Map([['wsrep_cluster_address', value(address)]]),
          ...more,
        }),
        survey: survey(2, { files: [{ path: '/etc/my.cnf', state, detail: null }] }),
      },
    ]),
  ).map(({ severity, node, message }) => `${severity} ${node} ${message.includes('wsrep_on=ON')}`)

describe('a node that is no member', () => {
  it('is critical where a cluster address is set: it is meant to be one', () => {
    expect(outside('gcomm://10.1.1.1')).toEqual(['critical n3 true'])
    expect(outside('gcomm://10.1.1.1', { running: false, known: 'files' })).toEqual(['critical n3 true'])
  })
  it('is a note where nothing says so', () => {
    expect(outside('')).toEqual(['info n3 false'])
  })
  it('is not judged by files that could not all be read', () => {
    const files = { running: false, known: 'files' } as const
    expect(outside('', files, 'denied')).toEqual([])
    expect(outside('', files, 'missing')).toHaveLength(1)
    expect(outside('', {}, 'denied')).toHaveLength(1)
  })
  it('is none among nodes of which none is a member', () => {
    const none = { settings: settings(0, 3, { wsrep: false }) }
    expect(notInCluster(cluster(3, [none, none, none]))).toEqual([])
  })
})

describe('a cluster address', () => {
  const scheme = (address: string) =>
    clusterSchemes(
      cluster(2, [
        { settings: settings(0, 2, { all: new Map([['wsrep_cluster_address', value(address)]]) }) },
      ]),
    ).map(({ code, node }) => `${code} ${node}`)
  it.each(['gcom://10.1.1.1', '10.1.1.1,10.1.1.2', ' gcomm://10.1.1.1'])(
    '%s does not start a server',
    (address) => {
      expect(scheme(address)).toEqual(['cluster-address-scheme n1'])
    },
  )
  it.each(['gcomm://10.1.1.1', 'gcomm://', '', 'dummy://'])('%s does', (address) => {
    expect(scheme(address)).toEqual([])
  })
})

describe('the votes of a partition', () => {
  const fate = (...running: readonly boolean[]) => {
    const { nodes } = cluster(
      3,
      running.map((runs, index) => ({ settings: settings(index, 3, { running: runs }) })),
    )
    return partition(nodes, [], [['n1', 'n3'], ['n2']])[0]?.message
  }
  it('are those of the members that run', () => {
    expect(fate(true, true, true)).toContain('weight 2 of 3')
    expect(fate(true, true, false)).toContain('nobody keeps the primary component')
  })
  it('are those of all where none runs yet', () => {
    expect(fate(false, false, false)).toContain('weight 2 of 3')
  })
})
