import sql, { raw } from 'sql-template-tag'
import { yieldToEventLoop } from '../../event-loop.ts'
import { loadMigrations } from '../migrate.ts'
import type { Dialect, Driver, DriverTx, DriverWriteTx } from '../port.ts'
import { GroupCommit } from './group-commit.ts'
import { LongReads } from './mutex.ts'
import { Connection } from './sqlite-connection.ts'
import { ReaderThread } from './sqlite-reader.ts'

/** How long a group of writers is open (ms). On a busy machine 5 to 40 could not be told apart. */
const OPEN_MS = 10

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  placeholders: 'sql',
  pipelines: false,
  // PostgreSQL writes `= ANY($1)`; SQLite has no array parameters, so the list goes in as JSON. bigints are written out
  // by hand: JSON.stringify refuses them.
  isOneOf: (column, values) => {
    const list = values.map((value) => (typeof value === 'bigint' ? value.toString() : JSON.stringify(value)))
    return sql`${column} IN (SELECT value FROM json_each(${`[${list.join(',')}]`}))`
  },
  // PostgreSQL casts each entry; here an entry has the type that it has in JSON, int64 exact.
  rowsOf: (json, columns) => {
    const entries = Object.keys(columns).map((name, at) => `json_extract(value, '$[${at}]') AS ${name}`)
    return sql`(SELECT ${raw(entries.join(', '))} FROM json_each(${json}))`
  },
  insertion: ({ table, columns, conflict = '' }) => {
    const names = ['corp', ...Object.keys(columns)]
    return `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')}) ${conflict}`
  },
  // In the order of the rows it is given: a subquery's ORDER BY is never left out below group_concat (select.c,
  // "omit-order-by"). Sorting them once more takes as long as all the rest (200 instead of 107 µs for 100 records).
  joined: (text) => sql`group_concat(${text}, ',')`,
  bytes: (text) => sql`CAST(${text} AS BLOB)`,
  jsonText: (text) => sql`json_quote(${text})`,
  unindexed: (column) => sql`+${column}`,
  // The path with links followed.
  identity: () => sql`SELECT file FROM pragma_database_list WHERE name = 'main'`,
  tableExists: (name) => sql`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ${name}`,
}

/**
 * The embedded engine. One connection writes and one reads, each doing one thing at a time: work inside a transaction is
 * synchronous, so a second reader would gain nothing. Writers that wait share a commit. WAL + synchronous=FULL: what was
 * acknowledged survives a power loss (NORMAL lost commits in 828 of 1,000 simulated crashes).
 *
 * @param path file of the database, made with its folder when it is not there
 */
export function openSqlite(path: string): Driver {
  const writer = new Connection(path)
  // A write is over before the next request is looked at: who asks in the same turn of the event loop shares its commit.
  const writers = new GroupCommit({ begin: () => writer.group(), openMs: OPEN_MS, gather: yieldToEventLoop })
  const reader = new Connection(path, { readOnly: true })
  // Most processes never need it.
  let longReader: Connection | undefined
  const longReads = new LongReads()
  const aside = new ReaderThread(path)
  const alone = <T>(fn: (tx: DriverWriteTx) => Promise<T>) =>
    writers.alone(() => writer.transaction('BEGIN IMMEDIATE', fn))
  return {
    dialect: sqliteDialect,
    migrations: loadMigrations('sqlite'),
    warnings: [],
    read: (_corp, fn) => reader.transaction('BEGIN', fn),
    readRow: (_corp, text, values) => reader.row(text, values),
    readInThread: (_corp, fn) => aside.transaction(fn),
    readLong: (corp, fn) =>
      longReads.run(corp, () => {
        longReader ??= new Connection(path, { readOnly: true, cacheKb: 2_000 })
        return longReader.transaction('BEGIN', fn)
      }),
    write: (corp, fn) => (corp === undefined ? alone(fn) : writers.run(fn)),
    // Any write keeps every other writer out.
    exclusive: alone,
    ping: async () => {
      await reader.transaction('BEGIN', (tx: DriverTx) => tx.get('SELECT 1', []))
    },
    close: async () => {
      longReads.close()
      await longReader?.close()
      await aside.close()
      await reader.close()
      await writers.alone(() => writer.close())
    },
  }
}
