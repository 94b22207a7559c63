import { once } from 'node:events'
import { createWriteStream, renameSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { ServiceError } from 'genjin-server'
import type { Io } from './io.ts'
import { outputOf } from './output.ts'

/** Where a command writes its result. */
export interface Sink extends AsyncDisposable {
  readonly stream: Writable
  /** Makes what was written last. Without it, disposing removes it. */
  keep(): Promise<void>
}

/** Whether a result goes to standard output: without --out, or with `-`. */
export function isStdout(file: string | undefined): boolean {
  return file === undefined || file === '-'
}

/** A file that appears when it is whole, or standard output. */
export async function openSink(io: Io, file: string | undefined): Promise<Sink> {
  if (file === undefined || isStdout(file)) {
    return { stream: io.stdout, keep: async () => {}, [Symbol.asyncDispose]: async () => {} }
  }
  const { path, isSpecial } = outputOf(file)
  // A name of its own, so that two at once do not write into one file, and nothing that is there is written over.
  const draft = isSpecial ? path : `${path}.${io.environment.random(4).toString('hex')}.part`
  const stream = createWriteStream(draft, { mode: 0o600, ...(!isSpecial && { flags: 'wx', flush: true }) })
  await once(stream, 'open').catch((error: Error) => {
    throw new ServiceError('paramInvalid', `文件 ${file} 无法写入：${error.message}`, { cause: error })
  })
  // Told by the write that failed.
  stream.on('error', () => {})
  let kept = false
  return {
    stream,
    keep: async () => {
      stream.end()
      await once(stream, 'close')
      if (!isSpecial) renameSync(draft, path)
      kept = true
    },
    [Symbol.asyncDispose]: async () => {
      if (kept) return
      stream.destroy()
      if (!isSpecial) rmSync(draft, { force: true })
    },
  }
}
