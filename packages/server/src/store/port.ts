import type { Sql } from 'sql-template-tag'

/** A value in a row or bound to a statement. int64 columns are selected as text: ids do not pass through a double. */
export type SqlValue = string | number | bigint | null
export type Row = readonly SqlValue[]

/** Runs statements inside one transaction. Rows are arrays in the order of the selected columns. */
export interface Queries {
  all(statement: Sql): Promise<Row[]>
  get(statement: Sql): Promise<Row | undefined>
  /** Runs a write; returns the number of rows changed. */
  run(statement: Sql): Promise<number>
}

export interface CorpKey {
  /** The company's key: the first column of every index. */
  readonly corp: number
}

/** A transaction bound to one company, for reading: everything in it is of one instant (L12). */
export interface ReadTx extends CorpKey {
  readonly dialect: Dialect
  all: Queries['all']
  get: Queries['get']
}

/**
 * Declares that a write leaves the company's revision as it is: it changes follow-ups, which `seq` counts, or what no
 * answer of a list is made of. Every other statement that is no SELECT raises the revision (see CorpState).
 */
export const KEEPS_REVISION = { keepsRevision: true } as const
export type Declaration = typeof KEEPS_REVISION

/** A transaction bound to one company, for writing: all of it is kept, or nothing. */
export interface WriteTx extends ReadTx {
  all(statement: Sql, declared?: Declaration): Promise<Row[]>
  get(statement: Sql, declared?: Declaration): Promise<Row | undefined>
  run(statement: Sql, declared?: Declaration): Promise<number>
  /** Adds rows of the company: the values of each in the order of `into.columns`. */
  insert(into: Insertion, rows: readonly (readonly SqlValue[])[]): Promise<void>
}

/** A transaction on the few tables that belong to no company: the companies themselves, settings. */
export interface SharedReadTx {
  shared: Pick<Queries, 'all' | 'get'>
}

export interface SharedWriteTx {
  shared: Queries
  /** The same transaction, bound to a company: for what is created together with it. */
  corp(corp: number): Promise<WriteTx>
}

/** Names of columns and what they hold, in their order. */
export type RowColumns = Readonly<Record<string, 'integer' | 'text'>>

/** Where many rows are added at once: by one prepared text whatever their number, in the cheapest way of the engine. */
export interface Insertion {
  readonly table: string
  /** The columns after `corp`. */
  readonly columns: RowColumns
  /** What happens to a row that exists: `ON CONFLICT …`, without parameters. */
  readonly conflict?: string
  /** See KEEPS_REVISION. */
  readonly keepsRevision?: true
}

/** What the two engines do or write differently; each entry says why. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  /** Which of a statement's texts the engine reads: `sql` has `?`, `text` has `$1`, `$2`, … */
  readonly placeholders: 'sql' | 'text'
  /** Statements sent together share a round trip. SQLite has none: each runs where it is called. */
  readonly pipelines: boolean
  /** `column` is one of many values, as one bound parameter, so that any number of values is the same text. */
  isOneOf(column: Sql, values: readonly (string | bigint)[]): Sql
  /**
   * Rows as one bound parameter, a JSON list of lists: a derived table whose columns are the entries at their places. The
   * engines read JSON by different functions.
   */
  rowsOf(rows: readonly (readonly SqlValue[])[], columns: RowColumns): Sql
  /**
   * The text that adds rows, with the company as its first parameter. SQLite runs it for each row (a call costs next to
   * nothing there), PostgreSQL once with a list for each column (a statement costs more than a row).
   */
  insertion(into: Insertion): string
  /** The texts of all rows as one value, in this order, which must be the order of the rows too; nulls are left out. */
  joined(text: Sql, separator: string, order: Sql): Sql
  /** What finds a row of `follow f` fastest: in SQLite its row number, without the index of the ids in between. */
  readonly rowKey: Sql
  /** JOIN that reads its left side first, and keeps its order. PostgreSQL has none, and sorts what it joins. */
  readonly orderedJoin: Sql
  /** A text as bytes of UTF-8 from SQLite, several times faster than a string; pg has strings only. */
  bytes(text: Sql): Sql
  /**
   * Names the index by which the table before it is read. SQLite only: it keeps no statistics, and prefers an index that has
   * all columns of the query to one that leaves a thousandth of the rows; PostgreSQL decides by its own statistics.
   */
  readonly indexedBy?: (index: string) => Sql
  /** Selects a row when a table of this name exists: each engine has another catalog. */
  tableExists(name: string): Sql
  /** Selects what tells this database from every other one, whatever address it was opened by. */
  identity(): Sql
}

