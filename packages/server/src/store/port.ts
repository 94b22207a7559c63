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

/** A transaction bound to one company, for reading: whatever it answers is of one instant (L12). */
export interface ReadTx {
  /** The company's key: the first column of every index. */
  readonly corp: number
  readonly dialect: Dialect
  all: Queries['all']
  get: Queries['get']
}

/** A transaction bound to one company, for writing: all of it is kept, or nothing. */
export interface WriteTx extends ReadTx {
  run: Queries['run']
}

/** A transaction on the few tables that belong to no company: the companies themselves, settings. */
export interface SharedReadTx {
  shared: Pick<Queries, 'all' | 'get'>
}

export interface SharedWriteTx {
  shared: Queries
  /** The same transaction, bound to a company: for what comes into being together with it. */
  company(corp: number): WriteTx
}

/** What the two engines must write differently. Each entry says why. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres'
  /** `column` is one of many values, as one bound parameter, so that any number of values is one statement. */
  isOneOf(column: Sql, values: readonly (string | bigint)[]): Sql
}

/** The store: every query is bound to a company; writes exist only inside `transact`. */
export interface Store {
  read<T>(corp: number, fn: (tx: ReadTx) => Promise<T>): Promise<T>
  transact<T>(corp: number, fn: (tx: WriteTx) => Promise<T>): Promise<T>
  readShared<T>(fn: (tx: SharedReadTx) => Promise<T>): Promise<T>
  transactShared<T>(fn: (tx: SharedWriteTx) => Promise<T>): Promise<T>
  /** Brings the schema up to date. Throws StoreError `newer` on a database of a newer version. */
  migrate(): Promise<MigrationReport>
  /** Throws StoreError `unavailable` unless the database answers. */
  ping(): Promise<void>
  /** Waits for what is running, writes everything back, closes. */
  close(): Promise<void>
}

export interface MigrationReport {
  /** Names of the migrations applied just now, in order. */
  readonly applied: string[]
  readonly version: number
}

/** One engine: opens transactions and runs statements in them. `store.ts` makes a Store of it. */
export interface Driver {
  readonly dialect: Dialect
  read<T>(fn: (queries: Queries) => Promise<T>): Promise<T>
  write<T>(fn: (queries: Queries) => Promise<T>): Promise<T>
  /** Runs several statements without parameters: migrations only. */
  script(queries: Queries, text: string): Promise<void>
  /** The migrations of this engine, by version, the first being 1. */
  readonly migrations: readonly Migration[]
  ping(): Promise<void>
  close(): Promise<void>
}

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}
