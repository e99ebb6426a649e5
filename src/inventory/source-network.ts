import { type Net, parseNet } from '../firewall/address.ts'
import { escapeText } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'

/** `--source-network CIDR`: the networks whose hosts the fixes open together. Throws `InputError`. */
export function parseSourceNetworks(texts: readonly string[]): Net[] {
  return texts.map((text) => {
    const net = /^[0-9a-fA-F.:]+\/[0-9]{1,3}$/.test(text) ? parseNet(text) : null
    if (net?.mask === 0n) {
      throw new InputError(
        'bad-source-network',
        `--source-network ${text} is everybody: the fixes would open the ports to the whole world. ` +
          'Give the network of the peers, as 192.168.70.0/24.',
      )
    }
    if (net === null) {
      const example = 'Give ADDRESS/LENGTH, as 192.168.70.0/24'
      throw new InputError(
        'bad-source-network',
        `--source-network "${escapeText(text, 80)}" is no network. ${example}.`,
      )
    }
    return net
  })
}
