import { describe, expect, it } from 'vitest'
import { parseClouds } from '../../src/inventory/cloud.ts'
import { InputError } from '../../src/inventory/input-error.ts'
import { isSafe } from '../../src/terminal/escape.ts'

const error = (items: readonly string[]): InputError => {
  try {
    parseClouds(items)
  } catch (thrown) {
    if (thrown instanceof InputError) return thrown
    throw thrown
  }
  throw new Error(`taken: ${items}`)
}

describe('--cloud', () => {
  it.each([
    ['aws', { kind: 'aws', group: null }],
    ['aws=sg-0123abcd', { kind: 'aws', group: 'sg-0123abcd' }],
    ['aws=sg-0123456789abcdef0', { kind: 'aws', group: 'sg-0123456789abcdef0' }],
    ['gcp', { kind: 'gcp', network: null }],
    ['gcp=default', { kind: 'gcp', network: 'default' }],
    ['gcp=n', { kind: 'gcp', network: 'n' }],
    ['azure', { kind: 'azure', group: null }],
    ['azure=db_rg.(1)/Nsg-1', { kind: 'azure', group: { resourceGroup: 'db_rg.(1)', nsg: 'Nsg-1' } }],
    ['azure=r/n', { kind: 'azure', group: { resourceGroup: 'r', nsg: 'n' } }],
    ['kubernetes', { kind: 'kubernetes', pods: null }],
    ['kubernetes=db/app=pxc', { kind: 'kubernetes', pods: { namespace: 'db', key: 'app', value: 'pxc' } }],
    [
      'kubernetes=db/statefulset.kubernetes.io/pod-name=pxc-0',
      {
        kind: 'kubernetes',
        pods: { namespace: 'db', key: 'statefulset.kubernetes.io/pod-name', value: 'pxc-0' },
      },
    ],
  ])('%s', (item, cloud) => {
    expect(parseClouds([item])).toEqual([cloud])
  })

  it('takes several, each kind once', () => {
    expect(parseClouds([])).toEqual([])
    expect(parseClouds(['gcp=a', 'aws'])).toEqual([
      { kind: 'gcp', network: 'a' },
      { kind: 'aws', group: null },
    ])
    expect(error(['aws=sg-0123abcd', 'gcp', 'aws']).message).toMatch(/aws twice/)
  })

  it.each([
    ['', 'unknown-cloud', /aws, gcp, azure, kubernetes/],
    ['AWS', 'unknown-cloud', /"AWS"/],
    ['k8s', 'unknown-cloud', /"k8s"/],
    ['constructor', 'unknown-cloud', /"constructor"/],
    ['sg-0123abcd', 'unknown-cloud', /aws=sg-/],
    ['aws=', 'bad-cloud-name', /--cloud aws leaves a place/],
    ['aws=sg-012', 'bad-cloud-name', /id of the security group/],
    ['aws=sg-0123456789', 'bad-cloud-name', /id of the security group/],
    ['aws=sg-0123ABCD', 'bad-cloud-name', /id of the security group/],
    ['aws=sg-0123abcd\n', 'bad-cloud-name', /id of the security group/],
    ['gcp=Default', 'bad-cloud-name', /VPC network/],
    ['gcp=-x', 'bad-cloud-name', /VPC network/],
    ['gcp=x-', 'bad-cloud-name', /VPC network/],
    [`gcp=${'x'.repeat(64)}`, 'bad-cloud-name', /VPC network/],
    ['azure=nsg', 'bad-cloud-name', /azure=db-rg\/db-nsg/],
    ['azure=/nsg', 'bad-cloud-name', /resource group/],
    ['azure=rg./nsg', 'bad-cloud-name', /resource group/],
    ['azure=-rg/nsg', 'bad-cloud-name', /resource group/],
    ['azure=rg/-nsg', 'bad-cloud-name', /resource group/],
    ['azure=rg/nsg-', 'bad-cloud-name', /resource group/],
    ['azure=rg/a/b', 'bad-cloud-name', /resource group/],
    ['azure=r$(id)/n', 'bad-cloud-name', /resource group/],
    ['kubernetes=db', 'bad-cloud-name', /namespace/],
    ['kubernetes=db/app', 'bad-cloud-name', /label/],
    ['kubernetes=DB/app=pxc', 'bad-cloud-name', /namespace/],
    ['kubernetes=db/app=', 'bad-cloud-name', /label/],
    ['kubernetes=db/=pxc', 'bad-cloud-name', /label/],
    ['kubernetes=db/a/b/c=pxc', 'bad-cloud-name', /label/],
    ['kubernetes=db/app=a b', 'bad-cloud-name', /label/],
    ['kubernetes=db/app="a"', 'bad-cloud-name', /label/],
    ['gcp=\x1b[2J\u202e', 'bad-cloud-name', /VPC network/],
    ['\x1b[2J\u202e', 'unknown-cloud', /none of/],
  ])('refuses %j', (item, code, message) => {
    const thrown = error([item])
    expect(thrown.code).toBe(code)
    expect(thrown.message).toMatch(message)
    expect(isSafe(thrown.message)).toBe(true)
  })
})
