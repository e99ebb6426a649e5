import { expect, it } from 'vitest'
import { galeraTls } from '../../src/check/galera-tls.ts'
import type { Gathered } from '../../src/check/gather.ts'
import type { NodeSettings } from '../../src/galera/node-settings.ts'
import type { Options } from '../../src/options.ts'
import { settings, value } from '../findings/view.ts'

const asked = (more: Partial<NodeSettings>, given: Options['galeraTls'] = 'unknown') =>
  galeraTls(
    'n1',
    { surveyed: [{ name: 'n1', settings: settings(0, 3, more) }] } as unknown as Gathered,
    { galeraTls: given } as Options,
  )

it('is what the running server says', () => {
  expect(asked({ encryption: value('off') })).toBe('no')
  expect(asked({ encryption: value('on') })).toBe('yes')
  // A FIN after the connect is harmless there as well, but its greeting may be TLS's.
  expect(asked({ encryption: value('dynamic') })).toBe('yes')
})

it('is not what files say: they may have changed since the start, and a handshake cut off leaks a descriptor', () => {
  expect(asked({ encryption: value('off'), known: 'files' })).toBe('unknown')
  expect(asked({ encryption: value('off'), known: 'arguments' })).toBe('unknown')
})

it('is what the user says, before anything else', () => {
  expect(asked({ encryption: value('off') }, 'yes')).toBe('yes')
  expect(asked({ encryption: value('on') }, 'no')).toBe('no')
})
