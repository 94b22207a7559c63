import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { SyncError } from '../error.ts'
import { type Cell, type Column, Engine, type Kind, type Read, type Rows } from './engine.ts'

/** How long another process may hold the database. */
const BUSY_MS = 10_000
/** How long one statement waits for it, blocking the event loop. */
const BUSY_STEP_MS = 20

type Bound = string | number | null

/**
 * STRICT tables have no dates and no booleans: `time` is ISO 8601 text (see record-columns.ts), dates are text as well,
 * booleans 0 and 1, and numbers REAL, exact to 15 digits; all digits are in `field_map`.
 */
const TYPES: Readonly<Record<Kind, string>> = {
  bigint: 'INTEGER',
  smallint: 'INTEGER',
  integer: 'INTEGER',
  text: 'TEXT',
  boolean: 'INTEGER',
  time: 'TEXT',
  json: 'TEXT',
  number: 'REAL',
  date: 'TEXT',
  datetime: 'TEXT',
}

/** Opens a SQLite file, and creates it and its folder where there is none. */
export function openSqlite(path: string): SqliteEngine {
  return translated(() => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const database = new DatabaseSync(path, { timeout: BUSY_MS })
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000')
      database.exec(`PRAGMA busy_timeout = ${BUSY_STEP_MS}`)
    } catch (error) {
      database.close()
      throw error
    }
    return new SqliteEngine(database)
  })
}

