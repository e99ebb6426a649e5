import { setTimeout as delay } from 'node:timers/promises'

/** Resolves when the condition holds. A test's own time limit ends the waiting. */
export async function until(holds: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
  while (!(await holds())) {
    signal?.throwIfAborted()
    await delay(10)
  }
}
