import { createHash } from 'node:crypto'
import type { DataOf, FollowListBody, FollowSystemListBody } from 'genjin-contract'
import { LAST_DAY, toJson, zoneOf } from 'genjin-record'
import { followTypesNamed } from '../../store/dictionary.ts'
import { staffOfDepartments } from '../../store/directory.ts'
import type { FollowFilter, TimeRange } from '../../store/follow/filter.ts'
import type { DetailQuery, ListQuery } from '../../store/follow/list-cache.ts'
import type { FollowDetail } from '../../store/follow/row.ts'
import type { ReadTx } from '../../store/port.ts'
import { confirm } from '../auth/recognize.ts'
import { scopeKey, scopeOf } from '../auth/rights.ts'
import type { Call, Context } from '../context.ts'
import type { JsonText } from '../json-text.ts'
import { pageBounds, RecordPage } from '../page.ts'
import type { Session } from '../session.ts'
import { requireDaysInOrder } from './days.ts'
import { type FollowRecord, withoutLast } from './record.ts'

/** POST /openapi/crm/follow/list: a page of the staff's follow-ups and how many there are, of one instant (L12). */
export async function followList({ context, session, input: body, isGone }: Call<'followList'>) {
  const followTime = followTimeOf(body, session.timeZone)
  const query: ListQuery = {
    key: keyOf(scopeKey(session), body),
    filter: (tx) => filterOf(tx, session, body, { system: false, followTime }),
    isGone,
    confirm: (tx, revision) => confirm(context, tx, session, revision),
    revision: session.kind === 'command' ? undefined : session.revision,
  }
  const { total, records } = await context.listCache.page(session.corp, query, pageBounds(body))
  return new RecordPage<FollowRecord>(total, records)
}

/** Longer texts are kept by their hash: what is asked for can be 1 MiB. */
const KEY_LENGTH = 1024

/**
 * One text for one set of filters of a list. toJson knows bigints, which only lists of ids have, and takes ten times as
 * long.
 */
export function keyOf(list: string, body: object): string {
  const { current_index: _index, page_size: _size, ...asked } = body as FollowListBody
  const hasBigints = Object.values(asked).some(
    (value) => typeof (Array.isArray(value) ? value[0] : value) === 'bigint',
  )
  const text = `${list}${hasBigints ? toJson(asked) : JSON.stringify(asked)}`
  return text.length > KEY_LENGTH ? createHash('sha256').update(text).digest('base64') : text
}

/** POST /openapi/crm/follow/listForSystem: the same for what the system wrote. */
export async function followListForSystem({
  context,
  session,
  input: body,
  isGone,
}: Call<'followListForSystem'>) {
  const followTime = followTimeOf(body, session.timeZone)
  const filter = (tx: ReadTx) => filterOf(tx, session, body, { system: true, followTime })
  return detailPage(context, session, body, {
    key: keyOf(`${scopeKey(session)}system`, body),
    order: 'time',
    filter,
    isGone,
    answers: async (_tx, rows) => rows.map(systemRecordText),
  })
}

/** A page of records whose answers are made from the stored text and the columns beside it. */
export async function detailPage<T>(
  context: Context,
  session: Session,
  body: Parameters<typeof pageBounds>[0],
  query: Omit<DetailQuery<JsonText<T>>, 'confirm'>,
): Promise<RecordPage<T>> {
  const confirmed = {
    ...query,
    confirm: (tx: ReadTx, revision: string) => confirm(context, tx, session, revision),
  }
  const { total, records } = await context.listCache.detailPage(session.corp, confirmed, pageBounds(body))
  return new RecordPage<T>(total, records)
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
  session: Session,
  body: FollowListBody & FollowSystemListBody,
  base: { system: boolean; followTime: TimeRange },
): Promise<FollowFilter | undefined> {
  const named = await usersOf(tx, body)
  const isNamed = body.target_id_list !== undefined || body.id_list !== undefined
  const { userIds, seenBy } = await seenOnly(tx, session, named, isNamed)
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
    ...(seenBy && { seenBy }),
  }
}

/**
 * What a session sees of a list (P2). Where targets or follow-ups are named, all that it sees of these; otherwise what those in
 * its scope wrote, which has counters: the list of a manager costs what the list of their departments costs.
 *
 * @param userIds the authors that are asked for, if some are
 */
export async function seenOnly(
  tx: ReadTx,
  session: Session,
  userIds: readonly string[] | undefined,
  isNamed: boolean,
): Promise<Pick<FollowFilter, 'userIds' | 'seenBy'>> {
  const scope = await scopeOf(tx, session)
  if (!scope) return userIds ? { userIds } : {}
  if (isNamed) return userIds ? { userIds, seenBy: scope } : { seenBy: scope }
  if (!userIds) return { userIds: scope }
  const isInScope = new Set(scope)
  return { userIds: userIds.filter((userId) => isInScope.has(userId)) }
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
