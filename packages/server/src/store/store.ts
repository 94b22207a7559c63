import type { Sql } from 'sql-template-tag'
import { distribute, distributeNew, placementOn } from './citus.ts'
import { raiseRevision } from './corp.ts'
import { migrate } from './migrate.ts'
import type {
  Declaration,
  Dialect,
  Driver,
  DriverTx,
  DriverWriteTx,
  Insertion,
  Queries,
  ReadTx,
  SharedWriteTx,
  Store,
  WriteTx,
} from './port.ts'
import { requireBoundToCorp, requireShared } from './tenant-guard.ts'

/**
 * A Store on one engine's driver.
 *
 * @param admit called when the turn of a company's read has come; throws when it must not begin now
 */
export function createStore(
  driver: Driver,
  now: () => number,
  admit: (corp: number) => void = () => {},
): Store {
  const { dialect } = driver
  const insertions = new WeakMap<Insertion, string>()
  const insertionOf = (into: Insertion) => {
    const text = insertions.get(into) ?? dialect.insertion(into)
    insertions.set(into, text)
    return text
  }
  const reading =
    <T>(corp: number, fn: (tx: ReadTx) => Promise<T>) =>
    (tx: DriverTx) =>
      scoped(async (requireOpen) => {
        admit(corp)
        return fn(readTx(dialect, corp, tx, requireOpen))
      })
  const writing = (corp: number, tx: DriverWriteTx, requireOpen: () => void) =>
    new CorpWrite(dialect, insertionOf, corp, tx, requireOpen)
  const shared =
    <T>(fn: (tx: SharedWriteTx) => Promise<T>) =>
    (tx: DriverWriteTx) =>
      scoped(async (requireOpen) => {
        let write: CorpWrite | undefined
        const result = await fn({
          shared: sharedQueries(dialect, tx, requireOpen),
          corp: async (corp) => {
            await write?.end()
            await tx.bind(corp)
            write = writing(corp, tx, requireOpen)
            return write
          },
        })
        await write?.end()
        return result
      })
  return {
    read: (corp, fn) => driver.read(corp, reading(corp, fn)),
    readRow: async (corp, statementOf) => {
      const statement = statementOf({ corp })
      const text = statement[dialect.placeholders]
      requireBoundToCorp(text, statement.values, corp)
      return driver.readRow(corp, text, statement.values)
    },
    readExpensive: (corp, fn) => driver.readExpensive(corp, reading(corp, fn)),
    readLong: (corp, fn) => driver.readLong(corp, reading(corp, fn)),
    transact: (corp, fn) =>
      driver.write(corp, (tx) =>
        scoped(async (requireOpen) => {
          const write = writing(corp, tx, requireOpen)
          const result = await fn(write)
          await write.end()
          return result
        }),
      ),
    readShared: (fn) =>
      driver.read(undefined, (tx) =>
        scoped((requireOpen) => fn({ shared: sharedQueries(dialect, tx, requireOpen) })),
      ),
    transactShared: (fn) => driver.write(undefined, shared(fn)),
    transactExclusive: (fn) => driver.exclusive(shared(fn)),
    migrate: async () => {
      const report = await migrate(driver, now)
      await distributeNew(driver)
      return report
    },
    distribute: () => distribute(driver),
    placement: () => placementOn(driver),
    othersWrote: () => driver.othersWrote(),
    flush: () => driver.flush(),
    ping: () => driver.ping(),
    requireInPlace: () => driver.requireInPlace(),
    close: () => driver.close(),
    warnings: driver.warnings,
  }
}

/** Runs `fn` with a check that throws once it has ended: a transaction cannot leak out of its callback. */
async function scoped<T>(fn: (requireOpen: () => void) => Promise<T>): Promise<T> {
  let ended = false
  try {
    return await fn(() => {
      if (ended) throw new Error('this transaction has ended')
    })
  } finally {
    ended = true
  }
}

// The methods below are async so that a refusal is a rejection too: thrown, it would leave statements sent together with
// it without a listener.

function readTx(dialect: Dialect, corp: number, tx: DriverTx, requireOpen: () => void): ReadTx {
  const checked = (statement: Sql) => checkedText(dialect, corp, statement, requireOpen)
  return {
    corp,
    dialect,
    all: async (statement) => tx.all(checked(statement), statement.values),
    get: async (statement) => tx.get(checked(statement), statement.values),
  }
}

function checkedText(
  { placeholders }: Dialect,
  corp: number,
  statement: Sql,
  requireOpen: () => void,
): string {
  const text = statement[placeholders]
  requireOpen()
  requireBoundToCorp(text, statement.values, corp)
  return text
}

/** A SELECT that begins with anything else is taken for a write. */
const SELECT = /^\s*SELECT\b/i

/** A WriteTx that raises the company's revision at its end, unless all that it wrote was declared to keep it. */
class CorpWrite implements WriteTx {
  readonly dialect: Dialect
  readonly corp: number
  readonly #insertionOf: (into: Insertion) => string
  readonly #tx: DriverWriteTx
  readonly #requireOpen: () => void
  #raises = false

  constructor(
    dialect: Dialect,
    insertionOf: (into: Insertion) => string,
    corp: number,
    tx: DriverWriteTx,
    requireOpen: () => void,
  ) {
    this.dialect = dialect
    this.corp = corp
    this.#insertionOf = insertionOf
    this.#tx = tx
    this.#requireOpen = requireOpen
  }

  readonly all: WriteTx['all'] = async (statement, declared) =>
    this.#tx.all(this.#checked(statement, declared), statement.values)

  readonly get: WriteTx['get'] = async (statement, declared) =>
    this.#tx.get(this.#checked(statement, declared), statement.values)

  readonly run: WriteTx['run'] = async (statement, declared) =>
    this.#tx.run(this.#checked(statement, declared), statement.values)

  readonly insert: WriteTx['insert'] = async (into, rows) => {
    const text = this.#insertionOf(into)
    this.#requireOpen()
    requireBoundToCorp(text, [this.corp], this.corp)
    if (rows.length === 0) return
    if (!into.keepsRevision) this.#raises = true
    await this.#tx.insert(text, this.corp, rows)
  }

  async end(): Promise<void> {
    if (this.#raises) await raiseRevision(this)
  }

  #checked(statement: Sql, declared: Declaration | undefined): string {
    const text = checkedText(this.dialect, this.corp, statement, this.#requireOpen)
    if (!declared && !SELECT.test(text)) this.#raises = true
    return text
  }
}

function sharedQueries({ placeholders }: Dialect, tx: DriverTx, requireOpen: () => void): Queries {
  const checked = (statement: Sql) => {
    const text = statement[placeholders]
    requireOpen()
    requireShared(text)
    return text
  }
  return {
    all: async (statement) => tx.all(checked(statement), statement.values),
    get: async (statement) => tx.get(checked(statement), statement.values),
    run: async (statement) => tx.run(checked(statement), statement.values),
  }
}
