import type { DataOf, FollowListBody, FollowSystemListBody } from 'genjin-contract'
import { LAST_DAY, toJson, zoneOf } from 'genjin-record'
import { followTypesNamed } from '../../store/dictionary.ts'
import { staffOfDepartments } from '../../store/directory.ts'
import type { FollowFilter, FollowOrder, TimeRange } from '../../store/follow/filter.ts'
import type { ListQuery, PageBounds } from '../../store/follow/list-cache.ts'
import { countFollows, estimate } from '../../store/follow/query-plan.ts'
import { followDetailPage } from '../../store/follow/read.ts'
import type { FollowDetail } from '../../store/follow/row.ts'
import type { ReadTx } from '../../store/port.ts'
import { confirm } from '../auth/access-token.ts'
import type { Call } from '../context.ts'
import type { JsonText } from '../json-text.ts'
import { pageBounds, RecordPage } from '../page.ts'
import { requireDaysInOrder } from './days.ts'
import { type FollowRecord, withoutLast } from './record.ts'

/** POST /openapi/crm/follow/list: a page of the staff's follow-ups and how many there are, of one instant (L12). */
export async function followList({ context, session, input: body }: Call<'followList'>) {
  const followTime = followTimeOf(body, session.timeZone)
  const { current_index: _index, page_size: _size, ...asked } = body
  const query: ListQuery = {
    key: textOf(asked),
    filter: (tx) => filterOf(tx, body, { system: false, followTime }),
    confirm: (tx, revision) => confirm(context, tx, session, revision),
    revision: 'token' in session ? session.revision : undefined,
  }
  const { total, records } = await context.listCache.page(session.corp, query, pageBounds(body))
  return new RecordPage<FollowRecord>(total, records)
}

/** One text for one set of filters. toJson knows bigints, which only lists of ids have, and takes ten times as long. */
function textOf(asked: Partial<FollowListBody>): string {
  return asked.id_list || asked.follow_type_list || asked.follow_dep_ids
    ? toJson(asked)
    : JSON.stringify(asked)
}

/** POST /openapi/crm/follow/listForSystem: the same for what the system wrote. */
export function followListForSystem({ context, session, input: body }: Call<'followListForSystem'>) {
  const bounds = pageBounds(body)
  const time = followTimeOf(body, session.timeZone)
  return context.store.read(session.corp, async (tx) => {
    const filter = await filterOf(tx, body, { system: true, followTime: time })
    return filter
      ? detailPage(tx, filter, 'time', bounds, async (rows) => rows.map(systemRecordText))
      : new RecordPage<SystemRecord>(0, [])
  })
}

/** A page of records whose answer is made from the stored text. */
export async function detailPage<T>(
  tx: ReadTx,
  filter: FollowFilter,
  order: FollowOrder,
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
  // head ends with the follow type, which system records do not show.
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
  const followTypeIds = await followTypesOf(tx, body)
  if (userIds?.length === 0 || followTypeIds?.length === 0) return undefined
  return {
    ...base,
    ...(body.target_type !== undefined && { businessTypes: [body.target_type] }),
    ...(body.target_id_list && { targetIds: unique(body.target_id_list) }),
    ...(body.id_list && { ids: unique(body.id_list) }),
    ...(userIds && { userIds }),
    ...(followTypeIds && { followTypeIds }),
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

/** Follow types of follow_type_list and of follow_type_name (L10): both must hold. */
async function followTypesOf(tx: ReadTx, body: FollowListBody): Promise<bigint[] | undefined> {
  const listed = body.follow_type_list && unique(body.follow_type_list)
  if (body.follow_type_name === undefined) return listed
  const named = await followTypesNamed(tx, body.follow_type_name)
  return listed ? listed.filter((id) => named.includes(id)) : named
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
