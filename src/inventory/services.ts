import type { Protocol, Service } from '../services.ts'
import { escapeText } from '../terminal/escape.ts'
import { InputError } from './input-error.ts'

export interface ServiceChoice {
  /** `name=port/proto`, each adds a service or moves one of the catalogue. */
  readonly add: readonly string[]
  /** Names; empty means all. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
}

/** `--service`, `--only` and `--skip` applied to the catalogue, whose order is kept; added services come last. */
export function chooseServices(catalogue: readonly Service[], choice: ServiceChoice): Service[] {
  const all = choice.add.reduce<readonly Service[]>(addOrMove, catalogue)
  refuseTwice(choice.add.map((text) => text.slice(0, text.indexOf('='))))
  refuseSharedPort(all)
  refuseUnknown('--only', choice.only, all)
  refuseUnknown('--skip', choice.skip, all)
  const chosen = all.filter(
    ({ name }) => (choice.only.length === 0 || choice.only.includes(name)) && !choice.skip.includes(name),
  )
  if (chosen.length === 0) {
    throw new InputError('no-services', '--only and --skip leave no service to check. Drop one of them.')
  }
  return chosen
}

function addOrMove(services: readonly Service[], text: string): readonly Service[] {
  const { name, port, protocol } = parseService(text)
  const known = services.find((service) => service.name === name)
  if (known === undefined) {
    const purpose = 'added with --service'
    const added = {
      name,
      port,
      protocol,
      listens: 'always',
      need: 'required',
      route: 'members',
      purpose,
    } as const
    return [...services, added]
  }
  if (known.protocol !== protocol) {
    throw new InputError(
      'service-protocol',
      `${name} is a ${known.protocol} service: write --service ${name}=${port}/${known.protocol}, or choose another name.`,
    )
  }
  return services.map((service) => (service === known ? { ...known, port, fixed: true } : service))
}

function parseService(text: string): { name: string; port: number; protocol: Protocol } {
  const match = /^([a-z][a-z0-9-]{0,30})=([0-9]{1,5})\/(tcp|udp)$/.exec(text)
  const port = Number(match?.[2])
  if (match === null || port < 1 || port > 65_535) {
    throw new InputError(
      'bad-service',
      `--service "${escapeText(text, 80)}" is not name=port/protocol, with a name of lower-case letters, digits and "-", ` +
        'a port from 1 to 65535, and tcp or udp. Example: --service mysqlx=33060/tcp',
    )
  }
  return { name: match[1] ?? '', port, protocol: match[3] === 'udp' ? 'udp' : 'tcp' }
}

function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new InputError('service-twice', `--service gives ${twice} twice. One name has one port.`)
  }
}

/** Two names for one port would be probed twice and be told apart by nobody. */
function refuseSharedPort(services: readonly Service[]): void {
  for (const [index, service] of services.entries()) {
    const other = services
      .slice(0, index)
      .find(({ port, protocol }) => port === service.port && protocol === service.protocol)
    if (other !== undefined) {
      throw new InputError(
        'service-port-taken',
        `${service.port}/${service.protocol} is already the port of ${other.name}, and --service gives it to ${service.name}. ` +
          `Move one of them.`,
      )
    }
  }
}

function refuseUnknown(option: string, names: readonly string[], services: readonly Service[]): void {
  const unknown = names.find((name) => !services.some((service) => service.name === name))
  if (unknown !== undefined) {
    const known = services.map(({ name }) => name).join(', ')
    throw new InputError(
      'unknown-service',
      `${option} names no service "${escapeText(unknown, 80)}". Known are: ${known}.`,
    )
  }
}
