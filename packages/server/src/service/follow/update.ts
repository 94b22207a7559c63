import {
  BUNDLE_RECORD_BYTES,
  type DataOf,
  type FollowUpdateBody,
  OPERATIONS,
  type OperationName,
  type TargetType,
  TOMBSTONE_DAYS,
} from 'genjin-contract'
import { paramError, ServiceError } from '../../errors.ts'
import { existingStaff } from '../../store/directory.ts'
import type { FollowRow } from '../../store/follow/row.ts'
import {
  type Change,
  changeFollow,
  deleteFollow,
  type FollowVersion,
  findDeletion,
  findFollow,
  forgetDeletions,
  isSameFollow,
  restoreFollow,
} from '../../store/follow/write.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { requireMayCorrect, requireMayDelete, requireMayRestore, requireSelf, sees } from '../auth/rights.ts'
import type { Call, Context } from '../context.ts'
import { type WriteCall, write } from '../idempotent-write.ts'
import type { RemoteSession } from '../session.ts'
import { createFieldChecker } from './custom-field-values.ts'
import { createFollowTypeFinder, locationOf, OPPORTUNITY, TARGET_KEY, unknownStaff } from './new-row.ts'
import { type FollowFields, fieldsOfRow, followRow, recordBytes, targetIdsOfHead } from './record.ts'

const DAY_MS = 24 * 3600 * 1000
export const TOMBSTONE_MS = TOMBSTONE_DAYS * DAY_MS

/** POST /openapi/crm/follow/update: changes what is given, leaves the rest (W1). Returns the new version. */
export function followUpdate(call: Call<'followUpdate'>) {
  const { context, session, input: body } = call
  return write(call, async (tx) => {
    const stored = await presentVersion(context, tx, session, body.follow_id)
    requireMayCorrect(session, stored)
    requireVersion(stored, body.version)
    if (stored.system) throw conflict(`系统跟进 ${body.follow_id} 不能修改`)
    requireChange(body)
    requireKnown(body)
    const change = await changeBy(call, tx, body.user_id, body.reason ?? null)
    const fields = await changed(tx, fieldsOfRow(stored), body)
    const row = followRow({ ...fields, update_time: change.at })
    requireShort(row)
    // As in an import, an update without a change makes no version.
    if (isSameFollow(stored, { ...row, updateTime: stored.updateTime })) {
      return versionOf(stored.id, stored.version)
    }
    return versionOf(stored.id, await changeFollow(tx, stored, targetIdsOfHead(stored.head), row, change))
  })
}

/** POST /openapi/crm/follow/delete: removed from all lists and totals immediately; can be restored (W2). */
export function followDelete(call: Call<'followDelete'>) {
  const { context, session, input: body } = call
  return write(call, async (tx) => {
    const stored = await presentVersion(context, tx, session, body.follow_id)
    await requireMayDelete(tx, session, stored)
    requireVersion(stored, body.version)
    if (body.reason.trim() === '') {
      throw new ServiceError('paramMissing', '缺少必填参数 reason（删除的原因）', { field: 'reason' })
    }
    const change = await changeBy(call, tx, body.user_id, body.reason)
    const version = await deleteFollow(tx, stored, targetIdsOfHead(stored.head), change)
    await forgetDeletions(tx, change.at - TOMBSTONE_MS, change.at - TOMBSTONE_MS - DAY_MS)
    return versionOf(stored.id, version)
  })
}

/** POST /openapi/crm/follow/restore: puts a deleted follow-up back as it was (W3). */
export function followRestore(call: Call<'followRestore'>) {
  const { context, session, input: body } = call
  return write(call, async (tx) => {
    const deletion = await findDeletion(tx, body.follow_id)
    if (!deletion || deletion.change.at <= context.now() - TOMBSTONE_MS) {
      const present = await findFollow(tx, body.follow_id)
      if (present && (await sees(tx, session, present)))
        throw conflict(`跟进 ${body.follow_id} 没有删除，无须恢复`)
      throw unknownFollow(body.follow_id)
    }
    if (!(await sees(tx, session, deletion))) throw unknownFollow(body.follow_id)
    await requireMayRestore(tx, session, deletion)
    requireVersion(deletion, body.version)
    const change = await changeBy(call, tx, body.user_id, body.reason ?? null)
    const row = { ...deletion, updateTime: change.at, targetIds: targetIdsOfHead(deletion.head) }
    return versionOf(deletion.id, await restoreFollow(tx, deletion, row, change))
  })
}

function versionOf(id: bigint, version: number): DataOf<'followUpdate'> {
  return { id, version }
}

/** The follow-up as it is now. Throws when there is none that the session sees. */
async function presentVersion(
  context: Context,
  tx: ReadTx,
  session: RemoteSession,
  id: bigint,
): Promise<FollowVersion> {
  const stored = await findFollow(tx, id)
  if (!stored) {
    const deletion = await findDeletion(tx, id)
    if (!deletion || deletion.change.at <= context.now() - TOMBSTONE_MS) throw unknownFollow(id)
    if (!(await sees(tx, session, deletion))) throw unknownFollow(id)
    throw conflict(`跟进 ${id} 已删除：可用 POST /openapi/crm/follow/restore 恢复后再操作`)
  }
  if (!(await sees(tx, session, stored))) throw unknownFollow(id)
  return stored
}

function requireVersion({ id, version }: FollowVersion, expected: number | undefined): void {
  if (expected === undefined || expected === version) return
  throw paramError(
    'versionConflict',
    'version',
    `（${expected}）不是跟进 ${id} 现在的版本（${version}）：请用 follow/get 取得现在的内容，核对后再改`,
  )
}

export function unknownFollow(id: bigint): ServiceError {
  return paramError('notFound', 'follow_id', ` 没有对应的跟进：${id}`)
}

