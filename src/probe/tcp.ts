import { connect } from 'node:net'
import type { ProbeRequest } from '../session/requests.ts'
import type { AttemptOptions, AttemptOutcome } from './in-process.ts'

/** Errnos of connect(2) with which the kernel refused before anything was sent. */
const NOT_SENT = new Set(['EPERM', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** One TCP connect; with `echo` the secret is sent and must come back. Never rejects: an errno is an outcome. */
export function probeTcp(request: ProbeRequest, options: AttemptOptions): Promise<AttemptOutcome> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    const socket = connect({ host: request.address, port: request.port, autoSelectFamily: false })
    let connected: AttemptOutcome | null = null
    let heard = ''
    const own = () => ({
      sourceAddress: socket.localAddress ?? null,
      sourcePort: socket.localPort ?? null,
    })
    const settle = (outcome: AttemptOutcome) => {
      options.signal.removeEventListener('abort', silence)
      clearTimeout(timer)
      // FIN, never RST: what the far end sent has been read, and it may be a server that counts resets.
      socket.end()
      socket.on('error', () => {})
      socket.unref()
      resolve(outcome)
    }
    const silence = () => {
      settle(connected ?? { outcome: 'silence', ...own() })
      socket.destroy()
    }
    const timer = setTimeout(silence, options.timeoutMs)
    options.signal.addEventListener('abort', silence, { once: true })
    socket.once('connect', () => {
      connected = { outcome: 'connected', ...own(), rttMs: performance.now() - startedAt }
      if (request.echo) socket.write(options.secret)
      else settle(connected)
    })
    socket.on('data', (data) => {
      heard += data.toString('latin1').slice(0, 1024)
      if (heard === options.secret && connected !== null) settle({ ...connected, outcome: 'echoed' })
    })
    socket.once('end', () => {
      if (connected !== null) settle(connected)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const errno = error.code ?? 'EUNKNOWN'
      if (connected !== null) settle(connected)
      else if (errno === 'ETIMEDOUT') settle({ outcome: 'silence', ...own() })
      else {
        const outcome = NOT_SENT.has(errno) ? 'not-sent' : 'errno'
        settle({ outcome, errno, ...own(), rttMs: performance.now() - startedAt })
      }
    })
  })
}
