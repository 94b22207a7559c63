import type { DataOf } from 'genjin-contract'
import type { PageBounds } from '../store/follow/list-cache.ts'
import type { ReadTx } from '../store/port.ts'
import { rowCount } from '../store/row-count.ts'
import type { Text } from '../utf8.ts'
import type { Context } from './context.ts'
import { type Given, type JsonText, jsonText } from './json-text.ts'
import type { Session } from './session.ts'

/** A page of a list. Records are stored as JSON text and are not parsed on their way out. */
export class RecordPage<T> {
  /** How many records match, on all pages. */
  readonly total: number
  /** One behind the other, the texts of the records with commas in between. */
  readonly texts: readonly Text[]
  /** Tells pages of different records apart where they are typed. */
  declare readonly record: T

  constructor(total: number, texts: readonly Text[]) {
    this.total = total
    this.texts = texts
  }

  static of<T>(total: number, records: readonly JsonText<T>[]): RecordPage<T> {
    return new RecordPage<T>(total, [records.join(',')])
  }
}

/** The rows that a page covers (L3). The schema has filled in the defaults. */
export function pageBounds(body: { current_index?: number; page_size?: number }): PageBounds {
  const limit = body.page_size ?? 20
  return { limit, offset: ((body.current_index ?? 1) - 1) * limit }
}

/** A `Call` of an operation that lists a table. */
interface TableCall<Name> {
  readonly operation: Name
  readonly context: Context
  readonly session: Session
  readonly input: Parameters<typeof pageBounds>[0]
}

type TableList = 'staffList' | 'departmentList' | 'followTypeList' | 'customFieldList'
type RecordOf<Name extends TableList> = DataOf<Name>['records'][number]

/** A page of a table, and how many rows it has, of one instant. */
export function tablePage<Name extends TableList, Row>(
  { context, session, input }: TableCall<Name>,
  table: Parameters<typeof rowCount>[1],
  rowsOf: (tx: ReadTx, limit: number, offset: number) => Promise<Row[]>,
  recordOf: (row: Row) => Given<RecordOf<Name>>,
): Promise<RecordPage<RecordOf<Name>>> {
  const { limit, offset } = pageBounds(input)
  return context.store.read(session.corp, async (tx) => {
    const rows = await rowsOf(tx, limit, offset)
    const records = rows.map((row) => jsonText<RecordOf<Name>>(recordOf(row)))
    return RecordPage.of(await rowCount(tx, table), records)
  })
}