export class SqliteEngine extends Engine {
  protected readonly types = TYPES
  protected readonly tableOptions = ' STRICT'
  readonly forUpdate = ''
  readonly now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    super()
    this.#database = database
  }

  /** By name: Node 22.16 takes numbered ones for named, and does not bind values to them by position. */
  param(n: number): string {
    return `:p${n}`
  }

  objects(n: number, columns: readonly Pick<Column, 'name' | 'kind'>[]): string {
    const list = columns.map(
      ({ name, kind }) => `CAST(value ->> '$.${name}' AS ${TYPES[kind]}) AS ${this.quote(name)}`,
    )
    return `(SELECT ${list.join(', ')} FROM json_each(${this.param(n)}))`
  }

  async transaction<T>(fn: () => Promise<T>): Promise<T> {
    await this.#begin()
    try {
      const result = await fn()
      translated(() => this.#database.exec('COMMIT'))
      return result
    } catch (error) {
      // SQLite rolls back by itself after some errors.
      if (this.#database.isTransaction) translated(() => this.#database.exec('ROLLBACK'))
      throw error
    }
  }

  async run(text: string, values: readonly Cell[] = []): Promise<number> {
    return translated(() => Number(this.#prepare(text).run(named(values)).changes))
  }

  async all(text: string, values: readonly Cell[] = []): Promise<Read[][]> {
    return translated(() => this.#prepare(text).all(named(values)) as unknown as Read[][])
  }

  /** Row by row. The statement stays open until the end of the loop. */
  *each(text: string, values: readonly Cell[]): Generator<Read[], void, undefined> {
    try {
      yield* this.#prepare(text).iterate(named(values)) as unknown as Iterable<Read[]>
    } catch (error) {
      throw asSyncError(error)
    }
  }

  /** Makes a function callable from SQL on this connection. */
  define(name: string, fn: (text: string) => string): void {
    this.#database.function(name, { deterministic: true }, (text) => fn(text as string))
  }

  async hasTable(name: string): Promise<boolean> {
    const rows = await this.all(
      "SELECT 1 FROM sqlite_master WHERE lower(name) = lower(:p1) AND type IN ('table', 'view')",
      [name],
    )
    return rows.length > 0
  }

  async usersOf(_table: string, _column: string, { message }: Error): Promise<string[]> {
    return [...message.matchAll(/error in ((?:view|index|trigger|table) .+?)(?: after drop column|:)/g)].map(
      ([, name = '']) => name,
    )
  }

  /** SQLite drops no column that has an index: plain ones are made again. */
  async retypeColumn(table: string, column: Column): Promise<void> {
    const indexes = await this.all(
      `SELECT i.name, m.sql FROM pragma_index_list(:p1) AS i JOIN sqlite_master AS m ON m.type = 'index' AND m.name = i.name
        WHERE m.sql IS NOT NULL AND EXISTS (SELECT 1 FROM pragma_index_info(i.name) AS c WHERE c.name = :p2)`,
      [table, column.name],
    )
    for (const [name] of indexes) await this.run(`DROP INDEX ${this.quote(name as string)}`)
    await this.run(`ALTER TABLE ${this.quote(table)} DROP COLUMN ${this.quote(column.name)}`)
    await this.addColumn(table, column)
    for (const [, text] of indexes) await this.run(text as string)
  }

  async upsert(table: string, columns: readonly Column[], rows: Rows): Promise<void> {
    if (rows.length === 0) return
    this.#runEach(this.upsertText(table, columns, `VALUES (${columns.map(() => '?').join(', ')})`), rows)
  }

  async update(table: string, columns: readonly Column[], rows: Rows): Promise<void> {
    const setting = columns.slice(1).map(({ name }) => `${this.quote(name)} = ?`)
    this.#runEach(
      `UPDATE ${this.quote(table)} SET ${setting.join(', ')} WHERE id = ?`,
      rows.map(([id, ...others]) => [...others, id as Cell]),
    )
  }

  async remove(table: string, ids: readonly string[], by = 'id'): Promise<void> {
    if (ids.length === 0) return
    this.#runEach(
      `DELETE FROM ${this.quote(table)} WHERE ${this.quote(by)} = ?`,
      ids.map((id) => [id]),
    )
  }

  json(kind: Kind, value: Read | undefined): string {
    if (value === null || value === undefined) return 'null'
    if (kind === 'text') return JSON.stringify(value)
    if (kind === 'boolean') return value === 0n ? 'false' : 'true'
    if (kind === 'time') return String(Date.parse(value as string))
    return String(value)
  }

  async close(): Promise<void> {
    this.#statements.clear()
    this.#database.close()
  }

  /** Waits for other processes without blocking the event loop for long. */
  async #begin(): Promise<void> {
    for (const deadline = performance.now() + BUSY_MS; ; ) {
      try {
        translated(() => this.#database.exec('BEGIN IMMEDIATE'))
        return
      } catch (error) {
        const isBusy = error instanceof SyncError && error.kind === 'busy'
        if (!isBusy || performance.now() > deadline) throw error
        await sleep(5)
      }
    }
  }

  #runEach(text: string, rows: Rows): void {
    translated(() => {
      const prepared = this.#prepare(text)
      for (const row of rows) prepared.run(...row.map(bound))
    })
  }

  #prepare(text: string): StatementSync {
    let prepared = this.#statements.get(text)
    if (!prepared) {
      prepared = this.#database.prepare(text)
      prepared.setReturnArrays(true)
      prepared.setReadBigInts(true)
      this.#statements.set(text, prepared)
    }
    return prepared
  }
}

/** Digits become an INTEGER by the column's affinity, without passing through a double. */
function bound(value: Cell): Bound {
  return typeof value === 'boolean' ? Number(value) : value
}

/** The values of `param`, by name. */
function named(values: readonly Cell[]): Record<string, Bound> {
  return Object.fromEntries(values.map((value, index) => [`p${index + 1}`, bound(value)]))
}

function translated<T>(fn: () => T): T {
  try {
    return fn()
  } catch (error) {
    throw asSyncError(error)
  }
}

const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6

function asSyncError(error: unknown): unknown {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message: string }
  const primary = (errcode ?? 0) & 0xff
  if (primary === SQLITE_BUSY || primary === SQLITE_LOCKED) {
    return new SyncError('busy', '目标正被另一个进程占用 / the target is held by another process', error)
  }
  // Errors of the file system about the path have a code; anything else is a mistake of this program.
  if (errcode === undefined && code === undefined) return error
  return new SyncError('unavailable', `目标无法使用 / the target cannot be used: ${message}`, error)
}
