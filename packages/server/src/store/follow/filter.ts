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

/** FROM and WHERE of a filter, for records that are then sorted in this order. */
export function matching(
  tx: ReadTx,
  filter: FollowFilter,
  index: DrivingIndex | undefined,
  order: FollowOrder = 'time',
): Sql {
  const byTarget = isByTarget(filter, index)
  const where = columnConditions(tx, filter, index)
  if (byTarget) return fromTargets(tx, filter, where, order)
  const system = filter.system ? 1 : 0
  const systemColumn = index === 'id' ? unindexed(tx, index, sql`f.system`) : sql`f.system`
  where.unshift(sql`f.corp = ${tx.corp} AND ${systemColumn} = ${system}`)
  const timeColumn = index === 'written' ? unindexed(tx, index, sql`f.follow_time`) : sql`f.follow_time`
  where.push(...inRange(timeColumn, filter.followTime), ...isAfter(sql`f`, filter.after))
  // What no other index holds: SQLite would rather scan a whole index than look up a few ids and their rows.
  if (index === 'id') where.push(sql`octet_length(f.tail) > 0`)
  if (filter.targetIds) where.push(isAboutOneOf(tx, filter.targetIds, system, index))
  return sql`FROM follow f WHERE ${join(where, ' AND ')}`
}

/** By the ids that follow-ups are about. Of several ids, a follow-up can be about more than one. */
function fromTargets(tx: ReadTx, filter: FollowFilter, where: Sql[], order: FollowOrder): Sql {
  const targets = targetsOf(filter) as readonly string[]
  const [only] = targets
  const several = targets.length > 1
  const among = join(
    [
      sql`t.corp = ${tx.corp}`,
      several ? tx.dialect.isOneOf(sql`t.target_id`, targets) : sql`t.target_id = ${only}`,
      sql`t.system = ${filter.system ? 1 : 0}`,
      ...inRange(sql`t.follow_time`, filter.followTime),
      ...isAfter(sql`t`, filter.after),
    ],
    ' AND ',
  )
  // The records are read for other columns only: counting one target takes 15 µs instead of 115.
  const needsRows = where.length > 0 || order === 'written'
  const rows = needsRows ? sql`JOIN follow f ON f.corp = ${tx.corp} AND f.id = t.id` : empty
  if (several) {
    const conditions = where.length > 0 ? sql`WHERE ${join(where, ' AND ')}` : empty
    return sql`FROM (SELECT DISTINCT t.follow_time AS follow_time, t.id AS id FROM follow_target t WHERE ${among}) t
      ${rows} ${conditions}`
  }
  return sql`FROM follow_target t ${rows} WHERE ${join([among, ...where], ' AND ')}`
}

/** Up to so many ids are looked up for each record; more are collected once. */
export const PROBED_TARGETS = 20

/** Whether the follow-up `f` is about one of these, where another index finds the records. */
function isAboutOneOf(
  tx: ReadTx,
  targets: readonly string[],
  system: number,
  index: DrivingIndex | undefined,
): Sql {
  const among = sql`t.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`t.target_id`, targets)} AND t.system = ${system}`
  if (targets.length > PROBED_TARGETS) {
    return sql`${unindexed(tx, index, sql`f.id`)} IN (SELECT t.id FROM follow_target t WHERE ${among})`
  }
  return sql`EXISTS (SELECT 1 FROM follow_target t WHERE ${among} AND t.follow_time = f.follow_time AND t.id = f.id)`
}

/** Conditions on the record's own columns, except its follow time. */
function columnConditions(tx: ReadTx, filter: FollowFilter, driving: DrivingIndex | undefined): Sql[] {
  const columnOf = (index: DrivingIndex | undefined, column: Sql) =>
    index === undefined || index === driving ? column : unindexed(tx, driving, column)
  const where = inRange(columnOf('written', sql`f.create_time`), filter.createTime)
  const among = (index: DrivingIndex, column: Sql, values: readonly (string | bigint)[] | undefined) => {
    if (!values) return
    const compared = columnOf(index, column)
    // One value is an equality, so that its index is read in order; several are a set.
    where.push(values.length === 1 ? sql`${compared} = ${values[0]}` : tx.dialect.isOneOf(compared, values))
  }
  among('targetType', sql`f.business_type`, filter.businessTypes?.map(BigInt))
  among('id', sql`f.id`, filter.ids)
  among('user', sql`f.follow_user_id`, filter.userIds)
  among('followType', sql`f.follow_type`, filter.followTypeIds)
  if (filter.title !== undefined) where.push(sql`${columnOf('title', sql`f.title`)} = ${filter.title}`)
  if (filter.externalId !== undefined) where.push(sql`f.external_id = ${filter.externalId}`)
  if (filter.businessId !== undefined) where.push(sql`f.business_id = ${filter.businessId}`)
  return where
}

/** A column whose index must not be used, once another index has been chosen. */
function unindexed(tx: ReadTx, driving: DrivingIndex | undefined, column: Sql): Sql {
  return driving === undefined || !tx.dialect.unindexed ? column : tx.dialect.unindexed(column)
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
