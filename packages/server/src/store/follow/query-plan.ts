import sql, { empty, type Sql } from 'sql-template-tag'
import type { ReadTx } from '../port.ts'
import { type Counters, countersOf, fullestSpan, type Span, seek, sumOf } from './counters.ts'
import {
  type DrivingIndex,
  type FollowFilter,
  type FollowOrder,
  keysOf,
  matching,
  type TimePlace,
  walksTarget,
} from './filter.ts'

/** How what a list asks for is counted, and how the place of a page is found: by the counters as far as they tell. */

/** Where a page lies among what matches. */
export interface PageOf {
  /** How many match: few are gathered and sorted, many are walked in order. */
  readonly total: number
  readonly limit: number
  readonly offset: number
  /** The record just before the page, where it is known: nothing is skipped then. */
  readonly after?: TimePlace | undefined
}

/** What there is to read for a filter. */
export interface Estimates {
  /** About how many entries of an index each part leaves, and the time range alone. */
  readonly entries: ReadonlyMap<DrivingIndex, number>
  /** How many entries of the time's index the fullest span of the range holds. */
  readonly fullest: number
}

/** Those of a filter that nothing is decided for by weights. */
export const NO_ESTIMATES: Estimates = { entries: new Map(), fullest: 0 }

/** Weighs the parts of a filter by the counters. */
export async function estimate(tx: ReadTx, filter: FollowFilter): Promise<Estimates> {
  const parts = givenParts(filter)
  // PostgreSQL decides by statistics of its own.
  if (!tx.dialect.unindexed || isLookedUp(filter) || walksTarget(filter) || filter.title !== undefined)
    return NO_ESTIMATES
  // One value alone has counters and an index of its own, in the order of the list.
  if (parts.length < 2 && !isSet(filter)) return NO_ESTIMATES
  const { system, followTime = {} } = filter
  // About: what lies beside whole days is left out, and everybody is taken to have worked at all times alike.
  const everything = countersOf({ system }) as Counters
  const all = await sumOf(tx, everything, {}, async () => 0)
  const time = await sumOf(tx, everything, followTime, async () => 0)
  const entries = new Map<DrivingIndex, number>([['time', time]])
  for (const { drivingIndex, part } of parts) {
    const counters = countersOf({ system, ...part }) as Counters
    const ever = await sumOf(tx, counters, {}, async () => 0)
    entries.set(drivingIndex, (ever / Math.max(all, 1)) * time)
  }
  return { entries, fullest: await fullestSpan(tx, everything, followTime) }
}

/** Entries of an index that are looked at in about 5 ms. */
const MANY_ENTRIES = 25_000

/**
 * Whether so much is looked at for a list that the event loop should not stand still for it.
 *
 * @param weights of the filter
 */
export function isExpensive(filter: FollowFilter, estimates: Estimates): boolean {
  const entries = estimates.entries.get(narrowest(estimates)) ?? 0
  if (!countersOf(filter)) return entries > MANY_ENTRIES
  // Where there are counters, what is looked at is what lies in two of their spans at most.
  const share = entries / Math.max(estimates.entries.get('time') ?? 0, 1)
  return Math.min(entries, 2 * share * estimates.fullest) > MANY_ENTRIES
}

/** The part that leaves least. */
function narrowest(
  { entries }: Estimates,
  among: readonly DrivingIndex[] = [...entries.keys()],
): DrivingIndex {
  const weight = (drivingIndex: DrivingIndex) => entries.get(drivingIndex) ?? Number.POSITIVE_INFINITY
  return among.reduce(
    (best, drivingIndex) => (weight(drivingIndex) < weight(best) ? drivingIndex : best),
    'time' as DrivingIndex,
  )
}

function givenParts({ businessTypes, typeIds, userIds }: FollowFilter) {
  const parts = [
    { drivingIndex: 'type', values: businessTypes, part: { businessTypes } },
    { drivingIndex: 'method', values: typeIds, part: { typeIds } },
    { drivingIndex: 'user', values: userIds, part: { userIds } },
  ] as { drivingIndex: DrivingIndex; values: readonly unknown[] | undefined; part: Partial<FollowFilter> }[]
  return parts.filter(({ values }) => values)
}

