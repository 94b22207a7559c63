import type pg from 'pg'
import type { DriverWriteTx, Row, SqlValue } from '../port.ts'
import { translate } from './postgres-errors.ts'

/** The statements of a transaction, what binds it to a company, and how it ends. */

/** Binds the transaction to a company for row-level security. SET takes no parameters; a company is a checked integer. */
export function boundTo(corp: number | undefined): string[] {
  return corp === undefined ? [] : [`SET LOCAL genjin.corp = '${integer(corp)}'`]
}

/** Waits until no other process writes in the company. */
export function lock(client: pg.PoolClient, corp: number): Promise<pg.QueryResult> {
  return runOn(client, 'SELECT 1 FROM corp_state WHERE corp = $1 FOR UPDATE', [corp])
}

function integer(corp: number): number {
  if (!Number.isSafeInteger(corp)) throw new Error('a company is a whole number')
  return corp
}

/** Ends a transaction without being awaited, then releases the connection, or destroys it when that fails. */
export function end(client: pg.PoolClient, how: 'COMMIT' | 'ROLLBACK'): void {
  client.query(how).then(
    () => client.release(),
    () => client.release(true),
  )
}

/** Commits, then releases the connection, or destroys it when that fails. */
export async function commit(client: pg.PoolClient): Promise<void> {
  try {
    const { command } = await ask(client, 'COMMIT')
    // COMMIT answers ROLLBACK when a statement failed before.
    if (command !== 'COMMIT') throw failedBefore()
  } catch (error) {
    client.release(true)
    throw error
  }
  client.release()
}

export function failedBefore(): Error {
  return new Error('the transaction had failed before its end')
}

type Run = (text: string, values: readonly unknown[]) => Promise<pg.QueryResult>

export function statements(
  client: pg.PoolClient,
  run: Run = (text, values) => runOn(client, text, values),
): DriverWriteTx {
  return {
    all: async (text, values) => (await run(text, values)).rows as unknown as Row[],
    get: async (text, values) => (await run(text, values)).rows[0] as unknown as Row | undefined,
    run: async (text, values) => (await run(text, values)).rowCount ?? 0,
    bind: async (corp) => {
      await Promise.all([askEach(client, boundTo(corp)), lock(client, corp)])
    },
    insert: async (text, corp, rows) => {
      const { rowCount } = await run(text, [corp, ...listsOf(rows)])
      // They are selected beside the company's own row.
      if (rowCount !== rows.length) throw new Error(`${rowCount} of ${rows.length} rows were added: ${text}`)
    },
    script: async (text) => {
      await askEach(client, statementsOf(text))
    },
  }
}

/** A list for each column. */
function listsOf(rows: readonly (readonly SqlValue[])[]): SqlValue[][] {
  return (rows[0] ?? []).map((_, at) => rows.map((row) => row[at] as SqlValue))
}

export function runOn(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[],
): Promise<pg.QueryResult> {
  return ask(client, { name: nameOf(text), text, values: values as unknown[], rowMode: 'array' })
}

/** Runs a statement and translates its errors. */
export async function ask(
  client: pg.ClientBase,
  query: string | pg.QueryArrayConfig,
): Promise<pg.QueryResult> {
  try {
    return await client.query(query as pg.QueryConfig)
  } catch (error) {
    throw translate(error)
  }
}

/**
 * Sends statements without parameters at once, a message each: Citus hands on a message of several as a whole, and what is
 * meant for the coordinator then runs on a worker.
 */
export async function askEach(client: pg.ClientBase, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => ask(client, text)))
}

const QUOTED = /'(?:[^']|'')*'|--[^\n]*|\$\$[\s\S]*?\$\$/

/** The statements of a script, as the migrations write them. */
export function statementsOf(script: string): string[] {
  const statement = new RegExp(`(?:${QUOTED.source}|[^;'])+`, 'g')
  const isEmpty = (text: string) => text.replace(/--[^\n]*/g, '').trim() === ''
  return (script.match(statement) ?? []).filter((text) => !isEmpty(text)).map((text) => text.trim())
}

/** Every connection keeps each named statement prepared. Texts beyond this number are parsed each time. */
const NAMES = 500

const names = new Map<string, string>()

function nameOf(text: string): string | undefined {
  let name = names.get(text)
  if (name === undefined && names.size < NAMES) {
    name = `genjin_${names.size}`
    names.set(text, name)
  }
  return name
}
