import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureDemo } from '../demo/demo-company.ts'
import { requireClock } from '../service/id-source.ts'
import { openCore } from './compose.ts'
import { createLog, type Log } from './log.ts'
import type { RunningServer } from './serve.ts'
import { readTls } from './tls.ts'
import type { FromWorker, ToWorker, WorkerOptions } from './worker.ts'
import { WorkerMetrics } from './worker-metrics.ts'

/** A worker that ends within this time of its start counts as ended soon. */
const SOON_MS = 10_000
/** Delay before the second worker in a row that ended soon is replaced; doubled each time, up to LONGEST_WAIT_MS. */
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5_000
/** Longest wait for workers to stop. They close connections after 8 s; container engines kill after 10 s. */
const STOP_MS = 9_000

/**
 * Serves with several processes until `options.stop`. This one, the primary, only keeps the workers running; it calls
 * `greet` once all of them listen. Returns false when one could not start or did not stop in order: a worker that cannot
 * start logs why.
 */
export async function superviseWorkers(
  options: WorkerOptions,
  greet: (server: Pick<RunningServer, 'url' | 'demo'>) => Promise<void>,
): Promise<boolean> {
  const log = createLog(options.config.logLevel, options.logTarget)
  requireClock(options.environment.now())
  // A bad certificate fails here once, instead of in every worker.
  if (options.tls) readTls(options.tls)
  const demo = await prepareDatabase(options)
  const port = await findPort(options)

  // By default the primary accepts connections and hands them to the workers in turn. One handed to a worker that was just
  // killed stays open in the primary, and its client waits forever (39 connections after 73 kills). With SCHED_NONE workers
  // accept connections themselves (none lost after 53 kills).
  cluster.schedulingPolicy = cluster.SCHED_NONE
  // With --port 0 the port is chosen once, so that replacements listen on it as well.
  cluster.setupPrimary({ args: [...withoutPort(process.argv.slice(2)), '--port', String(port)] })
  const workers = new Workers(options.count, log)
  let stopped = false
  try {
    const url = await Promise.race([workers.start(), options.stop, workers.lost])
    if (url !== undefined) {
      await greet({ url, demo })
      await Promise.race([options.stop, workers.lost])
    }
  } finally {
    stopped = await workers.stop()
    // A database that is gone would be created anew.
    if (options.config.database.engine === 'sqlite' && !workers.isLost) await writeBack(options, log)
  }
  return stopped
}

/** Migrates the database and creates key and demo company before the workers start. */
async function prepareDatabase({ config, environment, demo }: WorkerOptions) {
  await using core = await openCore(config, environment, { create: true })
  return demo ? (await ensureDemo(core.context)).credentials : undefined
}

/**
 * The last connection that closes a SQLite database writes the WAL back into the file. Workers that close at the same moment
 * can each take another for the last one (1 stop in 12): opening and closing once more leaves the data in one file.
 */
async function writeBack({ config, environment }: WorkerOptions, log: Log): Promise<void> {
  try {
    const core = await openCore(config, environment)
    await core[Symbol.asyncDispose]()
  } catch (error) {
    // Nothing is lost: the next process that opens the database reads the WAL.
    log.warn({ err: error }, 'the WAL of the database is not written back')
  }
}

/** The command line without --port, which is given again: an option may be given once only. */
function withoutPort(argv: readonly string[]): string[] {
  return argv.filter(
    (word, index) => word !== '--port' && argv[index - 1] !== '--port' && !word.startsWith('--port='),
  )
}

