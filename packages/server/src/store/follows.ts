import sql, { empty, join, type Sql } from 'sql-template-tag'
import { type Counters, countersOf, type Seek, seek, sumOf, type TimeRange } from './follow-counts.ts'
import type { ReadTx, Row } from './port.ts'

/** A follow-up as it is stored: the record as ready text, and beside it what is filtered and sorted by. Times in ms. */
export interface FollowRow {
  readonly id: bigint
  readonly system: boolean
  readonly followTime: number
  readonly followUserId: string
  readonly businessType: number
  readonly businessId: string
  readonly followType: bigint | null
  readonly title: string | null
  readonly externalId: string | null
  readonly stageId: string | null
  readonly createTime: number
  readonly updateTime: number
  /** The record's JSON up to `follow_type`, and from `field_map` on. */
  readonly head: string
  readonly tail: string
  /** Every id that the record is about, each once (L6). */
  readonly targetIds: readonly string[]
}

/** What a list asks for. All given must hold (L2); a list holds when one of its entries does. Times in ms. */
export interface FollowFilter {
  readonly system: boolean
  readonly businessTypes?: readonly number[]
  readonly targetIds?: readonly string[]
  readonly ids?: readonly bigint[]
  readonly userIds?: readonly string[]
  readonly typeIds?: readonly bigint[]
  readonly title?: string
  /** From `from` on, before `before`. */
  readonly followTime?: TimeRange
  readonly createTime?: { readonly from: number; readonly before: number }
  /** Only what comes after this one in the list. */
  readonly after?: TimePlace
  readonly externalId?: string
  readonly businessId?: string
}

/** The text parts of a record, the method's present name between them. */
export interface FollowText {
  readonly head: string
  readonly typeName: string | null
  readonly tail: string
}

/** A record's text with the columns that are not part of it. */
export interface FollowDetail extends FollowText {
  readonly id: string
  readonly system: boolean
  readonly title: string | null
  readonly externalId: string | null
  readonly stageId: string | null
  readonly createTime: number
  readonly updateTime: number
}

/** `time`: newest follow-up first (L1). `written`: newest written first, the order of the older lists. */
export type FollowOrder = 'time' | 'written'

/** How many match, exactly (L12). */
export async function countFollows(tx: ReadTx, filter: FollowFilter): Promise<number> {
  const counters = countersOf(filter)
  if (!counters) return countRows(tx, filter)
  return sumOf(tx, counters, filter.followTime ?? {}, (range) =>
    countRows(tx, { ...filter, followTime: range }),
  )
}

async function countRows(tx: ReadTx, filter: FollowFilter): Promise<number> {
  const lead = await leadOf(tx, filter, false)
  // What no other index has: SQLite would rather read a whole index than look a few ids up and then at their rows.
  const counted = lead === 'id' ? sql`f.head` : sql`*`
  const row = await tx.get(sql`SELECT count(${counted}) ${matching(tx, filter, lead)}`)
  return Number(row?.[0])
}

/** A place in the order of time and id. */
export interface TimePlace {
  readonly followTime: number
  readonly id: bigint
}

/** Where a page lies among what matches. */
export interface PageOf {
  /** How many match: few are gathered and sorted, many are walked in order. */
  readonly total: number
  readonly limit: number
  readonly offset: number
  /** The record just before the page, where it is known: nothing is skipped then. */
  readonly after?: TimePlace | undefined
}

/** Records as text with commas between: bytes of UTF-8 or a string. */
export interface PageRecords {
  readonly records: Uint8Array | string
  /** The last one: where the next page begins. */
  readonly end: TimePlace | undefined
}

/**
 * One page of records, newest first (L1), as follow/list answers them. As one value: 20 records come out of SQLite in
 * 30 µs this way, and in 130 as rows.
 */
