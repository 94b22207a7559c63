import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { BareEngine, Row } from './bare-interface.ts'
import type { Answers } from './bare-order.ts'
import { byLine, LINES_A_COMMIT, type LineRows, newRows, TABLES } from './bare-rows.ts'

/** As genjin sets it. */
const SETTINGS = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000;'

/**
 * @param file genjin's database, only read here
 * @param own where tables are filled
 */
export function openBareSqlite(file: string, own: string, corp: string): BareEngine {
  const source = new DatabaseSync(file, { readOnly: true })
  source.exec('PRAGMA cache_size = -16000; PRAGMA busy_timeout = 5000')
  const read = statements(source)
  const keyOf = (id: string) => Number(read('SELECT corp FROM corp WHERE id = ?').all(id)[0]?.[0])
  const key = keyOf(corp)
  let filled: Filled | undefined
  return {
    engine: 'sqlite',
    corp: key,
    query: ({ text, values }) => read(text).all(...(values as string[])) as unknown as Row[],
    fill: async (id) => {
      filled?.close()
      filled = new Filled(own, source)
      return filled.fill(rowsOf(source, keyOf(id)))
    },
    commit: () => filled?.commit(),
    close: async () => {
      filled?.close()
      source.close()
    },
  }
}

function statements(database: DatabaseSync): (text: string) => { all(...values: string[]): Row[] } {
  const prepared = new Map<string, StatementSync>()
  return (text) => {
    let statement = prepared.get(text)
    if (!statement) {
      statement = database.prepare(text)
      statement.setReturnArrays(true)
      prepared.set(text, statement)
    }
    return statement as unknown as { all(...values: string[]): Row[] }
  }
}

function rowsOf(source: DatabaseSync, corp: number): LineRows {
  const tables = TABLES.map(({ name, order }) => {
    const statement = source.prepare(`SELECT * FROM ${name} WHERE corp = ? ORDER BY ${order}`)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    const columns = statement.columns().map((column) => column.name as string)
    return { name, columns, rows: statement.all(corp) as unknown as Row[] }
  })
  return byLine(tables)
}

/** Tables like genjin's in a file of their own. */
class Filled {
  readonly #database: DatabaseSync
  readonly #inserts = new Map<string, StatementSync>()
  readonly #one: Generator<Row>
  #rows: LineRows | undefined

  constructor(path: string, source: DatabaseSync) {
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
    this.#database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
    this.#database.exec(SETTINGS)
    const names = TABLES.map(({ name }) => `'${name}'`).join()
    const made = source.prepare(
      `SELECT sql FROM sqlite_schema WHERE tbl_name IN (${names}) AND sql IS NOT NULL ORDER BY type DESC`,
    )
    for (const { sql } of made.all()) this.#database.exec(sql as string)
    this.#one = newRows(() => this.#rows as LineRows)
  }

  fill(rows: LineRows): Answers['fill'] {
    this.#rows = rows
    for (const { name, columns } of rows.tables) {
      const marks = columns.map(() => '?').join()
      const text = `INSERT INTO ${name} (${columns.join()}) VALUES (${marks})`
      this.#inserts.set(name, this.#database.prepare(text))
    }
    const started = performance.now()
    for (let first = 0; first < rows.lines.length; first += LINES_A_COMMIT) {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const line of rows.lines.slice(first, first + LINES_A_COMMIT)) {
        for (const { table, row } of line) this.#inserts.get(table)?.run(...(row as string[]))
      }
      this.#database.exec('COMMIT')
    }
    return { lines: rows.lines.length, seconds: (performance.now() - started) / 1000 }
  }

  commit(): void {
    this.#inserts.get('follow')?.run(...(this.#one.next().value as string[]))
  }

  close(): void {
    this.#database.close()
  }
}
