import { once } from 'node:events'
import { createWriteStream, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { besidePath, flushFolder } from 'genjin-sync'
import type { Io } from './io.ts'
import { outputOf, unwritable } from './output.ts'

/** Where a command writes its result. */
export interface Sink extends AsyncDisposable {
  readonly stream: Writable
  /** Where a regular file is written: temporary files can stand beside it. */
  readonly folder?: string
  /** Makes the result appear. Without it, disposing removes what was written. */
  keep(): Promise<void>
}

/** Whether a result goes to standard output: without --out, or with `-`. */
export function isStdout(file: string | undefined): file is undefined | '-' {
  return file === undefined || file === '-'
}

/** A file that appears when it is complete, or standard output. */
export async function openSink(io: Io, file: string | undefined): Promise<Sink> {
  if (isStdout(file)) {
    return { stream: io.stdout, keep: async () => {}, [Symbol.asyncDispose]: async () => {} }
  }
  const { path, isSpecial } = outputOf(file)
  // A random name: two processes never write into one file, and an existing file is never overwritten.
  const draft = isSpecial ? path : besidePath(path, `.${io.environment.random(4).toString('hex')}.part`)
  const stream = createWriteStream(draft, { mode: 0o600, ...(!isSpecial && { flags: 'wx', flush: true }) })
  await once(stream, 'open').catch((error: Error) => {
    throw unwritable(file, error)
  })
  // Reported by the write that failed.
  stream.on('error', () => {})
  let kept = false
  return {
    stream,
    ...(!isSpecial && { folder: dirname(path) }),
    keep: async () => {
      stream.end()
      await once(stream, 'close')
      if (!isSpecial) {
        renameSync(draft, path)
        flushFolder(dirname(path))
      }
      kept = true
    },
    [Symbol.asyncDispose]: async () => {
      if (kept) return
      stream.destroy()
      if (!isSpecial) rmSync(draft, { force: true })
    },
  }
}
