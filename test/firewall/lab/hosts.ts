import type { Family } from '../../../src/firewall/address.ts'
import type { Random } from './random.ts'

/** The lab's host has one wire, these addresses, and these hosts at the other end. */
export const WIRE = 'vb'
export const LOCAL = { 4: '10.99.0.1', 6: 'fd99::1' }
export const FAR = {
  4: ['10.99.0.11', '10.99.0.12', '10.99.0.13', '10.99.0.14'],
  6: ['fd99::11', 'fd99::12', 'fd99::13', 'fd99::14'],
}
const PORTS = [22, 3306, 4444, 4567, 4568]

export const far = (random: Random, family: Family): string => random.pick(FAR[family])
export const port = (random: Random): number => random.pick(PORTS)
