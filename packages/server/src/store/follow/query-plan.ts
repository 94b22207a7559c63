import sql, { empty, type Sql } from 'sql-template-tag'
import type { ReadTx } from '../port.ts'
import { type Counters, countersOf, type Period, Periods, periodsIn, type Span, sumOf } from './counters.ts'
import {
  cheapest,
  costOf,
  costOfEstimating,
  costOfSorting,
  type Estimates,
  estimate,
  isPlain,
  partsOf,
} from './estimate.ts'
import {
  type DrivingIndex,
  type FollowFilter,
  type FollowOrder,
  matching,
  sortColumns,
  type TimePlace,
  type TimeRange,
  targetsOf,
} from './filter.ts'
import { IS_LONG } from './row.ts'

/**
 * How the records of a list are counted, and how the beginning of a page is found: by the counters wherever there are some,
 * otherwise by the index that leaves least to read. On PostgreSQL the engine chooses the index, by its statistics. Costs are
 * in index entries (see estimate.ts).
 */

/** A list, and what is known of it in one state of the company. */
export interface List {
  readonly filter: FollowFilter
  readonly order: FollowOrder
  readonly estimates: Estimates
  /** How many records match, exactly (L12). */
  readonly total: number
  /** Ids of all records, in order, where they are few or had to be collected. */
  readonly ids: BigInt64Array | undefined
  /** Whether the company has long records (see IS_LONG). */
  readonly hasLong: boolean
  /** In which periods the records lie, where that is counted. */
  readonly periods: Periods | undefined
}

/** Up to so many entries of the cheapest index, the ids of all records of a list are found and kept: where there are counters … */
const FEW = 1_000
/** … and where it is the only way to count them; beyond it they are counted block by block, so that a page is found by its block. */
const COLLECTED = 40_000

/** Estimates can be wrong: where there are so many times more records, their ids are not kept. */
const WRONG = 4

/** Finds out about a list; undefined when that would cost more than `budget`. */
export async function openList(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
  budget = Number.POSITIVE_INFINITY,
): Promise<List | undefined> {
  if (!isPlain(filter, order) && costOfEstimating(filter) > budget) return undefined
  const [estimates, hasLong] = await Promise.all([
    estimate(tx, filter, order, budget === Number.POSITIVE_INFINITY),
    hasLongRecords(tx),
  ])
  const list = (total: number, known: Partial<List> = {}): List => {
    return {
      filter,
      order,
      estimates: {
        entries: new Map([...estimates.entries].map(([index, n]) => [index, Math.max(n, total)])),
      },
      total,
      hasLong,
      ids: undefined,
      periods: undefined,
      ...known,
    }
  }
  const counters = countersOf(filter)
  if (counters && isPlain(filter, order)) {
    const counted = await countByCounters(tx, filter, counters, estimates, budget)
    return counted && list(counted.total, { periods: counted.periods })
  }
  const index = cheapest(filter, estimates)
  const cost = costOf(filter, index, estimates)
  const atMost = Math.ceil(Math.min(...estimates.entries.values()))
  if (atMost <= (counters ? FEW : COLLECTED)) {
    if (cost + atMost * costOfSorting(order, index) > budget) return undefined
    const most = Math.min(COLLECTED, WRONG * Math.max(atMost, FEW))
    const ids = await readIds(tx, filter, order, estimates, most)
    if (ids.length <= most) return list(ids.length, { ids })
    // More than it may cost to find out how many.
    if (budget < Number.POSITIVE_INFINITY) return undefined
  }
  // Without a time range, which the older lists do not have: they have no periods either.
  if (counters && order === 'written') return list(await sumOf(tx, counters, {}))
  if (counters) {
    const counted = await countByCounters(tx, filter, counters, estimates, budget)
    return counted && list(counted.total, { periods: counted.periods })
  }
  if (cost > budget) return undefined
  if (order !== 'time') return list(await countRows(tx, filter, estimates))
  const blocks = await countBlocks(tx, filter, estimates)
  return list(totalOf(blocks), { periods: new Periods(undefined, blocks) })
}

function totalOf(periods: readonly Period[]): number {
  return periods.reduce((sum, { n }) => sum + n, 0)
}

export async function hasLongRecords(tx: ReadTx): Promise<boolean> {
  return (
    (await tx.get(sql`SELECT 1 FROM follow f WHERE f.corp = ${tx.corp} AND ${IS_LONG} LIMIT 1`)) !== undefined
  )
}

/** How many records match, and in which periods they lie; undefined when that would cost more than `budget`. */
async function countByCounters(
  tx: ReadTx,
  filter: FollowFilter,
  counters: Counters,
  estimates: Estimates,
  budget: number,
): Promise<{ total: number; periods: Periods } | undefined> {
  const { followTime = {} } = filter
  // The periods of many values are many counters: they are read once a page lies deep.
  if (counters.values.length > 1 && followTime.from === undefined && followTime.before === undefined) {
    return { total: await sumOf(tx, counters, {}), periods: new Periods(counters) }
  }
  const countIn = (range: TimeRange) => countRows(tx, { ...filter, followTime: range }, estimates)
  const periods = await periodsIn(tx, counters, followTime, countIn, budget < Number.POSITIVE_INFINITY)
  return periods && { total: totalOf(periods), periods: new Periods(counters, periods) }
}

