import { Readable } from 'node:stream'

/** A stream that is written by hand and says when there is room again. */
export class Feed extends Readable {
  #waiting: PromiseWithResolvers<void> | undefined

  constructor() {
    super({ highWaterMark: 64 * 1024 })
    // Told to whoever puts next.
    this.on('error', () => {})
  }

  /** Waits until there is room again. Rejects when the stream is destroyed, also while it waits. */
  async put(bytes: Buffer): Promise<void> {
    if (this.destroyed) throw this.errored ?? new Error('the stream is closed')
    if (this.push(bytes)) return
    this.#waiting = Promise.withResolvers()
    await this.#waiting.promise
  }

  close(): void {
    this.push(null)
  }

  override _read(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#waiting?.reject(error ?? new Error('the stream is closed'))
    this.#waiting = undefined
    done(error)
  }
}
