import { LRUCache } from 'lru-cache'
import sql, { empty, raw, type Sql } from 'sql-template-tag'
import type { Insertion, ReadTx, WriteTx } from '../port.ts'
import type { FollowFilter, TimeRange } from './filter.ts'
import type { FollowRow } from './row.ts'

/**
 * Counters of follow-ups, maintained in the transaction of each write: of staff's and of system follow-ups, by some
 * dimensions of the filter, in all and per period of the follow time. A total is the sum of a few counters, and they tell
 * in which period a page begins, however many follow-ups there are.
 */

/** What has counters. A value of `pair` is `target type/follow type`. The numbers are stored. */
const DIMENSIONS = { all: 0, targetType: 1, followType: 2, user: 3, pair: 4 } as const
type Dimension = keyof typeof DIMENSIONS

/** Periods that have counters; a block is 32 days. The numbers are stored. */
const WIDTHS = { always: 0, block: 1, day: 2 } as const

const DAY_MS = 86_400_000
const BLOCK_DAYS = 32
/**
 * Days begin at midnight in China, where nearly all companies are. In other time zones, the parts of days at both ends of
 * a range are counted in the records.
 */
const SHIFT_MS = 8 * 3_600_000

/** A staff member writes about two follow-ups a day, a pair has about ten: counters of days would save nothing. */
const HAS_DAYS: ReadonlySet<Dimension> = new Set(['all', 'targetType', 'followType'])

function dayOf(time: number): number {
  return Math.floor((time + SHIFT_MS) / DAY_MS)
}

function startOf(day: number): number {
  return day * DAY_MS - SHIFT_MS
}

/** The periods that a range touches, of the shortest width that these counters have. */
export function wholePeriods(
  { dimension }: Pick<Counters, 'dimension'>,
  { from, before }: TimeRange,
): TimeRange {
  const days = HAS_DAYS.has(dimension) ? 1 : BLOCK_DAYS
  return {
    from: from === undefined ? undefined : startOf(Math.floor(dayOf(from) / days) * days),
    before: before === undefined ? undefined : startOf((Math.floor(dayOf(before - 1) / days) + 1) * days),
  }
}

/** What is counted of a record. */
export type Counted = Pick<
  FollowRow,
  'system' | 'followTime' | 'followUserId' | 'businessType' | 'followType'
>

/** A record that is added (+1) or removed (-1). */
export interface Countable {
  readonly row: Counted
  readonly by: 1 | -1
}

/** Adds changes to the counters. */
export async function countFollowsIn(tx: WriteTx, changes: readonly Countable[]): Promise<void> {
  const cells = new Map<string, { cell: Cell; by: number }>()
  for (const { row, by } of changes) {
    for (const cell of cellsOf(row)) {
      const key = cell.join('\n')
      const known = cells.get(key)
      if (known) known.by += by
      else cells.set(key, { cell, by })
    }
  }
  const changed = [...cells.values()].filter(({ by }) => by !== 0)
  await tx.insert(
    COUNTERS,
    changed.map(({ cell, by }) => [...cell, by]),
  )
}

const COUNTERS: Insertion = {
  table: 'follow_count',
  columns: {
    system: 'integer',
    dimension: 'integer',
    value: 'text',
    width: 'integer',
    period: 'integer',
    n: 'integer',
  },
  keepsRevision: true,
  conflict:
    'ON CONFLICT (corp, system, dimension, value, width, period) DO UPDATE SET n = follow_count.n + excluded.n',
}

/** System, dimension, value, width, period. */
type Cell = readonly [number, number, string, number, number]

