import sql, { empty, type Sql } from 'sql-template-tag'
import type { ReadTx, Row } from '../port.ts'
import {
  type FollowFilter,
  type FollowOrder,
  keysOf,
  matching,
  type TimePlace,
  walksTarget,
} from './filter.ts'
import { type Estimates, inOrder, type PageOf, type PagePlan, planPage } from './query-plan.ts'

/** A follow-up as it is stored: the record as ready text, and beside it what is filtered and sorted by. Times in ms. */
export interface FollowRow {
  readonly id: bigint
  readonly system: boolean
  readonly followTime: number
  readonly followUserId: string
  readonly businessType: number
  readonly businessId: string
  readonly followType: bigint | null
  readonly title: string | null
  readonly externalId: string | null
  readonly stageId: string | null
  readonly createTime: number
  readonly updateTime: number
  /** The record's JSON up to `follow_type`, and from `field_map` on. */
  readonly head: string
  readonly tail: string
  /** Every id that the record is about, each once (L6). */
  readonly targetIds: readonly string[]
}

/** The text parts of a record, the method's present name between them. */
export interface FollowText {
  readonly head: string
  readonly typeName: string | null
  readonly tail: string
}

/** A record's text with the columns that are not part of it. */
export interface FollowDetail extends FollowText {
  readonly id: string
  readonly system: boolean
  readonly title: string | null
  readonly externalId: string | null
  readonly stageId: string | null
  readonly createTime: number
  readonly updateTime: number
}

/** What stands before and behind a page's records. */
export interface Frame {
  readonly start: string
  readonly end: string
}

/** Records as text with commas between, within their frame: bytes of UTF-8 or a string. */
export interface FramedPage {
  readonly text: Uint8Array | string
  /** The last one: where the next page begins. */
  readonly end: TimePlace | undefined
}

/**
 * One page of records, newest first (L1), as follow/list answers them. As one value: 20 records come out of SQLite in
 * 30 µs this way, and in 130 as rows. The frame is put around them here, so that an answer is not copied once more.
 */
export async function followPage(
  tx: ReadTx,
  filter: FollowFilter,
  page: PageOf,
  frame: Frame,
  estimates?: Estimates,
): Promise<FramedPage> {
  const start = await planPage(tx, filter, 'time', page, estimates)
  const { filter: within, limit, offset } = start
  const { joined, bytes } = tx.dialect
  const records = sql`coalesce(${joined(sql`p.record`, NEWEST)}, '')`
  // Nearly all pages begin nearly at once: their records are read as they are found.
  const found =
    (offset <= AT_ONCE || start.drivingIndex === 'id') && !walksTarget(filter) && !start.backwards
      ? sql`${matching(tx, within, start.drivingIndex)} ORDER BY ${inOrder(start, 'time')} LIMIT ${limit} OFFSET ${offset}`
      : recordsOf(tx, start, 'time', empty)
  const row = await tx.get(
    sql`SELECT ${bytes(sql`CAST(${frame.start} AS TEXT) || ${records} || CAST(${frame.end} AS TEXT)`)},
          ${bytes(joined(PLACE, NEWEST))} FROM (
          SELECT ${recordSql(tx)} AS record, f.follow_time AS follow_time, f.id AS id ${found}
        ) p`,
  )
  const [text, places] = row as readonly unknown[] as readonly [
    Uint8Array | string,
    Uint8Array | string | null,
  ]
  return { text, end: places ? lastPlace(places) : undefined }
}

const NEWEST = sql`p.follow_time DESC, p.id DESC`
const PLACE = sql`CAST(p.follow_time AS TEXT) || ' ' || CAST(p.id AS TEXT)`

function lastPlace(places: Uint8Array | string): TimePlace | undefined {
  const text = typeof places === 'string' ? places : Buffer.from(places).toString('latin1')
  const [followTime, id] = text.slice(text.lastIndexOf(',') + 1).split(' ')
  return id === undefined ? undefined : { followTime: Number(followTime), id: BigInt(id) }
}

/** A record's text, its method's present name in its place. */
function recordSql(tx: ReadTx): Sql {
  const name = sql`(SELECT ${tx.dialect.jsonText(sql`m.name`)} FROM follow_type m
    WHERE m.corp = ${tx.corp} AND m.id = f.follow_type)`
  return sql`f.head || ',"follow_type_desc":' || coalesce(${name}, 'null') || ',' || f.tail`
}

/** Skipped one by one with their records; more than this are skipped by their keys alone. */
const AT_ONCE = 40

