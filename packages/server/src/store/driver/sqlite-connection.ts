import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { StoreError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import type { DriverWriteTx, Row } from '../port.ts'
import type { BatchTransaction, Lost } from './group-commit.ts'
import { Mutex } from './mutex.ts'
import { DatabaseFile, requireNoLooseLog } from './sqlite-file.ts'

/** Longest wait for a write of another process. */
const BUSY_WAIT_MS = 5_000
/** The same for what one process does for all of them: a migration, the demo company. */
export const EXCLUSIVE_WAIT_MS = 120_000
/** How long SQLite itself waits for it, blocking the event loop; the rest of the wait is asynchronous. */
const BUSY_STEP_MS = 10
/** How long writers of a batch run before they yield to the event loop. */
const YIELD_AFTER_MS = 5
/** Statements kept prepared: preparing one takes 59 µs, reading a page 22 to 90 µs. */
const STATEMENTS = 400
/** Database pages cached by a connection (KiB). */
const CACHE_KB = 8_000

/**
 * Pages in the write-ahead log before a commit copies them to the database file (8 MB), which takes 25 to 50 ms. A larger
 * log copies pages that are written repeatedly less often, but blocks longer. With 64 creates at a time, creates/s and
 * longest stall: 1,000 pages (SQLite's default) 4,000 and 27 ms; 2,000 4,300 and 39 ms; 4,000 4,600 and 55 ms; 16,000 5,400
 * and 105 ms.
 */
const LOG_PAGES = 2_000

export interface ConnectionOptions {
  readonly readOnly?: boolean
  readonly cacheKb?: number
  /** Creates the file and its folder; otherwise there must be a database of genjin. */
  readonly create?: boolean
  /** Commits do not wait for the disk: flush() does. */
  readonly inBulk?: boolean
}

/**
 * Bulk writing changes the same pages of large indexes again and again: they stay in the cache and in the log for longer. A
 * cache of 64 MB is 5 to 10 % faster, but an import would then take 245 MB instead of 199.
 */
const BULK = { cacheKb: 16_000, logPages: 4_000 }

/** Tables that requests read, by their first rows. */
const PROBED = ['schema_migration', 'corp', 'corp_state', 'app', 'follow']

type Bound = (string | number | bigint | null)[]

/** One connection: one transaction at a time, each statement in the thread and at the moment of its call. */
export class Connection {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #file: DatabaseFile
  readonly #writes: boolean
  #dataVersion: number
  readonly #mutex = new Mutex()
  readonly #statements = new LRUCache<string, StatementSync>({ max: STATEMENTS })
  readonly #tx: DriverWriteTx = {
    all: async (text, values) =>
      this.#run(text, values, (prepared, bound) => prepared.all(...bound)) as unknown as Row[],
    get: async (text, values) =>
      this.#run(text, values, (prepared, bound) => prepared.get(...bound)) as unknown as Row | undefined,
    run: async (text, values) =>
      Number(
        (this.#run(text, values, (prepared, bound) => prepared.run(...bound)) as { changes: number }).changes,
      ),
    bind: async () => {},
    insert: async (text, corp, rows) =>
      this.#run(text, [], (prepared) => {
        for (const row of rows) prepared.run(corp, ...row)
      }),
    script: async (text) => translated(() => this.#database.exec(text)),
  }

  constructor(path: string, options: ConnectionOptions = {}) {
    requireNoLooseLog(path)
    if (options.create) mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    else if (!existsSync(path)) throw new StoreError('missing', 'there is no such file')
    this.#path = path
    this.#writes = !options.readOnly
    this.#database = translated(() => openDatabase(path, options))
    this.#dataVersion = this.#readDataVersion()
    this.#file = new DatabaseFile(path)
    this.#file.requireInPlace()
  }

  /** Runs `fn` in a transaction, which is rolled back when `fn` throws. */
  transaction<T>(
    begin: 'BEGIN' | 'BEGIN IMMEDIATE',
    fn: (tx: DriverWriteTx) => Promise<T>,
    waitMs = BUSY_WAIT_MS,
  ): Promise<T> {
    return this.#mutex.run(async () => {
      await this.#begin(begin, waitMs)
      try {
        const result = await fn(this.#tx)
        this.#exec('COMMIT')
        if (this.#writes) this.requireInPlace()
        return result
      } catch (error) {
        // After a failed COMMIT, or an error that made SQLite roll back by itself, there is nothing to undo.
        if (this.#database.isTransaction) this.#exec('ROLLBACK')
        throw error
      }
    })
  }

  /** Begins a batch. Nothing else may use the connection until it has ended. */
  async batch(): Promise<BatchTransaction<DriverWriteTx>> {
    await this.#begin('BEGIN IMMEDIATE')
    return new Batch(this.#database, this.#tx, (text) => this.#exec(text), this.#file)
  }

  /** Throws StoreError `lost` when the file has been removed or replaced. */
  requireInPlace(): void {
    this.#file.requireInPlace()
  }

  /** Throws when what every request reads cannot be read from the disk, whatever this connection has in its cache. */
  probe(): void {
    this.requireInPlace()
    const database = translated(() => openDatabase(this.#path, { readOnly: true, cacheKb: 100 }))
    try {
      for (const table of PROBED) translated(() => database.prepare(`SELECT * FROM ${table} LIMIT 1`).all())
    } finally {
      database.close()
    }
  }

  /** The first row of a statement that is a transaction by itself. */
  row(text: string, values: readonly unknown[]): Promise<Row | undefined> {
    return this.#mutex.run(() => this.#tx.get(text, values))
  }

  /** Whether another connection has committed a write since this was asked last, or since it was opened. */
  othersWrote(): boolean {
    const version = this.#dataVersion
    this.#dataVersion = this.#readDataVersion()
    return version !== this.#dataVersion
  }

  #readDataVersion(): number {
    return Number(translated(() => this.#database.prepare('PRAGMA data_version').get())?.data_version)
  }

  /**
   * Everything that has been committed is on disk when it resolves: a commit that waits for the disk writes the whole log up
   * to itself. A checkpoint would not do: it writes nothing while a reader holds the log.
   */
  async flush(): Promise<void> {
    this.#exec('PRAGMA synchronous = FULL')
    try {
      await this.transaction('BEGIN IMMEDIATE', async (tx) => {
        const row = await tx.get('PRAGMA user_version', [])
        await tx.run(`PRAGMA user_version = ${Number(row?.[0])}`, [])
      })
    } finally {
      this.#exec('PRAGMA synchronous = NORMAL')
    }
  }

  close(): Promise<void> {
    return this.#mutex.run(async () => {
      this.#statements.clear()
      // The last connection to close copies the log into the database file and removes it, unless the file has been moved.
      this.#database.close()
    })
  }

  /** Waits for other processes without blocking the event loop. */
  async #begin(begin: string, waitMs = BUSY_WAIT_MS): Promise<void> {
    const deadline = performance.now() + waitMs
    for (;;) {
      try {
        this.#exec(begin)
        return
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'busy' || performance.now() > deadline)
          throw error
        await sleep(1 + Math.random() * 4)
      }
    }
  }

  #exec(text: string): void {
    translated(() => this.#prepare(text).run())
  }

  #run<T>(text: string, values: readonly unknown[], call: (prepared: StatementSync, bound: Bound) => T): T {
    // A statement sent together with one that caused a rollback would be committed by itself.
    if (this.#writes && !this.#database.isTransaction) throw rolledBack()
    return translated(() => call(this.#prepare(text), values as Bound))
  }

  #prepare(text: string): StatementSync {
    let prepared = this.#statements.get(text)
    if (!prepared) {
      prepared = this.#database.prepare(text)
      prepared.setReturnArrays(true)
      this.#statements.set(text, prepared)
    }
    return prepared
  }
}

/** After some errors (a full or failing disk), SQLite rolls the transaction back by itself. */
function rolledBack(): StoreError {
  return new StoreError('unavailable', '事务已被数据库回滚 / the database rolled the transaction back')
}

class Batch implements BatchTransaction<DriverWriteTx> {
  readonly #database: DatabaseSync
  readonly #tx: DriverWriteTx
  readonly #exec: (text: string) => void
  readonly #file: DatabaseFile
  #yieldedAt = performance.now()
  lost: Lost | undefined

  constructor(database: DatabaseSync, tx: DriverWriteTx, exec: (text: string) => void, file: DatabaseFile) {
    this.#database = database
    this.#tx = tx
    this.#exec = exec
    this.#file = file
  }

  async run<T>(fn: (tx: DriverWriteTx) => Promise<T>, inSavepoint: boolean): Promise<T> {
    if (performance.now() - this.#yieldedAt > YIELD_AFTER_MS) {
      await yieldToEventLoop()
      this.#yieldedAt = performance.now()
    }
    try {
      if (inSavepoint) this.#exec('SAVEPOINT member')
      const result = await fn(this.#tx)
      if (!this.#database.isTransaction) throw rolledBack()
      if (inSavepoint) this.#exec('RELEASE member')
      return result
    } catch (error) {
      if (!this.#database.isTransaction) this.lost = { error, begun: true }
      else if (inSavepoint) this.#undo()
      throw error
    }
  }

  #undo(): void {
    try {
      this.#exec('ROLLBACK TO member')
      this.#exec('RELEASE member')
    } catch (error) {
      this.lost = { error, begun: true }
    }
  }

  async commit(): Promise<void> {
    try {
      this.#exec('COMMIT')
    } catch (error) {
      this.rollback()
      throw error
    }
    this.#file.requireInPlace()
  }

  rollback(): void {
    if (this.#database.isTransaction) this.#exec('ROLLBACK')
  }
}

function openDatabase(
  path: string,
  { readOnly = false, create = false, cacheKb, inBulk = false }: ConnectionOptions,
): DatabaseSync {
  const database = new DatabaseSync(path, {
    readOnly,
    timeout: BUSY_WAIT_MS,
    enableForeignKeyConstraints: true,
  })
  // Before the journal mode: a file of another program stays as it is.
  if (!readOnly && !create) requireSchema(database)
  if (!readOnly) database.exec('PRAGMA journal_mode = WAL')
  database.exec(`
    PRAGMA synchronous = ${inBulk ? 'NORMAL' : 'FULL'};
    PRAGMA cache_size = -${cacheKb ?? (inBulk ? BULK.cacheKb : CACHE_KB)};
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = ${inBulk ? BULK.logPages : LOG_PAGES};
    PRAGMA busy_timeout = ${BUSY_STEP_MS};
  `)
  return database
}

function requireSchema(database: DatabaseSync): void {
  const schema = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'"
  if (database.prepare(schema).get()) return
  database.close()
  throw new StoreError('missing', 'the file has no tables of genjin')
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555
const SQLITE_CONSTRAINT_UNIQUE = 2067
/** PERM, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: not the fault of the caller. */
const UNAVAILABLE = new Set([3, 7, 8, 10, 11, 13, 14, 26])

const REASONS: Readonly<Record<number, string>> = {
  // CANTOPEN
  14: '无法打开数据库文件：请核对路径与权限 / the database file cannot be opened: check path and permissions',
  // NOTADB
  26: '这个文件不是 SQLite 数据库：请核对路径 / the file is not a database of SQLite: check the path',
}

function translated<T>(fn: () => T): T {
  try {
    return fn()
  } catch (error) {
    const code = (error as { errcode?: number }).errcode
    if (code === undefined) throw error
    if (code === SQLITE_CONSTRAINT_PRIMARYKEY || code === SQLITE_CONSTRAINT_UNIQUE) {
      throw new StoreError('unique', 'a row with this key exists', error)
    }
    const primary = code & 0xff
    if (primary === SQLITE_BUSY || primary === SQLITE_LOCKED) {
      throw new StoreError('busy', 'the database is held by another process', error)
    }
    if (UNAVAILABLE.has(primary)) {
      throw new StoreError(
        'unavailable',
        REASONS[primary] ?? `数据库无法使用 / the database cannot be used: ${(error as Error).message}`,
        error,
      )
    }
    throw error
  }
}
