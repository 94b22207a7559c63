import type { Writable } from 'node:stream'
import { ZipFile } from 'yazl'
import { Feed } from './feed.ts'

/** Fixed, and in DOS time, which has no zone: the same table gives the same bytes. */
const OPTIONS = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100644 }

/** Higher levels make files hardly smaller and take much longer. */
const LEVEL = 3

/** A ZIP that is written into a stream file by file. */
export class ZipStream {
  readonly #zip = new ZipFile()
  readonly #stream: Writable
  readonly #done = Promise.withResolvers<void>()
  #feed: Feed | undefined
  #failure: Error | undefined

  constructor(stream: Writable) {
    this.#stream = stream
    this.#done.promise.catch(() => {})
    stream.once('error', this.#fail).once('close', this.#closed)
    this.#zip.once('error', this.#fail)
    this.#zip.outputStream.once('end', this.#done.resolve)
    this.#zip.outputStream.pipe(stream, { end: false })
  }

  /** What went wrong with the stream so far. */
  get failure(): Error | undefined {
    return this.#failure
  }

  addText(path: string, text: string): void {
    this.#zip.addBuffer(Buffer.from(text), path, { ...OPTIONS, compressionLevel: LEVEL })
  }

  /** Begins a file that is put in piece by piece; the one before must be closed. */
  openFile(path: string): Feed {
    this.#feed = new Feed()
    this.#zip.addReadStream(this.#feed, path, { ...OPTIONS, compressionLevel: LEVEL })
    return this.#feed
  }

  /** Resolves when the stream has taken everything; it stays open. */
  async end(): Promise<void> {
    this.#zip.end()
    await this.#done.promise
    this.#stream.off('error', this.#fail).off('close', this.#closed)
  }

  readonly #fail = (error: Error): void => {
    this.#failure ??= error
    this.#done.reject(error)
    this.#feed?.destroy(error)
  }

  readonly #closed = (): void => this.#fail(this.#stream.errored ?? new Error('the stream was closed'))
}
