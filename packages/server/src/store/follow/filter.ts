import sql, { empty, join, type Sql } from 'sql-template-tag'
import type { ReadTx } from '../port.ts'

/** What a list asks for. All that is given must hold; of a list of values, one must (L2). Times in ms. */
export interface FollowFilter {
  readonly system: boolean
  readonly businessTypes?: readonly number[]
  readonly targetIds?: readonly string[]
  readonly ids?: readonly bigint[]
  readonly userIds?: readonly string[]
  readonly followTypeIds?: readonly bigint[]
  readonly title?: string
  readonly followTime?: TimeRange
  readonly createTime?: TimeRange
  /** Only what comes after this place in the list. */
  readonly after?: TimePlace
  readonly externalId?: string
  readonly businessId?: string
  /** Only what these staff wrote, or what is about a target that one of them owns. */
  readonly seenBy?: readonly string[]
}

/** From `from` on, before `before`; ms. */
export interface TimeRange {
  readonly from?: number | undefined
  readonly before?: number | undefined
}

/** `time`: newest follow-up first (L1). `written`: newest written first, the order of the older lists. */
export type FollowOrder = 'time' | 'written'

/** A place in the order of time and id. */
export interface TimePlace {
  readonly followTime: number
  readonly id: bigint
}

/** The index by which the records of a filter are found. `target`: that of the ids that follow-ups are about. */
export type DrivingIndex =
  | 'id'
  | 'target'
  | 'title'
  | 'time'
  | 'written'
  | 'targetType'
  | 'followType'
  | 'user'

/** Ids of which a follow-up is about one. The older lists' customer or opportunity is among those that it is about, too. */
export function targetsOf({
  targetIds,
  externalId,
  businessId,
}: FollowFilter): readonly string[] | undefined {
  const one = externalId ?? businessId
  return targetIds ?? (one === undefined ? undefined : [one])
}

/** Whether the records are found by the rows of `target`, which have one place in the list each. */
export function isByTarget(filter: FollowFilter, index: DrivingIndex | undefined): boolean {
  return index === 'target' || (index === undefined && targetsOf(filter)?.length === 1)
}

/** The columns that a list is sorted by. */
export function sortColumns(
  filter: FollowFilter,
  index: DrivingIndex | undefined,
  order: FollowOrder,
): { id: Sql; time: Sql } {
  if (order === 'written') return { id: sql`f.id`, time: sql`f.create_time` }
  return isByTarget(filter, index)
    ? { id: sql`t.id`, time: sql`t.follow_time` }
    : { id: sql`f.id`, time: sql`f.follow_time` }
}

/** The index of the table of follow-ups by which each finds records. */
const INDEXES: Readonly<Record<DrivingIndex, string>> = {
  // What is about a target has its place in time: the table is read by that.
  target: 'follow_by_time',
  id: 'sqlite_autoindex_follow_1',
  title: 'follow_by_title',
  time: 'follow_by_time',
  written: 'follow_by_create_time',
  targetType: 'follow_by_business_type',
  followType: 'follow_by_type',
  user: 'follow_by_user',
}

/** The table of follow-ups, read by an index where the engine does not choose better itself. */
export function followsBy({ dialect }: ReadTx, index: DrivingIndex | undefined): Sql {
  return sql`follow f ${index && dialect.indexedBy ? dialect.indexedBy(INDEXES[index]) : empty}`
}

/** FROM and WHERE of a filter, for records that are then sorted in this order. */
export function matching(
  tx: ReadTx,
  filter: FollowFilter,
  index: DrivingIndex | undefined,
  order: FollowOrder = 'time',
): Sql {
  const where = columnConditions(tx, filter)
  if (isByTarget(filter, index)) return fromTargets(tx, filter, where, index, order)
  const system = filter.system ? 1 : 0
  where.unshift(sql`f.corp = ${tx.corp} AND f.system = ${system}`)
  where.push(...inRange(sql`f.follow_time`, filter.followTime), ...isAfter(sql`f`, filter.after))
  if (filter.targetIds) where.push(isAboutOneOf(tx, filter, filter.targetIds))
  return sql`FROM ${followsBy(tx, index)} WHERE ${join(where, ' AND ')}`
}

