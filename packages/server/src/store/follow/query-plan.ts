import sql, { empty, type Sql } from 'sql-template-tag'
import type { ReadTx } from '../port.ts'
import { type Counters, countersOf, fullestBlock, type Span, spanOfRank, sumOf } from './counters.ts'
import {
  type DrivingIndex,
  type FollowFilter,
  type FollowOrder,
  hasOneTarget,
  matching,
  sortColumns,
  type TimePlace,
  type TimeRange,
} from './filter.ts'

/**
 * How the records of a filter are counted, and how the beginning of a page is found: by the counters wherever there are
 * some, otherwise by the index that leaves least to read. On PostgreSQL the engine chooses the index, by its statistics.
 */

/** Where a page lies in a list. */
export interface PagePosition {
  /** How many records match. */
  readonly total: number
  readonly limit: number
  readonly offset: number
  /** The record just before the page, where it is known: nothing is skipped then. */
  readonly after?: TimePlace | undefined
}

/** What there is to read for a filter. */
export interface Estimates {
  /** About how many index entries each part of the filter leaves, and its time range alone. */
  readonly entries: ReadonlyMap<DrivingIndex, number>
  /** Records in the fullest block of the time range. */
  readonly fullestBlock: number
}

/** For filters whose plan does not depend on estimates. */
export const NO_ESTIMATES: Estimates = { entries: new Map(), fullestBlock: 0 }

/** Estimates what each part of a filter leaves, by the counters. */
export async function estimate(tx: ReadTx, filter: FollowFilter): Promise<Estimates> {
  if (!tx.dialect.unindexed || isLookedUp(filter) || hasOneTarget(filter) || filter.title !== undefined) {
    return NO_ESTIMATES
  }
  const parts = partsOf(filter)
  // One value alone has counters and an index of its own, in the order of the list.
  if (parts.length < 2 && !isSet(filter)) return NO_ESTIMATES
  const { system, followTime = {} } = filter
  const everything = countersOf({ system }) as Counters
  const all = await sumOf(tx, everything, {}, ignoreRest)
  const time = await sumOf(tx, everything, followTime, ignoreRest)
  const entries = new Map<DrivingIndex, number>([['time', time]])
  for (const { index, part } of parts) {
    const ever = await sumOf(tx, countersOf({ system, ...part }) as Counters, {}, ignoreRest)
    // Assumes an even distribution over time.
    entries.set(index, (ever / Math.max(all, 1)) * time)
  }
  return { entries, fullestBlock: await fullestBlock(tx, everything, followTime) }
}

/** Estimates leave out the parts of days at both ends of a range. */
async function ignoreRest(): Promise<number> {
  return 0
}

/** Index entries that are read in about 5 ms. */
const EXPENSIVE_ENTRIES = 25_000

/** Whether a list reads so much that it must not block the event loop (see Store.readInThread). */
export function isExpensive(filter: FollowFilter, estimates: Estimates): boolean {
  const entries = estimates.entries.get(narrowest(estimates)) ?? 0
  if (!countersOf(filter)) return entries > EXPENSIVE_ENTRIES
  // Where there are counters, at most two blocks are read.
  const share = entries / Math.max(estimates.entries.get('time') ?? 0, 1)
  return Math.min(entries, 2 * share * estimates.fullestBlock) > EXPENSIVE_ENTRIES
}

/** The index that leaves least to read. */
function narrowest(
  { entries }: Estimates,
  among: readonly DrivingIndex[] = [...entries.keys()],
): DrivingIndex {
  const size = (index: DrivingIndex) => entries.get(index) ?? Number.POSITIVE_INFINITY
  return among.reduce((best, index) => (size(index) < size(best) ? index : best), 'time' as DrivingIndex)
}

interface FilterPart {
  readonly index: DrivingIndex
  readonly values: readonly unknown[]
  readonly part: Partial<FollowFilter>
}

