import { bootstrapArgv } from '../agent/bootstrap.ts'
import { shellQuote } from '../terminal/shell-quote.ts'

/** How commands reach a node. */
export type Transport =
  | {
      readonly kind: 'ssh'
      readonly host: string
      readonly user: string | null
      readonly settings: SshSettings
    }
  | { readonly kind: 'local' }
  /** An exec prefix with its placeholders filled in, e.g. `docker exec -i n1`. */
  | { readonly kind: 'prefix'; readonly argv: readonly string[] }

export interface SshSettings {
  /** `Name=value` as for ssh -o. */
  readonly options: readonly string[]
  readonly connectTimeoutSeconds: number
}

/**
 * The command line that starts the agent on a node. ssh is the system's, with the user's own configuration; nothing may
 * prompt (BatchMode), no forwarding of the user's is set up, and host key checking stays as configured.
 */
export function agentCommand(transport: Transport, become: boolean): readonly string[] {
  const argv = bootstrapArgv(become)
  switch (transport.kind) {
    case 'local':
      return argv
    case 'prefix':
      return [...transport.argv, ...argv]
    case 'ssh':
      return [
        'ssh',
        '-T',
        ...transport.settings.options.flatMap((option) => ['-o', option]),
        '-o',
        'BatchMode=yes',
        '-o',
        'ClearAllForwardings=yes',
        '-o',
        `ConnectTimeout=${Math.ceil(transport.settings.connectTimeoutSeconds)}`,
        ...(transport.user === null ? [] : ['-l', transport.user]),
        '--',
        transport.host,
        // sshd hands one string to the login shell, whatever that is.
        argv.map(shellQuote).join(' '),
      ]
  }
}
