import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StoreError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import { translate } from './postgres-errors.ts'

/** How often the database is asked whether it is there. */
const ASK_MS = 250
/** How long it may take to answer that, or to let a connection in. With ASK_MS, a loss is noticed within 1.75 s. */
const ANSWER_MS = 1_500
/** How long after a loss it is tried again: healed within a second of the database's return. */
const RETRY_MS = 200
/** Longest wait for one of the pool's connections while the database is there. */
const POOL_WAIT_MS = 5_000

/** Set on every connection, in one statement. */
const SESSION = [
  // Compiling a query costs more than running one of these.
  'jit = off',
  "statement_timeout = '60s'",
  "lock_timeout = '5s'",
  // On Citus the company of a transaction is to reach the machine that has its rows; elsewhere nobody reads this.
  "citus.propagate_set_commands = 'local'",
].map((setting) => `SET ${setting}`)

export interface LinkOptions {
  readonly url: string
  /** Connections at most, the one that watches not counted. */
  readonly connections: number
  /** What the server is asked again and again: one row, whose first value is true as long as it is the one wanted. */
  readonly question: string
  /** Whether it may be away at first. */
  readonly optional?: boolean
}

/** A pool of connections to one PostgreSQL server, and a connection beside it that watches whether the server is there. */
export interface PostgresLink {
  readonly up: boolean
  /** A connection of the pool. Throws StoreError `unavailable` at once while the server is away. */
  connect(): Promise<pg.PoolClient>
  close(): Promise<void>
}

/**
 * Connects. What is in flight when the server goes away, or stops answering without closing its connections, fails within
 * 2 s; while it is away everything fails at once; when it is back the pool fills again by itself. A server that answers the
 * question with anything but true counts as away.
 */
export async function openLink(options: LinkOptions): Promise<PostgresLink> {
  const link = new Link(options)
  await link.open()
  return link
}

class Link implements PostgresLink {
  readonly #options: LinkOptions
  readonly #pool: pg.Pool
  readonly #clients = new Set<pg.ClientBase>()
  readonly #waiting = new Set<(error: StoreError) => void>()
  readonly #closing = new AbortController()
  #watcher: pg.Client | undefined
  #watching: Promise<void> | undefined
  up = false

  constructor(options: LinkOptions) {
    this.#options = options
    const start = SESSION.join('; ')
    const clients = this.#clients
    this.#pool = new pg.Pool({
      ...this.#client(),
      // Known from the first moment: one that is lost while it is being let in must be ended like the others.
      Client: class extends pg.Client {
        constructor(config?: string | pg.ClientConfig) {
          super(config)
          clients.add(this)
          this.on('error', () => {})
          this.once('end', () => clients.delete(this))
        }
      },
      max: options.connections,
      connectionTimeoutMillis: POOL_WAIT_MS,
      idleTimeoutMillis: 60_000,
      // Typed as answering nothing, but waited for: no connection is handed out before its settings stand.
      onConnect: (client) => {
        gatherWrites(client)
        return client.query(start) as unknown as undefined
      },
    })
    // A connection that breaks at rest is taken out of the pool; one in use fails its statement.
    this.#pool.on('error', () => {})
  }

  #client(): pg.ClientConfig & { pipeline: boolean } {
    return {
      connectionString: this.#options.url,
      application_name: 'genjin',
      keepAlive: true,
      // What is asked without waiting for the answer before it goes out at once, in order.
      pipeline: true,
    }
  }

  async open(): Promise<void> {
    try {
      await this.#ask()
      this.up = true
    } catch (error) {
      if (!this.#options.optional) throw translate(error)
    }
    this.#watching = this.#watch()
  }

  async connect(): Promise<pg.PoolClient> {
    if (!this.up) throw away()
    const connecting = this.#pool.connect()
    let lost: ((error: StoreError) => void) | undefined
    try {
      return await Promise.race([
        connecting,
        new Promise<never>((_, reject) => {
          lost = reject
          this.#waiting.add(reject)
        }),
      ])
    } catch (error) {
      connecting.then(
        (client) => client.release(),
        () => {},
      )
      throw translate(error)
    } finally {
      if (lost) this.#waiting.delete(lost)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#watching
    this.#watcher?.end().catch(() => {})
    await this.#pool.end()
  }

  /** Asks again and again; when no answer comes, ends everything that hangs on the old connections. */
  async #watch(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await sleep(this.up ? ASK_MS : RETRY_MS, undefined, { signal })
        await this.#ask()
        this.up = true
      } catch (error) {
        if (signal.aborted) return
        this.up = await this.#stillThere(error)
        if (!this.up) this.#drop(error)
      }
    }
  }

  /** Whether only the watching connection was ended, by an administrator say: the server itself lets a new one in. */
  async #stillThere(error: unknown): Promise<boolean> {
    // It did not answer, or not what it should: so may the others.
    if (!this.up || error instanceof StoreError) return false
    return this.#ask().then(
      () => true,
      () => false,
    )
  }

  async #ask(): Promise<void> {
    const known = this.#watcher
    this.#watcher = undefined
    const watcher = known ?? new pg.Client(this.#client())
    try {
      if (!known) {
        watcher.on('error', () => {})
        await answered(watcher.connect())
      }
      const { rows } = await answered(watcher.query({ text: this.#options.question, rowMode: 'array' }))
      if (rows[0]?.[0] !== true) throw away()
      this.#watcher = watcher
    } catch (error) {
      destroy(watcher)
      throw error
    }
  }

  #drop(cause: unknown): void {
    for (const client of this.#clients) destroy(client)
    for (const reject of this.#waiting) reject(away(cause))
  }
}

function away(cause?: unknown): StoreError {
  return new StoreError('unavailable', '数据库没有应答 / the database does not answer', cause)
}

/** Ends a connection without waiting for the other side, which may be gone. */
function destroy(client: pg.ClientBase): void {
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}

interface Socket {
  write(...args: unknown[]): boolean
  cork(): void
  uncork(): void
}

/** What is sent without waiting in between leaves in one packet: a call of the system for each statement costs more than
 * the statement takes here otherwise. */
function gatherWrites(client: pg.ClientBase): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  const write = stream.write.bind(stream)
  let gathering = false
  stream.write = (...args) => {
    if (!gathering) {
      gathering = true
      stream.cork()
      process.nextTick(() => {
        gathering = false
        stream.uncork()
      })
    }
    return write(...args)
  }
}

/** Waits for an answer, but not for long. */
async function answered<T>(asked: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = sleep(ANSWER_MS, undefined, { signal: timer.signal }).then(async () => {
    // If it was this process that stood still, the answer lies ready to be read.
    await yieldToEventLoop()
    throw away()
  })
  late.catch(() => {})
  try {
    return await Promise.race([asked, late])
  } finally {
    timer.abort()
    asked.catch(() => {})
  }
}
