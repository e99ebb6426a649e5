import type { Value } from './node-settings.ts'
import type { Sources } from './sources.ts'

/** A file as the server finds it: a relative path is one below the data directory, in which it runs. */
export function inDatadir({ get }: Pick<Sources, 'get'>, file: Value<string>): Value<string> {
  if (file.value.startsWith('/')) return file
  let folder = get('datadir')?.value ?? ''
  while (folder.endsWith('/')) folder = folder.slice(0, -1)
  return { ...file, value: `${folder}/${file.value.replace(/^\.\//, '')}` }
}
