import { Readable } from 'node:stream'

/** A stream of bytes put in by hand, with backpressure. */
export class Feed extends Readable {
  #waiting: PromiseWithResolvers<void> | undefined

  constructor() {
    super({ highWaterMark: 64 * 1024 })
    // Reported by the next `put`.
    this.on('error', () => {})
  }

  /** Resolves when there is room again; rejects when the stream is destroyed, also meanwhile. */
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
