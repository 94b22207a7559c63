import type { DataOf, FollowListBody, FollowSystemListBody } from 'genjin-contract'
import { LAST_DAY, toJson, zoneOf } from 'genjin-record'
import { readState } from '../../store/corp.ts'
import { followTypesNamed } from '../../store/dictionary.ts'
import { staffOfDepartments } from '../../store/directory.ts'
import type { TimeRange } from '../../store/follow/counters.ts'
import type { FollowFilter } from '../../store/follow/filter.ts'
import { countFollows, estimate, isExpensive, NO_ESTIMATES } from '../../store/follow/query-plan.ts'
import {
  type FollowDetail,
  type Frame,
  type FramedPage,
  followDetailPage,
  followPage,
} from '../../store/follow/read.ts'
import type { ReadTx } from '../../store/port.ts'
import { confirm } from '../auth/access-token.ts'
import { keepEnd, type ListState } from '../cache.ts'
import type { Context } from '../context.ts'
import type { JsonText } from '../json-text.ts'
import { type PageBounds, pageBounds, RecordPage } from '../page.ts'
import type { Session, TokenSession } from '../session.ts'
import { requireDaysInOrder } from './days.ts'
import { withoutLast } from './record.ts'

/** POST /openapi/crm/follow/list: a page of the staff's follow-ups and how many there are, of one instant (L12). */
export async function followList(
  context: Context,
  session: Session | TokenSession,
  body: FollowListBody,
  frame: Frame,
): Promise<Buffer> {
  const bounds = pageBounds(body)
  const time = followTimeOf(body, session.timeZone)
  const { answers, asked: askedBefore, lists } = context.cache
  const { current_index: _index, page_size: _size, ...asked } = body
  const key = `${session.corp} ${textOf(asked)}`
  const pageKey = `${bounds.offset} ${bounds.limit} ${key}`
  const answer = answers.get(pageKey)
  if (answer && 'token' in session) {
    const { state, revision } = await context.stateOf(session.corp)
    if (state === answer.state && revision === session.revision) return answer.bytes
  }
  // A command that has the database itself asks for each page once, and keeps nobody waiting.
  const alone = !('token' in session)
  const answerIn = async (tx: ReadTx, aside: boolean) => {
    const known = lists.get(key)
    // What is known is taken for the present state: on PostgreSQL both travel together. SQLite works at once: for nothing.
    const guesses = tx.dialect.name === 'postgres' && known && isNear(known, bounds)
    const [{ state, revision }, guess] = await Promise.all([
      readState(tx),
      guesses ? pageOf(tx, known, bounds, frame) : undefined,
    ])
    await confirm(context, tx, session, revision)
    const list = known?.state === state ? known : await listOf(tx, state, body, time, aside)
    if (!list || !(aside || isNear(list, bounds))) return undefined
    const found = guess && list === known ? guess : await pageOf(tx, list, bounds, frame)
    lists.set(key, list)
    if (found.end) keepEnd(list, bounds.offset + bounds.limit, found.end)
    const bytes = bytesOf(found.text)
    if (alone) return bytes
    if (askedBefore.has(pageKey)) answers.set(pageKey, { state, bytes })
    else askedBefore.set(pageKey, true)
    return bytes
  }
  return (
    (await context.store.read(session.corp, (tx) => answerIn(tx, alone))) ??
    ((await context.store.readInThread(session.corp, (tx) => answerIn(tx, true))) as Buffer)
  )
}

/** Whether a page is found without looking at very much. */
function isNear({ expensive, ends }: ListState, { offset }: PageBounds): boolean {
  return !expensive || ends.has(offset)
}

/** One text for one set of filters. toJson knows bigints, which only lists of ids have, and takes ten times as long. */
function textOf(asked: Partial<FollowListBody>): string {
  return asked.id_list || asked.follow_type_list || asked.follow_dep_ids
    ? toJson(asked)
    : JSON.stringify(asked)
}

/** Undefined when very much has to be looked at for it, and this is not the place (see Store.readAside). */
async function listOf(
  tx: ReadTx,
  state: string,
  body: FollowListBody,
  followTime: TimeRange,
  aside: boolean,
): Promise<ListState | undefined> {
  const filter = await filterOf(tx, body, { system: false, followTime })
  if (!filter) return { state, filter, estimates: NO_ESTIMATES, total: 0, expensive: false, ends: new Map() }
  const estimates = await estimate(tx, filter)
  const expensive = isExpensive(filter, estimates)
  if (expensive && !aside) return undefined
  const total = await countFollows(tx, filter, estimates)
  return { state, filter, estimates, total, expensive, ends: new Map() }
}

/** The whole answer with a page: `frame` stands around its data. */
async function pageOf(
  tx: ReadTx,
  { filter, estimates, total, ends }: ListState,
  { limit, offset }: PageBounds,
  frame: Frame,
): Promise<FramedPage> {
  const start = `${frame.start}{"total":${total},"records":[`
  const end = `]}${frame.end}`
  if (!filter || total <= offset) return { text: start + end, end: undefined }
  return followPage(tx, filter, { total, limit, offset, after: ends.get(offset) }, { start, end }, estimates)
}

