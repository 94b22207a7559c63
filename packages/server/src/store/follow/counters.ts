import sql, { empty, raw, type Sql } from 'sql-template-tag'
import type { Insertion, ReadTx, WriteTx } from '../port.ts'
import type { FollowFilter, TimeRange } from './filter.ts'
import type { FollowRow } from './row.ts'

/**
 * Counters of follow-ups, kept in the transaction that writes them: how many there are of each kind (staff's or the
 * system's), for some dimensions of the filter, always and in each period of the follow time. A total is the sum of a few
 * of them, and the period in which a page begins is found by them, however many follow-ups there are.
 */

/** What is counted apart. A value of `pair` is `type/method`. */
const DIMENSIONS = { all: 0, type: 1, method: 2, user: 3, pair: 4 } as const
type Dimension = keyof typeof DIMENSIONS

/** Spans of time that are counted apart. */
const WIDTHS = { always: 0, month: 1, day: 2 } as const

const DAY_MS = 86_400_000
const BLOCK_DAYS = 32
/**
 * Days begin at midnight in China, where nearly all companies are: their days are whole ones. For other time zones the
 * parts of days at both ends of a range are counted in the records themselves.
 */
const SHIFT_MS = 8 * 3_600_000

/** A staff member has about two follow-ups a day, a pair of type and method about ten: days would save nothing. */
const HAS_DAYS: ReadonlySet<Dimension> = new Set(['all', 'type', 'method'])

function dayOf(time: number): number {
  return Math.floor((time + SHIFT_MS) / DAY_MS)
}

function startOf(day: number): number {
  return day * DAY_MS - SHIFT_MS
}

/** What is counted of a record. */
export type Counted = Pick<
  FollowRow,
  'system' | 'followTime' | 'followUserId' | 'businessType' | 'followType'
>

/** A record that comes (+1) or goes (-1). */
export interface Countable {
  readonly row: Counted
  readonly by: 1 | -1
}

/** Brings the counters up to date. */
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
  const month = Math.floor(day / BLOCK_DAYS)
  const values: [Dimension, string][] = [
    ['all', ''],
    ['type', String(businessType)],
    ['user', followUserId],
    ...(followType === null
      ? []
      : ([
          ['method', String(followType)],
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
      cell(WIDTHS.month, month),
      ...(HAS_DAYS.has(name) ? [cell(WIDTHS.day, day)] : []),
    ]
  })
}

/** Counters whose sum is the number of records that match a filter, its times apart. */
export interface Counters {
  readonly system: boolean
  readonly dimension: Dimension
  readonly values: readonly string[]
}

/** The counters of a filter, or undefined where none tell how many match. */
export function countersOf(filter: FollowFilter): Counters | undefined {
  const { system, businessTypes: types, typeIds: methods, userIds: users } = filter
  const others = [
    filter.ids,
    filter.targetIds,
    filter.title,
    filter.createTime,
    filter.externalId,
    filter.businessId,
    filter.after,
  ]
  if (others.some((value) => value !== undefined)) return undefined
  if (users) return types || methods ? undefined : { system, dimension: 'user', values: users }
  if (types && methods) {
    return {
      system,
      dimension: 'pair',
      values: types.flatMap((type) => methods.map((method) => `${type}/${method}`)),
    }
  }
  if (types) return { system, dimension: 'type', values: types.map(String) }
  if (methods) return { system, dimension: 'method', values: methods.map(String) }
  return { system, dimension: 'all', values: [''] }
}

/**
 * The sum of counters over a range of the follow time (ms): whole months and days by their counters, what is left at both
 * ends by `countIn`.
 */
export async function sumOf(
  tx: ReadTx,
  counters: Counters,
  range: TimeRange,
  countIn: (range: Required<TimeRange>) => Promise<number>,
): Promise<number> {
  const { from, before } = range
  if (from === undefined && before === undefined) return sumOfCells(tx, counters, WIDTHS.always, 0, 0)
  const unit = HAS_DAYS.has(counters.dimension) ? 1 : BLOCK_DAYS
  // Without an end on one side, from the first or to the last month there can be.
  const first = from === undefined ? 0 : Math.ceil((from + SHIFT_MS) / DAY_MS / unit) * unit
  const end = before === undefined ? LAST_DAY : Math.floor((before + SHIFT_MS) / DAY_MS / unit) * unit
  if (first >= end) return countIn({ from: from ?? 0, before: before ?? startOf(LAST_DAY) })
  const firstMonth = Math.ceil(first / BLOCK_DAYS)
  const endMonth = Math.max(firstMonth, Math.floor(end / BLOCK_DAYS))
  const parts = [sumOfCells(tx, counters, WIDTHS.month, firstMonth, endMonth - 1)]
  const days = (start: number, stop: number) => {
    if (start < stop) parts.push(sumOfCells(tx, counters, WIDTHS.day, start, stop - 1))
  }
  if (firstMonth < endMonth) {
    days(first, firstMonth * BLOCK_DAYS)
    days(endMonth * BLOCK_DAYS, end)
  } else {
    days(first, end)
  }
  if (from !== undefined && from < startOf(first)) parts.push(countIn({ from, before: startOf(first) }))
  if (before !== undefined && before > startOf(end)) parts.push(countIn({ from: startOf(end), before }))
  return (await Promise.all(parts)).reduce((sum, part) => sum + part, 0)
}

/** A day after any there can be: 31 December 9999 is day 2,932,896. */
const LAST_DAY = 92_000 * BLOCK_DAYS

