import { nameList } from '../report/render/lists.ts'
import type { Finding } from '../report/report.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import type { ClusterView } from './cluster-view.ts'
import { type Link, linksOf } from './links.ts'

const SOME = 0.01
/** Four of twenty packets: at a real loss of a tenth that is rare chance. */
const MUCH = 0.2

/** Ways on which packets get lost: TCP repeats them, each time after a fifth of a second or more, and the whole group waits. */
export function linkLoss(view: ClusterView): Finding[] {
  const lossy = linksOf(view)
    .filter((link): link is Link & { loss: number } => link.rttMs !== null && (link.loss ?? 0) >= SOME)
    .toSorted((a, b) => b.loss - a.loss)
  const [worst] = lossy
  if (worst === undefined) return []
  const text = ({ from, to, loss }: Link & { loss: number }) =>
    `${from}→${to} ${Math.round(loss * 1000) / 10} %`
  return [
    {
      code: 'link-loss',
      severity: worst.loss >= MUCH ? 'critical' : 'warning',
      args: {
        from: worst.from,
        to: worst.to,
        loss: Math.round(worst.loss * 1000) / 1000,
        links: lossy.length,
      },
      message:
        `packets, or their answers, get lost on the way: ${nameList(lossy.map(text))}. What is lost is sent again a fifth of a second later at best, and every commit waits for it. ` +
        `Next: on ${worst.from} run "mtr -rwc 100 ${shellQuote(worst.to)}", and look for errors with "ip -s link".`,
    },
  ]
}