/** The store: every query is bound to a company; writes exist only inside `transact`. */
export interface Store {
  read<T>(corp: number, fn: (tx: ReadTx) => Promise<T>): Promise<T>
  /** The first row of one statement, which is a transaction of its own: cheaper than `read`. */
  readRow(corp: number, statement: (tx: CorpKey) => Sql): Promise<Row | undefined>
  /**
   * For what reads very many index entries: one at a time in a process, on SQLite in a thread, so that the event loop is not
   * blocked, for about a millisecond more.
   */
  readExpensive<T>(corp: number, fn: (tx: ReadTx) => Promise<T>): Promise<T>
  /** For what takes seconds: one at a time in a process, on a connection that other reads do not wait for. */
  readLong<T>(corp: number, fn: (tx: ReadTx) => Promise<T>): Promise<T>
  /** Writers of a company take turns, across processes: nothing that one of them reads changes before it ends. */
  transact<T>(corp: number, fn: (tx: WriteTx) => Promise<T>): Promise<T>
  readShared<T>(fn: (tx: SharedReadTx) => Promise<T>): Promise<T>
  transactShared<T>(fn: (tx: SharedWriteTx) => Promise<T>): Promise<T>
  /** The same for one process at a time, however long it takes: others wait, without the time limit of other writes. */
  transactExclusive<T>(fn: (tx: SharedWriteTx) => Promise<T>): Promise<T>
  /** Brings the schema up to date. Throws StoreError `newer` on a database of a newer version. */
  migrate(): Promise<MigrationReport>
  /** Distributes the tables over a Citus cluster. Throws StoreError `unsupported` on any other database. */
  distribute(): Promise<Distribution>
  /** How the tables lie on a Citus cluster; undefined where there is none. */
  placement(): Promise<Placement | undefined>
  /**
   * Whether another process has committed a write since this was asked last, and may wait to write again. Always true on
   * PostgreSQL, where nothing tells.
   */
  othersWrote(): Promise<boolean>
  /** All that was written is on disk when it resolves. It is at once, unless the store was opened to write in bulk. */
  flush(): Promise<void>
  /** Throws StoreError unless what every request reads can be read. */
  ping(): Promise<void>
  /** Throws StoreError `lost` when the file of an embedded database has been removed or replaced. */
  requireInPlace(): void
  /** Waits for what is running, writes everything back, closes. */
  close(): Promise<void>
  /** What an operator should know about this database, in Chinese and English. */
  readonly warnings: readonly string[]
}

/** A table as Citus knows it. */
export interface CitusTable {
  readonly name: string
  /**
   * `distributed`: by the company. `reference`: a copy on every node. `local`: as before; Citus lists some of these too,
   * those that foreign keys connect with a reference table.
   */
  readonly kind: 'distributed' | 'reference' | 'local'
  /** Tables with the same number have the rows of a company on the same node. */
  readonly colocation: number | undefined
}

/** How a database lies on a Citus cluster. */
export interface Placement {
  /** Nodes that can have shards, and those that have some. */
  readonly nodes: number
  readonly nodesWithShards: number
  readonly shards: number
  readonly tables: readonly CitusTable[]
}

/** What `migrate --citus` did and found. */
export interface Distribution extends Omit<Placement, 'tables'> {
  /** The tables distributed just now. */
  readonly distributed: readonly string[]
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
 * One engine: opens transactions and runs statements in them; `createStore` makes a Store of it. `corp` is the company that
 * a transaction is for, undefined for the shared tables.
 */
export interface Driver {
  readonly dialect: Dialect
  read<T>(corp: number | undefined, fn: (tx: DriverTx) => Promise<T>): Promise<T>
  readRow(corp: number, text: string, values: readonly unknown[]): Promise<Row | undefined>
  readExpensive<T>(corp: number, fn: (tx: DriverTx) => Promise<T>): Promise<T>
  readLong<T>(corp: number, fn: (tx: DriverTx) => Promise<T>): Promise<T>
  write<T>(corp: number | undefined, fn: (tx: DriverWriteTx) => Promise<T>): Promise<T>
  /** A write that one process at a time runs, whatever it writes; the others wait for minutes. */
  exclusive<T>(fn: (tx: DriverWriteTx) => Promise<T>): Promise<T>
  /** The migrations of this engine, by version, the first being 1. */
  readonly migrations: readonly Migration[]
  readonly warnings: readonly string[]
  othersWrote(): Promise<boolean>
  flush(): Promise<void>
  ping(): Promise<void>
  requireInPlace(): void
  close(): Promise<void>
}

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}
