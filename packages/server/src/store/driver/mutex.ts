import { StoreError } from '../../errors.ts'

/** Runs tasks one after the other, in the order of the calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task)
    this.#last = result
    return result
  }
}

/** Long reads of one company that may wait in a process. */
const MOST_WAITING = 8

/** Runs long reads one after the other. Throws StoreError `busy` when many of a company wait, `unavailable` after close(). */
export class LongReads {
  readonly #mutex = new Mutex()
  readonly #waiting = new Map<number, number>()
  #closed = false

  async run<T>(corp: number, task: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(corp) ?? 0
    if (waiting >= MOST_WAITING) throw new StoreError('busy', 'too many long reads of this company')
    this.#waiting.set(corp, waiting + 1)
    try {
      return await this.#mutex.run(async () => {
        if (this.#closed) throw new StoreError('unavailable', 'the database is being closed')
        return task()
      })
    } finally {
      const left = (this.#waiting.get(corp) as number) - 1
      if (left === 0) this.#waiting.delete(corp)
      else this.#waiting.set(corp, left)
    }
  }

  /** Rejects those that have not begun. */
  close(): void {
    this.#closed = true
  }
}