/** Finds the port for the workers. Throws the error of listening on it. */
async function findPort({ host, port: wanted }: WorkerOptions): Promise<number> {
  const server = createServer().listen({ host, port: wanted })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

class Workers {
  readonly #count: number
  readonly #log: Log
  readonly #metrics = new WorkerMetrics()
  readonly #alive = new Map<number, Worker>()
  /** Those that accept requests. */
  readonly #listening = new Set<number>()
  readonly #started = Promise.withResolvers<string | undefined>()
  readonly #stopping = new AbortController()
  readonly #allEnded = Promise.withResolvers<void>()
  readonly #lost = Promise.withResolvers<void>()
  #failed = false
  isLost = false

  constructor(count: number, log: Log) {
    this.#count = count
    this.#log = log
    // A second signal ends this process immediately, and the workers with it.
    process.on('exit', () => this.#kill())
  }

  /** Resolves when a worker has found the database's file gone. */
  get lost(): Promise<void> {
    return this.#lost.promise
  }

  /** The URL once all workers listen; undefined when one of them ended before that. */
  start(): Promise<string | undefined> {
    for (let index = 0; index < this.#count; index++) this.#add(0)
    return this.#started.promise
  }

  /** Lets the workers complete what has begun. Returns false when one could not start or did not stop in order. */
  async stop(): Promise<boolean> {
    this.#stopping.abort()
    // The service was never announced: there is nothing to complete.
    if (this.#failed) this.#kill()
    for (const worker of this.#alive.values()) tell(worker, { kind: 'stop' })
    if (this.#alive.size === 0) this.#allEnded.resolve()
    const late = setTimeout(() => {
      this.#log.error(
        { workers: [...this.#alive.keys()] },
        'stopping: workers took too long, they are killed',
      )
      this.#kill()
    }, STOP_MS)
    await this.#allEnded.promise
    clearTimeout(late)
    return !this.#failed && !this.isLost
  }

  /** @param endedSoon how many predecessors in a row ended soon */
  #add(endedSoon: number): void {
    const worker = cluster.fork()
    const { id, process: child } = worker
    const startedAt = performance.now()
    this.#alive.set(id, worker)
    this.#log.info({ worker: id, pid: child.pid }, 'worker started')
    const ended = (code: number | null, signal: string | null) => {
      if (!this.#alive.delete(id)) return
      this.#metrics.end(id)
      const soon = performance.now() - startedAt < SOON_MS
      this.#onEnd({ worker: id, pid: child.pid, code, signal }, soon ? endedSoon + 1 : 0)
    }
    worker.on('message', (message: FromWorker) => this.#hear(worker, message))
    worker.on('exit', ended)
    worker.on('error', (error) => {
      // Usually a message to a worker that has ended, which 'exit' reports too; a failed fork has no 'exit'.
      this.#log.warn({ worker: id, err: error }, 'worker cannot be reached')
      if (child.pid === undefined) ended(null, null)
    })
  }

  #hear(worker: Worker, message: FromWorker): void {
    const { id } = worker
    // A worker's last messages can arrive after its 'exit'.
    if (!this.#alive.has(id)) return
    if (message.kind === 'listening') {
      this.#listening.add(id)
      // A worker that was still loading did not receive the first one.
      if (this.#stopping.signal.aborted) tell(worker, { kind: 'stop' })
      if (this.#listening.size === this.#count) this.#started.resolve(message.url)
    }
    if (message.kind === 'lost') {
      this.isLost = true
      this.#lost.resolve()
    }
    if (message.kind === 'snapshot') this.#metrics.set(id, message.id, message.snapshot)
    if (message.kind === 'collect') this.#answerMetrics(worker, message.id)
  }

  async #answerMetrics(worker: Worker, id: number): Promise<void> {
    const text = await this.#metrics.collect(this.#listening, (each, round) =>
      tell(this.#alive.get(each), { kind: 'snapshot', id: round }),
    )
    tell(worker, { kind: 'collected', id, text })
  }

  #onEnd(end: Ending, endedSoon: number): void {
    const listened = this.#listening.delete(end.worker)
    if (this.#stopping.signal.aborted) {
      if (!this.#failed && !inOrder(end)) this.#fail(end, 'worker did not stop in order')
      if (this.#alive.size === 0) this.#allEnded.resolve()
    } else if (!listened && end.worker <= this.#count && !inOrder(end)) {
      this.#fail(end, 'worker ended before it listened')
      this.#started.resolve(undefined)
    } else {
      this.#replace(end, endedSoon)
    }
  }

  /** Immediately the first time, with growing delays while workers keep ending soon after their start. */
  async #replace(end: Ending, endedSoon: number): Promise<void> {
    const waitMs = endedSoon < 2 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (endedSoon - 2), LONGEST_WAIT_MS)
    this.#log.warn({ ...end, waitMs }, 'worker ended and is replaced')
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
    if (!this.#stopping.signal.aborted) this.#add(endedSoon)
  }

  #fail(end: Ending, message: string): void {
    this.#failed = true
    this.#log.error(end, message)
  }

  #kill(): void {
    for (const worker of this.#alive.values()) worker.process.kill('SIGKILL')
  }
}

interface Ending {
  readonly worker: number
  readonly pid: number | undefined
  readonly code: number | null
  readonly signal: string | null
}

/**
 * Ctrl-C in a terminal reaches the workers too, perhaps before this process, and ends one that has no handler yet.
 */
function inOrder({ code, signal }: Ending): boolean {
  return code === 0 || signal === 'SIGINT' || signal === 'SIGTERM'
}

/** Delivery does not matter: a worker that has ended needs no message. */
function tell(worker: Worker | undefined, message: ToWorker): void {
  worker?.send(message, undefined, {}, () => {})
}
