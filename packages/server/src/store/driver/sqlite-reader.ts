import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreError } from '../../errors.ts'
import type { DriverTx, Row } from '../port.ts'
import { Mutex } from './mutex.ts'

/** What the thread is asked; `begin` and `end` are those of a transaction. */
export interface ThreadRequest {
  readonly id: number
  readonly what: 'begin' | 'all' | 'get' | 'end' | 'close'
  readonly text?: string
  readonly values?: readonly unknown[]
}

/** What it answers: an error as it can be sent. */
export type ThreadResponse =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly kind: string | undefined; readonly message: string } }

/** It hands rows over and keeps nothing. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 }

/** Node 22 calls its SQLite experimental in every thread that loads it, between the lines of a server's log. */
const QUIET = ['--disable-warning=ExperimentalWarning']

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * Reads in a thread of its own: SQLite works where it is called, and whatever looks at very many entries would have the event
 * loop stand still meanwhile. Costs about 0.1 ms a statement. Started when it is first needed; one transaction at a time.
 */
export class ReaderThread {
  readonly #path: string
  readonly #mutex = new Mutex()
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #asked = 0

  constructor(path: string) {
    this.#path = path
  }

  transaction<T>(fn: (tx: DriverTx) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      await this.#ask('begin')
      try {
        return await fn({
          all: (text, values) => this.#ask('all', text, values) as Promise<Row[]>,
          get: (text, values) => this.#ask('get', text, values) as Promise<Row | undefined>,
          run: async () => {
            throw new Error('a transaction for reading writes nothing')
          },
        })
      } finally {
        await this.#ask('end')
      }
    })
  }

  close(): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#worker) await this.#ask('close')
    })
  }

  #ask(what: ThreadRequest['what'], text?: string, values?: readonly unknown[]): Promise<unknown> {
    const worker = this.#started()
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, what, text, values } as ThreadRequest)
    })
  }

  #started(): Worker {
    if (this.#worker) return this.#worker
    // Source and published code differ in their extension.
    const script = new URL(`./sqlite-reader-thread${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(script, { workerData: this.#path, resourceLimits: LIMITS, execArgv: QUIET })
    worker.on('message', (told: ThreadResponse) => {
      const waiting = this.#waiting.get(told.id)
      this.#waiting.delete(told.id)
      if ('error' in told) waiting?.reject(errorOf(told.error))
      else waiting?.resolve(told.value)
    })
    const over = (error?: Error) => {
      if (this.#worker === worker) this.#worker = undefined
      const lost = new StoreError('unavailable', '读取线程已结束 / the reading thread has ended', error)
      for (const { reject } of this.#waiting.values()) reject(lost)
      this.#waiting.clear()
    }
    worker.once('error', over)
    worker.once('exit', () => over())
    this.#worker = worker
    return worker
  }
}

function errorOf({ kind, message }: { kind: string | undefined; message: string }): Error {
  return kind === undefined ? new Error(message) : new StoreError(kind as StoreError['kind'], message)
}
