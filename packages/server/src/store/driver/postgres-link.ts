import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileText, type PostgresAddress, postgresOptions } from 'genjin-record'
import pg from 'pg'
import { StoreError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import { translate } from './postgres-errors.ts'
import { corkWrites, destroy } from './postgres-socket.ts'
import { askEach } from './postgres-statements.ts'

/** How often the server is probed. */
const ASK_MS = 250
/** How long a probe or a new connection may take. With ASK_MS, a loss is noticed within 1.75 s. */
const ANSWER_MS = 1_500
/** How long after a loss it is tried again: recovered within a second of the server's return. */
const RETRY_MS = 200
/** Longest wait for a connection of the pool while the server is up. */
const POOL_WAIT_MS = 5_000

/** Set on every connection. */
const SESSION = [
  // Compiling a query costs more than any of these queries.
  'jit = off',
  "statement_timeout = '60s'",
  "lock_timeout = '5s'",
  // On Citus the company of a transaction must reach the node that has its rows; elsewhere this has no effect.
  "citus.propagate_set_commands = 'local'",
].map((setting) => `SET ${setting}`)

export interface LinkOptions {
  readonly address: PostgresAddress
  /** Connections at most, besides the one that probes. */
  readonly connections: number
  /** The probe: selects one row whose first value is true as long as it is the wanted server. */
  readonly question: string
  /** Whether it may be down at first. */
  readonly optional?: boolean
}

/** A pool of connections to one PostgreSQL server, and one more connection that probes the server. */
export interface PostgresLink {
  readonly up: boolean
  /** A connection of the pool. Throws StoreError `unavailable` at once while the server is down. */
  connect(): Promise<pg.PoolClient>
  close(): Promise<void>
}

/**
 * Connects. When the server goes down, or stops answering without closing its connections, everything in flight fails
 * within 2 s; while it is down everything fails at once; when it is back the pool refills by itself. A server that answers
 * the probe with anything but true counts as down.
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
    const clients = this.#clients
    const clientOptions = () => this.#client()
    this.#pool = new pg.Pool({
      Client: class extends pg.Client {
        constructor(config?: pg.ClientConfig) {
          // Read again for each: a certificate of the client may have been renewed.
          super({ ...config, ...clientOptions() })
          // Registered from the start: one that is lost while connecting must be destroyed like the others.
          clients.add(this)
          this.on('error', () => {})
          this.once('end', () => clients.delete(this))
        }
      },
      max: options.connections,
      connectionTimeoutMillis: POOL_WAIT_MS,
      idleTimeoutMillis: 60_000,
      // The types say void, but the pool awaits it: no connection is used before its settings hold.
      onConnect: (client) => {
        corkWrites(client)
        return askEach(client, SESSION) as unknown as undefined
      },
    })
    // A connection that breaks while idle leaves the pool; one in use fails its statement.
    this.#pool.on('error', () => {})
  }

  #client(): pg.ClientConfig & { pipeline: boolean } {
    return {
      ...postgresOptions(this.#options.address, readPem),
      application_name: 'genjin',
      keepAlive: true,
      // Statements are sent without waiting for the answers before them.
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
    if (!this.up) throw isDown()
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

  /** Probes until closed; when a probe fails, destroys all connections. */
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

  /** Whether only the probing connection was ended, by an administrator for example: the server accepts a new one. */
  async #stillThere(error: unknown): Promise<boolean> {
    // No answer or a wrong one: the same holds for the others.
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
      if (rows[0]?.[0] !== true) throw isDown()
      this.#watcher = watcher
    } catch (error) {
      destroy(watcher)
      throw error
    }
  }

  #drop(cause: unknown): void {
    for (const client of this.#clients) destroy(client)
    for (const reject of this.#waiting) reject(isDown(cause))
  }
}

function readPem(path: string): string {
  try {
    return fileText(readFileSync(path))
  } catch (error) {
    throw new StoreError(
      'unavailable',
      `数据库地址中的证书文件 ${path} 无法读取：请检查路径与权限 / a certificate file of the database's address cannot be read: check path and permissions`,
      error,
    )
  }
}

function isDown(cause?: unknown): StoreError {
  return new StoreError('unavailable', '数据库没有响应 / the database does not answer', cause)
}

/** Awaits an answer, at most ANSWER_MS. */
async function answered<T>(asked: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = sleep(ANSWER_MS, undefined, { signal: timer.signal }).then(async () => {
    // If this process was blocked, the answer may have arrived meanwhile.
    await yieldToEventLoop()
    throw isDown()
  })
  late.catch(() => {})
  try {
    return await Promise.race([asked, late])
  } finally {
    timer.abort()
    asked.catch(() => {})
  }
}