/** By the ids that follow-ups are about. Of several ids, a follow-up can be about more than one. */
function fromTargets(
  tx: ReadTx,
  filter: FollowFilter,
  where: Sql[],
  index: DrivingIndex | undefined,
  order: FollowOrder,
): Sql {
  const targets = targetsOf(filter) as readonly string[]
  const [only] = targets
  const several = targets.length !== 1
  const system = filter.system ? 1 : 0
  const among = join(
    [
      sql`t.corp = ${tx.corp}`,
      several ? tx.dialect.isOneOf(sql`t.target_id`, targets) : sql`t.target_id = ${only}`,
      sql`t.system = ${system}`,
      ...inRange(sql`t.follow_time`, filter.followTime),
      ...isAfter(sql`t`, filter.after),
    ],
    ' AND ',
  )
  // GROUP BY sorts, DISTINCT does not: 38,000 rows are then looked up in the order of time in 90 ms instead of 200, and by
  // their ids, in a table twenty times as large as its index of times, in 500.
  const from = several
    ? sql`FROM (SELECT t.follow_time AS follow_time, t.id AS id FROM follow_target t WHERE ${among}
        GROUP BY t.follow_time, t.id) t`
    : sql`FROM follow_target t`
  const conditions = several ? where : [among, ...where]
  // The records are read for other columns only: counting one target takes 15 µs instead of 115.
  const needsRows = where.length > 0 || order === 'written'
  const rows = needsRows
    ? sql`${tx.dialect.orderedJoin} ${followsBy(tx, index)}
        ON f.corp = ${tx.corp} AND f.system = ${system} AND f.follow_time = t.follow_time AND f.id = t.id`
    : empty
  return sql`${from} ${rows} ${conditions.length > 0 ? sql`WHERE ${join(conditions, ' AND ')}` : empty}`
}

/** Up to so many lookups of an id for a record, each is looked up for itself; more are collected once. */
const PROBED_TARGETS = 20
const PROBED_PAIRS = 2_000

/** Whether it is looked up for each record which of these targets it is about, instead of collecting all that is about them. */
export function probesTargets({ ids, targetIds = [] }: FollowFilter): boolean {
  return (
    targetIds.length <= PROBED_TARGETS || (ids !== undefined && ids.length * targetIds.length <= PROBED_PAIRS)
  )
}

/** Whether the follow-up `f` is about one of these, where another index finds the records. */
function isAboutOneOf(tx: ReadTx, filter: FollowFilter, targets: readonly string[]): Sql {
  const system = filter.system ? 1 : 0
  const among = join(
    [
      sql`t.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`t.target_id`, targets)} AND t.system = ${system}`,
      ...inRange(sql`t.follow_time`, filter.followTime),
    ],
    ' AND ',
  )
  if (probesTargets(filter)) {
    return sql`EXISTS (SELECT 1 FROM follow_target t WHERE ${among} AND t.follow_time = f.follow_time AND t.id = f.id)`
  }
  // An expression: SQLite would otherwise look up these records instead of those that the index leaves.
  const id = tx.dialect.indexedBy ? sql`+f.id` : sql`f.id`
  return sql`${id} IN (SELECT t.id FROM follow_target t WHERE ${among})`
}

/** Conditions on the record's own columns, except its follow time. */
function columnConditions(tx: ReadTx, filter: FollowFilter): Sql[] {
  const where = inRange(sql`f.create_time`, filter.createTime)
  const among = (column: Sql, values: readonly (string | bigint)[] | undefined) => {
    if (!values) return
    // One value is an equality, so that its index is read in order; several are a set.
    where.push(values.length === 1 ? sql`${column} = ${values[0]}` : tx.dialect.isOneOf(column, values))
  }
  among(sql`f.business_type`, filter.businessTypes?.map(BigInt))
  among(sql`f.id`, filter.ids)
  among(sql`f.follow_user_id`, filter.userIds)
  among(sql`f.follow_type`, filter.followTypeIds)
  if (filter.title !== undefined) where.push(sql`f.title = ${filter.title}`)
  if (filter.externalId !== undefined) where.push(sql`f.external_id = ${filter.externalId}`)
  if (filter.businessId !== undefined) where.push(sql`f.business_id = ${filter.businessId}`)
  if (filter.seenBy) where.push(isSeenBy(tx, filter.seenBy))
  return where
}

/** A follow-up is about its business object, and about the customer that it belongs to. */
function isSeenBy(tx: ReadTx, userIds: readonly string[]): Sql {
  const isOne = (column: Sql) => tx.dialect.isOneOf(column, userIds)
  return sql`(${isOne(sql`f.follow_user_id`)}
    OR EXISTS (SELECT 1 FROM target o WHERE o.corp = ${tx.corp} AND o.type = f.business_type AND o.id = f.business_id
      AND ${isOne(sql`o.owner_user_id`)})
    OR EXISTS (SELECT 1 FROM target o WHERE o.corp = ${tx.corp} AND o.type = 1 AND o.id = f.external_id
      AND ${isOne(sql`o.owner_user_id`)}))`
}

function inRange(column: Sql, range: TimeRange | undefined): Sql[] {
  const conditions: Sql[] = []
  if (range?.from !== undefined) conditions.push(sql`${column} >= ${range.from}`)
  if (range?.before !== undefined) conditions.push(sql`${column} < ${range.before}`)
  return conditions
}

function isAfter(table: Sql, place: TimePlace | undefined): Sql[] {
  return place ? [sql`(${table}.follow_time, ${table}.id) < (${place.followTime}, ${place.id})`] : []
}
