import type { Answers } from './bare-order.ts'
import type { Statement } from './bare-sql.ts'
import type { Engine } from './databases.ts'

export type Row = readonly (string | number | bigint | null)[]

/** The engine without genjin: the least that a Node program can do with it. */
export interface BareEngine {
  readonly engine: Engine
  /** The company's key. */
  readonly corp: number
  query(statement: Statement): Promise<readonly Row[]> | readonly Row[]
  /** Makes empty tables like genjin's and fills them with the rows of a company's lines, 500 lines a transaction. */
  fill(corp: string): Promise<Answers['fill']>
  /** Adds a row to the filled table and commits. */
  commit(): Promise<void> | void
  close(): Promise<void>
}
