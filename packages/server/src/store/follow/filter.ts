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

/** The index by which the records of a filter are found. */
export type DrivingIndex = 'id' | 'title' | 'time' | 'targetType' | 'followType' | 'user'

/** One target id has an index in the order of the list; several are looked up as a set. */
export function hasOneTarget(filter: FollowFilter): boolean {
  return filter.targetIds?.length === 1
}

/** The columns that a list is sorted by. */
export function sortColumns(filter: FollowFilter, order: FollowOrder): { id: Sql; time: Sql } {
  if (hasOneTarget(filter) && order === 'time') return { id: sql`t.id`, time: sql`t.follow_time` }
  return { id: sql`f.id`, time: order === 'written' ? sql`f.create_time` : sql`f.follow_time` }
}

/** FROM and WHERE of a filter. */
export function matching(tx: ReadTx, filter: FollowFilter, drivingIndex: DrivingIndex | undefined): Sql {
  const where = columnConditions(tx, filter, drivingIndex)
  const system = filter.system ? 1 : 0
  if (hasOneTarget(filter)) {
    const target = [
      sql`t.corp = ${tx.corp} AND t.target_id = ${filter.targetIds?.[0]} AND t.system = ${system}`,
      ...inRange(sql`t.follow_time`, filter.followTime),
      ...isAfter(sql`t`, filter.after),
    ]
    // The rows themselves are read for other columns only: counting one target takes 15 µs instead of 115.
    const rows = where.length > 0 ? sql`JOIN follow f ON f.corp = t.corp AND f.id = t.id` : empty
    return sql`FROM follow_target t ${rows} WHERE ${join([...target, ...where], ' AND ')}`
  }
  const systemColumn = drivingIndex === 'id' ? unindexed(tx, drivingIndex, sql`f.system`) : sql`f.system`
  where.unshift(sql`f.corp = ${tx.corp} AND ${systemColumn} = ${system}`)
  where.push(...inRange(sql`f.follow_time`, filter.followTime), ...isAfter(sql`f`, filter.after))
  if (filter.targetIds) {
    where.push(sql`f.id IN (SELECT t.id FROM follow_target t WHERE t.corp = ${tx.corp}
      AND ${tx.dialect.isOneOf(sql`t.target_id`, filter.targetIds)} AND t.system = ${system})`)
  }
  return sql`FROM follow f WHERE ${join(where, ' AND ')}`
}

/** Conditions on the record's own columns, except its follow time. */
function columnConditions(tx: ReadTx, filter: FollowFilter, drivingIndex: DrivingIndex | undefined): Sql[] {
  const where = inRange(sql`f.create_time`, filter.createTime)
  const among = (
    index: DrivingIndex | undefined,
    column: Sql,
    values: readonly (string | bigint)[] | undefined,
  ) => {
    if (!values) return
    const compared =
      index === undefined || index === drivingIndex ? column : unindexed(tx, drivingIndex, column)
    // One value is an equality, so that its index is read in order; several are a set.
    where.push(values.length === 1 ? sql`${compared} = ${values[0]}` : tx.dialect.isOneOf(compared, values))
  }
  among('targetType', sql`f.business_type`, filter.businessTypes?.map(BigInt))
  among(undefined, sql`f.id`, filter.ids)
  among('user', sql`f.follow_user_id`, filter.userIds)
  among('followType', sql`f.follow_type`, filter.followTypeIds)
  if (filter.title !== undefined) where.push(sql`f.title = ${filter.title}`)
  if (filter.externalId !== undefined) where.push(sql`f.external_id = ${filter.externalId}`)
  if (filter.businessId !== undefined) where.push(sql`f.business_id = ${filter.businessId}`)
  return where
}

/** A column whose index must not be used, once another index has been chosen. */
function unindexed(tx: ReadTx, drivingIndex: DrivingIndex | undefined, column: Sql): Sql {
  return drivingIndex === undefined || !tx.dialect.unindexed ? column : tx.dialect.unindexed(column)
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