/** The parts of a filter that have counters and an index. */
function partsOf({ businessTypes, followTypeIds, userIds }: FollowFilter): FilterPart[] {
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

/** How many records match, exactly (L12). */
export async function countFollows(tx: ReadTx, filter: FollowFilter, estimates?: Estimates): Promise<number> {
  const known = estimates ?? (await estimate(tx, filter))
  const counters = countersOf(filter)
  if (!counters) return countRows(tx, filter, known)
  return sumOf(tx, counters, filter.followTime ?? {}, (range) =>
    countRows(tx, { ...filter, followTime: range }, known),
  )
}

async function countRows(tx: ReadTx, filter: FollowFilter, estimates: Estimates): Promise<number> {
  const index = drivingIndexOf(tx, filter, estimates, false)
  // A column that no other index holds: SQLite would rather scan a whole index than look up a few ids and their rows.
  const counted = index === 'id' ? sql`f.head` : sql`*`
  const row = await tx.get(sql`SELECT count(${counted}) ${matching(tx, filter, index)}`)
  return Number(row?.[0])
}

/**
 * The index that leaves least to read. With `inOrder`, only one that is in the order of the list: of a part with a single
 * value. Undefined where the engine chooses.
 */
function drivingIndexOf(
  tx: ReadTx,
  filter: FollowFilter,
  estimates: Estimates,
  inOrder: boolean,
): DrivingIndex | undefined {
  if (!tx.dialect.unindexed) return undefined
  if (isLookedUp(filter)) return 'id'
  if (hasOneTarget(filter) || filter.createTime !== undefined) return undefined
  if (filter.title !== undefined) return 'title'
  const parts = partsOf(filter)
  const usable = parts.filter(({ values }) => !inOrder || values.length === 1)
  const [only] = usable
  if (!only) return 'time'
  if (parts.length === 1) return only.index
  return narrowest(
    estimates,
    usable.map(({ index }) => index),
  )
}

/** Where reading begins for a page, and what is skipped there. */
export interface PagePlan {
  readonly filter: FollowFilter
  readonly limit: number
  readonly offset: number
  /** All that matches is collected and sorted, instead of reading an index in the order of the list. */
  readonly sorts: boolean
  readonly drivingIndex: DrivingIndex | undefined
  /** Read from the oldest on, because the page is nearer to the end; `offset` counts what is older than it. */
  readonly backwards: boolean
}

/** Plans how a page is read. */
export async function planPage(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
  position: PagePosition,
  estimates?: Estimates,
): Promise<PagePlan> {
  const known = estimates ?? (await estimate(tx, filter))
  const { offset, total, limit, after } = position
  const plan = (sorts: boolean, within = filter, skipped = offset): PagePlan => ({
    filter: within,
    limit,
    offset: skipped,
    sorts,
    drivingIndex: order === 'time' ? drivingIndexOf(tx, filter, known, !sorts) : undefined,
    backwards: false,
  })
  const isSmallSet =
    isSet(filter) && (total <= SMALL_SET || isLookedUp(filter) || isSortedCheaper(filter, position, known))
  if (after) return plan(isSmallSet, { ...filter, after }, 0)
  if (isSmallSet) return plan(true)
  const counters = order === 'time' ? countersOf(filter) : undefined
  const density = densityOf(tx, filter, total, known)
  if (counters && (offset + limit) * density > SKIP + SKIP_PER_VALUE * valuesOf(filter)) {
    const span = await spanOfPage(tx, filter, counters, position, density, known)
    if (span) {
      const { from, before, n } = span
      // Where few records match in the order of time, the whole span is collected and sorted.
      const isThin = isSet(filter) && 2 * (n + 3 * valuesOf(filter)) < (span.offset + limit) * density
      return plan(isThin, { ...filter, followTime: { from, before } }, span.offset)
    }
  }
  if (offset <= SKIP || offset <= total / 2) return plan(false)
  const end = Math.min(total, offset + limit)
  return { ...plan(false), limit: end - offset, offset: total - end, backwards: true }
}

/** Skipping this many entries is faster than finding a span by the counters; each value of a set adds so many. */
const SKIP = 200
const SKIP_PER_VALUE = 34

function valuesOf(filter: FollowFilter): number {
  return partsOf(filter).reduce((sum, { values }) => sum + values.length, 0)
}

/** About how many index entries are read, in the order of the list, for one record that matches. */
function densityOf(tx: ReadTx, filter: FollowFilter, total: number, estimates: Estimates): number {
  const index = drivingIndexOf(tx, filter, estimates, true)
  const entries = index && estimates.entries.get(index)
  if (entries !== undefined) return entries / Math.max(total, 1)
  return isSet(filter) || partsOf(filter).length > 1 ? UNKNOWN_DENSITY : 1
}

/** Without estimates: as in a large department, or a pair of target type and follow type. */
const UNKNOWN_DENSITY = 10

/** The span in which a page lies, by the counters, then narrowed by counting inside it. */
async function spanOfPage(
  tx: ReadTx,
  filter: FollowFilter,
  counters: Counters,
  { total, limit, offset }: PagePosition,
  density: number,
  estimates: Estimates,
): Promise<Span | undefined> {
  const { from = Number.NEGATIVE_INFINITY, before } = filter.followTime ?? {}
  // Counters know nothing of the end of the range: what is newer is skipped too.
  const newer =
    before === undefined ? 0 : await countFollows(tx, { ...filter, followTime: { from: before } }, estimates)
  const most = Math.min(limit, total - offset)
  const found = await spanOfRank(tx, counters, newer + offset, most)
  if (!found) return undefined
  let span = { ...found, from: Math.max(from, found.from) }
  let aim = aimOf(span.offset)
  for (let tries = 0; tries < NARROWINGS && aim * density > SKIP_INSTEAD_OF_COUNTING; tries++) {
    const middle = Math.round(span.before - ((span.before - span.from) * aim) / span.n)
    if (middle <= span.from || middle >= span.before) break
    const range: TimeRange = { from: middle, before: span.before }
    const n = await countRows(tx, { ...filter, followTime: range }, estimates)
    // Many records of one moment: time does not separate them.
    if (n === 0 || n >= span.n) break
    if (n <= span.offset) {
      span = { ...span, before: middle, n: span.n - n, offset: span.offset - n }
      aim = aimOf(span.offset)
    } else {
      if (n >= span.offset + most) span = { ...span, from: middle, n }
      aim -= 2 * (n - span.offset)
    }
  }
  return span
}

/** A little less than what comes before the page, so that the page seldom begins before the middle. */
function aimOf(offset: number): number {
  return offset - 2 * Math.sqrt(offset)
}

const NARROWINGS = 4
/** So many entries are skipped as fast as they are counted. */
const SKIP_INSTEAD_OF_COUNTING = 1000

/**
 * Up to this total, the matches of a set of values are collected by their own index and sorted. Reading the time index
 * until a page is full would go through the whole company for a few ids (1,000,000 entries where 3 records match).
 */
const SMALL_SET = 1000

function isSet(filter: FollowFilter): boolean {
  return [filter.ids, filter.targetIds, filter.userIds, filter.followTypeIds].some(
    (values) => (values?.length ?? 0) > 1,
  )
}

/** Whether the records are looked up by their ids, one by one. */
function isLookedUp(filter: FollowFilter): boolean {
  return filter.ids !== undefined || (filter.targetIds?.length ?? 0) > 1
}

/** Whether collecting and sorting all matches reads less than going to the page in the order of the list. */
function isSortedCheaper(
  filter: FollowFilter,
  { offset, limit, total, after }: PagePosition,
  estimates: Estimates,
): boolean {
  // Counters lead to the span of the page: little is read.
  if (after || countersOf(filter)) return false
  const index = narrowest(estimates)
  const [entries, all] = [estimates.entries.get(index), estimates.entries.get('time')]
  if (index === 'time' || entries === undefined || all === undefined) return false
  const skipped = Math.min(offset, total - offset) + limit
  return 2 * entries < all * (skipped / total)
}

/** The order of a list, or the opposite one. */
export function orderBy({ filter, sorts, backwards }: PagePlan, order: FollowOrder): Sql {
  const { id, time } = sortColumns(filter, order)
  // No index is in the order of an expression: the engine has to collect and sort.
  const unordered = sorts ? sql`+` : empty
  const direction = backwards ? empty : sql` DESC`
  return sql`${unordered}${time}${direction}, ${unordered}${id}${direction}`
}
