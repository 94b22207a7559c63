import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { StoreError } from '../../errors.ts'
import type { DriverTx, Row } from '../port.ts'
import { Mutex } from './mutex.ts'

/** `begin` and `end` are those of a transaction. */
export interface ThreadRequest {
  readonly id: number
  readonly what: 'begin' | 'all' | 'get' | 'end' | 'close'
  readonly text?: string
  readonly values?: readonly unknown[]
}

/** An error is sent as its kind and message. */
export type ThreadResponse =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly kind: string | undefined; readonly message: string } }

/** The thread passes rows on and keeps none. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 }

/** Node 22 warns in every thread that its SQLite is experimental, which would break the JSON lines of a server's log. */
const QUIET = ['--disable-warning=ExperimentalWarning']

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * A thread for reads of very many index entries: SQLite runs in the thread that calls it, and would block the event loop.
 * Costs about 0.1 ms a statement. Starts when first needed; one transaction at a time.
 */
export class ReaderThread {
  readonly #path: string
  readonly #mutex = new Mutex()
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #sent = 0

  constructor(path: string) {
    this.#path = path
  }

  transaction<T>(fn: (tx: DriverTx) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      await this.#request('begin')
      try {
        return await fn({
          all: (text, values) => this.#request('all', text, values) as Promise<Row[]>,
          get: (text, values) => this.#request('get', text, values) as Promise<Row | undefined>,
          run: async () => {
            throw new Error('a transaction for reading writes nothing')
          },
        })
      } finally {
        await this.#request('end')
      }
    })
  }

  close(): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#worker) await this.#request('close')
    })
  }

  #request(what: ThreadRequest['what'], text?: string, values?: readonly unknown[]): Promise<unknown> {
    const worker = this.#started()
    const id = ++this.#sent
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      worker.postMessage({ id, what, text, values } as ThreadRequest)
    })
  }

  #started(): Worker {
    if (this.#worker) return this.#worker
    // .ts in the sources, .js as published.
    const script = new URL(`./sqlite-reader-thread${extname(import.meta.url)}`, import.meta.url)
    const worker = new Worker(script, { workerData: this.#path, resourceLimits: LIMITS, execArgv: QUIET })
    worker.on('message', (response: ThreadResponse) => {
      const waiting = this.#waiting.get(response.id)
      this.#waiting.delete(response.id)
      if ('error' in response) waiting?.reject(errorOf(response.error))
      else waiting?.resolve(response.value)
    })
    const onEnd = (error?: Error) => {
      if (this.#worker === worker) this.#worker = undefined
      const lost = new StoreError('unavailable', '读取线程已结束 / the reading thread has ended', error)
      for (const { reject } of this.#waiting.values()) reject(lost)
      this.#waiting.clear()
    }
    worker.once('error', onEnd)
    worker.once('exit', () => onEnd())
    this.#worker = worker
    return worker
  }
}

function errorOf({ kind, message }: { kind: string | undefined; message: string }): Error {
  return kind === undefined ? new Error(message) : new StoreError(kind as StoreError['kind'], message)
}
