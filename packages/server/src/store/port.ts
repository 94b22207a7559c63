import type { Sql } from 'sql-template-tag'

/** A value in a row or bound to a statement. int64 columns are selected as text: ids do not pass through a double. */
export type SqlValue = string | number | bigint | null
export type Row = readonly SqlValue[]

/** Runs statements inside one transaction. Rows are arrays in the order of the selected columns. */
export interface Queries {
  all(statement: Sql): Promise<Row[]>
  get(statement: Sql): Promise<Row | undefined>
  /** Runs a write; answers the number of rows changed. */
  run(statement: Sql): Promise<number>
}

export interface CorpKey {
  /** The company's key: the first column of every index. */
  readonly corp: number
}

/** A transaction bound to one company, for reading: whatever it answers is of one instant (L12). */
export interface ReadTx extends CorpKey {
  readonly dialect: Dialect
  all: Queries['all']
  get: Queries['get']
}

/** A transaction bound to one company, for writing: all of it is kept, or nothing. */
export interface WriteTx extends ReadTx {
  run: Queries['run']
  /** Adds rows of the company: the values of each in the order of `into.columns`. */
  insert(into: Insertion, rows: readonly (readonly SqlValue[])[]): Promise<void>
}

/** A transaction on the few tables that belong to no company: the companies themselves, settings. */
export interface SharedReadTx {
  shared: Pick<Queries, 'all' | 'get'>
}

export interface SharedWriteTx {
  shared: Queries
  /** The same transaction, bound to a company: for what comes into being together with it. */
  company(corp: number): Promise<WriteTx>
}

/** Names of columns and what they hold, in their order. */
export type RowColumns = Readonly<Record<string, 'integer' | 'text'>>

/** Where rows are added, many at once: the cheapest way that an engine has, and the same prepared text for any number. */
export interface Insertion {
  readonly table: string
  /** Those behind `corp`. */
  readonly columns: RowColumns
  /** What is done with a row that is there already: `ON CONFLICT …`, without parameters. */
  readonly conflict?: string
}

/** What the two engines must write differently. Each entry says why. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  /** Which of a statement's texts the engine reads: `sql` has `?`, `text` has `$1`, `$2`, … */
  readonly placeholders: 'sql' | 'text'
  /** `column` is one of many values, as one bound parameter, so that any number of values is one statement. */
  isOneOf(column: Sql, values: readonly (string | bigint)[]): Sql
  /**
   * Many rows as one bound parameter, to be written by one statement: a derived table of a JSON list of lists, each of
   * these columns being the entry at its place. The engines take JSON apart by different functions.
   */
  rowsOf(json: string, columns: RowColumns): Sql
  /**
   * The text that adds rows, the company being its first parameter. SQLite runs it for each row with the row's values (a
   * call costs next to nothing there), PostgreSQL once with a list for each column (a statement costs more than a row).
   */
  insertion(into: Insertion): string
  /** The texts of all rows with commas between, in this order, which must be that of the rows too, as one value. */
  joined(text: Sql, order: Sql): Sql
  /** A text as bytes of UTF-8 from SQLite, which come several times faster than a string; a string from pg, which has nothing else. */
  bytes(text: Sql): Sql
  /** A text as JSON, quoted, with the escapes that JSON.stringify makes: each engine has a function of its own. */
  jsonText(text: Sql): Sql
  /**
   * A column that the engine must not choose an index by. Only SQLite has it: it keeps no statistics, and which index is
   * read is decided by the counters; PostgreSQL decides by statistics of its own.
   */
  readonly unindexed?: (column: Sql) => Sql
  /** Selects a row when there is a table of this name: each engine keeps its catalog elsewhere. */
  tableExists(name: string): Sql
}

/** The store: every query is bound to a company; writes exist only inside `transact`. */
export interface Store {
  read<T>(corp: number, fn: (tx: ReadTx) => Promise<T>): Promise<T>
  /** The first row of one statement, which is a transaction of its own: cheaper than `read`. */
  readRow(corp: number, statement: (tx: CorpKey) => Sql): Promise<Row | undefined>
  /** The same for one that looks at very many entries: the event loop goes on meanwhile. Dearer by about a millisecond. */
  readInThread<T>(corp: number, fn: (tx: ReadTx) => Promise<T>): Promise<T>
  /** The same for what takes long: one at a time in a process, and other reads do not wait for it. */
  readLong<T>(corp: number, fn: (tx: ReadTx) => Promise<T>): Promise<T>
  /** Writers of one company take turns, in every process: what one reads, nobody else changes until it has ended. */
  transact<T>(corp: number, fn: (tx: WriteTx) => Promise<T>): Promise<T>
  readShared<T>(fn: (tx: SharedReadTx) => Promise<T>): Promise<T>
  transactShared<T>(fn: (tx: SharedWriteTx) => Promise<T>): Promise<T>
  /** Brings the schema up to date. Throws StoreError `newer` on a database of a newer version. */
  migrate(): Promise<MigrationReport>
  /**
   * Distributes the tables over a Citus cluster; answers those that were not before. Throws StoreError `unsupported` on any
   * other database.
   */
  distribute(): Promise<string[]>
  /** Throws StoreError `unavailable` unless the database answers. */
  ping(): Promise<void>
  /** Waits for what is running, writes everything back, closes. */
  close(): Promise<void>
  /** What an operator should know about this database, in Chinese and English. */
  readonly warnings: readonly string[]
}

export interface MigrationReport {
  /** Names of the migrations applied just now, in order. */
  readonly applied: string[]
  readonly version: number
}

/** A transaction of an engine: statements as text, with the engine's placeholders. */
export interface DriverTx {
  all(text: string, values: readonly unknown[]): Promise<Row[]>
  get(text: string, values: readonly unknown[]): Promise<Row | undefined>
  run(text: string, values: readonly unknown[]): Promise<number>
}

export interface DriverWriteTx extends DriverTx {
  /** Binds a transaction that began without a company to one. */
  bind(corp: number): Promise<void>
  /** Runs a text of Dialect.insertion for one row or more. */
  insert(text: string, corp: number, rows: readonly (readonly SqlValue[])[]): Promise<void>
  /** Runs several statements without parameters: migrations only. */
  script(text: string): Promise<void>
}

/**
 * One engine: opens transactions and runs statements in them. `store.ts` makes a Store of it. `corp` is the company that
 * the transaction is for, undefined for the shared tables.
 */
export interface Driver {
  readonly dialect: Dialect
  read<T>(corp: number | undefined, fn: (tx: DriverTx) => Promise<T>): Promise<T>
  /** The first row of one statement in a transaction of its own. */
  readRow(corp: number, text: string, values: readonly unknown[]): Promise<Row | undefined>
  readInThread<T>(corp: number, fn: (tx: DriverTx) => Promise<T>): Promise<T>
  readLong<T>(corp: number, fn: (tx: DriverTx) => Promise<T>): Promise<T>
  write<T>(corp: number | undefined, fn: (tx: DriverWriteTx) => Promise<T>): Promise<T>
  /** A write that only one process at a time is in, whatever it writes: migrations. */
  exclusive<T>(fn: (tx: DriverWriteTx) => Promise<T>): Promise<T>
  /** The migrations of this engine, by version, the first being 1. */
  readonly migrations: readonly Migration[]
  readonly warnings: readonly string[]
  ping(): Promise<void>
  close(): Promise<void>
}

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}
