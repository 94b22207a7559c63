import type { FollowCreateBody, TARGET_ID_KEYS, TargetType } from 'genjin-contract'
import { paramError, ServiceError } from '../../errors.ts'
import { enabledFollowTypes } from '../../store/dictionary.ts'
import { existingStaff } from '../../store/directory.ts'
import type { FollowRow } from '../../store/follow/row.ts'
import type { Change } from '../../store/follow/write.ts'
import { nameKey } from '../../store/name-key.ts'
import type { ReadTx } from '../../store/port.ts'
import { requireAuthor } from '../auth/rights.ts'
import type { Context } from '../context.ts'
import { shorten } from '../message-text.ts'
import type { RemoteSession } from '../session.ts'
import { createFieldChecker, type FieldChecker } from './custom-field-values.ts'
import { type FollowFields, followRow } from './record.ts'

/** follow/create numbers the objects of its `type` differently from `target_type`. */
const TYPE_TO_TARGET: Record<0 | 1 | 2, TargetType> = { 0: 4, 1: 1, 2: 3 }

export const OPPORTUNITY = 3

/** The key inside target for the id of an object of each type. Opportunities and orders have none. */
export const TARGET_KEY: Partial<Record<number, (typeof TARGET_ID_KEYS)[number]>> = {
  1: 'external_id',
  4: 'clue_id',
  10: 'chat_id',
  11: 'contact_id',
  12: 'company_id',
}

/** The change that creates a row: a person's own name, or that of an app with the author that it gives. */
export function createdBy(session: RemoteSession, now: number): (row: FollowRow) => Change {
  return (row) =>
    session.kind === 'app'
      ? { at: now, app: session.appid, user: row.followUserId, reason: null }
      : { at: now, app: null, user: session.userId, reason: null }
}

/** Makes rows of requests. What they are checked against is read once for all of them. */
export async function createRowMaker(
  context: Context,
  tx: ReadTx,
  bodies: readonly FollowCreateBody[],
): Promise<(body: FollowCreateBody, session: RemoteSession) => FollowRow> {
  // Asked together: on PostgreSQL they are one round trip.
  const [followTypeOf, checkFields, staff] = await Promise.all([
    createFollowTypeFinder(tx),
    createFieldChecker(tx),
    existingStaff(
      tx,
      bodies.map((body) => body.user_id),
    ),
  ])
  return (body, session) => {
    requireAuthor(session, body.user_id)
    const targetType = targetTypeOf(body)
    const followType = followTypeOf(body.contact_type)
    if (!staff.has(body.user_id)) throw unknownStaff('user_id', body.user_id)
    return followRow(fieldsOf(body, targetType, context.mintId(), followType, checkFields, context.now()))
  }
}

export function unknownStaff(field: string, userId: string): ServiceError {
  return paramError(
    'paramInvalid',
    field,
    ` 不是本企业的员工：${shorten(userId)}；员工见 GET /openapi/department/user/list`,
  )
}

/** Finds the enabled follow type of a name; failing that, one whose name differs only in full-width and half-width characters. */
export async function createFollowTypeFinder(tx: ReadTx): Promise<(name: string) => bigint> {
  const types = await enabledFollowTypes(tx)
  // Of several with one name, the first.
  const byName = new Map(types.toReversed().map(({ name, id }) => [name, id]))
  let byWidth: ReadonlyMap<string, bigint> | undefined
  return (name) => {
    const exact = byName.get(name)
    if (exact !== undefined) return exact
    byWidth ??= new Map(types.toReversed().map((type) => [nameKey(type.name), type.id]))
    const found = byWidth.get(nameKey(name))
    if (found !== undefined) return found
    const names = types.slice(0, 20).map((type) => type.name)
    throw new ServiceError(
      'paramInvalid',
      `参数 contact_type 不是本企业启用的跟进方式：${shorten(name)}；可用：${names.join('、')}`,
      { field: 'contact_type' },
    )
  }
}

function targetTypeOf(body: FollowCreateBody): TargetType {
  const byType = body.type === undefined ? undefined : TYPE_TO_TARGET[body.type]
  const targetType = body.target_type ?? byType
  if (targetType === undefined) {
    throw new ServiceError('paramMissing', '缺少必填参数 type（0-线索，1-客户，2-商机）', { field: 'type' })
  }
  if (byType !== undefined && byType !== targetType) {
    throw new ServiceError(
      'paramInvalid',
      `参数 type（${body.type}）与 target_type（${targetType}）不一致：只给其中一个即可`,
      { field: 'type' },
    )
  }
  if (body.type === 2 && body.stage_id === undefined) {
    throw new ServiceError('paramMissing', '缺少必填参数 stage_id（商机阶段id）：type=2 时必填', {
      field: 'stage_id',
    })
  }
  return targetType
}

function fieldsOf(
  body: FollowCreateBody,
  targetType: TargetType,
  id: bigint,
  followType: bigint,
  checkFields: FieldChecker,
  now: number,
): FollowFields {
  const ownKey = TARGET_KEY[targetType]
  return {
    id,
    follow_user_id: body.user_id,
    content: body.follow_content,
    target: {
      ...(ownKey !== undefined && { [ownKey]: body.id }),
      is_ai: body.is_ai ?? false,
      ...body.target,
    },
    business_type: targetType,
    business_id: body.id,
    follow_type: followType,
    field_map: checkFields(body.field_map ?? {}),
    attachment_list: body.attachment,
    location: locationOf(body),
    follow_time: body.follow_time ?? now,
    remind: body.remind,
    system: false,
    title: body.title,
    create_time: now,
    update_time: now,
    stage_id: targetType === OPPORTUNITY ? body.stage_id?.toString() : undefined,
  }
}

/** The place that a request gives, if it gives any part of it. */
export function locationOf(
  body: Pick<FollowCreateBody, 'location_lat' | 'location_lng' | 'location_name'>,
): FollowFields['location'] {
  const { location_lat: lat, location_lng: lng, location_name: name } = body
  if (lat === undefined && lng === undefined && name === undefined) return undefined
  return { location_lat: lat, location_lng: lng, location_address: name }
}
