import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type BareEngine, type Columns, type Row, TABLES } from './bare-rows.ts'

/** As genjin sets it for writes that are acknowledged one by one. */
const SETTINGS =
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8000; PRAGMA wal_autocheckpoint = 2000;'
/** For rows in bulk: what counts is that all are on disk at the end. */
const BULK = 'PRAGMA synchronous = NORMAL; PRAGMA cache_size = -64000; PRAGMA wal_autocheckpoint = 16000;'

/**
 * @param file genjin's database, only read here
 * @param copy where tables are filled
 */
export function openBareSqlite(file: string, copy: string, corp: string): BareEngine {
  const source = new DatabaseSync(file, { readOnly: true })
  source.exec('PRAGMA cache_size = -16000; PRAGMA busy_timeout = 5000')
  const prepared = new Map<string, StatementSync>()
  const query: BareEngine['query'] = ({ text, values }) => {
    const statement = prepared.get(text) ?? source.prepare(text)
    prepared.set(text, statement)
    statement.setReturnArrays(true)
    return statement.all(...(values as string[])) as unknown as Row[]
  }
  const keyOf = (id: string) => Number(source.prepare('SELECT corp FROM corp WHERE id = ?').get(id)?.corp)
  let filled: DatabaseSync | undefined
  let own = 0
  const read = (text: string, ...values: (string | number)[]) => {
    const statement = source.prepare(text)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    return statement.all(...values) as unknown as Row[]
  }
  const inserts = new Map<string, StatementSync>()
  return {
    engine: 'sqlite',
    corp: keyOf(corp),
    query,
    copyTables(id) {
      filled?.close()
      const target = emptyTables(copy, source)
      target.exec(BULK)
      filled = target
      own = keyOf(id)
      return Object.fromEntries(
        TABLES.map((name) => {
          const columns = source
            .prepare(`SELECT * FROM ${name}`)
            .columns()
            .map((column) => column.name as string)
          const marks = columns.map(() => '?').join()
          inserts.set(name, target.prepare(`INSERT INTO ${name} (${columns.join()}) VALUES (${marks})`))
          return [name, columns]
        }),
      ) as unknown as Columns
    },
    rowsOf: (table) => read(`SELECT * FROM ${table} WHERE corp = ?`, own),
    followIds: () =>
      read('SELECT id FROM follow WHERE corp = ? ORDER BY create_time, id', own).map(([id]) => String(id)),
    follows: (ids) =>
      read(
        `SELECT f.* FROM json_each(?) j CROSS JOIN follow f ON f.corp = ? AND f.id = CAST(j.value AS INTEGER)`,
        JSON.stringify(ids),
        own,
      ),
    insert(rows) {
      filled?.exec('BEGIN IMMEDIATE')
      for (const { table, row } of rows) inserts.get(table)?.run(...(row as string[]))
      filled?.exec('COMMIT')
    },
    endBulk() {
      filled?.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      filled?.exec(SETTINGS)
    },
    commit: (row) => void inserts.get('follow')?.run(...(row as string[])),
    close: async () => {
      filled?.close()
      source.close()
    },
  }
}

/** Tables like those of another database in a file of their own. */
function emptyTables(path: string, source: DatabaseSync): DatabaseSync {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  database.exec(SETTINGS)
  const names = TABLES.map((name) => `'${name}'`).join()
  const made = source.prepare(
    `SELECT sql FROM sqlite_schema WHERE tbl_name IN (${names}) AND sql IS NOT NULL ORDER BY type DESC`,
  )
  for (const { sql } of made.all()) database.exec(sql as string)
  return database
}