/** How many match, exactly (L12). */
export async function countFollows(tx: ReadTx, filter: FollowFilter, estimates?: Estimates): Promise<number> {
  const known = estimates ?? (await estimate(tx, filter))
  const counters = countersOf(filter)
  if (!counters) return countRows(tx, filter, known)
  return sumOf(tx, counters, filter.followTime ?? {}, (range) =>
    countRows(tx, { ...filter, followTime: range }, known),
  )
}

async function countRows(tx: ReadTx, filter: FollowFilter, estimates: Estimates): Promise<number> {
  const drivingIndex = drivingIndexOf(tx, filter, estimates, false)
  // What no other index has: SQLite would rather read a whole index than look a few ids up and then at their rows.
  const counted = drivingIndex === 'id' ? sql`f.head` : sql`*`
  const row = await tx.get(sql`SELECT count(${counted}) ${matching(tx, filter, drivingIndex)}`)
  return Number(row?.[0])
}

/**
 * The part of a filter that leaves least to read. `inOrder`: one value only, whose index is in the order of the list.
 * Undefined: the engine decides, by its statistics or because there is not much to decide.
 */
function drivingIndexOf(
  tx: ReadTx,
  filter: FollowFilter,
  estimates: Estimates,
  inOrder: boolean,
): DrivingIndex | undefined {
  if (!tx.dialect.unindexed) return undefined
  if (isLookedUp(filter)) return 'id'
  if (walksTarget(filter) || filter.createTime !== undefined) return undefined
  if (filter.title !== undefined) return 'title'
  const given = givenParts(filter)
  const usable = given.filter(({ values }) => !inOrder || values?.length === 1)
  const [only] = usable
  if (!only) return 'time'
  if (given.length === 1) return only.drivingIndex
  return narrowest(
    estimates,
    usable.map(({ drivingIndex }) => drivingIndex),
  )
}

/** Where reading begins for a page, and what is skipped there. */
export interface PagePlan {
  readonly filter: FollowFilter
  readonly limit: number
  readonly offset: number
  /** Few that match are gathered and sorted, many are walked in order. */
  readonly isSmallSet: boolean
  readonly drivingIndex: DrivingIndex | undefined
  /** From the oldest on: the page is nearer to the end. `offset` is then what is older than it. */
  readonly backwards: boolean
}

/** Finds where a page begins: by the counters where there are some; few are skipped either way. */
export async function planPage(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
  page: PageOf,
  estimates?: Estimates,
): Promise<PagePlan> {
  const known = estimates ?? (await estimate(tx, filter))
  const { offset, total, limit, after } = page
  const start = (isSmallSet: boolean, within = filter, skipped = offset): PagePlan => ({
    filter: within,
    limit,
    offset: skipped,
    isSmallSet,
    drivingIndex: order === 'time' ? drivingIndexOf(tx, filter, known, !isSmallSet) : undefined,
    backwards: false,
  })
  const isSmallSet = isSet(filter) && (total <= FEW || isLookedUp(filter) || isGathered(filter, page, known))
  if (after) return start(isSmallSet, { ...filter, after }, 0)
  if (isSmallSet) return start(true)
  const counters = order === 'time' ? countersOf(filter) : undefined
  const density = densityOf(tx, filter, total, known)
  if (counters && (offset + limit) * density > SKIP + SKIP_VALUE * valuesOf(filter)) {
    const span = await spanOf(tx, filter, counters, page, density, known)
    if (span) {
      const { from, before, n } = span
      // Where the list is thin in the order of time, all of the span is gathered instead of walking it.
      const thin = isSet(filter) && 2 * (n + 3 * valuesOf(filter)) < (span.offset + limit) * density
      return start(thin, { ...filter, followTime: { from, before } }, span.offset)
    }
  }
  if (offset <= SKIP || offset <= total / 2) return start(false)
  const end = Math.min(total, offset + limit)
  return { ...start(false), limit: end - offset, offset: total - end, backwards: true }
}

/** So many entries are skipped faster than a period is found by the counters, and so many more for each value of a set. */
const SKIP = 200
const SKIP_VALUE = 34

