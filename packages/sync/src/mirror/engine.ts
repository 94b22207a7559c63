/** What a column holds. Each engine has a type of its own for it. */
export type Kind =
  | 'bigint'
  | 'smallint'
  | 'integer'
  | 'text'
  | 'boolean'
  /** An instant, handed over as ISO 8601 in UTC with milliseconds. */
  | 'time'
  /** JSON whose text must not change. */
  | 'json'
  | 'number'
  | 'date'
  /** A date and time of day as they stand on the wall. */
  | 'datetime'

/** A value on its way into a column; an int64 or a long decimal as its digits. */
export type Cell = string | number | boolean | null

/** A value as the driver reads it. */
export type Read = string | number | bigint | null

export interface Column {
  readonly name: string
  readonly kind: Kind
  readonly comment: string
  readonly notNull?: boolean
}

export interface Index {
  readonly name: string
  readonly columns: readonly string[]
}

/** A database that holds a table: the few things that the engines do differently. One call at a time. */
export interface Engine {
  /** Puts a name in quotes. */
  quote(name: string): string
  /** The nth value of a statement, from 1. */
  param(n: number, kind?: Kind): string
  /** A table of the objects in the nth value, a JSON list: something that FROM takes. */
  objects(n: number, columns: readonly Pick<Column, 'name' | 'kind'>[]): string
  /** The present instant, of the type of `time`. */
  readonly now: string
  /** Behind a SELECT in a transaction: waits for whoever is writing its rows, and keeps them from it. */
  readonly forUpdate: string
  /** Runs `fn` in a transaction that keeps other writers of this table out; undoes everything when it throws. */
  transaction<T>(fn: () => Promise<T>): Promise<T>
  /** Answers how many rows changed. */
  run(text: string, values?: readonly Cell[]): Promise<number>
  all(text: string, values?: readonly Cell[]): Promise<Read[][]>
  hasTable(name: string): Promise<boolean>
  /** Keeps two that open the same database at once from both making its tables. */
  lockOpening(): Promise<void>
  createTable(name: string, comment: string, columns: readonly Column[], index?: Index): Promise<void>
  addColumn(table: string, column: Column): Promise<void>
  /** Gives a column another type; its values become NULL. */
  retypeColumn(table: string, column: Column): Promise<void>
  commentColumn(table: string, column: Column): Promise<void>
  /** Inserts rows, or puts them in place of those with the same id, which is the first column. */
  upsert(table: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<void>
  /** Sets columns of rows that are there. The first column is the id. */
  update(table: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Promise<void>
  remove(table: string, ids: readonly string[]): Promise<void>
  /** How a column is selected so that `json` understands it. */
  select(column: Column): string
  /** How a column is compared: not every type can be. */
  comparable(column: Column, of: string): string
  /** The JSON text of a value that was selected like that. */
  json(kind: Kind, value: Read | undefined): string
  close(): Promise<void>
}
