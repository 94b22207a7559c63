import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import pg from 'pg'
import type { DriverOrder, DriverSetting, DriverStretch } from './driver.ts'
import type { PageStatement } from './statements.ts'

/**
 * The least that a Node program can do for a page on PostgreSQL: the page's query alone, prepared, its rows as arrays; no
 * HTTP, no token, no total. Started with a JSON file (DriverSetting); runs what each line of its input orders.
 */
async function main(file: string): Promise<void> {
  const { corp, statements, inFlight } = JSON.parse(readFileSync(file, 'utf8')) as DriverSetting
  const pool = new pg.Pool({
    connectionString: process.env.GENJIN_DATABASE ?? '',
    max: Number(process.env.GENJIN_CONNECTIONS),
    // As genjin has it, but once for each connection instead of once for each transaction.
    onConnect: (client) => client.query(`SET jit = off; SET genjin.corp = '${corp}'`) as unknown as undefined,
  })
  for await (const line of createInterface({ input: process.stdin })) {
    const { filter, seconds } = JSON.parse(line) as DriverOrder
    const index = statements.findIndex((statement) => statement.filter === filter)
    const statement = statements[index]
    if (!statement) throw new Error(`no statement for ${filter}`)
    console.log(JSON.stringify(await stretch(pool, statement, `page_${index}`, inFlight, seconds)))
  }
  await pool.end()
}

async function stretch(
  pool: pg.Pool,
  { filter, text, values, rows: expected }: PageStatement,
  name: string,
  inFlight: number,
  seconds: number,
): Promise<DriverStretch> {
  const started = performance.now()
  const deadline = started + seconds * 1000
  let queries = 0
  async function runOnAndOn(): Promise<void> {
    while (performance.now() < deadline) {
      const { rows } = await pool.query({ name, text, values: values as unknown[], rowMode: 'array' })
      if (!isSame(rows, expected)) throw new Error(`${filter}: the rows are not the recorded ones`)
      queries++
    }
  }
  await Promise.all(Array.from({ length: inFlight }, runOnAndOn))
  return { queries, seconds: (performance.now() - started) / 1000 }
}

function isSame(rows: readonly unknown[][], expected: PageStatement['rows']): boolean {
  return (
    rows.length === expected.length &&
    rows.every((row, at) => row.every((value, column) => value === expected[at]?.[column]))
  )
}

await main(process.argv[2] ?? '')
