import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type BareEngine, type Row, TABLES } from './bare-rows.ts'

/** As genjin sets it. */
const SETTINGS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;'

/**
 * @param file genjin's database, only read here
 * @param own where tables are filled
 */
export function openBareSqlite(file: string, own: string, corp: string): BareEngine {
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
  const inserts = new Map<string, StatementSync>()
  return {
    engine: 'sqlite',
    corp: keyOf(corp),
    query,
    copyTables(id) {
      filled?.close()
      const target = emptyTables(own, source)
      filled = target
      return TABLES.map(({ name, order }) => {
        const statement = source.prepare(`SELECT * FROM ${name} WHERE corp = ? ORDER BY ${order}`)
        statement.setReadBigInts(true)
        statement.setReturnArrays(true)
        const columns = statement.columns().map((column) => column.name)
        const marks = columns.map(() => '?').join()
        inserts.set(name, target.prepare(`INSERT INTO ${name} (${columns.join()}) VALUES (${marks})`))
        return { name, columns, rows: statement.all(keyOf(id)) as unknown as Row[] }
      })
    },
    insert(rows) {
      filled?.exec('BEGIN IMMEDIATE')
      for (const { table, row } of rows) inserts.get(table)?.run(...(row as string[]))
      filled?.exec('COMMIT')
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
  const names = TABLES.map(({ name }) => `'${name}'`).join()
  const made = source.prepare(
    `SELECT sql FROM sqlite_schema WHERE tbl_name IN (${names}) AND sql IS NOT NULL ORDER BY type DESC`,
  )
  for (const { sql } of made.all()) database.exec(sql as string)
  return database
}
