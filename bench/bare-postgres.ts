import pg from 'pg'
import { type BareEngine, type Columns, type Row, TABLES } from './bare-rows.ts'

/** Types of columns by their number in the catalog. */
const TYPES: Readonly<Record<number, string>> = { 20: 'bigint', 21: 'smallint', 23: 'integer', 25: 'text' }

interface Column {
  readonly name: string
  readonly type: string
}

/** @param url genjin's database; tables are filled in its schema `bare` */
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
  const columnsOf = new Map<string, readonly Column[]>()
  let own = 0
  const read = async (text: string, values: unknown[]) =>
    (await writer.query({ text, values, rowMode: 'array' })).rows as Row[]
  /** Adds rows of one table; `from` makes rows of the values. */
  async function insertInto(table: string, name: string, from: string, values: unknown[]): Promise<void> {
    const columns = (columnsOf.get(table) ?? []).map((column) => column.name).join()
    await writer.query({ name, text: `INSERT INTO bare.${table} (${columns}) ${from}`, values })
  }
  return {
    engine: 'postgres',
    corp: key,
    query: async ({ text, values }) => {
      const name = names.get(text) ?? `bare_${names.size}`
      names.set(text, name)
      // pg knows no bigint.
      const bound = values.map((value) => (typeof value === 'bigint' ? value.toString() : value))
      return (await pool.query({ name, text, values: bound, rowMode: 'array' })).rows
    },
    async copyTables(id) {
      own = await keyOf(id)
      // On for the checks of fairness: a commit counts when it is on disk.
      await writer.query(`DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare;
        SET synchronous_commit = on; SET genjin.corp = '${own}'`)
      for (const name of TABLES) {
        await writer.query(`CREATE TABLE bare.${name} (LIKE public.${name} INCLUDING ALL)`)
        const { fields } = await writer.query(`SELECT * FROM ${name} LIMIT 0`)
        columnsOf.set(
          name,
          fields.map((field) => ({ name: field.name, type: TYPES[field.dataTypeID] ?? 'text' })),
        )
      }
      return Object.fromEntries(
        TABLES.map((name) => [name, columnsOf.get(name)?.map((column) => column.name)]),
      ) as unknown as Columns
    },
    rowsOf: (table) => read(`SELECT * FROM ${table} WHERE corp = $1`, [own]),
    followIds: async () =>
      (await read('SELECT id FROM follow WHERE corp = $1 ORDER BY create_time, id', [own])).map(([id]) =>
        String(id),
      ),
    follows: (ids) =>
      read('SELECT * FROM follow WHERE corp = $1 AND id = ANY($2::bigint[]) ORDER BY create_time, id', [
        own,
        ids,
      ]),
    /** All rows of a table in one statement, a list for each column: a statement a row would wait 500 times for an answer. */
    async insert(placed) {
      const byTable = Map.groupBy(placed, ({ table }) => table)
      await writer.query('BEGIN')
      for (const [table, rows] of byTable) {
        const columns = columnsOf.get(table) ?? []
        const lists = columns.map(({ type }, at) => `$${at + 1}::${type}[]`)
        const values = columns.map((_, at) => rows.map(({ row }) => row[at]))
        await insertInto(table, `fill_${table}`, `SELECT * FROM unnest(${lists.join()})`, values)
      }
      await writer.query('COMMIT')
    },
    endBulk: () => {},
    async commit(row) {
      const marks = row.map((_, at) => `$${at + 1}`).join()
      await insertInto('follow', 'commit', `VALUES (${marks})`, [...row])
    },
    close: async () => {
      await pool.end()
      await writer.end()
    },
  }
}
