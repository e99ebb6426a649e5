import type { Survey } from '../session/survey-messages.ts'

/** Option files of a node that are there and could not be read: what stands in them is not known. Nothing of that matters where the server told its settings. */
export function unreadFiles({ files, servers }: Survey): string[] {
  if (servers.some(({ answer }) => answer === 'told')) return []
  return files.filter(({ state }) => state !== 'read' && state !== 'missing').map(({ path }) => path)
}
