import sql, { join, type Sql } from 'sql-template-tag'
import type { ReadTx } from '../port.ts'
import { type Counters, countersOf, sumOf, wholePeriods } from './counters.ts'
import {
  type DrivingIndex,
  type FollowFilter,
  type FollowOrder,
  followsBy,
  probesTargets,
  type TimeRange,
  targetsOf,
} from './filter.ts'

/**
 * About how much is read for a filter by each index that could find its records: by the counters where there are some, or
 * else by counting index entries up to a limit. Costs are in index entries, about 0.2 µs each.
 */
export interface Estimates {
  /** Entries that each index leaves for the filter; Infinity: more than were counted. */
  readonly entries: ReadonlyMap<DrivingIndex, number>
}

/** For filters whose plan does not depend on estimates. */
export const NO_ESTIMATES: Estimates = { entries: new Map() }

/** What costs more must not block the event loop (see Store.readExpensive): about 2 ms. */
export const EXPENSIVE = 10_000

/** How many entries are counted at most: where that may take as long as it needs, and where it must not. */
const COUNTED = { thoroughly: 2_000_000, briefly: EXPENSIVE / 2 }

/**
 * What it costs to look up a record. Pages that are not in memory yet cost most: about 10 µs each.
 */
const ROW = 50
/** To find the entry of a record in the index of times, in the order of that index. */
const LOOKUP = 10
/** To look up whether a record is about a target. */
const PROBE = 25
/** To begin at another value of an index. */
const SEEK = 20
/** To keep an entry until it is sorted. */
const SORT = 2

/** A part of a filter that has counters and an index. */
export interface FilterPart {
  readonly index: 'targetType' | 'followType' | 'user'
  readonly values: readonly unknown[]
  readonly part: Partial<FollowFilter>
}

export function partsOf({ businessTypes, followTypeIds, userIds }: FollowFilter): FilterPart[] {
  return [
    ...(businessTypes
      ? [{ index: 'targetType' as const, values: businessTypes, part: { businessTypes } }]
      : []),
    ...(followTypeIds
      ? [{ index: 'followType' as const, values: followTypeIds, part: { followTypeIds } }]
      : []),
    ...(userIds ? [{ index: 'user' as const, values: userIds, part: { userIds } }] : []),
  ]
}

/** Whether there are counters for the filter, and an index in the order of the list. */
export function isPlain(filter: FollowFilter, order: FollowOrder): boolean {
  if (order !== 'time' || !countersOf(filter)) return false
  const parts = partsOf(filter)
  return parts.length < 2 && parts.every(({ values }) => values.length === 1)
}

/** @param thorough whether it may take long: index entries are then counted to nearly any number */
export async function estimate(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
  thorough: boolean,
): Promise<Estimates> {
  if (isPlain(filter, order)) return NO_ESTIMATES
  const { system, followTime = {}, createTime, title, ids } = filter
  const everything = countersOf({ system }) as Counters
  const most = thorough ? COUNTED.thoroughly : COUNTED.briefly
  const counted = async (index: DrivingIndex, table: Sql): Promise<[DrivingIndex, number]> => {
    const row = await tx.get(sql`SELECT count(*) FROM (SELECT 1 ${table} LIMIT ${most + 1}) x`)
    const entries = Number(row?.[0])
    return [index, entries > most ? Number.POSITIVE_INFINITY : entries]
  }
  const range = wholePeriods(everything, followTime)
  const targets = targetsOf(filter)
  if (ids) {
    const collected = targets && !probesTargets(filter)
    return ofIds(
      ids.length,
      collected && (await counted('target', targetRows(tx, targets, system, followTime))),
    )
  }
  const [all, time, parts, ...others] = await Promise.all([
    sumOf(tx, everything, {}),
    sumOf(tx, everything, range),
    Promise.all(
      partsOf(filter).map(async ({ index, part }): Promise<[DrivingIndex, number, number?]> => {
        const counters = countersOf({ system, ...part }) as Counters
        const own = wholePeriods(counters, followTime)
        const isSame = own.from === range.from && own.before === range.before
        const [n, among] = await Promise.all([
          sumOf(tx, counters, own),
          isSame ? undefined : sumOf(tx, everything, own),
        ])
        return [index, n, among]
      }),
    ),
    ...(targets ? [counted('target', targetRows(tx, targets, system, followTime))] : []),
    ...(title === undefined ? [] : [counted('title', titleRows(tx, title, system, followTime))]),
    ...(createTime ? [counted('written', writtenRows(tx, system, createTime))] : []),
  ])
  const entries = new Map<DrivingIndex, number>([['time', time], ...others])
  if (order === 'written' && !createTime) entries.set('written', all)
  // Assumes an even distribution over the time of the periods: of staff, 32 days.
  for (const [index, n, among = time] of parts) entries.set(index, (n / Math.max(among, 1)) * time)
  return { entries }
}

/** Ids are looked up, whatever else is asked. */
export function ofIds(
  count: number,
  ...others: (readonly [DrivingIndex, number] | undefined | false)[]
): Estimates {
  return {
    entries: new Map([
      ['id', count] as const,
      ...others.filter((other) => other !== undefined && other !== false),
    ]),
  }
}

