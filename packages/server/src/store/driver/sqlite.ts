import sql, { raw } from 'sql-template-tag'
import { yieldToEventLoop } from '../../event-loop.ts'
import { loadMigrations } from '../migrate.ts'
import type { Dialect, Driver, DriverWriteTx } from '../port.ts'
import { EXPENSIVE_LINE, FairQueue, LONG_LINE, SHORT_LINE } from './fair-queue.ts'
import { GroupCommit } from './group-commit.ts'
import { jsonList, rowsJson } from './json-list.ts'
import { Connection, EXCLUSIVE_WAIT_MS } from './sqlite-connection.ts'
import { ReaderThread } from './sqlite-reader.ts'

/** How long a batch accepts writers, at most MOST_MEMBERS of them. From 5 to 40 ms no difference was measured. */
const OPEN_MS = 10

/** How long reads may follow each other without a pause. */
const YIELD_AFTER_MS = 2

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  placeholders: 'sql',
  pipelines: false,
  // SQLite has no array parameters, so the list is JSON.
  isOneOf: (column, values) => sql`${column} IN (SELECT value FROM json_each(${jsonList(values)}))`,
  // Entries keep their JSON type, int64 exact.
  rowsOf: (rows, columns) => {
    const entries = Object.keys(columns).map((name, at) => `json_extract(value, '$[${at}]') AS ${name}`)
    return sql`(SELECT ${raw(entries.join(', '))} FROM json_each(${rowsJson(rows)}))`
  },
  insertion: ({ table, columns, conflict = '' }) => {
    const names = ['corp', ...Object.keys(columns)]
    return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')}) ${conflict}`
  },
  // In the order of its rows: SQLite keeps the ORDER BY of a subquery below group_concat (select.c, "omit-order-by").
  // Sorting again takes as long as everything else (200 instead of 107 µs for 100 records).
  joined: (text, separator) => sql`group_concat(${text}, ${separator})`,
  rowKey: sql`f.rowid`,
  orderedJoin: sql`CROSS JOIN`,
  bytes: (text) => sql`CAST(${text} AS BLOB)`,
  indexedBy: (name) => raw(`INDEXED BY ${name}`),
  // The path with links followed.
  identity: () => sql`SELECT file FROM pragma_database_list WHERE name = 'main'`,
  tableExists: (name) => sql`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ${name}`,
}

/**
 * The embedded engine. One connection writes and one reads short transactions: work inside them is synchronous, so that
 * more readers would gain nothing. Long reads have a connection of their own, expensive ones a thread. WAL and
 * synchronous=FULL: acknowledged writes survive a power loss (NORMAL lost some in 828 of 1,000 simulated ones).
 *
 * @param path the database file
 * @param inBulk for a process that writes a lot and can do it again: a write survives a power loss only after flush()
 * @param create whether to create the file with its folder when it does not exist; otherwise StoreError `missing` is thrown
 */
export function openSqlite(path: string, inBulk = false, create = true): Driver {
  const writer = new Connection(path, { inBulk, create })
  const writers = new GroupCommit({
    begin: () => writer.batch(),
    openMs: OPEN_MS,
    waitForMore: yieldToEventLoop,
  })
  const reader = new Connection(path, { readOnly: true })
  // Opened when first needed: most processes never are.
  let longReader: Connection | undefined
  // One at a time: they run in this thread. A short pause after every few of them lets other requests come in.
  const reads = new FairQueue({ running: 1, ...SHORT_LINE, yieldAfterMs: YIELD_AFTER_MS })
  const expensiveReads = new FairQueue({ running: 1, ...EXPENSIVE_LINE })
  const longReads = new FairQueue({ running: 1, ...LONG_LINE })
  const thread = new ReaderThread(path)
  const alone = <T>(fn: (tx: DriverWriteTx) => Promise<T>, waitMs?: number) =>
    writers.alone(() => writer.transaction('BEGIN IMMEDIATE', fn, waitMs))
  return {
    dialect: sqliteDialect,
    migrations: loadMigrations('sqlite'),
    warnings: [],
    read: (corp, fn) => reads.run(corp, () => reader.transaction('BEGIN', fn)),
    readRow: (corp, text, values) => reads.run(corp, () => reader.row(text, values)),
    readExpensive: (corp, fn) => expensiveReads.run(corp, () => thread.transaction(fn)),
    readLong: (corp, fn) =>
      longReads.run(corp, () => {
        longReader ??= new Connection(path, { readOnly: true, cacheKb: 2_000 })
        return longReader.transaction('BEGIN', fn)
      }),
    write: (corp, fn) => (corp === undefined ? alone(fn) : writers.run(fn)),
    // Any write excludes every other writer.
    exclusive: (fn) => alone(fn, EXCLUSIVE_WAIT_MS),
    othersWrote: () => writers.alone(async () => writer.othersWrote()),
    flush: () => (inBulk ? writers.alone(() => writer.flush()) : Promise.resolve()),
    ping: async () => reader.probe(),
    requireInPlace: () => reader.requireInPlace(),
    close: async () => {
      for (const queue of [reads, expensiveReads, longReads]) queue.close()
      await longReader?.close()
      await thread.close()
      await reader.close()
      await writers.alone(() => writer.close())
    },
  }
}
