import sql, { join, raw, type Sql } from 'sql-template-tag'
import { StoreError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import {
  type Insertion,
  KEEPS_REVISION,
  type ReadTx,
  type Row,
  type RowColumns,
  type SqlValue,
  type WriteTx,
} from '../port.ts'
import { type Countable, countFollowsIn } from './counters.ts'
import { COPY, copyOf, type FollowCopy, type FollowRow } from './row.ts'
import { TARGETS, targetValues } from './target-index.ts'

/** What can happen to a follow-up, as it is stored. */
export const OPS = { create: 1, update: 2, delete: 3, restore: 4 } as const
export type Op = keyof typeof OPS

/** Who changes a follow-up, when (ms) and why. An import has no app. */
export interface Change {
  readonly at: number
  readonly app: string | null
  readonly user: string | null
  readonly reason: string | null
}

/** One version of a follow-up: the row, and the change that made it. */
export interface FollowVersion extends FollowCopy {
  /** From 1. */
  readonly version: number
  /** Number among all changes of the company, from 1; committed numbers have no gaps. */
  readonly seq: number
  readonly op: Op
  readonly change: Change
}

const VERSION = sql`${COPY}, f.version, f.seq, f.op, f.changed_at, f.changed_app, f.changed_user, f.reason`

export function versionOf(row: Row): FollowVersion {
  const [version, seq, op, at, app, user, reason] = row.slice(14)
  return {
    ...copyOf(row),
    version: Number(version),
    seq: Number(seq),
    op: opOf(op),
    change: {
      at: Number(at),
      app: app as string | null,
      user: user as string | null,
      reason: reason as string | null,
    },
  }
}

const NAMES = new Map(Object.entries(OPS).map(([name, number]) => [number, name as Op]))

export function opOf(value: Row[number] | undefined): Op {
  return NAMES.get(Number(value) as 1) as Op
}

/** The present version of a follow-up. */
export async function findFollow(tx: ReadTx, id: bigint): Promise<FollowVersion | undefined> {
  const row = await tx.get(sql`SELECT ${VERSION} FROM follow f WHERE f.corp = ${tx.corp} AND f.id = ${id}`)
  return row && versionOf(row)
}

/** Versions of a follow-up before `version`, newest first; of a deleted one, the first is its deletion. */
export async function earlierVersions(
  tx: ReadTx,
  id: bigint,
  version: number,
  limit: number,
): Promise<FollowVersion[]> {
  const rows = await tx.all(
    sql`SELECT ${VERSION} FROM follow_version f
        WHERE f.corp = ${tx.corp} AND f.id = ${id} AND f.version < ${version} ORDER BY f.version DESC LIMIT ${limit}`,
  )
  return rows.map(versionOf)
}

/** The deletion of a follow-up that is deleted at present. */
export async function findDeletion(tx: ReadTx, id: bigint): Promise<FollowVersion | undefined> {
  const [newest] = await earlierVersions(tx, id, MOST_VERSIONS, 1)
  // The newest earlier version of a restored follow-up is a deletion too.
  if (newest?.op !== 'delete') return undefined
  const there = await tx.get(sql`SELECT 1 FROM follow WHERE corp = ${tx.corp} AND id = ${id}`)
  return there ? undefined : newest
}

export const MOST_VERSIONS = 2147483647

/**
 * Takes numbers for `count` changes; answers the first. Writers of a company take turns until they commit, so numbers are
 * in the order of the commits, across processes.
 */
async function takeSeqs(tx: WriteTx, count: number): Promise<number> {
  const row = await tx.get(
    sql`UPDATE corp_state SET seq = seq + ${count} WHERE corp = ${tx.corp} RETURNING seq`,
    KEEPS_REVISION,
  )
  return Number(row?.[0]) - count + 1
}

/** Adds follow-ups. Throws StoreError `unique` when an id is taken, also by a deleted follow-up. */
export async function insertFollows(
  tx: WriteTx,
  rows: readonly FollowRow[],
  changeOf: (row: FollowRow) => Change,
): Promise<void> {
  const ids = rows.map((row) => row.id)
  const [first, deleted] = await Promise.all([takeSeqs(tx, rows.length), newestDeletions(tx, ids)])
  if (deleted.size > 0) throw new StoreError('unique', 'a deleted follow-up has this id')
  const writing = new Writing()
  for (const [index, row] of rows.entries()) {
    writing.add(row, { version: 1, seq: first + index, op: 'create', change: changeOf(row) })
  }
  await writing.run(tx)
}

/** Replaces a follow-up by `row`; answers the new version. */
export async function changeFollow(
  tx: WriteTx,
  stored: FollowVersion,
  storedTargetIds: readonly string[],
  row: FollowRow,
  change: Change,
): Promise<number> {
  const writing = new Writing()
  writing.change(tx, stored, storedTargetIds, row, await takeSeqs(tx, 1), change)
  await writing.run(tx)
  return stored.version + 1
}

/** Deletes a follow-up, keeping its history; answers the new version. */
export async function deleteFollow(
  tx: WriteTx,
  stored: FollowVersion,
  storedTargetIds: readonly string[],
  change: Change,
): Promise<number> {
  const version = stored.version + 1
  const deletion: FollowVersion = {
    ...stored,
    updateTime: change.at,
    version,
    seq: await takeSeqs(tx, 1),
    op: 'delete',
    change,
  }
  const writing = new Writing()
  writing.remove(tx, stored, storedTargetIds, deletion)
  await writing.run(tx)
  return version
}

/** Restores a deleted follow-up as `row`; answers the new version. */
export async function restoreFollow(
  tx: WriteTx,
  deletion: FollowVersion,
  row: FollowRow,
  change: Change,
): Promise<number> {
  const version = deletion.version + 1
  const writing = new Writing()
  writing.add(row, { version, seq: await takeSeqs(tx, 1), op: 'restore', change })
  await writing.run(tx)
  return version
}

/**
 * Writes records by their ids: adds new ones, replaces those that differ, and leaves equal ones alone. Of two with the
 * same id, the later one counts.
 */
export async function upsertFollows(
  tx: WriteTx,
  rows: readonly FollowRow[],
  change: Change,
  targetIdsOf: (head: string) => readonly string[],
): Promise<void> {
  const wanted = new Map(rows.map((row) => [row.id, row]))
  const ids = [...wanted.keys()]
  const stored = await versionsById(tx, ids)
  for (const version of stored) {
    if (isSameFollow(version, wanted.get(version.id) as FollowRow)) wanted.delete(version.id)
  }
  if (wanted.size === 0) return
  const byId = new Map(stored.map((version) => [version.id, version]))
  const added = [...wanted.keys()].filter((id) => !byId.has(id))
  const deleted = await newestDeletions(tx, added)
  let seq = await takeSeqs(tx, wanted.size)
  const writing = new Writing()
  for (const [id, row] of wanted) {
    const there = byId.get(id)
    const deletion = deleted.get(id)
    if (there) {
      writing.change(tx, there, targetIdsOf(there.head), row, seq++, change)
    } else if (deletion !== undefined) {
      writing.add(row, { version: deletion + 1, seq: seq++, op: 'restore', change })
    } else {
      writing.add(row, { version: 1, seq: seq++, op: 'create', change })
    }
  }
  await writing.run(tx)
}

async function versionsById(tx: ReadTx, ids: readonly bigint[]): Promise<FollowVersion[]> {
  const rows = await tx.all(
    sql`SELECT ${VERSION} FROM follow f WHERE f.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`f.id`, ids)}`,
  )
  return rows.map(versionOf)
}

/** Id → version of its newest deletion. None of these ids may exist at present. */
async function newestDeletions(tx: ReadTx, ids: readonly bigint[]): Promise<Map<bigint, number>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.all(
    sql`SELECT CAST(f.id AS TEXT), max(f.version) FROM follow_version f
        WHERE f.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`f.id`, ids)} GROUP BY f.id`,
  )
  return new Map(rows.map(([id, version]) => [BigInt(id as string), Number(version)]))
}