function cellsOf(row: Counted): Cell[] {
  const { system, followUserId, businessType, followType } = row
  const day = dayOf(row.followTime)
  const block = Math.floor(day / BLOCK_DAYS)
  const values: [Dimension, string][] = [
    ['all', ''],
    ['targetType', String(businessType)],
    ['user', followUserId],
    ...(followType === null
      ? []
      : ([
          ['followType', String(followType)],
          ['pair', `${businessType}/${followType}`],
        ] as [Dimension, string][])),
  ]
  return values.flatMap(([name, value]) => {
    const cell = (width: number, period: number): Cell => [
      system ? 1 : 0,
      DIMENSIONS[name],
      value,
      width,
      period,
    ]
    return [
      cell(WIDTHS.always, 0),
      cell(WIDTHS.block, block),
      ...(HAS_DAYS.has(name) ? [cell(WIDTHS.day, day)] : []),
    ]
  })
}

/** Counters whose sum is the number of records that match a filter, whatever their time. */
export interface Counters {
  readonly system: boolean
  readonly dimension: Dimension
  readonly values: readonly string[]
}

/** The counters of a filter, or undefined where there are none for it. */
export function countersOf(filter: FollowFilter): Counters | undefined {
  const { system, businessTypes, followTypeIds, userIds: users } = filter
  const others = [
    filter.ids,
    filter.targetIds,
    filter.title,
    filter.createTime,
    filter.externalId,
    filter.businessId,
    filter.seenBy,
    filter.after,
  ]
  if (others.some((value) => value !== undefined)) return undefined
  if (users) return businessTypes || followTypeIds ? undefined : { system, dimension: 'user', values: users }
  if (businessTypes && followTypeIds) {
    return {
      system,
      dimension: 'pair',
      values: businessTypes.flatMap((type) => followTypeIds.map((id) => `${type}/${id}`)),
    }
  }
  if (businessTypes) return { system, dimension: 'targetType', values: businessTypes.map(String) }
  if (followTypeIds) return { system, dimension: 'followType', values: followTypeIds.map(String) }
  return { system, dimension: 'all', values: [''] }
}

/** Counters of one width, from the period `first` to before `end`. */
interface Cells {
  readonly width: number
  readonly first: number
  readonly end: number
}

/** The largest periods with counters that lie in a range, and what is left at both ends; the newest first. */
function partsOfRange({ dimension }: Counters, { from, before }: TimeRange): (Cells | Required<TimeRange>)[] {
  const unit = HAS_DAYS.has(dimension) ? 1 : BLOCK_DAYS
  // Without an end on one side, from the first or to the last possible block.
  const first = from === undefined ? 0 : Math.ceil((from + SHIFT_MS) / DAY_MS / unit) * unit
  const end = before === undefined ? LAST_DAY : Math.floor((before + SHIFT_MS) / DAY_MS / unit) * unit
  if (first >= end) return [{ from: from ?? 0, before: before ?? startOf(LAST_DAY) }]
  const firstBlock = Math.ceil(first / BLOCK_DAYS)
  const endBlock = Math.max(firstBlock, Math.floor(end / BLOCK_DAYS))
  const days = (start: number, stop: number) =>
    start < stop ? [{ width: WIDTHS.day, first: start, end: stop }] : []
  return [
    ...(before !== undefined && before > startOf(end) ? [{ from: startOf(end), before }] : []),
    ...(firstBlock < endBlock
      ? [
          ...days(endBlock * BLOCK_DAYS, end),
          { width: WIDTHS.block, first: firstBlock, end: endBlock },
          ...days(first, firstBlock * BLOCK_DAYS),
        ]
      : days(first, end)),
    ...(from !== undefined && from < startOf(first) ? [{ from, before: startOf(first) }] : []),
  ]
}

/** After any possible day: 31 December 9999 is day 2,932,896. */
const LAST_DAY = 92_000 * BLOCK_DAYS

/** The sum of counters over a range of the follow time (ms); parts of periods at both ends are left out. */
export async function sumOf(tx: ReadTx, counters: Counters, range: TimeRange): Promise<number> {
  if (range.from === undefined && range.before === undefined) {
    return sumOfCells(tx, counters, { width: WIDTHS.always, first: 0, end: 1 })
  }
  const cells = partsOfRange(counters, range).filter((part) => 'width' in part)
  const sums = await Promise.all(cells.map((each) => sumOfCells(tx, counters, each)))
  return sums.reduce((sum, n) => sum + n, 0)
}

