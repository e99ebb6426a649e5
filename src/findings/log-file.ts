import type { Finding } from '../report/report.ts'
import type { FileState } from '../session/survey-messages.ts'
import { shellQuote } from '../terminal/shell-quote.ts'
import type { ClusterView } from './cluster-view.ts'
import { clusterNodes } from './known-addresses.ts'

/** A log that is longer than what is read of it is as it should be, and one that is missing belongs to a server that never ran. */
const FAULTS: Readonly<Partial<Record<FileState, string>>> = {
  binary: 'is no text',
  'not-a-file': 'is no file',
  denied: 'may not be read',
  failed: 'could not be read',
}

/** Error logs of which nothing could be read, so that what they say is not among the findings. */
export function logFilesUnreadable(view: ClusterView): Finding[] {
  return clusterNodes(view).flatMap(({ name, hello, inspection }) =>
    (inspection?.logs ?? []).flatMap(({ path, state }): Finding[] => {
      const fault = FAULTS[state]
      if (fault === undefined || path.startsWith('journal:')) return []
      const isOwnRight = state === 'denied' && hello?.uid !== 0
      return [
        {
          code: 'log-file-unreadable',
          severity: 'info',
          node: name,
          args: { path, state },
          message:
            `its error log ${path} ${fault}, so what it says is not told here. ` +
            (isOwnRight
              ? 'Next: run again with --become, or as root.'
              : `Next: on ${name} look at "file ${shellQuote(path)}", and at log_error in its option file.`),
        },
      ]
    }),
  )
}