/** Whether a row equals the stored one, apart from who changed it. */
export function isSameFollow(stored: FollowCopy, row: FollowCopy | FollowRow): boolean {
  return (Object.keys(row) as (keyof FollowRow)[]).every(
    // Derived from the rest of the row.
    (name) => name === 'targetIds' || row[name] === stored[name],
  )
}

/**
 * Removes deletions from before `before` (ms), in order, with all earlier versions of what was deleted. Only once one is
 * older than `unless`: about once a day, so that readers of the feed seldom lose their place. At most FORGET_MOST at once,
 * about 1 s: other writers wait for it.
 */
export async function forgetDeletions(tx: WriteTx, before: number, unless: number): Promise<void> {
  const [oldest] = await rememberedDeletions(tx, 1)
  if (!oldest || oldest.at > unless) return
  for (let count = 0; count < FORGET_MOST; count += FORGET_ROWS) {
    const deletions = await rememberedDeletions(tx, FORGET_ROWS)
    // Up to the first that is too young: the clocks of two servers can differ.
    const end = deletions.findIndex(({ at }) => at > before)
    const past = end < 0 ? deletions : deletions.slice(0, end)
    await forget(tx, past)
    if (past.length < FORGET_ROWS) return
    await yieldToEventLoop()
  }
}