async function sumOfCells(tx: ReadTx, counters: Counters, { width, first, end }: Cells): Promise<number> {
  const row = await tx.get(
    sql`SELECT coalesce(sum(c.n), 0) FROM follow_count c
        WHERE ${matching(tx, counters, width)} AND c.period >= ${first} AND c.period < ${end}`,
  )
  return Number(row?.[0])
}

function matching(tx: ReadTx, { system, dimension, values }: Counters, width: number): Sql {
  const value = values.length === 1 ? sql`c.value = ${values[0]}` : tx.dialect.isOneOf(sql`c.value`, values)
  return sql`c.corp = ${tx.corp} AND c.system = ${system ? 1 : 0} AND c.dimension = ${DIMENSIONS[dimension]}
    AND c.width = ${width} AND ${value}`
}

/** A period of the follow time (ms) and how many records of a list lie in it. */
export interface Period {
  readonly from: number
  readonly before: number
  readonly n: number
}

/** A period that contains a whole page; the newest `offset` of its records come before the page. */
export interface Span extends Period {
  readonly offset: number
}

/** Blocks whose days are kept for a list. */
const KEPT_BLOCKS = 48

/** Periods that are kept for a list, or read where that must not take long: those of fifty years, about 1 ms. */
const MOST_PERIODS = 600

/** About what a period takes in memory. */
const PERIOD_BYTES = 80

/** In which periods the records of a list lie, in one state of the company: read when first needed, then kept. */
export class Periods {
  readonly #counters: Counters | undefined
  #known: readonly Period[] | undefined
  readonly #days = new LRUCache<number, readonly Period[]>({ max: KEPT_BLOCKS })

  /**
   * @param counters of the list, where there are some: without a time range if `known` is left out
   * @param known newest first; together they hold every record of the list
   */
  constructor(counters: Counters | undefined, known?: readonly Period[]) {
    this.#counters = counters
    this.#known = known
  }

