import { StoreError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'

export interface FairQueueOptions {
  /** Tasks that run at once. */
  readonly running: number
  /** Of these, tasks of one company. */
  readonly runningOfCorp?: number
  /** Tasks that may wait, beside one of each company. */
  readonly waiting: number
  /** Of these, tasks of one company. */
  readonly waitingOfCorp: number
  /**
   * Where tasks block the event loop: after how much work without a pause it gets its turn (ms). They begin once all requests
   * that have come in are waiting, or they would run in the order in which these are read, whosever they are.
   */
  readonly yieldAfterMs?: number
}

type Bounds = Pick<FairQueueOptions, 'waiting' | 'waitingOfCorp'>

/** How many reads may wait: short ones (about 1 ms each), ... */
export const SHORT_LINE: Bounds = { waiting: 5_000, waitingOfCorp: 1_000 }
/** ... those of very many index entries (up to a second each), ... */
export const EXPENSIVE_LINE: Bounds = { waiting: 128, waitingOfCorp: 32 }
/** ... and those that take seconds. */
export const LONG_LINE: Bounds = { waiting: 32, waitingOfCorp: 8 }

interface Task {
  run(): Promise<void>
  reject(error: StoreError): void
}

/** Tasks of one company. */
interface Line {
  readonly waiting: Task[]
  running: number
}

/**
 * Runs tasks, those of one company in the order of the calls, and companies by turns: a company that asks a lot makes itself
 * wait. Throws StoreError `crowded` when too many wait, `unavailable` after close().
 */
export class FairQueue {
  readonly #options: FairQueueOptions
  /** In the order of their turns. Those of which nothing waits or runs are removed. */
  readonly #lines = new Map<number | undefined, Line>()
  #running = 0
  #waiting = 0
  #workedSince = 0
  #isGathering = false
  #closed = false

  constructor(options: FairQueueOptions) {
    this.#options = options
  }

  /** @param corp undefined for what is of no company */
  run<T>(corp: number | undefined, task: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(isClosed())
    const line = this.#lines.get(corp) ?? { waiting: [], running: 0 }
    const { waiting, waitingOfCorp } = this.#options
    const own = line.waiting.length
    // One of each company may always wait: others cannot take the whole line.
    if (own >= waitingOfCorp || (this.#waiting >= waiting && own > 0)) {
      return Promise.reject(new StoreError('crowded', 'too many reads wait'))
    }
    this.#lines.set(corp, line)
    return new Promise<T>((resolve, reject) => {
      const run = async () => {
        // A task may throw before it has a promise.
        try {
          resolve(await task())
        } catch (error) {
          reject(error)
        }
      }
      line.waiting.push({ run, reject })
      this.#waiting++
      if (this.#options.yieldAfterMs === undefined) this.#start()
      else if (this.#running === 0) this.#gather()
    })
  }

  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    setImmediate(() => {
      this.#isGathering = false
      this.#workedSince = performance.now()
      this.#start()
    })
  }

  /** Rejects those that have not begun. */
  close(): void {
    this.#closed = true
    for (const { waiting } of this.#lines.values()) {
      for (const { reject } of waiting.splice(0)) reject(isClosed())
    }
    this.#waiting = 0
  }

  /** Starts what may run now. */
  #start(): void {
    while (this.#running < this.#options.running) {
      const next = this.#next()
      if (!next) return
      void this.#work(...next)
    }
  }

  /** The company whose turn it is. */
  #next(): [number | undefined, Line] | undefined {
    const most = this.#options.runningOfCorp ?? this.#options.running
    for (const [corp, line] of this.#lines) {
      if (line.waiting.length === 0 || line.running >= most) continue
      this.#toTheEnd(corp, line)
      return [corp, line]
    }
    return undefined
  }

  #toTheEnd(corp: number | undefined, line: Line): void {
    this.#lines.delete(corp)
    this.#lines.set(corp, line)
  }

  async #work(corp: number | undefined, line: Line): Promise<void> {
    const task = line.waiting.shift() as Task
    this.#waiting--
    this.#running++
    line.running++
    await task.run()
    const { yieldAfterMs } = this.#options
    if (
      yieldAfterMs !== undefined &&
      this.#waiting > 0 &&
      performance.now() - this.#workedSince > yieldAfterMs
    ) {
      await yieldToEventLoop()
      this.#workedSince = performance.now()
    }
    this.#running--
    line.running--
    if (line.running === 0 && line.waiting.length === 0) this.#lines.delete(corp)
    else this.#toTheEnd(corp, line)
    this.#start()
  }
}

function isClosed(): StoreError {
  return new StoreError('unavailable', 'the database is being closed')
}
