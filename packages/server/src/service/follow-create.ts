import { createHash } from 'node:crypto'
import type { FollowCreateBody, TargetType } from 'genjin-contract'
import { ServiceError, StoreError } from '../errors.ts'
import { toJson } from '../json.ts'
import { findWriteKey, keepWriteKey } from '../store/corps.ts'
import { enabledFollowTypes } from '../store/dictionary.ts'
import { staffExists } from '../store/directory.ts'
import { insertFollow } from '../store/follows.ts'
import type { WriteTx } from '../store/port.ts'
import type { Parts, Session } from './parts.ts'
import { type FollowFields, followRow } from './record.ts'

/** create's `type` is not the code of the list's target_type. */
const TYPE_TO_TARGET: Record<0 | 1 | 2, TargetType> = { 0: 4, 1: 1, 2: 3 }

const OPPORTUNITY = 3

/** Which id inside target an object of each type is. Opportunities and orders have none. */
const TARGET_KEY: Partial<Record<TargetType, string>> = {
  1: 'external_id',
  4: 'clue_id',
  10: 'chat_id',
  11: 'contact_id',
  12: 'company_id',
}

/** Tries with another id when the one minted is taken (another process minted it in the same millisecond). */
const TRIES = 8

/**
 * POST /openapi/crm/follow/create: writes one follow-up and answers its id (N1, N2). With a key, one key has one effect:
 * asked again, the first answer is given again; the key and the record are kept in one transaction.
 */
export async function followCreate(
  parts: Parts,
  session: Session,
  body: FollowCreateBody,
  key: string | undefined,
): Promise<bigint> {
  const targetType = targetTypeOf(body)
  for (let attempt = 1; ; attempt++) {
    try {
      return await parts.store.transact(session.corp, (tx) =>
        once(parts, session, tx, body, key, () => create(parts, tx, body, targetType)),
      )
    } catch (error) {
      const taken = error instanceof StoreError && error.kind === 'unique'
      if (!taken || attempt === TRIES) throw error
    }
  }
}

async function once(
  parts: Parts,
  session: Session,
  tx: WriteTx,
  body: FollowCreateBody,
  key: string | undefined,
  effect: () => Promise<bigint>,
): Promise<bigint> {
  if (key === undefined) return effect()
  const requestHash = createHash('sha256')
    .update(`follow/create ${toJson(body)}`)
    .digest('base64url')
  const kept = await findWriteKey(tx, session.appid, key, parts.now())
  if (kept) {
    if (kept.requestHash === requestHash) return BigInt(kept.answer)
    throw new ServiceError(
      'keyReused',
      '请求头 Idempotency-Key 已用于内容不同的请求:新的请求请换一个值,重试请保持请求体不变',
    )
  }
  const answer = await effect()
  await keepWriteKey(tx, session.appid, key, { requestHash, answer: answer.toString() }, parts.now())
  return answer
}

async function create(
  parts: Parts,
  tx: WriteTx,
  body: FollowCreateBody,
  targetType: TargetType,
): Promise<bigint> {
  const followType = await methodOf(tx, body.contact_type)
  if (!(await staffExists(tx, body.user_id))) {
    throw new ServiceError(
      'paramInvalid',
      `参数 user_id 不是本企业的员工:${show(body.user_id)};员工见 GET /openapi/department/user/list`,
    )
  }
  const fields = fieldsOf(body, targetType, parts.mintId(), followType, parts.now())
  await insertFollow(tx, followRow(fields))
  return fields.id
}

/** The enabled method of this name; failing that, one that differs in full-width and half-width characters only. */
async function methodOf(tx: WriteTx, name: string): Promise<bigint> {
  const types = await enabledFollowTypes(tx)
  const found =
    types.find((type) => type.name === name) ??
    types.find((type) => type.name.normalize('NFKC') === name.normalize('NFKC'))
  if (found) return found.id
  const names = types.slice(0, 20).map((type) => type.name)
  throw new ServiceError(
    'paramInvalid',
    `参数 contact_type 不是本企业启用的跟进方式:${show(name)};可用:${names.join('、')}`,
  )
}

function show(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text
}

function targetTypeOf(body: FollowCreateBody): TargetType {
  const byType = body.type === undefined ? undefined : TYPE_TO_TARGET[body.type]
  const targetType = body.target_type ?? byType
  if (targetType === undefined) {
    throw new ServiceError('paramMissing', '缺少必填参数 type(0-线索,1-客户,2-商机)')
  }
  if (byType !== undefined && byType !== targetType) {
    throw new ServiceError(
      'paramInvalid',
      `参数 type(${body.type})与 target_type(${targetType})不一致:只给其中一个即可`,
    )
  }
  if (body.type === 2 && body.stage_id === undefined) {
    throw new ServiceError('paramMissing', '缺少必填参数 stage_id(商机阶段id):type=2 时必填')
  }
  return targetType
}

function fieldsOf(
  body: FollowCreateBody,
  targetType: TargetType,
  id: bigint,
  followType: bigint,
  now: number,
): FollowFields {
  const ownKey = TARGET_KEY[targetType]
  const located = [body.location_lat, body.location_lng, body.location_name].some(
    (part) => part !== undefined,
  )
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
    field_map: body.field_map,
    attachment_list: body.attachment,
    location: located
      ? {
          location_lat: body.location_lat,
          location_lng: body.location_lng,
          location_address: body.location_name,
        }
      : undefined,
    follow_time: body.follow_time ?? now,
    remind: body.remind,
    system: false,
    title: body.title,
    create_time: now,
    update_time: now,
    stage_id: targetType === OPPORTUNITY ? body.stage_id?.toString() : undefined,
  }
}