/** One page of records with the columns beside them. */
export async function followDetailPage(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
  page: PageOf,
  estimates?: Estimates,
): Promise<FollowDetail[]> {
  const start = await planPage(tx, filter, order, page, estimates)
  const rows = await tx.all(sql`SELECT ${DETAIL} ${recordsOf(tx, start, order, METHOD)}`)
  return rows.map(detailOf)
}

/** Records of both kinds in the order of their ids, after `after`: for export. */
export async function followsAfter(tx: ReadTx, after: bigint, limit: number): Promise<FollowDetail[]> {
  const rows = await tx.all(
    sql`SELECT ${DETAIL} FROM follow f ${METHOD}
        WHERE f.corp = ${tx.corp} AND f.id > ${unknown(after)} ORDER BY f.id LIMIT ${limit}`,
  )
  return rows.map(detailOf)
}

/**
 * A value that PostgreSQL's planner cannot look up in its statistics. Beyond the last id they know of, it would expect
 * next to nothing, read all that there is and sort it: 142 ms a page instead of 0.1 ms with 120,000 records newer than the
 * statistics.
 */
export function unknown(id: bigint | number): Sql {
  return sql`(SELECT CAST(${id} AS BIGINT))`
}

/** A record's own row, as one database hands it to another; what is derived from it is derived again. */
export type FollowCopy = Omit<FollowRow, 'targetIds'>

/** Rows of both kinds in the order of their ids, after `after`: to be copied. */
export async function followCopiesAfter(tx: ReadTx, after: bigint, limit: number): Promise<FollowCopy[]> {
  const rows = await tx.all(
    sql`SELECT ${COPY} FROM follow f
        WHERE f.corp = ${tx.corp} AND f.id > ${unknown(after)} ORDER BY f.id LIMIT ${limit}`,
  )
  return rows.map(copyOf)
}

/** Those of these rows that are there. */
export async function followCopiesById(tx: ReadTx, ids: readonly bigint[]): Promise<FollowCopy[]> {
  const rows = await tx.all(
    sql`SELECT ${COPY} FROM follow f WHERE f.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`f.id`, ids)}`,
  )
  return rows.map(copyOf)
}

export const COPY = sql`CAST(f.id AS TEXT), f.system, f.follow_time, f.follow_user_id, f.business_type, f.business_id,
  CAST(f.follow_type AS TEXT), f.title, f.external_id, f.stage_id, f.create_time, f.update_time, f.head, f.tail`

export function copyOf(row: Row): FollowCopy {
  return {
    id: BigInt(row[0] as string),
    system: Number(row[1]) === 1,
    followTime: Number(row[2]),
    followUserId: row[3] as string,
    businessType: Number(row[4]),
    businessId: row[5] as string,
    followType: row[6] === null ? null : BigInt(row[6] as string),
    title: row[7] as string | null,
    externalId: row[8] as string | null,
    stageId: row[9] as string | null,
    createTime: Number(row[10]),
    updateTime: Number(row[11]),
    head: row[12] as string,
    tail: row[13] as string,
  }
}

export const METHOD = sql`LEFT JOIN follow_type m ON m.corp = f.corp AND m.id = f.follow_type`

const DETAIL = sql`f.head, m.name, f.tail, CAST(f.id AS TEXT), f.system, f.title, f.external_id, f.stage_id,
  f.create_time, f.update_time`

function detailOf(row: Row): FollowDetail {
  return {
    head: row[0] as string,
    typeName: row[1] as string | null,
    tail: row[2] as string,
    id: row[3] as string,
    system: Number(row[4]) === 1,
    title: row[5] as string | null,
    externalId: row[6] as string | null,
    stageId: row[7] as string | null,
    createTime: Number(row[8]),
    updateTime: Number(row[9]),
  }
}

/**
 * The records of a page. First its keys, from an index alone, then the rows of these few: skipping 100,000 rows takes
 * 3.9 ms by their keys and 82 ms with the rows and the names of their methods.
 */
function recordsOf(tx: ReadTx, start: PagePlan, order: FollowOrder, beside: Sql): Sql {
  const { filter, limit, offset } = start
  return sql`FROM (
      SELECT ${keysOf(filter, order).id} AS id ${matching(tx, filter, start.drivingIndex)}
      ORDER BY ${inOrder(start, order)} LIMIT ${limit} OFFSET ${offset}
    ) k JOIN follow f ON f.corp = ${tx.corp} AND f.id = k.id ${beside}
    ORDER BY ${order === 'written' ? sql`f.create_time` : sql`f.follow_time`} DESC, f.id DESC`
}