export async function followPage(tx: ReadTx, filter: FollowFilter, page: PageOf): Promise<PageRecords> {
  const start = await begin(tx, filter, 'time', page)
  const { filter: within, limit, offset } = start
  const { joined } = tx.dialect
  // Nearly all pages begin nearly at once: their records are read as they are found.
  const found =
    (offset <= AT_ONCE || start.lead === 'id') && !walksTarget(filter) && !start.backwards
      ? sql`${matching(tx, within, start.lead)} ORDER BY ${inOrder(start, 'time')} LIMIT ${limit} OFFSET ${offset}`
      : recordsOf(tx, start, 'time', empty)
  const row = await tx.get(
    sql`SELECT ${joined(sql`p.record`, NEWEST)}, ${joined(PLACE, NEWEST)} FROM (
          SELECT ${recordSql(tx)} AS record, f.follow_time AS follow_time, f.id AS id ${found}
        ) p`,
  )
  const [records, places] = (row ?? []) as readonly unknown[] as readonly (Uint8Array | string | null)[]
  return { records: records ?? '', end: places ? lastPlace(places) : undefined }
}

const NEWEST = sql`p.follow_time DESC, p.id DESC`
const PLACE = sql`CAST(p.follow_time AS TEXT) || ' ' || CAST(p.id AS TEXT)`

function lastPlace(places: Uint8Array | string): TimePlace | undefined {
  const text = typeof places === 'string' ? places : Buffer.from(places).toString('latin1')
  const [followTime, id] = text.slice(text.lastIndexOf(',') + 1).split(' ')
  return id === undefined ? undefined : { followTime: Number(followTime), id: BigInt(id) }
}

/** A record's text, its method's present name in its place. */
function recordSql(tx: ReadTx): Sql {
  const name = sql`(SELECT ${tx.dialect.jsonText(sql`m.name`)} FROM follow_type m
    WHERE m.corp = ${tx.corp} AND m.id = f.follow_type)`
  return sql`f.head || ',"follow_type_desc":' || coalesce(${name}, 'null') || ',' || f.tail`
}

/** Skipped one by one with their records; more than this are skipped by their keys alone. */
const AT_ONCE = 40

/** One page of records with the columns beside them. */
export async function followDetailPage(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
  page: PageOf,
): Promise<FollowDetail[]> {
  const start = await begin(tx, filter, order, page)
  const rows = await tx.all(sql`SELECT ${DETAIL} ${recordsOf(tx, start, order, METHOD)}`)
  return rows.map(detailOf)
}

/** Records of both kinds in the order of their ids, after `after`: for export. */
export async function followsAfter(tx: ReadTx, after: bigint, limit: number): Promise<FollowDetail[]> {
  const rows = await tx.all(
    sql`SELECT ${DETAIL} FROM follow f ${METHOD}
        WHERE f.corp = ${tx.corp} AND f.id > ${unknown(after)} ORDER BY f.id LIMIT ${limit}`,
  )
  return rows.map(detailOf)
}

/**
 * A value that PostgreSQL's planner cannot look up in its statistics. Beyond the last id they know of, it would expect
 * next to nothing, read all that there is and sort it: 142 ms a page instead of 0.1 ms with 120,000 records newer than the
 * statistics.
 */
export function unknown(id: bigint | number): Sql {
  return sql`(SELECT CAST(${id} AS BIGINT))`
}

/** A record's own row, as one database hands it to another; what is derived from it is derived again. */
export type FollowCopy = Omit<FollowRow, 'targetIds'>

/** Rows of both kinds in the order of their ids, after `after`: to be copied. */
export async function followCopiesAfter(tx: ReadTx, after: bigint, limit: number): Promise<FollowCopy[]> {
  const rows = await tx.all(
    sql`SELECT ${COPY} FROM follow f
        WHERE f.corp = ${tx.corp} AND f.id > ${unknown(after)} ORDER BY f.id LIMIT ${limit}`,
  )
  return rows.map(copyOf)
}

/** Those of these rows that are there. */
export async function followCopiesById(tx: ReadTx, ids: readonly bigint[]): Promise<FollowCopy[]> {
  const rows = await tx.all(
    sql`SELECT ${COPY} FROM follow f WHERE f.corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`f.id`, ids)}`,
  )
  return rows.map(copyOf)
}

export const COPY = sql`CAST(f.id AS TEXT), f.system, f.follow_time, f.follow_user_id, f.business_type, f.business_id,
  CAST(f.follow_type AS TEXT), f.title, f.external_id, f.stage_id, f.create_time, f.update_time, f.head, f.tail`