function valuesOf(filter: FollowFilter): number {
  return givenParts(filter).reduce((sum, { values }) => sum + (values?.length ?? 0), 0)
}

/** About how many entries are walked in the order of the list for one record that matches. */
function densityOf(tx: ReadTx, filter: FollowFilter, total: number, estimates: Estimates): number {
  const drivingIndex = drivingIndexOf(tx, filter, estimates, true)
  const walked = drivingIndex && estimates.entries.get(drivingIndex)
  if (walked !== undefined) return walked / Math.max(total, 1)
  return isSet(filter) || givenParts(filter).length > 1 ? UNKNOWN_DENSITY : 1
}

/** Where nothing is weighed: a large department, a pair of type and method. */
const UNKNOWN_DENSITY = 10

/** The span in which a page lies, by the counters; where they tell of no days, made narrower by counting in it. */
async function spanOf(
  tx: ReadTx,
  filter: FollowFilter,
  counters: Counters,
  { total, limit, offset }: PageOf,
  density: number,
  estimates: Estimates,
): Promise<Span | undefined> {
  const { from = Number.NEGATIVE_INFINITY, before } = filter.followTime ?? {}
  // Counters know nothing of the range's end: what lies behind it is skipped too.
  const newer =
    before === undefined ? 0 : await countFollows(tx, { ...filter, followTime: { from: before } }, estimates)
  const most = Math.min(limit, total - offset)
  const found = await seek(tx, counters, newer + offset, most)
  if (!found) return undefined
  let span = { ...found, from: Math.max(from, found.from) }
  // Aims at a little less than what comes before the page, so that the page seldom begins before that.
  let aim = aimOf(span.offset)
  for (let tries = 0; tries < NARROWINGS && aim * density > FINE; tries++) {
    const middle = Math.round(span.before - ((span.before - span.from) * aim) / span.n)
    if (middle <= span.from || middle >= span.before) break
    const range = { from: middle, before: span.before }
    const n = await countRows(tx, { ...filter, followTime: range }, estimates)
    // Time does not part them: many at one moment.
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

function aimOf(offset: number): number {
  return offset - 2 * Math.sqrt(offset)
}

const NARROWINGS = 4
/** As many entries are walked as fast as they are counted. */
const FINE = 1000

/**
 * Up to here, what matches a set of values is gathered by its own index and sorted. Walking the time index until a page
 * is full would go through the whole company for a few ids (1,000,000 index entries where 3 records match).
 */
const FEW = 1000

function isSet(filter: FollowFilter): boolean {
  return [filter.ids, filter.targetIds, filter.userIds, filter.typeIds].some(
    (values) => (values?.length ?? 0) > 1,
  )
}

/** Whether the records are looked up by their ids, one by one: these are never many. */
function isLookedUp(filter: FollowFilter): boolean {
  return filter.ids !== undefined || (filter.targetIds?.length ?? 0) > 1
}

/**
 * Whether gathering all that matches by the narrowest part, and sorting it, looks at less than walking the list's own order to
 * the page does.
 */
function isGathered(
  filter: FollowFilter,
  { offset, limit, total, after }: PageOf,
  estimates: Estimates,
): boolean {
  // Where there are counters, they lead to the period of the page: not much is walked.
  if (after || countersOf(filter)) return false
  const drivingIndex = narrowest(estimates)
  const [entries, walked] = [estimates.entries.get(drivingIndex), estimates.entries.get('time')]
  if (drivingIndex === 'time' || entries === undefined || walked === undefined) return false
  const skipped = Math.min(offset, total - offset) + limit
  return 2 * entries < walked * (skipped / total)
}

/** The order of a list, or the opposite one. */
export function inOrder({ filter, isSmallSet, backwards }: PagePlan, order: FollowOrder): Sql {
  const { id, time } = keysOf(filter, order)
  // An expression is not what the index is in the order of: the engine must gather and sort.
  const bare = isSmallSet ? sql`+` : empty
  const down = backwards ? empty : sql` DESC`
  return sql`${bare}${time}${down}, ${bare}${id}${down}`
}
