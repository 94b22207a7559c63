import type { Row } from './bare-interface.ts'

/** The tables that a line of a bundle becomes rows of; the order of a company's rows in each. */
export const TABLES = [
  { name: 'target', order: 'type, id' },
  { name: 'follow', order: 'create_time, id' },
  { name: 'follow_target', order: 'id' },
] as const

/** As many as genjin's import. */
export const LINES_A_COMMIT = 500

export interface TableRows {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** Rows, those of one line together. */
export interface LineRows {
  readonly tables: readonly TableRows[]
  readonly lines: readonly (readonly { readonly table: string; readonly row: Row }[])[]
}

/** A target is a line; a follow-up is one with the rows of its targets. */
export function byLine(tables: readonly TableRows[]): LineRows {
  const [target, follow, followTarget] = tables as [TableRows, TableRows, TableRows]
  const [idAt, ownerAt] = [follow.columns.indexOf('id'), followTarget.columns.indexOf('id')]
  const own = new Map<string, { table: string; row: Row }[]>()
  const lines = target.rows.map((row) => [{ table: target.name, row }])
  for (const row of follow.rows) {
    const line = [{ table: follow.name, row }]
    own.set(String(row[idAt]), line)
    lines.push(line)
  }
  for (const row of followTarget.rows) {
    own.get(String(row[ownerAt]))?.push({ table: followTarget.name, row })
  }
  return { tables, lines }
}

/** Rows of follow as there are, each under a new id, as if they were written one after another now. */
export function* newRows(rowsOf: () => LineRows): Generator<Row> {
  const follow = rowsOf().tables.find(({ name }) => name === 'follow') as TableRows
  const at = (name: string) => follow.columns.indexOf(name)
  const numbers = new Map<number, number>()
  let next = Date.now()
  for (;;) {
    for (const row of follow.rows) {
      next++
      for (const name of ['follow_time', 'create_time', 'update_time']) numbers.set(at(name), next)
      // Free: in 2024 genjin's ids were below this.
      numbers.set(at('id'), next * 1000)
      if (at('seq') >= 0) numbers.set(at('seq'), next)
      yield row.map((value, column) => numbers.get(column) ?? value)
    }
  }
}