async function countRows(tx: ReadTx, filter: FollowFilter, estimates: Estimates): Promise<number> {
  const index = countingIndex(tx, filter, estimates)
  const row = await tx.get(sql`SELECT count(*) ${matching(tx, filter, index)}`)
  return Number(row?.[0])
}

/** How many records match in each block of the time range, newest first. */
async function countBlocks(tx: ReadTx, filter: FollowFilter, estimates: Estimates) {
  const { from = 0, before = Number.POSITIVE_INFINITY } = filter.followTime ?? {}
  const everything = countersOf({ system: filter.system }) as Counters
  const all = await periodsIn(tx, everything, {}, async () => 0, false)
  const blocks = (all as Period[])
    .filter((block) => block.before > from && block.from < before)
    .map((block) => ({ from: Math.max(from, block.from), before: Math.min(before, block.before) }))
  return Promise.all(
    blocks.map(async (block) => ({
      ...block,
      n: await countRows(tx, { ...filter, followTime: block }, estimates),
    })),
  )
}

/** Ids of all records in order; of more than `most`, some more than so many. */
async function readIds(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
  estimates: Estimates,
  most: number,
): Promise<BigInt64Array> {
  const drivingIndex = countingIndex(tx, filter, estimates)
  const { id, time } = sortColumns(filter, drivingIndex, order)
  const sorted = sql`x.time DESC, x.id DESC`
  const row = await tx.get(
    sql`SELECT ${tx.dialect.joined(sql`CAST(y.id AS TEXT)`, ',', sql`y.time DESC, y.id DESC`)} FROM (
          SELECT x.id AS id, x.time AS time FROM (
            SELECT ${id} AS id, ${time} AS time ${matching(tx, filter, drivingIndex, order)} LIMIT ${most + 1}
          ) x ORDER BY ${sorted}
        ) y`,
  )
  const texts = (row?.[0] as string | null)?.split(',') ?? []
  const ids = new BigInt64Array(texts.length)
  // Half the time of BigInt64Array.from.
  for (let at = 0; at < texts.length; at++) ids[at] = BigInt(texts[at] as string)
  return ids
}

/**
 * The index by which everything that matches costs least. Undefined where the engine chooses: PostgreSQL does, except that it
 * would collect all that is about some targets, whatever the time range.
 */
export function countingIndex(
  { dialect }: Pick<ReadTx, 'dialect'>,
  filter: FollowFilter,
  estimates: Estimates,
): DrivingIndex | undefined {
  const index =
    estimates.entries.size > 0 ? cheapest(filter, estimates) : (partsOf(filter)[0]?.index ?? 'time')
  return dialect.indexedBy || index === 'target' ? index : undefined
}

/** The cheapest index in the order of the list. */
function orderedIndex(
  { dialect }: Pick<ReadTx, 'dialect'>,
  { filter, order, estimates }: List,
): DrivingIndex | undefined {
  if (!dialect.indexedBy) return undefined
  if (order === 'written') return 'written'
  const ordered = orderedIndexes(filter)
  if (estimates.entries.size === 0) return ordered.at(-1) as DrivingIndex
  return ordered.reduce((best, index) =>
    costOf(filter, index, estimates) < costOf(filter, best, estimates) ? index : best,
  )
}

/** Of a part with a single value, its index is in the order of the list. */
function orderedIndexes(filter: FollowFilter): DrivingIndex[] {
  return [
    'time',
    ...(filter.title === undefined ? [] : ['title' as const]),
    ...(targetsOf(filter)?.length === 1 ? ['target' as const] : []),
    ...partsOf(filter)
      .filter(({ values }) => values.length === 1)
      .map(({ index }) => index),
  ]
}

/** How a page is read. */
export interface PagePlan {
  readonly filter: FollowFilter
  readonly order: FollowOrder
  readonly limit: number
  readonly offset: number
  /** All that matches is collected and sorted, instead of reading an index in the order of the list. */
  readonly sorts: boolean
  readonly drivingIndex: DrivingIndex | undefined
  /** Read from the oldest on, because the page is nearer to the end; `offset` counts what is older than it. */
  readonly backwards: boolean
}

/** Where a page lies in a list. */
export interface PagePosition {
  readonly limit: number
  readonly offset: number
  /** The record just before the page, where it is known: nothing is skipped then. */
  readonly after?: TimePlace | undefined
}

/** So many entries are skipped as fast as a span is found; each value of a set adds to what that takes. */
const SKIP = 200
const SKIP_PER_VALUE = 34

/** A transaction in the list's own state, or only its dialect: then nothing is read. */
export type Planning = ReadTx | Pick<ReadTx, 'dialect'>