function conflict(message: string): ServiceError {
  return new ServiceError('conflict', message, { field: 'follow_id' })
}

async function changeBy(
  { context, session }: WriteCall<OperationName>,
  tx: WriteTx,
  userId: string,
  reason: string | null,
): Promise<Change> {
  requireSelf(session, userId)
  const staff = await existingStaff(tx, [userId])
  if (!staff.has(userId)) throw unknownStaff('user_id', userId)
  return { at: context.now(), app: session.kind === 'app' ? session.appid : null, user: userId, reason }
}

/** Many small updates must not make a record too long to export and import again. */
function requireShort(row: FollowRow): void {
  const bytes = recordBytes(row)
  if (bytes <= BUNDLE_RECORD_BYTES) return
  throw new ServiceError(
    'paramRange',
    `修改之后记录长 ${bytes} 字节，最多 ${BUNDLE_RECORD_BYTES} 字节：请缩短 follow_content 或 field_map`,
    { field: 'follow_content' },
  )
}

/** What an update can change, by the names that it goes by there. */
const { follow_id, user_id, version, reason, ...changeable } = OPERATIONS.followUpdate.body.properties
const CHANGEABLE = Object.keys(changeable) as (keyof typeof changeable)[]

/** Otherwise a misspelled name would look like success. */
function requireChange(body: FollowUpdateBody): void {
  if (CHANGEABLE.some((name) => body[name] !== undefined)) return
  throw new ServiceError('paramMissing', `没有要修改的内容：请至少给出 ${CHANGEABLE.join('、')} 之一`)
}

/** A misspelled name inside would replace the stored value by nothing. */
function requireKnown(body: FollowUpdateBody): void {
  for (const name of ['remind', 'target'] as const) {
    const part = body[name]
    if (part === undefined || Object.values(part).some((value) => value !== undefined)) continue
    throw paramError('paramInvalid', name, ' 里没有可识别的字段：请核对名称；要清空它，写进 clear')
  }
}

/** The fields after an update. */
async function changed(tx: ReadTx, fields: FollowFields, body: FollowUpdateBody): Promise<FollowFields> {
  const cleared = new Set(body.clear)
  const location = locationOf(body)
  for (const name of cleared) {
    if ((name === 'location' ? location : body[name]) !== undefined) {
      throw paramError('paramInvalid', 'clear', ` 含有 ${name}，请求又给出了它的值：只留其中一个`)
    }
  }
  const followTypeOf = body.contact_type === undefined ? undefined : await createFollowTypeFinder(tx)
  const fieldMap = cleared.has('field_map') ? {} : body.field_map
  const checked = fieldMap && (await createFieldChecker(tx))(fieldMap, fields.field_map)
  return {
    ...fields,
    ...about(fields, body, cleared.has('target')),
    content: body.follow_content ?? fields.content,
    follow_type: followTypeOf ? followTypeOf(body.contact_type as string) : (fields.follow_type ?? null),
    follow_time: body.follow_time ?? fields.follow_time,
    field_map: checked ?? fields.field_map ?? {},
    attachment_list: cleared.has('attachment') ? [] : (body.attachment ?? fields.attachment_list),
    location: cleared.has('location') ? undefined : (location ?? fields.location),
    remind: cleared.has('remind') ? undefined : (body.remind ?? fields.remind),
    title: cleared.has('title') ? undefined : (body.title ?? fields.title),
    ...stageOf(fields, body, cleared.has('stage_id')),
  }
}

/**
 * What the follow-up is about. The id inside target that stands for the object itself follows the object; the other ids
 * stay unless target is given, which replaces them all.
 */
function about(
  fields: FollowFields,
  body: FollowUpdateBody,
  clearTarget: boolean,
): Pick<FollowFields, 'business_type' | 'business_id' | 'target'> {
  const type = (body.target_type ?? fields.business_type) as TargetType
  const id = body.id ?? fields.business_id
  const { is_ai: wasAi, ...ids } = fields.target ?? {}
  const oldKey = TARGET_KEY[fields.business_type]
  if (oldKey !== undefined && ids[oldKey] === fields.business_id) delete ids[oldKey]
  const newKey = TARGET_KEY[type]
  const own = newKey === undefined ? {} : { [newKey]: id }
  if (type !== fields.business_type && body.id === undefined) {
    throw new ServiceError(
      'paramMissing',
      `缺少必填参数 id：target_type 由 ${fields.business_type} 改为 ${type} 时，须同时给出新对象的 id`,
      { field: 'id' },
    )
  }
  const moved = type !== fields.business_type || id !== fields.business_id
  const untouched = !moved && !clearTarget && body.target === undefined
  return {
    business_type: type,
    business_id: id,
    target: untouched
      ? { ...fields.target, ...(body.is_ai !== undefined && { is_ai: body.is_ai }) }
      : {
          ...(!clearTarget && body.target === undefined && ids),
          ...own,
          is_ai: body.is_ai ?? wasAi,
          ...body.target,
        },
  }
}

/** Only follow-ups of opportunities have a stage; one that moves to another object loses it. An imported stage stays. */
function stageOf(fields: FollowFields, body: FollowUpdateBody, clear: boolean): { stage_id?: string } {
  const type = body.target_type ?? fields.business_type
  const stage = clear ? undefined : (body.stage_id?.toString() ?? fields.stage_id)
  if (type !== OPPORTUNITY && body.stage_id !== undefined) {
    throw paramError('paramInvalid', 'stage_id', ' 只用于商机的跟进：请去掉')
  }
  const left = fields.business_type === OPPORTUNITY && type !== OPPORTUNITY
  return { stage_id: left ? undefined : stage }
}
