import sql, { type Sql } from 'sql-template-tag'
import type { Row } from '../port.ts'

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
