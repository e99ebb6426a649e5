import { describe, expect, it } from 'vitest'
import { parseSourceNetworks } from '../../src/inventory/source-network.ts'

describe('--source-network', () => {
  it('takes networks of both families, host bits cleared', () => {
    expect(parseSourceNetworks(['192.168.70.61/24', 'fd00:70::/64'])).toMatchObject([
      { family: 4, network: 0xc0a8_4600n, mask: 0xffff_ff00n },
      { family: 6 },
    ])
  })

  it.each(['192.168.70.61', '192.168.70.0/33', 'db/24', '10.0.0.0/255.0.0.0', '10.0.0.0/8;id'])(
    'refuses %s and says what to give',
    (text) => {
      expect(() => parseSourceNetworks([text])).toThrow(/Give ADDRESS\/LENGTH, as 192\.168\.70\.0\/24/)
    },
  )

  it.each(['0.0.0.0/0', '::/0', '10.0.0.1/0'])('refuses %s, which opens the ports to everybody', (text) => {
    expect(() => parseSourceNetworks([text])).toThrow(/ is everybody: .*Give the network of the peers/)
  })
})
