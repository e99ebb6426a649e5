import { type Net, parseNet } from '../firewall/address.ts'
import { escapeText } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'

/** `--source-network CIDR`: the networks whose hosts the fixes open together. Throws `InputError`. */
export function parseSourceNetworks(texts: readonly string[]): Net[] {
  return texts.map((text) => {
    const net = /^[0-9a-fA-F.:]+\/[0-9]{1,3}$/.test(text) ? parseNet(text) : null
    if (net === null || net.mask === 0n) {
      const example = 'Give ADDRESS/LENGTH, as 192.168.70.0/24'
      throw new InputError(
        'bad-source-network',
        `--source-network "${escapeText(text, 80)}" is no network. ${example}.`,
      )
    }
    return net
  })
}