  /**
   * The span of the `limit` records after the newest `rank` ones; undefined when there are fewer. `unknown`: it must be read,
   * and `tx` is no transaction, or it would take long and `briefly` is set.
   */
  async spanOf(
    tx: ReadTx | Pick<ReadTx, 'dialect'>,
    rank: number,
    limit: number,
    briefly = false,
  ): Promise<Span | 'unknown' | undefined> {
    const counters = this.#counters
    if (!this.#known) {
      if (!('corp' in tx)) return 'unknown'
      const read = await periodsIn(tx, counters as Counters, {}, noRest, briefly)
      if (!read) return 'unknown'
      this.#known = read
    }
    const found = spanIn(this.#known, rank, limit)
    if (!found || !counters || !this.#hasDays) return found?.span
    const periods: Period[] = []
    for (const period of this.#known.slice(found.first, found.last + 1)) {
      if (!isBlock(period)) {
        periods.push(period)
        continue
      }
      const known = this.#days.get(period.from)
      if (!known && !('corp' in tx)) return 'unknown'
      periods.push(...(known ?? (await this.#readDays(tx as ReadTx, counters, period))))
    }
    return spanIn(periods, found.span.offset, limit)?.span
  }

  /** About what it takes in memory, with all days that it will keep. */
  get bytes(): number {
    if (!this.#known) return MOST_PERIODS * PERIOD_BYTES
    const blocks = this.#hasDays ? this.#known.filter(isBlock).length : 0
    return (this.#known.length + Math.min(KEPT_BLOCKS, blocks) * BLOCK_DAYS) * PERIOD_BYTES
  }

  get #hasDays(): boolean {
    return this.#counters !== undefined && HAS_DAYS.has(this.#counters.dimension)
  }

  async #readDays(tx: ReadTx, counters: Counters, { from, before }: Period): Promise<readonly Period[]> {
    const cells = { width: WIDTHS.day, first: dayOf(from), end: dayOf(before) }
    const days = await periodsOfCells(tx, counters, cells)
    this.#days.set(from, days)
    return days
  }
}

function isBlock({ from, before }: Period): boolean {
  return before - from === BLOCK_DAYS * DAY_MS
}

/** Those of these periods, newest first, that contain the `limit` records after the newest `rank` ones. */
function spanIn(
  periods: readonly Period[],
  rank: number,
  limit: number,
): { first: number; last: number; span: Span } | undefined {
  let offset = rank
  let first = 0
  while (first < periods.length && offset >= (periods[first] as Period).n)
    offset -= (periods[first++] as Period).n
  let n = 0
  for (let last = first; last < periods.length; last++) {
    n += (periods[last] as Period).n
    if (n < offset + limit) continue
    const { before } = periods[first] as Period
    return { first, last, span: { from: (periods[last] as Period).from, before, n, offset } }
  }
  return undefined
}

const ALL_BLOCKS: Cells = { width: WIDTHS.block, first: 0, end: LAST_DAY / BLOCK_DAYS }

/**
 * The periods of a range of the follow time (ms) in which there are records, newest first: whole blocks and days by their
 * counters, the rest at both ends by `countIn`. Of very many, those beside each other are put together.
 *
 * @param briefly gives up when there are very many: undefined
 */
export async function periodsIn(
  tx: ReadTx,
  counters: Counters,
  range: TimeRange,
  countIn: (range: Required<TimeRange>) => Promise<number>,
  briefly: boolean,
): Promise<Period[] | undefined> {
  const isAll = range.from === undefined && range.before === undefined
  const parts = isAll ? [ALL_BLOCKS] : partsOfRange(counters, range)
  const read = await Promise.all(
    parts.map(async (part) =>
      'width' in part
        ? periodsOfCells(tx, counters, part, briefly ? MOST_PERIODS + 1 : undefined)
        : [{ ...part, n: await countIn(part) }],
    ),
  )
  const periods = read.flat().filter(({ n }) => n > 0)
  if (periods.length <= MOST_PERIODS) return periods
  return briefly ? undefined : joined(periods, Math.ceil(periods.length / MOST_PERIODS))
}

/** Every `count` of these periods, newest first, as one. */
function joined(periods: readonly Period[], count: number): Period[] {
  return Array.from({ length: Math.ceil(periods.length / count) }, (_, at) => {
    const some = periods.slice(at * count, (at + 1) * count)
    return {
      from: (some.at(-1) as Period).from,
      before: (some[0] as Period).before,
      n: some.reduce((sum, { n }) => sum + n, 0),
    }
  })
}

/** Without a time range there is no rest. */
async function noRest(): Promise<number> {
  return 0
}

async function periodsOfCells(
  tx: ReadTx,
  counters: Counters,
  { width, first, end }: Cells,
  most?: number,
): Promise<Period[]> {
  const where = sql`${matching(tx, counters, width)} AND c.period >= ${first} AND c.period < ${end} AND c.n > 0`
  const ordered = sql`ORDER BY c.period DESC ${most === undefined ? empty : sql`LIMIT ${most}`}`
  const rows = await tx.all(
    counters.values.length === 1
      ? sql`SELECT c.period, c.n FROM follow_count c WHERE ${where} ${ordered}`
      : sql`SELECT c.period, sum(c.n) FROM follow_count c WHERE ${where} GROUP BY c.period ${ordered}`,
  )
  const days = width === WIDTHS.block ? BLOCK_DAYS : 1
  return rows.map(([period, n]) => ({
    from: startOf(Number(period) * days),
    before: startOf((Number(period) + 1) * days),
    n: Number(n),
  }))
}

/** What each dimension counts, as columns of a follow-up `f`: for recounting. */
const RECOUNTS: readonly { dimension: Dimension; value: Sql; where: Sql }[] = [
  { dimension: 'all', value: sql`''`, where: empty },
  { dimension: 'targetType', value: sql`CAST(f.business_type AS TEXT)`, where: empty },
  {
    dimension: 'followType',
    value: sql`CAST(f.follow_type AS TEXT)`,
    where: sql`AND f.follow_type IS NOT NULL`,
  },
  { dimension: 'user', value: sql`f.follow_user_id`, where: empty },
  {
    dimension: 'pair',
    value: sql`CAST(f.business_type AS TEXT) || '/' || CAST(f.follow_type AS TEXT)`,
    where: sql`AND f.follow_type IS NOT NULL`,
  },
]

/** Every counter as it must be, a SELECT per dimension and width: system, value, period, n. */
function recounts(tx: ReadTx): { dimension: Dimension; width: number; select: Sql }[] {
  const day = `(f.follow_time + ${SHIFT_MS}) / ${DAY_MS}`
  return RECOUNTS.flatMap(({ dimension, value, where }) => {
    const by = (width: number, period: string) => ({
      dimension,
      width,
      select: sql`SELECT f.system AS system, ${value} AS value, ${raw(period)} AS period, count(*) AS n
        FROM follow f WHERE f.corp = ${tx.corp} ${where} GROUP BY 1, 2, 3`,
    })
    return [
      by(WIDTHS.always, '0'),
      by(WIDTHS.block, `${day} / ${BLOCK_DAYS}`),
      ...(HAS_DAYS.has(dimension) ? [by(WIDTHS.day, day)] : []),
    ]
  })
}

/** Recounts everything. */
export async function rebuildCounters(tx: WriteTx): Promise<void> {
  await tx.run(sql`DELETE FROM follow_count WHERE corp = ${tx.corp}`)
  for (const { dimension, width, select } of recounts(tx)) {
    await tx.run(
      sql`INSERT INTO follow_count (corp, system, dimension, value, width, period, n)
          SELECT s.corp, r.system, ${DIMENSIONS[dimension]}, r.value, ${width}, r.period, r.n
          FROM corp_state s CROSS JOIN (${select}) r WHERE s.corp = ${tx.corp}`,
    )
  }
}

/** A counter that differs from the records. */
export interface WrongCounter {
  readonly system: boolean
  readonly dimension: string
  readonly value: string
  readonly width: string
  readonly period: number
  /** The counter minus the records. */
  readonly off: number
}

/** Recounts everything and compares: at most `limit` of the counters that are wrong. */
export async function wrongCounters(tx: ReadTx, limit: number): Promise<WrongCounter[]> {
  const wrong: WrongCounter[] = []
  for (const { dimension, width, select } of recounts(tx)) {
    const rows = await tx.all(
      sql`SELECT b.system, b.value, b.period, sum(b.n) FROM (
            SELECT c.system AS system, c.value AS value, c.period AS period, c.n AS n FROM follow_count c
              WHERE c.corp = ${tx.corp} AND c.dimension = ${DIMENSIONS[dimension]} AND c.width = ${width}
            UNION ALL SELECT r.system, r.value, r.period, 0 - r.n FROM (${select}) r
          ) b GROUP BY b.system, b.value, b.period HAVING sum(b.n) <> 0
          ORDER BY b.system, b.value, b.period LIMIT ${limit - wrong.length}`,
    )
    for (const [system, value, period, off] of rows) {
      const name = Object.entries(WIDTHS).find(([, number]) => number === width)?.[0] as string
      wrong.push({
        system: Number(system) === 1,
        dimension,
        value: value as string,
        width: name,
        period: Number(period),
        off: Number(off),
      })
    }
    if (wrong.length >= limit) break
  }
  return wrong
}