export function copyOf(row: Row): FollowCopy {
  return {
    id: BigInt(row[0] as string),
    system: Number(row[1]) === 1,
    followTime: Number(row[2]),
    followUserId: row[3] as string,
    businessType: Number(row[4]),
    businessId: row[5] as string,
    followType: row[6] === null ? null : BigInt(row[6] as string),
    title: row[7] as string | null,
    externalId: row[8] as string | null,
    stageId: row[9] as string | null,
    createTime: Number(row[10]),
    updateTime: Number(row[11]),
    head: row[12] as string,
    tail: row[13] as string,
  }
}

export const METHOD = sql`LEFT JOIN follow_type m ON m.corp = f.corp AND m.id = f.follow_type`

const DETAIL = sql`f.head, m.name, f.tail, CAST(f.id AS TEXT), f.system, f.title, f.external_id, f.stage_id,
  f.create_time, f.update_time`

function detailOf(row: Row): FollowDetail {
  return {
    head: row[0] as string,
    typeName: row[1] as string | null,
    tail: row[2] as string,
    id: row[3] as string,
    system: Number(row[4]) === 1,
    title: row[5] as string | null,
    externalId: row[6] as string | null,
    stageId: row[7] as string | null,
    createTime: Number(row[8]),
    updateTime: Number(row[9]),
  }
}

/** Where reading begins for a page, and what is skipped there. */
interface Begin {
  readonly filter: FollowFilter
  readonly limit: number
  readonly offset: number
  /** Few that match are gathered and sorted, many are walked in order. */
  readonly few: boolean
  readonly lead: Lead | undefined
  /** From the oldest on: the page is nearer to the end. `offset` is then what is older than it. */
  readonly backwards: boolean
}

/** Finds the period in which a page begins by the counters, where there are some; few are skipped either way. */
async function begin(tx: ReadTx, filter: FollowFilter, order: FollowOrder, page: PageOf): Promise<Begin> {
  const { offset, total, limit, after } = page
  const few = isSet(filter) && (total <= FEW || isLookedUp(filter) || (await isGathered(tx, filter, page)))
  const lead = order === 'time' ? await leadOf(tx, filter, !few) : undefined
  const start = { filter, limit, offset, few, lead, backwards: false }
  if (after) return { ...start, filter: { ...filter, after }, offset: 0 }
  const place = order === 'time' && offset > SKIP ? await placeOf(tx, filter, offset) : undefined
  if (place) {
    const followTime = { from: filter.followTime?.from, before: place.before }
    return { ...start, filter: { ...filter, followTime }, offset: place.offset }
  }
  // What is gathered and sorted is so in either order.
  if (offset <= SKIP || few || offset <= total / 2) return start
  const end = Math.min(total, offset + limit)
  return { ...start, limit: end - offset, offset: total - end, backwards: true }
}

async function placeOf(tx: ReadTx, filter: FollowFilter, offset: number): Promise<Seek | undefined> {
  const counters = countersOf(filter)
  if (!counters) return undefined
  const before = filter.followTime?.before
  // Counters know nothing of the range's end: what lies behind it is skipped too.
  const newer = before === undefined ? 0 : await countFollows(tx, { ...filter, followTime: { from: before } })
  return seek(tx, counters, newer + offset)
}

/** As many are skipped faster than a period is found by the counters. */
const SKIP = 200

/**
 * The records of a page. First its keys, from an index alone, then the rows of these few: skipping 100,000 rows takes
 * 3.9 ms by their keys and 82 ms with the rows and the names of their methods.
 */
function recordsOf(tx: ReadTx, start: Begin, order: FollowOrder, beside: Sql): Sql {
  const { filter, limit, offset } = start
  return sql`FROM (
      SELECT ${keysOf(filter, order).id} AS id ${matching(tx, filter, start.lead)}
      ORDER BY ${inOrder(start, order)} LIMIT ${limit} OFFSET ${offset}
    ) k JOIN follow f ON f.corp = ${tx.corp} AND f.id = k.id ${beside}
    ORDER BY ${order === 'written' ? sql`f.create_time` : sql`f.follow_time`} DESC, f.id DESC`
}

/** The order of a list, or the opposite one. */
function inOrder({ filter, few, backwards }: Begin, order: FollowOrder): Sql {
  const { id, time } = keysOf(filter, order)
  // An expression is not what the index is in the order of: the engine must gather and sort.
  const bare = few ? sql`+` : empty
  const down = backwards ? empty : sql` DESC`
  return sql`${bare}${time}${down}, ${bare}${id}${down}`
}

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

