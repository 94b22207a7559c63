import sql from 'sql-template-tag'
import { migrate } from './migrate.ts'
import type { Driver, Queries, SharedReadTx, SharedWriteTx, Store, WriteTx } from './port.ts'

/** A Store on one engine's driver. */
export function createStore(driver: Driver, now: () => number): Store {
  return {
    read: (corp, fn) =>
      driver.read((queries) => scoped(queries, (open) => fn(companyTx(driver, open, corp)))),
    transact: (corp, fn) =>
      driver.write((queries) => scoped(queries, (open) => fn(companyTx(driver, open, corp)))),
    readShared: (fn) => driver.read((queries) => scoped(queries, (open) => fn({ shared: open }))),
    transactShared: (fn) =>
      driver.write((queries) =>
        scoped(queries, (open) => fn({ shared: open, company: (corp) => companyTx(driver, open, corp) })),
      ),
    migrate: () => migrate(driver, now),
    ping: () => driver.ping(),
    close: () => driver.close(),
  }
}

function companyTx(driver: Driver, open: Queries, corp: number): WriteTx {
  return { corp, dialect: driver.dialect, all: open.all, get: open.get, run: open.run }
}

/** Runs `fn` with queries that throw once it has ended: a transaction cannot leak out of its callback. */
async function scoped<T>(queries: Queries, fn: (open: Queries) => Promise<T>): Promise<T> {
  let ended = false
  function check(): void {
    if (ended) throw new Error('this transaction has ended')
  }
  const open: Queries = {
    all: (statement) => {
      check()
      return queries.all(statement)
    },
    get: (statement) => {
      check()
      return queries.get(statement)
    },
    run: (statement) => {
      check()
      return queries.run(statement)
    },
  }
  try {
    return await fn(open)
  } finally {
    ended = true
  }
}

/** Reads a setting of the whole database, such as the key's fingerprint. */
export async function readSetting(tx: SharedReadTx, name: string): Promise<string | undefined> {
  const row = await tx.shared.get(sql`SELECT value FROM setting WHERE name = ${name}`)
  return row?.[0] as string | undefined
}

/** Writes a setting unless it is there; answers what is there afterwards. */
export async function keepSetting(tx: SharedWriteTx, name: string, value: string): Promise<string> {
  await tx.shared.run(
    sql`INSERT INTO setting (name, value) VALUES (${name}, ${value}) ON CONFLICT (name) DO NOTHING`,
  )
  const row = await tx.shared.get(sql`SELECT value FROM setting WHERE name = ${name}`)
  return row?.[0] as string
}
