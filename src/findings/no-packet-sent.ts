import type { Finding } from '../report/report.ts'

/** What the rules in files prove, and what not. */
export function noPacketSent(): Finding {
  return {
    code: 'no-packet-sent',
    severity: 'info',
    args: {},
    message:
      'No packet was sent and no node was asked: this is what the rules in the files do. The network between the nodes, and what listens on them, is not judged.',
  }
}