/**
 * Whether gathering all that matches by the narrowest part, and sorting it, looks at less than walking the list's own order to
 * the page does.
 */
async function isGathered(
  tx: ReadTx,
  filter: FollowFilter,
  { offset, limit, total, after }: PageOf,
): Promise<boolean> {
  // Where there are counters, they lead to the period of the page: not much is walked.
  if (!tx.dialect.unindexed || after || walksTarget(filter) || countersOf(filter)) return false
  const parts = partsOf(filter).filter(({ values }) => values)
  const { lead, entries } = await narrowest(tx, filter, parts)
  if (lead === 'time') return false
  const walked = await narrowest(tx, filter, [])
  const skipped = Math.min(offset, total - offset) + limit
  return 2 * entries < walked.entries * (skipped / total)
}

/** Whether the records are looked up by their ids, one by one: these are never many. */
function isLookedUp(filter: FollowFilter): boolean {
  return filter.ids !== undefined || (filter.targetIds?.length ?? 0) > 1
}

/** What the index is of by which the records of a filter are found. */
type Lead = 'id' | 'title' | 'time' | 'type' | 'method' | 'user'

/**
 * The part of a filter that leaves least to read, by the counters. `inOrder`: one value only, whose index is in the order of
 * the list. Undefined: the engine decides, by its statistics or because there is not much to decide.
 */
async function leadOf(tx: ReadTx, filter: FollowFilter, inOrder: boolean): Promise<Lead | undefined> {
  if (!tx.dialect.unindexed) return undefined
  if (isLookedUp(filter)) return 'id'
  if (walksTarget(filter) || filter.createTime !== undefined) return undefined
  if (filter.title !== undefined) return 'title'
  const given = partsOf(filter)
  const usable = given.filter(({ values }) => values && (!inOrder || values.length === 1))
  const [only] = usable
  if (!only) return 'time'
  if (given.filter(({ values }) => values).length === 1) return only.lead
  return (await narrowest(tx, filter, usable)).lead
}

interface Part {
  readonly lead: Lead
  readonly part: Partial<FollowFilter>
}

/** Which of these parts, or the time range, leaves least to read, and how many entries of an index that is. */
async function narrowest(
  tx: ReadTx,
  { system, followTime }: FollowFilter,
  parts: readonly Part[],
): Promise<{ readonly lead: Lead; readonly entries: number }> {
  let best: { lead: Lead; entries: number } = { lead: 'time', entries: Number.POSITIVE_INFINITY }
  for (const { lead, part } of [...parts, { lead: 'time', part: {} } as const]) {
    const counters = countersOf({ system, ...part } as FollowFilter) as Counters
    // About: what lies beside whole periods is left out.
    const entries = await sumOf(tx, counters, followTime ?? {}, async () => 0)
    if (entries < best.entries) best = { lead, entries }
  }
  return best
}

/** Entries of an index that are looked at in about 5 ms. */
const MANY_ENTRIES = 25_000

/** Whether so much is looked at for a list that the event loop should not stand still for it. */
export async function isWide(tx: ReadTx, filter: FollowFilter): Promise<boolean> {
  // PostgreSQL works elsewhere anyway.
  if (tx.dialect.name !== 'sqlite') return false
  if (isLookedUp(filter) || walksTarget(filter) || filter.title !== undefined) return false
  const { businessTypes, typeIds, userIds } = filter
  const parts = partsOf(filter).filter(({ values }) => values)
  // One value alone has counters and an index of its own, in the order of the list.
  if (parts.length < 2 && [businessTypes, typeIds, userIds].every((values) => (values?.length ?? 0) < 2)) {
    return false
  }
  return (await narrowest(tx, filter, parts)).entries > MANY_ENTRIES
}

function partsOf({ businessTypes, typeIds, userIds }: FollowFilter) {
  return [
    { lead: 'type', values: businessTypes, part: { businessTypes } },
    { lead: 'method', values: typeIds, part: { typeIds } },
    { lead: 'user', values: userIds, part: { userIds } },
  ] as const
}

/** A single target id is walked in its own index, which is in the order of the list; several are looked up as a set. */
function walksTarget(filter: FollowFilter): boolean {
  return filter.targetIds?.length === 1
}

