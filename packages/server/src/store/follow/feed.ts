import sql, { type Sql } from 'sql-template-tag'
import type { ReadTx, Row } from '../port.ts'
import type { TimePlace } from './filter.ts'
import { FOLLOW_TYPE_JOIN, type FollowText, unestimated } from './row.ts'
import { type FollowVersion, opOf } from './write.ts'

/**
 * The change feed. Every version of a follow-up is one change, numbered by `seq` in the order of the commits; present
 * versions are rows of `follow`, earlier ones and deletions of `follow_version`.
 */

/** The present end of a company's feed. */
export interface FeedState {
  /** Name of this feed, different from every other, also from that of the same company in another database. */
  readonly feed: string
  /** Number of the newest change; 0 when there is none. */
  readonly seq: number
  /** Deletions up to this number may have been removed. */
  readonly forgottenSeq: number
}

export async function feedState(tx: ReadTx): Promise<FeedState> {
  const row = await tx.get(sql`SELECT feed, seq, forgotten_seq FROM corp_state WHERE corp = ${tx.corp}`)
  return { feed: row?.[0] as string, seq: Number(row?.[1]), forgottenSeq: Number(row?.[2]) }
}

/** One change, with the record as it was after it. */
export type FollowChange = FollowText & Pick<FollowVersion, 'seq' | 'op' | 'version' | Beside>

/** What stands beside the text of a record. */
type Beside = 'system' | 'title' | 'stageId' | 'createTime' | 'updateTime'

/**
 * The changes after `after`, in order: at most `limit`, and at most `bytes` of text unless a single one is longer. Reads
 * their numbers and lengths first, then the records that fit.
 */
export async function changesAfter(
  tx: ReadTx,
  after: number,
  limit: number,
  bytes: number,
): Promise<FollowChange[]> {
  const sources = [sql`follow`, sql`follow_version`]
  const keys = await Promise.all(sources.map((table) => tx.all(keysAfter(tx, table, after, limit))))
  const ordered = keys.flat().sort((one, other) => Number(one[0]) - Number(other[0]))
  const last = lastThatFits(ordered.slice(0, limit), bytes)
  if (!last) return []
  const until = Number(last[0])
  const found = await Promise.all(sources.map((table) => tx.all(changesBetween(tx, table, after, until))))
  return found
    .flat()
    .map(changeOf)
    .sort((one, other) => one.seq - other.seq)
}

function keysAfter(tx: ReadTx, table: Sql, after: number, limit: number): Sql {
  return sql`SELECT f.seq, octet_length(f.head) + octet_length(f.tail) FROM ${table} f
    WHERE f.corp = ${tx.corp} AND f.seq > ${unestimated(after)} ORDER BY f.seq LIMIT ${limit}`
}

/** The last of the rows whose lengths, which are in the last column, add up to `bytes` at most; or else the first. */
function lastThatFits(keys: readonly Row[], bytes: number): Row | undefined {
  let length = 0
  const beyond = keys.findIndex((key) => {
    length += Number(key.at(-1))
    return length > bytes
  })
  return beyond < 0 ? keys.at(-1) : keys[Math.max(0, beyond - 1)]
}

function changesBetween(tx: ReadTx, table: Sql, after: number, last: number): Sql {
  return sql`SELECT f.head, m.name, f.tail, f.seq, f.op, f.version, f.system, f.title, f.stage_id, f.create_time,
      f.update_time
    FROM ${table} f ${FOLLOW_TYPE_JOIN}
    WHERE f.corp = ${tx.corp} AND f.seq > ${unestimated(after)} AND f.seq <= ${unestimated(last)} ORDER BY f.seq`
}

function changeOf(row: Row): FollowChange {
  return {
    head: row[0] as string,
    typeName: row[1] as string | null,
    tail: row[2] as string,
    seq: Number(row[3]),
    op: opOf(row[4]),
    version: Number(row[5]),
    system: Number(row[6]) === 1,
    title: row[7] as string | null,
    stageId: row[8] as string | null,
    createTime: Number(row[9]),
    updateTime: Number(row[10]),
  }
}

/** A follow-up's text, the columns beside it, and its place in the order of time, for reconciliation. */
export type TimedFollow = Pick<FollowVersion, 'id' | 'followTime' | 'head' | 'tail' | 'version' | Beside>

/**
 * Follow-ups of one kind by time and id, after `after`, of times before `before` (ms): at most `limit`, and at most `bytes`
 * of text unless a single one is longer. Reads their places and lengths first, then the records that fit.
 */
export async function followsByTime(
  tx: ReadTx,
  system: boolean,
  after: TimePlace,
  before: number,
  limit: number,
  bytes: number,
): Promise<TimedFollow[]> {
  const within = sql`f.corp = ${tx.corp} AND f.system = ${system ? 1 : 0}
    AND (f.follow_time, f.id) > (${after.followTime}, ${after.id})`
  const keys = await tx.all(
    sql`SELECT CAST(f.id AS TEXT), f.follow_time, octet_length(f.head) + octet_length(f.tail) FROM follow f
        WHERE ${within} AND f.follow_time < ${before} ORDER BY f.follow_time, f.id LIMIT ${limit}`,
  )
  const last = lastThatFits(keys, bytes)
  if (!last) return []
  const rows = await tx.all(
    sql`SELECT CAST(f.id AS TEXT), f.follow_time, f.head, f.tail, f.version, f.system, f.title, f.stage_id,
          f.create_time, f.update_time
        FROM follow f
        WHERE ${within} AND (f.follow_time, f.id) <= (${last[1]}, ${BigInt(last[0] as string)})
        ORDER BY f.follow_time, f.id`,
  )
  return rows.map(timedOf)
}

function timedOf(row: Row): TimedFollow {
  return {
    id: BigInt(row[0] as string),
    followTime: Number(row[1]),
    head: row[2] as string,
    tail: row[3] as string,
    version: Number(row[4]),
    system: Number(row[5]) === 1,
    title: row[6] as string | null,
    stageId: row[7] as string | null,
    createTime: Number(row[8]),
    updateTime: Number(row[9]),
  }
}
