import { getCompileCacheDir } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { ServiceError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import { LineReader, type ReaderState, type ReadLine } from './lines.ts'
import { READ_AHEAD, type ReadRequest, SCRIPT } from './read-ahead-thread.ts'

/** Lines after which a thread starts. That takes 0.1 to 0.3 s, and shorter bundles would gain nothing by it. */
export const THREAD_FROM = 8_000

/**
 * Bytes that the thread may be ahead of what is taken: half more than a batch of an import, because nothing is sent while
 * SQLite writes one. With 2 MiB an import waits for lines 10 % of its time, with 3 MiB 3 %, with 8 MiB 1 %.
 */
export const MOST_AHEAD = 3 * 1024 * 1024

/** What a line counts at least: once it is read it takes about that much memory, however short it is. */
export const BYTES_OF_LINE = 1024

/** Chunks are sent in pieces of this length. */
const PIECE_BYTES = 64 * 1024

/** Lines of 2 MiB of tiny values would take 900 MB otherwise, and 390 MB so. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 }

const NEWLINE = 0x0a

/**
 * Reads the lines of a bundle in their order, some at a time; all of these must be taken before the next are asked for. In a
 * long bundle a thread reads them while what was taken is written: reading is a third of what an import on SQLite does.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Iterable<ReadLine>> {
  const source = chunks[Symbol.asyncIterator]()
  const reader = new LineReader()
  let thread: ReadAhead | undefined
  try {
    // Until the thread is ready, and if it never is, lines are read here.
    while (!thread?.isReady) {
      const { done, value } = await source.next()
      if (done) return yield reader.end()
      yield reader.read(value)
      if (reader.lines >= THREAD_FROM && availableParallelism() > 1) thread ??= new ReadAhead()
    }
    yield* thread.lines(source, reader.state)
  } finally {
    await thread?.stop()
    const closed = source.return?.()
    // A source that waits for input is closed once that comes, and may never be.
    if (thread?.isAsking) closed?.catch(() => {})
    else await closed
  }
}

/**
 * A thread that reads lines. They come from it as they are: a copied row takes 3 to 4 µs here, of about 75 µs that it takes to
 * be written; as a flat list of values it would take 1.3 µs, as JSON 5 µs.
 */
class ReadAhead {
  readonly #worker: Worker | undefined
  readonly #answers: ReadLine[][] = []
  readonly #answered = new Signal()
  /** What the pieces count whose lines have not been taken, in their order. */
  readonly #sent: number[] = []
  readonly #taken = new Signal()
  #ahead = 0
  #isReady = false
  #isEndSent = false
  #isStopped = false
  #failure: { readonly error: unknown } | undefined
  /** Whether it waits for the source. */
  isAsking = false

  constructor() {
    try {
      this.#worker = new Worker(new URL(SCRIPT), {
        workerData: READ_AHEAD,
        env: environment(),
        resourceLimits: LIMITS,
      })
        .on('message', (answer: 'ready' | ReadLine[]) => this.#receive(answer))
        .on('error', (error: Error) => this.#fail(threadError(error.message, error)))
        .on('exit', (code) => this.#fail(threadError(`exit code ${code}`)))
    } catch {
      // Where a process may have no threads, it never gets ready.
    }
  }

  get isReady(): boolean {
    return this.#isReady && !this.#failure
  }

  /** Sends what is left of the source, and yields its lines. */
  async *lines(source: AsyncIterator<Buffer>, state: ReaderState): AsyncGenerator<ReadLine[]> {
    this.#post(state)
    this.#send(source).catch((error: unknown) => this.#fail(error))
    while (!this.#isEndSent || this.#sent.length > 0) {
      while (this.#answers.length === 0 && !this.#failure) await this.#answered.wait()
      // Even when there are answers: who interrupts an import waits for its end.
      if (this.#failure) throw this.#failure.error
      yield this.#answers.shift() as ReadLine[]
      this.#ahead -= this.#sent.shift() as number
      this.#taken.raise()
      // Answers that are there already would be taken and written with no input coming in between: 5 % more waiting.
      await yieldToEventLoop()
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#taken.raise()
    await this.#worker?.terminate()
  }

  #receive(answer: 'ready' | ReadLine[]): void {
    if (answer === 'ready') {
      this.#isReady = true
    } else {
      this.#answers.push(answer)
      this.#answered.raise()
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#answered.raise()
  }

  async #send(source: AsyncIterator<Buffer>): Promise<void> {
    for (;;) {
      this.isAsking = true
      const { done, value } = await source.next()
      this.isAsking = false
      if (done) break
      for (let at = 0; at < value.length; at += PIECE_BYTES) {
        await this.#sendPiece(value.subarray(at, at + PIECE_BYTES))
        if (this.#isStopped) return
      }
    }
    this.#sent.push(0)
    this.#isEndSent = true
    this.#post('end')
  }

  async #sendPiece(piece: Buffer): Promise<void> {
    const count = countOf(piece)
    while (this.#ahead > 0 && this.#ahead + count > MOST_AHEAD && !this.#isStopped) await this.#taken.wait()
    this.#sent.push(count)
    this.#ahead += count
    // A copy, which is handed over: the source may use the memory of its chunks again.
    const copy = new Uint8Array(piece)
    this.#post(copy, [copy.buffer])
  }

  #post(request: ReadRequest, handedOver: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(request, handedOver)
  }
}

/**
 * The thread compiles no module that the process has compiled: from the sources it is ready in 0.12 s instead of 0.26 s, and
 * takes 17 MB instead of 45 MB. By itself it would use a cache that the process's environment names, but none that its code has
 * enabled.
 */
function environment(): Record<string, string> {
  const folder = getCompileCacheDir()
  // Node appends the name of its version.
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) }
}

/** Wakes the one who waits for it. */
class Signal {
  #wake = () => {}

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  raise(): void {
    this.#wake()
  }
}

/** What a piece counts of MOST_AHEAD. */
function countOf(piece: Buffer): number {
  let lines = 0
  for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, at + 1)) lines++
  return Math.max(piece.length, lines * BYTES_OF_LINE)
}

function threadError(message: string, cause?: Error): ServiceError {
  // It would end there again.
  const isFull = (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
  const way = isFull
    ? '有几行占用的内存过多，请检查数据 / some lines take too much memory, check the data'
    : '请再运行一次 / run it again'
  const text = `读取各行的线程已结束，${way} (the thread that reads the lines has ended: ${message})`
  return new ServiceError('internal', text, { cause })
}
