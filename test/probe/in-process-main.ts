/** The in-process prober as a program of its own, so that a lab host can run it. */
import { probeInProcess } from '../../src/probe/in-process.ts'

const { requests, secret, timeoutMs } = JSON.parse(process.argv[2] ?? '')
await probeInProcess(requests, { secret, timeoutMs, signal: new AbortController().signal }, (flow) => {
  process.stdout.write(`${JSON.stringify(flow)}\n`)
})