function targetRows(tx: ReadTx, targets: readonly string[], system: boolean, range: TimeRange): Sql {
  return sql`FROM follow_target t WHERE t.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`t.target_id`, targets)}
    AND t.system = ${system ? 1 : 0} ${within(sql`t.follow_time`, range)}`
}

function titleRows(tx: ReadTx, title: string, system: boolean, range: TimeRange): Sql {
  return sql`FROM ${followsBy(tx, 'title')} WHERE f.corp = ${tx.corp} AND f.system = ${system ? 1 : 0} AND f.title = ${title}
    ${within(sql`f.follow_time`, range)}`
}

function writtenRows(tx: ReadTx, system: boolean, range: TimeRange): Sql {
  return sql`FROM ${followsBy(tx, 'written')} WHERE f.corp = ${tx.corp} AND f.system = ${system ? 1 : 0}
    ${within(sql`f.create_time`, range)}`
}

function within(column: Sql, { from, before }: TimeRange): Sql {
  const conditions = [
    ...(from === undefined ? [] : [sql`AND ${column} >= ${from}`]),
    ...(before === undefined ? [] : [sql`AND ${column} < ${before}`]),
  ]
  return join([sql``, ...conditions], ' ')
}

/** Columns that stand in each index beside those that it finds by. */
const COVERED: Readonly<Record<DrivingIndex, ReadonlySet<keyof FollowFilter>>> = {
  time: new Set(['businessTypes', 'followTypeIds', 'userIds', 'followTime']),
  targetType: new Set(['businessTypes', 'followTypeIds', 'userIds', 'followTime']),
  followType: new Set(['businessTypes', 'followTypeIds', 'userIds', 'followTime']),
  user: new Set(['businessTypes', 'followTypeIds', 'userIds', 'followTime']),
  title: new Set(['businessTypes', 'followTypeIds', 'userIds', 'followTime', 'title']),
  written: new Set(['businessTypes', 'userIds', 'createTime']),
  target: new Set(['targetIds', 'followTime']),
  id: new Set([]),
}

const COLUMNS = [
  ...(['businessTypes', 'followTypeIds', 'userIds', 'followTime', 'title'] as const),
  ...(['createTime', 'externalId', 'businessId', 'ids', 'seenBy'] as const),
]

/** What it costs to look at one entry of an index, with all that the filter asks besides. */
export function costOfEntry(filter: FollowFilter, index: DrivingIndex): number {
  const asked = COLUMNS.filter((column) => filter[column] !== undefined)
  const notIn = (covered: DrivingIndex) => asked.some((column) => !COVERED[covered].has(column))
  if (index === 'target') {
    const distinct = (targetsOf(filter)?.length ?? 0) > 1 ? 2 : 0
    return 1 + distinct + (notIn('target') ? LOOKUP : 0) + (notIn('time') ? ROW : 0)
  }
  const targets = filter.targetIds?.length ?? 0
  return 1 + (notIn(index) ? ROW : 0) + (probesTargets(filter) ? targets * PROBE : 1)
}

/** What estimating costs by itself: sets of very many values begin at many places of an index, and have many counters. */
export function costOfEstimating(filter: FollowFilter): number {
  const targets = targetsOf(filter)?.length ?? 0
  if (filter.ids) return probesTargets(filter) ? 0 : targets * SEEK
  const values = partsOf(filter).reduce((sum, part) => sum + part.values.length, 0)
  return (targets + 2 * values) * SEEK + 2 * values * blocksIn(filter.followTime)
}

/** About how many counters of blocks and days a range has for each value. */
function blocksIn({ from, before }: TimeRange = {}): number {
  if (from === undefined && before === undefined) return 1
  return (
    BLOCKS_OF_DAYS +
    (from === undefined || before === undefined ? BLOCKS_OF_YEARS : (before - from) / BLOCK_MS)
  )
}

const BLOCK_MS = 32 * 86_400_000
const BLOCKS_OF_DAYS = 32
/** Of ten years. */
const BLOCKS_OF_YEARS = 120

/** What it costs to look at all entries that an index leaves. */
export function costOf(filter: FollowFilter, index: DrivingIndex, { entries }: Estimates): number {
  const own = entries.get(index) ?? Number.POSITIVE_INFINITY
  const targets = filter.targetIds?.length ?? 0
  const collects = index !== 'target' && !probesTargets(filter)
  const collected = collects ? 3 * (entries.get('target') ?? 0) : 0
  const seeks = index === 'target' || collects ? targets * SEEK : 0
  return own * costOfEntry(filter, index) + collected + seeks
}

/** What it costs to sort a record that an index has found. */
export function costOfSorting(order: FollowOrder, index: DrivingIndex): number {
  // No other index has the time of writing.
  return SORT + (order === 'written' && index !== 'written' ? ROW : 0)
}

/** The index that costs least. */
export function cheapest(filter: FollowFilter, estimates: Estimates): DrivingIndex {
  let best: DrivingIndex = 'time'
  for (const index of estimates.entries.keys()) {
    if (costOf(filter, index, estimates) < costOf(filter, best, estimates)) best = index
  }
  return best
}
