import sql, { type Sql } from 'sql-template-tag'
import { countRevision } from './corp.ts'
import { distribute } from './driver/citus.ts'
import { migrate } from './migrate.ts'
import type {
  Dialect,
  Driver,
  DriverTx,
  DriverWriteTx,
  Insertion,
  Queries,
  SharedReadTx,
  SharedWriteTx,
  Store,
  WriteTx,
} from './port.ts'
import { requireCompany, requireShared } from './tenant-guard.ts'

/** A Store on one engine's driver. */
export function createStore(driver: Driver, now: () => number): Store {
  const { dialect } = driver
  return {
    read: (corp, fn) =>
      driver.read(corp, (tx) => scoped((open) => fn(corpTx(dialect, corp, tx as DriverWriteTx, open)))),
    readRow: async (corp, statementOf) => {
      const statement = statementOf({ corp })
      const text = statement[dialect.placeholders]
      requireCompany(text, statement.values, corp)
      return driver.readRow(corp, text, statement.values)
    },
    readInThread: (corp, fn) =>
      driver.readInThread(corp, (tx) =>
        scoped((open) => fn(corpTx(dialect, corp, tx as DriverWriteTx, open))),
      ),
    readLong: (corp, fn) =>
      driver.readLong(corp, (tx) => scoped((open) => fn(corpTx(dialect, corp, tx as DriverWriteTx, open)))),
    transact: (corp, fn) =>
      driver.write(corp, (tx) => scoped((open) => revising(dialect, corp, tx, open, fn))),
    readShared: (fn) =>
      driver.read(undefined, (tx) =>
        scoped((open) => fn({ shared: sharedQueries(dialect, tx as DriverWriteTx, open) })),
      ),
    transactShared: (fn) =>
      driver.write(undefined, (tx) =>
        scoped((open) =>
          fn({
            shared: sharedQueries(dialect, tx, open),
            company: async (corp) => {
              await tx.bind(corp)
              return corpTx(dialect, corp, tx, open)
            },
          }),
        ),
      ),
    migrate: () => migrate(driver, now),
    distribute: () => distribute(driver),
    ping: () => driver.ping(),
    close: () => driver.close(),
    warnings: driver.warnings,
  }
}

/** Throws once the transaction has ended. */
type Open = () => void

/** Runs `fn` with a check that throws once it has ended: a transaction cannot leak out of its callback. */
async function scoped<T>(fn: (open: Open) => Promise<T>): Promise<T> {
  let ended = false
  try {
    return await fn(() => {
      if (ended) throw new Error('this transaction has ended')
    })
  } finally {
    ended = true
  }
}

/**
 * Runs `fn`; when it has written anything but follow-ups, the company's revision goes up with it (see readState). Here,
 * so that no write can forget it.
 */
async function revising<T>(
  dialect: Dialect,
  corp: number,
  tx: DriverWriteTx,
  open: Open,
  fn: (tx: WriteTx) => Promise<T>,
): Promise<T> {
  let revised = false
  const noting = { ...tx }
  for (const name of ['all', 'get', 'run'] as const) {
    noting[name] = async (text: string, values: readonly unknown[]): Promise<never> => {
      revised ||= isRevision(text)
      return tx[name](text, values) as Promise<never>
    }
  }
  noting.insert = async (text, of, rows) => {
    revised ||= isRevision(text)
    return tx.insert(text, of, rows)
  }
  const own = corpTx(dialect, corp, noting, open)
  const result = await fn(own)
  if (revised) await countRevision(own)
  return result
}

const WRITTEN = /^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)/i

/** Tables whose changes `seq` counts, or that no answer of a list is made of. */
const NO_REVISION = new Set([
  'call_window',
  'corp_state',
  'follow',
  'follow_count',
  'follow_target',
  'follow_version',
  'write_key',
])

function isRevision(text: string): boolean {
  const table = WRITTEN.exec(text)?.[1]
  return table !== undefined && !NO_REVISION.has(table.toLowerCase())
}

function corpTx(dialect: Dialect, corp: number, tx: DriverWriteTx, open: Open): WriteTx {
  return {
    corp,
    dialect,
    ...queries(dialect, tx, (text, values) => {
      open()
      requireCompany(text, values, corp)
    }),
    insert: async (into, rows) => {
      const text = insertionOf(dialect, into)
      open()
      requireCompany(text, [corp], corp)
      if (rows.length > 0) await tx.insert(text, corp, rows)
    },
  }
}

const insertions = { sqlite: new WeakMap<Insertion, string>(), postgres: new WeakMap<Insertion, string>() }

function insertionOf(dialect: Dialect, into: Insertion): string {
  const texts = insertions[dialect.name]
  const text = texts.get(into) ?? dialect.insertion(into)
  texts.set(into, text)
  return text
}

function sharedQueries(dialect: Dialect, tx: DriverWriteTx, open: Open): Queries {
  return queries(dialect, tx, (text) => {
    open()
    requireShared(text)
  })
}

function queries(
  { placeholders }: Dialect,
  tx: DriverTx,
  check: (text: string, values: readonly unknown[]) => void,
): Queries {
  function checked(statement: Sql): string {
    const text = statement[placeholders]
    check(text, statement.values)
    return text
  }
  return {
    // Async, so that a refusal is a rejection too: thrown, it would leave those sent together with it without a listener.
    all: async (statement) => tx.all(checked(statement), statement.values),
    get: async (statement) => tx.get(checked(statement), statement.values),
    run: async (statement) => tx.run(checked(statement), statement.values),
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

/** Writes a setting, in place of the one that is there; removes it when there is no value. */
export async function putSetting(tx: SharedWriteTx, name: string, value: string | undefined): Promise<void> {
  await tx.shared.run(sql`DELETE FROM setting WHERE name = ${name}`)
  if (value !== undefined) await keepSetting(tx, name, value)
}