/** Where texts are encoded: 80 kB of Chinese take 88 µs and a copy, with Buffer.from, which looks at them twice, 170. */
const scratch = Buffer.allocUnsafeSlow(1024 * 1024)

function bytesOf(text: string | Uint8Array): Buffer {
  if (typeof text !== 'string') return Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  // No UTF-16 unit takes more than three bytes.
  if (3 * text.length > scratch.length) return Buffer.from(text)
  return Buffer.from(scratch.subarray(0, scratch.write(text)))
}

/** POST /openapi/crm/follow/listForSystem: the same for what the system wrote. */
export function followListForSystem(
  context: Context,
  session: Session,
  body: FollowSystemListBody,
): Promise<RecordPage<SystemRecord>> {
  const bounds = pageBounds(body)
  const time = followTimeOf(body, session.timeZone)
  return context.store.read(session.corp, async (tx) => {
    const filter = await filterOf(tx, body, { system: true, followTime: time })
    return filter
      ? detailPage(tx, filter, 'time', bounds, async (rows) => rows.map(systemRecordText))
      : new RecordPage<SystemRecord>(0, [])
  })
}

/** A page of records that are not answered as they are stored. */
export async function detailPage<T>(
  tx: ReadTx,
  filter: FollowFilter,
  order: 'time' | 'written',
  bounds: PageBounds,
  texts: (rows: FollowDetail[]) => Promise<JsonText<T>[]>,
): Promise<RecordPage<T>> {
  const estimates = await estimate(tx, filter)
  const total = await countFollows(tx, filter, estimates)
  const page = { total, ...bounds }
  const rows = total > bounds.offset ? await followDetailPage(tx, filter, order, page, estimates) : []
  return new RecordPage(total, await texts(rows))
}

type SystemRecord = DataOf<'followListForSystem'>['records'][number]

function systemRecordText(row: FollowDetail): JsonText<SystemRecord> {
  const { follow_time: followTime } = JSON.parse(`{${row.tail}`) as { follow_time: number }
  // head ends with the method, which system records do not show.
  const shown = row.head.slice(0, row.head.lastIndexOf(',"follow_type":'))
  const rest = { title: row.title, follow_time: followTime, create_time: row.createTime }
  return `${shown},${withoutLast(JSON.stringify(rest)).slice(1)}}` as JsonText<SystemRecord>
}

/** The days of the filter as instants (L4, C9): both days included whole. */
function followTimeOf(body: FollowListBody | FollowSystemListBody, timeZone: string): TimeRange {
  const { follow_time_start: start, follow_time_end: end } = body
  if (start !== undefined && end !== undefined) requireDaysInOrder(start, end)
  const zone = zoneOf(timeZone)
  return {
    ...(start !== undefined && { from: zone.startOfDay(start) }),
    ...(end !== undefined && end < LAST_DAY && { before: zone.endOfDay(end) }),
  }
}

/** The stored filter that the body asks for; undefined when nothing can match. */
async function filterOf(
  tx: ReadTx,
  body: FollowListBody & FollowSystemListBody,
  base: { system: boolean; followTime: TimeRange },
): Promise<FollowFilter | undefined> {
  const userIds = await usersOf(tx, body)
  const typeIds = await methodsOf(tx, body)
  if (userIds?.length === 0 || typeIds?.length === 0) return undefined
  return {
    ...base,
    ...(body.target_type !== undefined && { businessTypes: [body.target_type] }),
    ...(body.target_id_list && { targetIds: unique(body.target_id_list) }),
    ...(body.id_list && { ids: unique(body.id_list) }),
    ...(userIds && { userIds }),
    ...(typeIds && { typeIds }),
    ...(body.title !== undefined && { title: body.title }),
  }
}

/** Staff named by follow_user_ids (L8) and staff of follow_dep_ids (L9): both must hold. */
async function usersOf(tx: ReadTx, body: FollowListBody): Promise<string[] | undefined> {
  const named = body.follow_user_ids && unique(body.follow_user_ids)
  if (!body.follow_dep_ids) return named
  const members = await staffOfDepartments(tx, unique(body.follow_dep_ids), body.fetch_child !== 0)
  if (!named) return members
  const isMember = new Set(members)
  return named.filter((userId) => isMember.has(userId))
}

/** Methods of follow_type_list and of follow_type_name (L10): both must hold. */
async function methodsOf(tx: ReadTx, body: FollowListBody): Promise<bigint[] | undefined> {
  const listed = body.follow_type_list && unique(body.follow_type_list)
  if (body.follow_type_name === undefined) return listed
  const named = await followTypesNamed(tx, body.follow_type_name)
  return listed ? listed.filter((id) => named.includes(id)) : named
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
