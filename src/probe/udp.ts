import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIP } from 'node:net'
import type { ProbeRequest } from '../session/requests.ts'
import type { AttemptOptions, AttemptOutcome } from './in-process.ts'

/**
 * One datagram with the secret from a connected socket, so that ICMP errors come back as errnos: ECONNREFUSED is type 3
 * code 3; the codes that Linux calls non-fatal never come (they need IP_RECVERR). Never rejects.
 */
export function probeUdp(request: ProbeRequest, options: AttemptOptions): Promise<AttemptOutcome> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(request.address) === 6 ? 'udp6' : 'udp4')
    let source: Pick<AttemptOutcome, 'sourceAddress' | 'sourcePort'> = {
      sourceAddress: null,
      sourcePort: null,
    }
    let startedAt = performance.now()
    let settled = false
    // As the agent's: the run's secret, and a number of its own.
    const payload = options.secret + randomBytes(4).toString('hex')
    const settle = (outcome: Omit<AttemptOutcome, 'sourceAddress' | 'sourcePort'>) => {
      if (settled) return
      settled = true
      options.signal.removeEventListener('abort', silence)
      clearTimeout(timer)
      socket.close()
      resolve({ ...outcome, ...source })
    }
    const silence = () => settle({ outcome: 'silence' })
    const timer = setTimeout(silence, options.timeoutMs)
    options.signal.addEventListener('abort', silence, { once: true })
    const failed = (error: NodeJS.ErrnoException) => {
      const errno = error.code ?? 'EUNKNOWN'
      const refused = errno === 'ECONNREFUSED' || errno === 'EHOSTUNREACH'
      settle({ outcome: refused ? 'errno' : 'not-sent', errno, rttMs: performance.now() - startedAt })
    }
    socket.once('error', failed)
    socket.on('message', (data) => {
      if (data.toString('latin1') === payload)
        settle({ outcome: 'echoed', rttMs: performance.now() - startedAt })
    })
    const connected = (error?: NodeJS.ErrnoException) => {
      if (settled) return
      if (error) {
        failed(error)
        return
      }
      const { address, port } = socket.address()
      source = { sourceAddress: address, sourcePort: port }
      startedAt = performance.now()
      socket.send(payload, (error) => {
        if (error !== null) failed(error)
      })
    }
    // A failure comes as the callback's argument, which the types do not know of.
    socket.connect(request.port, request.address, connected as () => void)
  })
}
