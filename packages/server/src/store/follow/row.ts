import sql, { type Sql } from 'sql-template-tag'
import type { Text } from '../../utf8.ts'
import type { Row } from '../port.ts'
import type { TimePlace } from './filter.ts'

/** A follow-up as it is stored: the record as ready JSON text, and beside it what lists filter and sort by. Times in ms. */
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

/** A record's JSON in two parts; the present name of its follow type stands between them. */
export interface FollowText {
  readonly head: string
  readonly typeName: string | null
  readonly tail: string
}

/** A record's text with the columns that are not part of it. */
export interface FollowDetail
  extends FollowText,
    Pick<FollowRow, 'system' | 'title' | 'externalId' | 'stageId' | 'createTime' | 'updateTime'> {
  readonly id: string
}

/** A row without what is derived from it: what one database hands to another. */
export type FollowCopy = Omit<FollowRow, 'targetIds'>

/** The columns of a FollowCopy in `follow f` or `follow_version f`. */
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

/** Stands before and behind the id of the follow type, whose name goes there: no JSON text contains a control character. */
export const GAP = '\u0001'

/** Whether a record of `follow f` is long: more than 64 KiB. Written as in its index, which holds these few. */
export const IS_LONG = sql`octet_length(f.head) + octet_length(f.tail) > 65536`

/**
 * A record's JSON text with its follow type's id between two gaps; concat() takes no id for ''. PostgreSQL must be told the
 * type of its arguments.
 */
export const GAPPED_TEXT = sql`concat(f.head, CAST(${GAP} AS TEXT), f.follow_type, CAST(${GAP} AS TEXT), f.tail)`

/** The place of a record, of whose text `head` is the beginning and `tail` the end. */
export function placeOf(head: Text, tail: Text): TimePlace {
  const followTime = /^"follow_time":(-?\d+),/.exec(latin1(tail, tail.lastIndexOf(FOLLOW_TIME as never)))?.[1]
  if (followTime === undefined) throw new Error('a stored record without its time')
  return { followTime: Number(followTime), id: idOf(head) }
}

/** The id of a record whose text begins so. */
export function idOf(head: Text): bigint {
  const id = /^\{"id":(-?\d+),/.exec(latin1(head, 0))?.[1]
  if (id === undefined) throw new Error('a stored record without its id')
  return BigInt(id)
}

const FOLLOW_TIME = '"follow_time":'
const ENOUGH_FOR_A_NUMBER = 40

function latin1(text: Text, from: number): string {
  const to = from + ENOUGH_FOR_A_NUMBER
  return typeof text === 'string' ? text.slice(from, to) : (text as Buffer).toString('latin1', from, to)
}

/** Joins the follow type `m` of a follow-up `f`. */
export const FOLLOW_TYPE_JOIN = sql`LEFT JOIN follow_type m ON m.corp = f.corp AND m.id = f.follow_type`

/** The columns of a FollowDetail, with FOLLOW_TYPE_JOIN. */
export const DETAIL = sql`f.head, m.name, f.tail, CAST(f.id AS TEXT), f.system, f.title, f.external_id, f.stage_id,
  f.create_time, f.update_time`

export function detailOf(row: Row): FollowDetail {
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
 * A value that PostgreSQL's planner does not look up in its statistics. For a value beyond the newest one they know, it
 * expects almost no rows, then reads and sorts everything: 142 ms a page instead of 0.1 ms with 120,000 records newer than
 * the statistics.
 */
export function unestimated(value: bigint | number): Sql {
  return sql`(SELECT CAST(${value} AS BIGINT))`
}
