import pg from 'pg'
import type { BareEngine, Row } from './bare-interface.ts'
import type { Answers } from './bare-order.ts'
import { byLine, LINES_A_COMMIT, type LineRows, newRows, TABLES, type TableRows } from './bare-rows.ts'
import type { Statement } from './bare-sql.ts'

/** @param url genjin's database; tables are filled in a schema of their own */
export async function openBarePostgres(url: string, corp: string): Promise<BareEngine> {
  const writer = new pg.Client({ connectionString: url })
  await writer.connect()
  const keyOf = async (id: string) =>
    Number((await writer.query('SELECT corp FROM corp WHERE id = $1', [id])).rows[0]?.corp)
  const key = await keyOf(corp)
  const pool = new pg.Pool({
    connectionString: url,
    max: Number(process.env.GENJIN_CONNECTIONS),
    // As genjin has it, but once for each connection instead of once for each transaction.
    onConnect: (client) => client.query(`SET jit = off; SET genjin.corp = '${key}'`) as unknown as undefined,
  })
  const names = new Map<string, string>()
  let filled: Filled | undefined
  return {
    engine: 'postgres',
    corp: key,
    query: async ({ text, values }: Statement) => {
      const name = names.get(text) ?? `bare_${names.size}`
      names.set(text, name)
      // pg knows no bigint.
      const bound = values.map((value) => (typeof value === 'bigint' ? value.toString() : value))
      return (await pool.query({ name, text, values: bound, rowMode: 'array' })).rows
    },
    fill: async (id) => {
      filled = await makeFilled(writer, await keyOf(id))
      return filled.fill()
    },
    commit: () => filled?.commit(),
    close: async () => {
      await pool.end()
      await writer.end()
    },
  }
}

async function makeFilled(client: pg.Client, corp: number): Promise<Filled> {
  await client.query('DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare')
  // On for the checks of fairness: a commit counts when it is on disk.
  await client.query('SET synchronous_commit = on')
  await client.query(`SET genjin.corp = '${corp}'`)
  const tables: TableRows[] = []
  const types = new Map<string, readonly string[]>()
  for (const { name, order } of TABLES) {
    await client.query(`CREATE TABLE bare.${name} (LIKE public.${name} INCLUDING ALL)`)
    const { rows, fields } = await client.query({
      text: `SELECT * FROM ${name} WHERE corp = $1 ORDER BY ${order}`,
      values: [corp],
      rowMode: 'array',
    })
    tables.push({ name, columns: fields.map((field) => field.name), rows: rows as Row[] })
    types.set(
      name,
      fields.map(({ dataTypeID }) => TYPES[dataTypeID] ?? 'text'),
    )
  }
  return new Filled(client, byLine(tables), types)
}

/** Types of columns by their number in the catalog. */
const TYPES: Readonly<Record<number, string>> = { 20: 'bigint', 21: 'smallint', 23: 'integer', 25: 'text' }

/** Tables like genjin's in the schema `bare`. */
class Filled {
  readonly #client: pg.Client
  readonly #rows: LineRows
  readonly #types: ReadonlyMap<string, readonly string[]>
  readonly #one: Generator<Row>

  constructor(client: pg.Client, rows: LineRows, types: ReadonlyMap<string, readonly string[]>) {
    this.#client = client
    this.#rows = rows
    this.#types = types
    this.#one = newRows(() => rows)
  }

  async fill(): Promise<Answers['fill']> {
    const { lines } = this.#rows
    const started = performance.now()
    for (let first = 0; first < lines.length; first += LINES_A_COMMIT) {
      const rows = lines.slice(first, first + LINES_A_COMMIT).flat()
      await this.#client.query('BEGIN')
      for (const { name, columns } of this.#rows.tables) {
        const own = rows.filter(({ table }) => table === name).map(({ row }) => row)
        if (own.length > 0) await this.#insert(name, columns, own)
      }
      await this.#client.query('COMMIT')
    }
    return { lines: lines.length, seconds: (performance.now() - started) / 1000 }
  }

  /** All rows of a table in one statement, a list for each column: a statement a row would wait 500 times for an answer. */
  async #insert(name: string, columns: readonly string[], rows: readonly Row[]): Promise<void> {
    const lists = (this.#types.get(name) ?? []).map((type, at) => `$${at + 1}::${type}[]`)
    await this.#client.query({
      name: `fill_${name}`,
      text: `INSERT INTO bare.${name} (${columns.join()}) SELECT * FROM unnest(${lists.join()})`,
      values: columns.map((_, at) => rows.map((row) => row[at])),
    })
  }

  async commit(): Promise<void> {
    const { columns } = this.#rows.tables.find(({ name }) => name === 'follow') as TableRows
    const marks = columns.map((_, at) => `$${at + 1}`)
    await this.#client.query({
      name: 'commit',
      text: `INSERT INTO bare.follow (${columns.join()}) VALUES (${marks.join()})`,
      values: this.#one.next().value as unknown[],
    })
  }
}
