import type { Statement } from './bare-sql.ts'
import type { Engine } from './databases.ts'

export type Row = readonly (string | number | bigint | null)[]

/** The tables that lines of a bundle become rows of. */
export const TABLES = ['target', 'follow', 'follow_target'] as const

export type TableName = (typeof TABLES)[number]

/** A row and the table that it stands in. */
export interface Placed {
  readonly table: TableName
  readonly row: Row
}

/** The engine without genjin: the least that a Node program can do with it. */
export interface BareEngine {
  readonly engine: Engine
  /** The company's key. */
  readonly corp: number
  query(statement: Statement): Promise<readonly Row[]> | readonly Row[]
  /** Makes empty tables of the same columns and indexes as genjin's, for the rows of this company. Answers their columns. */
  copyTables(corp: string): Promise<Columns> | Columns
  /** All rows of that company. */
  rowsOf(table: TableName): Promise<readonly Row[]> | readonly Row[]
  /** Ids of its follow-ups in the order of creation, and the rows of some in this order. */
  followIds(): Promise<readonly string[]> | readonly string[]
  follows(ids: readonly string[]): Promise<readonly Row[]> | readonly Row[]
  /** Adds rows to the copied tables in one transaction. */
  insert(rows: readonly Placed[]): Promise<void> | void
  /** All that was added is on disk. */
  endBulk(): Promise<void> | void
  /** Adds a row to the copied table `follow` and commits. */
  commit(row: Row): Promise<void> | void
  close(): Promise<void>
}

export type Columns = Readonly<Record<TableName, readonly string[]>>

export function placed(table: TableName, rows: readonly Row[]): Placed[] {
  return rows.map((row) => ({ table, row }))
}

export function* chunksOf<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let first = 0; first < all.length; first += size) yield all.slice(first, first + size)
}

/** Rows of follow as there are, each under a new id, as if they were written one after another now. */
export function* newRows(columns: readonly string[], rows: readonly Row[]): Generator<Row> {
  let next = Date.now()
  for (;;) {
    for (const row of rows) {
      next++
      // Ids times 1,000 are free: in 2024 genjin's ids were below this.
      const changed = { follow_time: next, create_time: next, update_time: next, id: next * 1000, seq: next }
      yield row.map((value, at) => changed[columns[at] as keyof typeof changed] ?? value)
    }
  }
}