async function forget(tx: WriteTx, deletions: readonly RememberedDeletion[]): Promise<void> {
  const last = deletions.at(-1)
  if (!last) return
  // What was restored since exists, or has a later deletion.
  const ids = deletions.filter(({ isLast }) => isLast).map(({ id }) => id)
  await tx.run(
    sql`DELETE FROM follow_version WHERE corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`id`, ids)}`,
    KEEPS_REVISION,
  )
  await tx.run(sql`UPDATE corp_state SET forgotten_seq = ${last.seq} WHERE corp = ${tx.corp}`, KEEPS_REVISION)
}

const FORGET_MOST = 50_000
const FORGET_ROWS = 1000

interface RememberedDeletion {
  readonly id: bigint
  readonly seq: number
  readonly at: number
  /** Whether the follow-up is deleted at present, by this deletion. */
  readonly isLast: boolean
}

/** The oldest deletions that have not been removed. */
async function rememberedDeletions(tx: ReadTx, limit: number): Promise<RememberedDeletion[]> {
  const rows = await tx.all(
    sql`SELECT CAST(v.id AS TEXT), v.seq, v.changed_at,
          CASE WHEN (EXISTS (SELECT 1 FROM follow f WHERE f.corp = ${tx.corp} AND f.id = v.id)
            OR EXISTS (SELECT 1 FROM follow_version n
              WHERE n.corp = ${tx.corp} AND n.id = v.id AND n.version > v.version))
          THEN 0 ELSE 1 END
        FROM follow_version v
        WHERE v.corp = ${tx.corp} AND v.op = 3
          AND v.seq > (SELECT s.forgotten_seq FROM corp_state s WHERE s.corp = ${tx.corp})
        ORDER BY v.seq LIMIT ${limit}`,
  )
  return rows.map(([id, seq, at, isLast]) => ({
    id: BigInt(id as string),
    seq: Number(seq),
    at: Number(at),
    isLast: Number(isLast) === 1,
  }))
}

type Made = Pick<FollowVersion, 'version' | 'seq' | 'op' | 'change'>

type Values = readonly SqlValue[]

const COLUMNS = {
  id: 'integer',
  system: 'integer',
  follow_time: 'integer',
  follow_user_id: 'text',
  business_type: 'integer',
  business_id: 'text',
  follow_type: 'integer',
  title: 'text',
  external_id: 'text',
  stage_id: 'text',
  create_time: 'integer',
  update_time: 'integer',
  head: 'text',
  tail: 'text',
  version: 'integer',
  seq: 'integer',
  op: 'integer',
  changed_at: 'integer',
  changed_app: 'text',
  changed_user: 'text',
  reason: 'text',
} as const satisfies RowColumns