/** Plans how a page is read; undefined when it would cost more than `budget`, or something must be read that may not be. */
export async function planPage(
  tx: Planning,
  list: List,
  position: PagePosition,
  budget = Number.POSITIVE_INFINITY,
): Promise<PagePlan | undefined> {
  const { filter, order, estimates, total, periods } = list
  const { offset, limit, after } = position
  const ordered = orderedIndex(tx, list)
  const density = densityOf(list, ordered)
  const walk = (cost: number, change: Partial<PagePlan> = {}): PagePlan | undefined =>
    cost > budget
      ? undefined
      : { filter, order, limit, offset, sorts: false, drivingIndex: ordered, backwards: false, ...change }
  const end = Math.min(total, offset + limit)
  const [fromPlace, fromStart, fromEnd] = [limit, offset + limit, total - offset].map((n) => n * density) as [
    number,
    number,
    number,
  ]
  const values = valuesOf(filter)
  const skip = SKIP + SKIP_PER_VALUE * values
  if (after && (fromPlace <= skip || !periods))
    return walk(fromPlace, { filter: { ...filter, after }, offset: 0 })
  if (periods && fromStart > skip) {
    const span = await spanOfPage(tx, list, periods, position, density, budget)
    if (span === 'expensive') return undefined
    if (span) {
      const { from, before, n } = span
      const within = { ...filter, followTime: { from, before } }
      const most = end - offset
      const [fromNewest, fromOldest] = [span.offset + most, n - span.offset].map(
        (each) => each * density,
      ) as [number, number]
      // Where few records match in the order of time, the whole span is collected and sorted.
      const collected = collectingCost(list, n)
      if (collected < Math.min(fromNewest, fromOldest)) {
        const drivingIndex = countingIndex(tx, filter, estimates)
        return walk(collected, { filter: within, offset: span.offset, sorts: true, drivingIndex })
      }
      if (fromNewest <= fromOldest) return walk(fromNewest, { filter: within, offset: span.offset })
      const backwards = { limit: most, offset: n - span.offset - most, backwards: true }
      return walk(fromOldest, { filter: within, ...backwards })
    }
  }
  const walked = Math.min(fromStart, fromEnd)
  if (!isPlain(filter, order) && collectingCost(list, total) < walked) {
    return walk(collectingCost(list, total), {
      sorts: true,
      drivingIndex: countingIndex(tx, filter, estimates),
    })
  }
  if (fromStart <= fromEnd) return walk(fromStart)
  return walk(fromEnd, { limit: end - offset, offset: total - end, backwards: true })
}

function valuesOf(filter: FollowFilter): number {
  return partsOf(filter).reduce((sum, { values }) => sum + values.length, 0)
}

/** What one record costs in the order of the list, with the entries between that do not match. */
function densityOf({ filter, estimates, total }: List, index: DrivingIndex | undefined): number {
  if (estimates.entries.size === 0) return 1
  if (index) return costOf(filter, index, estimates) / Math.max(total, 1)
  // The engine will choose about as well.
  return (
    Math.min(...[...estimates.entries.keys()].map((each) => costOf(filter, each, estimates))) /
    Math.max(total, 1)
  )
}

/** What it costs to collect and sort `n` of the records. */
function collectingCost({ filter, order, estimates, total }: List, n: number): number {
  if (estimates.entries.size === 0) return Number.POSITIVE_INFINITY
  const share = n / Math.max(total, 1)
  const index = cheapest(filter, estimates)
  return share * costOf(filter, index, estimates) + n * costOfSorting(order, index) + 3 * valuesOf(filter)
}

/** The span in which a page lies, narrowed by counting inside it. */
async function spanOfPage(
  tx: Planning,
  list: List,
  periods: Periods,
  { limit, offset }: PagePosition,
  density: number,
  budget: number,
): Promise<Span | 'expensive' | undefined> {
  const { filter, estimates, total } = list
  const most = Math.min(limit, total - offset)
  const found = await periods.spanOf(tx, offset, most, budget < Number.POSITIVE_INFINITY)
  if (found === 'unknown') return 'expensive'
  if (!found) return undefined
  let span = found
  let aim = aimOf(span.offset)
  const skipped = () => Math.min(aim, span.n - span.offset) * density
  for (let tries = 0; tries < NARROWINGS && skipped() > SKIP_INSTEAD_OF_COUNTING; tries++) {
    const middle = Math.round(span.before - ((span.before - span.from) * aim) / span.n)
    if (middle <= span.from || middle >= span.before) break
    if (!('corp' in tx) || Math.min(collectingCost(list, aim), aim * density) > budget) return 'expensive'
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

/** The order of a list, or the opposite one. */
export function orderBy({
  filter,
  order,
  drivingIndex,
  sorts,
  backwards,
}: Pick<PagePlan, 'filter' | 'order' | 'drivingIndex' | 'sorts' | 'backwards'>): Sql {
  const { id, time } = sortColumns(filter, drivingIndex, order)
  // No index is in the order of an expression: the engine has to collect and sort.
  const unordered = sorts ? sql`+` : empty
  const direction = backwards ? empty : sql` DESC`
  return sql`${unordered}${time}${direction}, ${unordered}${id}${direction}`
}
