import sql, { empty, type Sql } from 'sql-template-tag'
import { yieldToEventLoop } from '../../event-loop.ts'
import { bufferOf, type Text } from '../../utf8.ts'
import type { ReadTx } from '../port.ts'
import { ofIds } from './estimate.ts'
import { type FollowFilter, type FollowOrder, isByTarget, matching, sortColumns } from './filter.ts'
import {
  countingIndex,
  hasLongRecords,
  type List,
  orderBy,
  type PagePlan,
  type PagePosition,
  planPage,
} from './query-plan.ts'
import {
  COPY,
  copyOf,
  DETAIL,
  detailOf,
  FOLLOW_TYPE_JOIN,
  type FollowCopy,
  type FollowDetail,
  GAP,
  GAPPED_TEXT,
  idOf,
  unestimated,
} from './row.ts'

/** The records of a page: for each the beginning of its text, the id of its follow type or '', and the end of its text. */
export type PageTexts = readonly Text[]

export interface PageOptions {
  /** What it may cost. */
  readonly budget?: number
  /** The transaction may be of another state than the list: nothing that it reads may be kept with the list. */
  readonly isGuess?: boolean
  /** Is told the bytes of a page longer than JOINED_BYTES before they are read, and may throw. */
  readonly onLong?: (bytes: number) => void
}

/**
 * One page of records, newest first (L1), as follow/list answers them. The database joins them into one value: SQLite
 * hands over 20 records in 30 µs this way, and in 130 µs as rows. Undefined when it would cost more than `budget`, or cannot
 * be guessed.
 */
export async function followPage(
  tx: ReadTx,
  list: List,
  position: PagePosition,
  { budget = Number.POSITIVE_INFINITY, isGuess = false, onLong = () => {} }: PageOptions = {},
): Promise<PageTexts | undefined> {
  const rows = await rowsOfPage(tx, list, position, budget, isGuess)
  if (!rows) return undefined
  const found = sql`${rows.from} ${rows.order}`
  if (list.hasLong) {
    const lengths = await lengthsOf(tx, list, rows)
    const length = lengths.reduce((sum, [, bytes]) => sum + bytes, 0)
    if (length > JOINED_BYTES) {
      if (budget < Number.POSITIVE_INFINITY) return undefined
      onLong(length)
      return longPage(
        tx,
        lengths.map(([id]) => id),
      )
    }
  }
  return joinedTexts(tx, found)
}

async function joinedTexts(tx: ReadTx, found: Sql): Promise<PageTexts> {
  const { joined, bytes } = tx.dialect
  const row = await tx.get(
    sql`SELECT ${bytes(joined(sql`p.record`, GAP, sql`p.follow_time DESC, p.id DESC`))}
        FROM (SELECT ${GAPPED_TEXT} AS record, f.follow_time AS follow_time, f.id AS id ${found}) p`,
  )
  const [texts] = row as readonly unknown[] as [Text | null]
  return texts === null ? [] : split(texts)
}

/**
 * A list of so few ids that one page holds all of its records, and that page, by one statement. Undefined where records can
 * be long.
 */
export async function openByIds(
  tx: ReadTx,
  filter: FollowFilter,
  asked: readonly bigint[],
): Promise<{ list: List; texts: PageTexts } | undefined> {
  if (await hasLongRecords(tx)) return undefined
  const [order, estimates] = ['time' as FollowOrder, ofIds(asked.length)]
  const index = countingIndex(tx, filter, estimates)
  const texts = await joinedTexts(tx, sql`${matching(tx, filter, index)} ${orderOf({ order })}`)
  const ids = BigInt64Array.from(texts.filter((_, at) => at % 3 === 0).map(idOf))
  const list = { filter, order, estimates, total: ids.length, hasLong: false, ids, periods: undefined }
  return { list, texts }
}

/** A longer page is not joined by the database: its records are read one by one. */
const JOINED_BYTES = 4 * 1024 * 1024

/** Id and bytes of each record of a page, in order. */
async function lengthsOf(
  tx: ReadTx,
  { order }: List,
  rows: PageRows,
): Promise<[id: bigint, bytes: number][]> {
  const time = order === 'written' ? sql`f.create_time` : sql`f.follow_time`
  const found = await tx.all(
    sql`SELECT CAST(p.id AS TEXT), p.bytes FROM (
          SELECT ${time} AS time, f.id AS id, octet_length(f.head) + octet_length(f.tail) AS bytes
          ${rows.from} ${rows.order}
        ) p ORDER BY p.time DESC, p.id DESC`,
  )
  return found.map(([id, bytes]) => [BigInt(id as string), Number(bytes)])
}

async function longPage(tx: ReadTx, ids: readonly bigint[]): Promise<Text[]> {
  const parts: Text[] = []
  for (const id of ids) {
    const row = await tx.get(
      sql`SELECT ${tx.dialect.bytes(sql`f.head`)}, CAST(f.follow_type AS TEXT), ${tx.dialect.bytes(sql`f.tail`)}
          FROM follow f WHERE f.corp = ${tx.corp} AND f.id = ${id}`,
    )
    const [head, type, tail] = row as readonly unknown[] as [Text, string | null, Text]
    parts.push(bufferOf(head), type ?? '', bufferOf(tail))
  }
  return parts
}

function split(texts: Text): Text[] {
  if (typeof texts === 'string') return texts.split(GAP)
  const all = bufferOf(texts)
  const parts: Text[] = []
  const gap = GAP.charCodeAt(0)
  for (let start = 0; ; ) {
    const end = all.indexOf(gap, start)
    if (end < 0) {
      parts.push(all.subarray(start))
      return parts
    }
    // Every third part is the id of a follow type.
    parts.push(parts.length % 3 === 1 ? all.toString('latin1', start, end) : all.subarray(start, end))
    start = end + 1
  }
}