async function sumOfCells(
  tx: ReadTx,
  counters: Counters,
  width: number,
  first: number,
  last: number,
): Promise<number> {
  if (first > last) return 0
  const row = await tx.get(
    sql`SELECT coalesce(sum(c.n), 0) FROM follow_count c
        WHERE ${matching(tx, counters, width)} AND c.period >= ${first} AND c.period <= ${last}`,
  )
  return Number(row?.[0])
}

function matching(tx: ReadTx, { system, dimension, values }: Counters, width: number): Sql {
  const value = values.length === 1 ? sql`c.value = ${values[0]}` : tx.dialect.isOneOf(sql`c.value`, values)
  return sql`c.corp = ${tx.corp} AND c.system = ${system ? 1 : 0} AND c.dimension = ${DIMENSIONS[dimension]}
    AND c.width = ${width} AND ${value}`
}

/** How many the fullest of the spans that lie in a range of the follow time holds, or reach into it. */
export async function fullestBlock(tx: ReadTx, counters: Counters, range: TimeRange): Promise<number> {
  const spanOf = (time: number) => Math.floor(dayOf(time) / BLOCK_DAYS)
  const first = range.from === undefined ? 0 : spanOf(range.from)
  const last = range.before === undefined ? LAST_DAY : spanOf(range.before)
  const row = await tx.get(
    sql`SELECT coalesce(max(c.n), 0) FROM follow_count c
        WHERE ${matching(tx, counters, WIDTHS.month)} AND c.period >= ${first} AND c.period <= ${last}`,
  )
  return Number(row?.[0])
}

/** A span of the follow time (ms) in which a page lies whole: `n` records from `from` on and before `before`, of which the
 * newest `offset` come before the page. */
export interface Span {
  readonly from: number
  readonly before: number
  readonly n: number
  readonly offset: number
}

/** The span of `limit` records behind the newest `rank`; undefined when there are not so many. */
export async function spanOfRank(
  tx: ReadTx,
  counters: Counters,
  rank: number,
  limit: number,
): Promise<Span | undefined> {
  const ever = { first: 0, last: LAST_DAY }
  const months = await periodsOf(tx, counters, WIDTHS.month, ever, rank, limit)
  if (!months) return undefined
  const days = { first: months.first * BLOCK_DAYS, last: (months.last + 1) * BLOCK_DAYS - 1 }
  const found = HAS_DAYS.has(counters.dimension)
    ? await periodsOf(tx, counters, WIDTHS.day, days, months.offset, limit)
    : undefined
  const { first, last, n, offset } = found ?? { ...months, ...days }
  return { from: startOf(first), before: startOf(last + 1), n, offset }
}

interface Periods {
  readonly first: number
  readonly last: number
}

/** Those of these periods in which `limit` records lie behind the newest `rank`. */
async function periodsOf(
  tx: ReadTx,
  counters: Counters,
  width: number,
  { first, last }: Periods,
  rank: number,
  limit: number,
): Promise<(Periods & { n: number; offset: number }) | undefined> {
  const rows = await tx.all(
    sql`SELECT c.period, sum(c.n) FROM follow_count c
        WHERE ${matching(tx, counters, width)} AND c.period >= ${first} AND c.period <= ${last}
        GROUP BY c.period ORDER BY c.period DESC`,
  )
  let offset = rank
  let newest: number | undefined
  let n = 0
  for (const [period, count] of rows) {
    if (newest === undefined && offset >= Number(count)) {
      offset -= Number(count)
      continue
    }
    newest ??= Number(period)
    n += Number(count)
    if (n >= offset + limit) return { first: Number(period), last: newest, n, offset }
  }
  return undefined
}

/** What each counter is of, as columns of a follow-up (`f`): for counting all anew. */
const RECOUNTS: readonly { dimension: Dimension; value: Sql; where: Sql }[] = [
  { dimension: 'all', value: sql`''`, where: empty },
  { dimension: 'type', value: sql`CAST(f.business_type AS TEXT)`, where: empty },
  { dimension: 'method', value: sql`CAST(f.follow_type AS TEXT)`, where: sql`AND f.follow_type IS NOT NULL` },
  { dimension: 'user', value: sql`f.follow_user_id`, where: empty },
  {
    dimension: 'pair',
    value: sql`CAST(f.business_type AS TEXT) || '/' || CAST(f.follow_type AS TEXT)`,
    where: sql`AND f.follow_type IS NOT NULL`,
  },
]

/** Every counter as it must be, one SELECT for each dimension and width: system, value, period, n. */
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
      by(WIDTHS.month, `${day} / ${BLOCK_DAYS}`),
      ...(HAS_DAYS.has(dimension) ? [by(WIDTHS.day, day)] : []),
    ]
  })
}

/** Counts everything anew. */
export async function rebuildCounters(tx: WriteTx): Promise<void> {
  await tx.run(sql`DELETE FROM follow_count WHERE corp = ${tx.corp}`)
  for (const { dimension, width, select } of recounts(tx)) {
    await tx.run(
      sql`INSERT INTO follow_count (corp, system, dimension, value, width, period, n)
          SELECT ${tx.corp}, r.system, ${DIMENSIONS[dimension]}, r.value, ${width}, r.period, r.n FROM (${select}) r`,
    )
  }
}

/** A counter that does not say what the records say. */
export interface WrongCounter {
  readonly system: boolean
  readonly dimension: string
  readonly value: string
  readonly width: string
  readonly period: number
  /** What the counter says less what there is. */
  readonly off: number
}

/** Counts everything anew and compares: at most `limit` of the counters that are wrong. */
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
