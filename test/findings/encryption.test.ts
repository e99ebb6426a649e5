import { describe, expect, it } from 'vitest'
import { addressFindings } from '../../src/findings/address-findings.ts'
import type { ClusterView } from '../../src/findings/cluster-view.ts'
import { codes, type Plant, planted } from './planted.ts'
import { blocks, dates, good, tls } from './tls.ts'

const at = (nowMs: number, ...plants: Plant[]): ClusterView => ({ ...planted(plants.length, plants), nowMs })
const NOW = dates('n1').from + 86_400_000
const found = (view: ClusterView) => codes(addressFindings(view))

describe('encryption', () => {
  it('on one node alone is told with both sides', () => {
    const view = at(NOW, good('n1'), good('n2'), {})
    expect(found(view)).toEqual(['encryption-differs'])
    expect(addressFindings(view)[0]?.message).toMatch(
      /encrypted on n1, n2 and not on n3 \(default of Galera\):/,
    )
  })
  it('that is dynamic talks to both', () => {
    const dynamic = tls({ certificate: blocks('n1'), ca: blocks('ca1'), dynamic: true })
    expect(found(at(NOW, dynamic, {}))).toEqual([])
    expect(found(at(NOW, dynamic, good('n2')))).toEqual([])
    expect(found(at(NOW, dynamic, good('n2'), {}))).toEqual(['encryption-differs'])
  })
  it('of SST is told by file and line', () => {
    const files = '[sst]\nencrypt=4\n'
    const view = planted(3, [{ files }, { files }, {}])
    expect(found(view)).toEqual(['sst-encryption-differs'])
    expect(addressFindings(view)[0]?.message).toMatch(
      /encrypt=4 on n1 \(\/etc\/my\.cnf:2 \[sst\]\), n2 .*, and off on n3/,
    )
    expect(found(planted(2, [{ files }, { files }]))).toEqual([])
  })
  it('of SST is nothing to an arbitrator', () => {
    const files = '[mysqld]\nwsrep_sst_method=rsync\n[sst]\nencrypt=4\n'
    const rsync = { files, variables: { wsrep_sst_method: 'rsync' } }
    const garbd = { program: 'garbd', args: ['--address=gcomm://10.1.1.1,10.1.1.2', '--group=cluster'] }
    expect(found(planted(3, [rsync, rsync, garbd]))).toEqual([])
  })
  it('of SST is not compared between methods', () => {
    const rsync = { variables: { wsrep_sst_method: 'rsync' } }
    expect(found(planted(2, [{ files: '[sst]\nencrypt=4\n' }, rsync]))).toEqual([])
  })
  it('of SST is one, whatever each side of it verifies', () => {
    const rsync = (mode: string) => ({
      variables: { wsrep_sst_method: 'rsync' },
      files: `[sst]\nssl-mode=${mode}\nssl-ca=/ca.pem\nssl-cert=/c.pem\nssl-key=/k.pem\n`,
    })
    expect(found(planted(2, [rsync('REQUIRED'), rsync('VERIFY_CA')]))).toEqual([])
    expect(found(planted(2, [rsync('REQUIRED'), rsync('DISABLED')]))).toEqual(['sst-encryption-differs'])
    const encrypt = (mode: number) => ({ files: `[sst]\nencrypt=${mode}\n` })
    expect(found(planted(2, [encrypt(3), encrypt(4)]))).toEqual([])
    expect(found(planted(2, [encrypt(1), encrypt(4)]))).toEqual(['sst-encryption-differs'])
  })
  it("follows from PXC's default", () => {
    const pxc = { version: '8.0.36-28', version_comment: 'Percona XtraDB Cluster (GPL), Release rel28' }
    const on = {
      variables: { ...pxc, pxc_encrypt_cluster_traffic: 'ON' },
      program: 'mysqld',
      provider: good('n1').provider ?? {},
    }
    const off = { variables: { ...pxc, pxc_encrypt_cluster_traffic: 'OFF' }, program: 'mysqld' }
    expect(found(planted(2, [on, on]))).toEqual([])
    const view = planted(2, [on, off])
    expect(found(view)).toEqual(['encryption-differs', 'sst-encryption-differs'])
    expect(addressFindings(view)[0]?.message).toMatch(
      /pxc_encrypt_cluster_traffic \(ON is the default of PXC 8\)/,
    )
  })
})