const FOLLOWS: Insertion = { table: 'follow', columns: COLUMNS, keepsRevision: true }
const VERSIONS: Insertion = { table: 'follow_version', columns: COLUMNS, keepsRevision: true }
function valuesOf(row: FollowCopy, made: Made): Values {
  return [
    row.id,
    row.system ? 1 : 0,
    row.followTime,
    row.followUserId,
    row.businessType,
    row.businessId,
    row.followType,
    row.title,
    row.externalId,
    row.stageId,
    row.createTime,
    row.updateTime,
    row.head,
    row.tail,
    made.version,
    made.seq,
    OPS[made.op],
    made.change.at,
    made.change.app,
    made.change.user,
    made.change.reason,
  ]
}

/** What changes of follow-ups with different ids write, collected so that each table is written once. */
class Writing {
  readonly #versions: Values[] = []
  /** Updates and deletions. */
  readonly #statements: Sql[] = []
  readonly #follows: Values[] = []
  readonly #targets: Values[] = []
  readonly #counted: Countable[] = []

  /** Adds a follow-up that does not exist. */
  add(row: FollowRow, made: Made): void {
    this.#follows.push(valuesOf(row, made))
    this.#added(row)
  }

  /** Replaces a follow-up. */
  change(
    tx: WriteTx,
    stored: FollowVersion,
    storedTargetIds: readonly string[],
    row: FollowRow,
    seq: number,
    change: Change,
  ): void {
    this.#removed(tx, stored, storedTargetIds)
    this.#statements.push(
      updateStatement(tx, row, { version: stored.version + 1, seq, op: 'update', change }),
    )
    this.#added(row)
  }

  remove(
    tx: WriteTx,
    stored: FollowVersion,
    storedTargetIds: readonly string[],
    deletion: FollowVersion,
  ): void {
    this.#removed(tx, stored, storedTargetIds)
    this.#versions.push(valuesOf(deletion, deletion))
    this.#statements.push(sql`DELETE FROM follow WHERE corp = ${tx.corp} AND id = ${stored.id}`)
  }

  #added(row: FollowRow): void {
    for (const targetId of row.targetIds) {
      this.#targets.push(targetValues(row, targetId))
    }
    this.#counted.push({ row, by: 1 })
  }

  /** Keeps the version as an earlier one. */
  #removed(tx: WriteTx, stored: FollowVersion, targetIds: readonly string[]): void {
    this.#versions.push(valuesOf(stored, stored))
    this.#statements.push(...targetDeletions(tx, stored, targetIds))
    this.#counted.push({ row: stored, by: -1 })
  }

  /** Sends everything at once, in an order that foreign keys allow. */
  async run(tx: WriteTx): Promise<void> {
    await Promise.all([
      tx.insert(VERSIONS, this.#versions),
      ...this.#statements.map((statement) => tx.run(statement, KEEPS_REVISION)),
      tx.insert(FOLLOWS, this.#follows),
      tx.insert(TARGETS, this.#targets),
      countFollowsIn(tx, this.#counted),
    ])
  }
}

function updateStatement(tx: WriteTx, row: FollowRow, made: Made): Sql {
  const [, ...names] = Object.keys(COLUMNS)
  const [id, ...values] = valuesOf(row, made)
  const set = names.map((name, at) => sql`${raw(name)} = ${values[at]}`)
  return sql`UPDATE follow SET ${join(set, ', ')} WHERE corp = ${tx.corp} AND id = ${id}`
}

function targetDeletions(tx: WriteTx, row: FollowCopy, targetIds: readonly string[]): Sql[] {
  return targetIds.map(
    (targetId) =>
      sql`DELETE FROM follow_target WHERE corp = ${tx.corp} AND target_id = ${targetId}
          AND system = ${row.system ? 1 : 0} AND follow_time = ${row.followTime} AND id = ${row.id}`,
  )
}
