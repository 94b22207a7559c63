import type { Statement } from './bare-sql.ts'
import type { Engine } from './databases.ts'

export type Row = readonly (string | number | bigint | null)[]

/** The tables that a line of a bundle becomes rows of; the order of a company's rows in each. */
export const TABLES = [
  { name: 'target', order: 'type, id' },
  { name: 'follow', order: 'create_time, id' },
  { name: 'follow_target', order: 'id' },
] as const

export interface TableRows {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** A row and the table that it stands in. */
export interface Placed {
  readonly table: string
  readonly row: Row
}

/** The engine without genjin: the least that a Node program can do with it. */
export interface BareEngine {
  readonly engine: Engine
  /** The company's key. */
  readonly corp: number
  query(statement: Statement): Promise<readonly Row[]> | readonly Row[]
  /** Makes empty tables of the same columns and indexes as genjin's, and reads a company's rows of these. */
  copyTables(corp: string): Promise<TableRows[]> | TableRows[]
  /** Adds rows to the copied tables in one transaction. */
  insert(rows: readonly Placed[]): Promise<void> | void
  /** Adds a row to the copied table `follow` and commits. */
  commit(row: Row): Promise<void> | void
  close(): Promise<void>
}

/** The rows of each line of a bundle: a target is a line; a follow-up is one with the rows of its targets. */
export function byLine(tables: readonly TableRows[]): Placed[][] {
  const [target, follow, followTarget] = tables as [TableRows, TableRows, TableRows]
  const [idAt, ownerAt] = [follow.columns.indexOf('id'), followTarget.columns.indexOf('id')]
  const targets = Map.groupBy(followTarget.rows, (row) => String(row[ownerAt]))
  const placed = (table: string) => (row: Row) => ({ table, row })
  return [
    ...target.rows.map((row) => [placed('target')(row)]),
    ...follow.rows.map((row) => [
      placed('follow')(row),
      ...(targets.get(String(row[idAt])) ?? []).map(placed('follow_target')),
    ]),
  ]
}

/** Rows of follow as there are, each under a new id, as if they were written one after another now. */
export function* newRows({ columns, rows }: TableRows): Generator<Row> {
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
