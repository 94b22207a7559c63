import { once } from 'node:events'
import { createWriteStream, renameSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { ServiceError } from 'genjin-server'
import type { Io } from './io.ts'

/** Where a command writes its result. */
export interface Sink extends AsyncDisposable {
  readonly stream: Writable
  /** Makes what was written last. Without it, disposing removes it. */
  keep(): Promise<void>
}

/** A file that appears when it is whole, or standard output. */
export async function openSink(io: Io, file: string | undefined): Promise<Sink> {
  if (file === undefined) {
    return { stream: io.stdout, keep: async () => {}, [Symbol.asyncDispose]: async () => {} }
  }
  const draft = `${file}.part`
  const stream = createWriteStream(draft, { mode: 0o600, flush: true })
  await once(stream, 'open').catch((error: Error) => {
    throw new ServiceError('paramInvalid', `文件 ${file} 无法写入:${error.message}`, { cause: error })
  })
  // Told by the write that failed.
  stream.on('error', () => {})
  let kept = false
  return {
    stream,
    keep: async () => {
      stream.end()
      await once(stream, 'close')
      renameSync(draft, file)
      kept = true
    },
    [Symbol.asyncDispose]: async () => {
      if (kept) return
      stream.destroy()
      rmSync(draft, { force: true })
    },
  }
}