/** Bytes of text that are read and answered at once, about 20 ms of work; more is done in pieces. */
const PIECE_BYTES = 1024 * 1024

/**
 * One page of records with the columns beside them, in pieces of about PIECE_BYTES. Undefined when it would cost more than
 * `budget`, or is more than a piece and the budget is not unlimited.
 *
 * @param onLong is told the bytes before they are read, and may throw
 */
export async function detailPieces(
  tx: ReadTx,
  list: List,
  position: PagePosition,
  budget: number,
  onLong: (bytes: number) => void,
): Promise<{ readonly rows: AsyncIterable<FollowDetail[]>; readonly areMany: boolean } | undefined> {
  const rows = await rowsOfPage(tx, list, position, budget, false)
  if (!rows) return undefined
  const lengths = await lengthsOf(tx, list, rows)
  const pieces: bigint[][] = []
  let left = 0
  for (const [id, length] of lengths) {
    if (length > left) {
      pieces.push([])
      left = PIECE_BYTES
    }
    pieces.at(-1)?.push(id)
    left -= length
  }
  if (pieces.length > 1 && budget < Number.POSITIVE_INFINITY) return undefined
  onLong(lengths.reduce((sum, [, bytes]) => sum + bytes, 0))
  return { rows: readPieces(tx, list, pieces), areMany: pieces.length > 1 }
}

async function* readPieces(
  tx: ReadTx,
  list: List,
  pieces: readonly (readonly bigint[])[],
): AsyncGenerator<FollowDetail[]> {
  for (const ids of pieces) {
    const rows = await tx.all(
      sql`SELECT ${DETAIL} FROM follow f ${FOLLOW_TYPE_JOIN}
          WHERE f.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`f.id`, ids)} ${orderOf(list)}`,
    )
    yield rows.map(detailOf)
    if (pieces.length > 1) await yieldToEventLoop()
  }
}

/** FROM and WHERE of the rows of a page, and the ORDER BY that they need, if any. */
interface PageRows {
  readonly from: Sql
  readonly order: Sql
}

async function rowsOfPage(
  tx: ReadTx,
  list: List,
  position: PagePosition,
  budget: number,
  isGuess: boolean,
): Promise<PageRows | undefined> {
  if (list.ids) {
    const ids = [...list.ids.subarray(position.offset, position.offset + position.limit)]
    return {
      from: sql`FROM follow f WHERE f.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`f.id`, ids)}`,
      order: orderOf(list),
    }
  }
  const plan = await planPage(isGuess ? { dialect: tx.dialect } : tx, list, position, budget)
  return plan && rowsOfPlan(tx, plan)
}

function orderOf({ order }: Pick<List, 'order'>): Sql {
  return sql`ORDER BY ${order === 'written' ? sql`f.create_time` : sql`f.follow_time`} DESC, f.id DESC`
}

/** Up to this offset, SQLite reads records while it skips; beyond it only their keys. */
const READ_WHILE_SKIPPING = 40

/**
 * First the keys of a page, from an index alone, then the rows of these few: skipping 100,000 entries takes 3.9 ms by their
 * keys, and 82 ms with the rows and the names of their follow types.
 */
function rowsOfPlan(tx: ReadTx, plan: PagePlan): PageRows {
  const { filter, order, drivingIndex, sorts, backwards, limit, offset } = plan
  const byTarget = isByTarget(filter, drivingIndex)
  const found = sql`${matching(tx, filter, drivingIndex, order)} ORDER BY ${orderBy(plan)} LIMIT ${limit} OFFSET ${offset}`
  // Most pages have a small offset: their records are read as they are found.
  if (!byTarget && !sorts && !backwards && offset <= READ_WHILE_SKIPPING) {
    return { from: found, order: empty }
  }
  const { id, time } = sortColumns(filter, drivingIndex, order)
  const key = byTarget ? id : tx.dialect.rowKey
  const keys = backwards
    ? sql`SELECT b.key AS key FROM (SELECT ${key} AS key, ${time} AS time, ${id} AS id ${found}) b
        ORDER BY b.time DESC, b.id DESC`
    : sql`SELECT ${key} AS key ${found}`
  return {
    from: sql`FROM (${keys}) k ${tx.dialect.orderedJoin} follow f
      ON f.corp = ${tx.corp} AND ${byTarget ? sql`f.id` : tx.dialect.rowKey} = k.key`,
    order: empty,
  }
}

/** Records of both kinds by id, after `after`: for export. */
export async function followsAfter(tx: ReadTx, after: bigint, limit: number): Promise<FollowDetail[]> {
  const rows = await tx.all(
    sql`SELECT ${DETAIL} FROM follow f ${FOLLOW_TYPE_JOIN}
        WHERE f.corp = ${tx.corp} AND f.id > ${unestimated(after)} ORDER BY f.id LIMIT ${limit}`,
  )
  return rows.map(detailOf)
}

/** Rows of both kinds by id, after `after`: to be copied. */
export async function followCopiesAfter(tx: ReadTx, after: bigint, limit: number): Promise<FollowCopy[]> {
  const rows = await tx.all(
    sql`SELECT ${COPY} FROM follow f
        WHERE f.corp = ${tx.corp} AND f.id > ${unestimated(after)} ORDER BY f.id LIMIT ${limit}`,
  )
  return rows.map(copyOf)
}

/** Those of these rows that exist. */
export async function followCopiesById(tx: ReadTx, ids: readonly bigint[]): Promise<FollowCopy[]> {
  const rows = await tx.all(
    sql`SELECT ${COPY} FROM follow f WHERE f.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`f.id`, ids)}`,
  )
  return rows.map(copyOf)
}
