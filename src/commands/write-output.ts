import { randomBytes } from 'node:crypto'
import { access, constants, lstat, open, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { InputError } from '../inventory/input-error.ts'
import { escapeText } from '../terminal/escape.ts'

/** Every user of the host may read it: node_exporter has one of its own. */
const MODE = 0o644

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'what should be its directory is none',
  EACCES: 'no right to write in its directory',
  EPERM: 'the file belongs to another user, or may not be changed',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file may not grow so large',
  ENAMETOOLONG: 'the name is too long',
}

/** Whether the file of `--output` can be written, before a run is made for it. Throws an `InputError`. */
export async function checkOutput(path: string): Promise<void> {
  await telling(path, async () => {
    const directory = dirname(path)
    if (!(await stat(directory)).isDirectory()) throw failed('ENOTDIR')
    await access(directory, constants.W_OK | constants.X_OK)
    await refuseOtherThanFile(path)
  })
}

/**
 * Writes the file anew beside the old one and puts it in its place, so that whoever reads it, and whatever ends this process, finds the old or the
 * new one whole. A link is never followed. Throws an `InputError`, and leaves the old file and no other.
 */
export async function writeOutput(path: string, text: string): Promise<void> {
  await telling(path, async () => {
    await refuseOtherThanFile(path)
    // No reader takes it for its own: it does not end as the file does, and begins with a dot.
    const temporary = join(dirname(path), `.pxc-netcheck-${randomBytes(8).toString('hex')}.tmp`)
    const file = await open(temporary, 'wx', MODE)
    try {
      try {
        await file.writeFile(text)
        // Whatever the umask took away.
        await file.chmod(MODE)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, path)
    } catch (error) {
      await unlink(temporary).catch(() => {})
      throw error
    }
  })
}

/** `rename` would put the file in the place of a device or a link; who says /dev/stdout or a link means something else. */
async function refuseOtherThanFile(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (path.endsWith('/') || basename(path) === '..' || (found !== null && !found.isFile())) {
    const what = found?.isSymbolicLink() ? 'is a link; give the file that it leads to' : 'is no regular file'
    throw new InputError('output', `--output ${escapeText(path, 200)} ${what}.`)
  }
}

async function telling(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (error instanceof InputError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new InputError(
      'output',
      `--output ${escapeText(path, 200)} cannot be written: ${WHY[code] ?? code}. What was there is left as it was.`,
    )
  }
}

function failed(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code })
}
