import type { Stage } from '../check/environment.ts'

export interface Progress {
  show(stage: Stage, done: number, total: number): void
  /** Until something is shown again. */
  stop(): void
}

const SILENT: Progress = { show() {}, stop() {} }

const TEXTS: Record<Stage, (done: number, total: number) => string> = {
  connecting: (done, total) => `connecting to the nodes: ${done} of ${total}`,
  probing: (done, total) => `probing: ${done} of ${total} flows`,
}

/** One line on stderr while the run lasts. ora is made for a terminal only: elsewhere it would print all the same. */
export async function createProgress(wanted: boolean): Promise<Progress> {
  if (!wanted) return SILENT
  const { default: ora } = await import('ora')
  // discardStdin would put the terminal into raw mode, where Ctrl-C is no signal any more.
  const spinner = ora({ stream: process.stderr, discardStdin: false, text: 'starting' }).start()
  let shown: Stage | null = null
  return {
    show(stage, done, total) {
      spinner.text = TEXTS[stage](done, total)
      // A new stage shows at once; within one, ora's own pace is enough.
      if (!spinner.isSpinning) spinner.start()
      else if (stage !== shown) spinner.render()
      shown = stage
    },
    stop() {
      spinner.stop()
    },
  }
}