function keysOf(filter: FollowFilter, order: FollowOrder): { id: Sql; time: Sql } {
  if (walksTarget(filter) && order === 'time') return { id: sql`t.id`, time: sql`t.follow_time` }
  return { id: sql`f.id`, time: order === 'written' ? sql`f.create_time` : sql`f.follow_time` }
}

/** FROM and WHERE of a filter. */
function matching(tx: ReadTx, filter: FollowFilter, lead: Lead | undefined): Sql {
  const where = columnsMatching(tx, filter, lead)
  const system = filter.system ? 1 : 0
  if (walksTarget(filter)) {
    const target = [
      sql`t.corp = ${tx.corp} AND t.target_id = ${filter.targetIds?.[0]} AND t.system = ${system}`,
    ]
    timeRange(target, sql`t.follow_time`, filter.followTime)
    if (filter.after) target.push(isAfter(sql`t`, filter.after))
    // The rows themselves are needed for other columns only: counting one target takes 15 µs instead of 115.
    const rows = where.length > 0 ? sql`JOIN follow f ON f.corp = t.corp AND f.id = t.id` : empty
    return sql`FROM follow_target t ${rows} WHERE ${join([...target, ...where], ' AND ')}`
  }
  where.unshift(
    sql`f.corp = ${tx.corp} AND ${lead === 'id' ? unindexed(tx, lead, sql`f.system`) : sql`f.system`} = ${system}`,
  )
  timeRange(where, sql`f.follow_time`, filter.followTime)
  if (filter.after) where.push(isAfter(sql`f`, filter.after))
  if (filter.targetIds) {
    where.push(sql`f.id IN (SELECT t.id FROM follow_target t WHERE t.corp = ${tx.corp}
      AND ${tx.dialect.isOneOf(sql`t.target_id`, filter.targetIds)} AND t.system = ${system})`)
  }
  return sql`FROM follow f WHERE ${join(where, ' AND ')}`
}

function isAfter(table: Sql, { followTime, id }: TimePlace): Sql {
  return sql`(${table}.follow_time, ${table}.id) < (${followTime}, ${id})`
}

/** What a filter asks of the record's own columns, its time apart. */
function columnsMatching(tx: ReadTx, filter: FollowFilter, lead: Lead | undefined): Sql[] {
  const where: Sql[] = []
  const [type, method, user] = (
    [
      ['type', sql`f.business_type`],
      ['method', sql`f.follow_type`],
      ['user', sql`f.follow_user_id`],
    ] as const
  ).map(([name, column]) => (lead === name ? column : unindexed(tx, lead, column))) as [Sql, Sql, Sql]
  timeRange(where, sql`f.create_time`, filter.createTime)
  if (filter.businessTypes) where.push(isAmong(tx, type, filter.businessTypes.map(BigInt)))
  if (filter.ids) where.push(isAmong(tx, sql`f.id`, filter.ids))
  if (filter.userIds) where.push(isAmong(tx, user, filter.userIds))
  if (filter.typeIds) where.push(isAmong(tx, method, filter.typeIds))
  if (filter.title !== undefined) where.push(sql`f.title = ${filter.title}`)
  if (filter.externalId !== undefined) where.push(sql`f.external_id = ${filter.externalId}`)
  if (filter.businessId !== undefined) where.push(sql`f.business_id = ${filter.businessId}`)
  return where
}

/** A column that no index is to be chosen by, when it has been decided which is. */
function unindexed(tx: ReadTx, lead: Lead | undefined, column: Sql): Sql {
  return lead === undefined || !tx.dialect.unindexed ? column : tx.dialect.unindexed(column)
}

/** One value is an equality, so that its index is walked in order; many are a set. */
function isAmong(tx: ReadTx, column: Sql, values: readonly (string | bigint)[]): Sql {
  return values.length === 1 ? sql`${column} = ${values[0]}` : tx.dialect.isOneOf(column, values)
}

function timeRange(where: Sql[], column: Sql, range: { from?: number; before?: number } | undefined): void {
  if (range?.from !== undefined) where.push(sql`${column} >= ${range.from}`)
  if (range?.before !== undefined) where.push(sql`${column} < ${range.before}`)
}
