import { ERRORS, type FollowBatchCreateBody, FollowCreateBody, type TargetType } from 'genjin-contract'
import { ServiceError } from '../errors.ts'
import { toJson } from '../json.ts'
import { enabledFollowTypes } from '../store/dictionary.ts'
import { existingStaff } from '../store/directory.ts'
import { type Change, insertFollows } from '../store/follow-writes.ts'
import type { FollowRow } from '../store/follows.ts'
import type { ReadTx } from '../store/port.ts'
import { createFieldChecker, type FieldChecker } from './field-map.ts'
import type { Parts, Session } from './parts.ts'
import { readerOf } from './read-value.ts'
import { type FollowFields, followRow } from './record.ts'
import { show } from './show.ts'
import { write } from './write.ts'

/** create's `type` is not the code of the list's target_type. */
const TYPE_TO_TARGET: Record<0 | 1 | 2, TargetType> = { 0: 4, 1: 1, 2: 3 }

export const OPPORTUNITY = 3

/** Which id inside target an object of each type is. Opportunities and orders have none. */
export const TARGET_KEY: Partial<Record<number, string>> = {
  1: 'external_id',
  4: 'clue_id',
  10: 'chat_id',
  11: 'contact_id',
  12: 'company_id',
}

/** POST /openapi/crm/follow/create: writes one follow-up and answers its id (N1, N2). */
export function followCreate(
  parts: Parts,
  session: Session,
  body: FollowCreateBody,
  key: string | undefined,
): Promise<string> {
  return write(parts, session, { operation: 'follow/create', body, key }, async (tx) => {
    const makeRow = await rowMaker(parts, tx, [body])
    const row = makeRow(body)
    await insertFollows(tx, [row], createdBy(session, parts.now()))
    return row.id.toString()
  })
}

const readFields: (value: unknown) => FollowCreateBody = readerOf(FollowCreateBody, { emptyIsAbsent: true })

function readRow(value: unknown): FollowCreateBody {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return readFields(value)
  throw new ServiceError('paramInvalid', '这一条不是对象:每条须与 follow/create 的请求体相同')
}

/**
 * POST /openapi/crm/follow/batchCreate: writes up to 100 follow-ups and answers a result for each, in their order (W4).
 * With `atomic`, one bad row refuses them all.
 */
export function followBatchCreate(
  parts: Parts,
  session: Session,
  body: FollowBatchCreateBody,
  key: string | undefined,
): Promise<string> {
  const read = body.records.map(attempt(readRow))
  // What was understood: the same request again may say the rest otherwise.
  const understood = {
    ...body,
    records: read.map((result, index) => (result instanceof ServiceError ? body.records[index] : result)),
  }
  return write(parts, session, { operation: 'follow/batchCreate', body: understood, key }, async (tx) => {
    const makeRow = await rowMaker(
      parts,
      tx,
      read.flatMap((result) => (result instanceof ServiceError ? [] : [result])),
    )
    const made = read.map((result) => (result instanceof ServiceError ? result : attempt(makeRow)(result)))
    const rows = made.filter((result): result is FollowRow => !(result instanceof ServiceError))
    const failed = made.findIndex((result) => result instanceof ServiceError)
    if (body.atomic && failed >= 0) throw inRow(made[failed] as ServiceError, failed)
    if (rows.length > 0) await insertFollows(tx, rows, createdBy(session, parts.now()))
    return toJson({ created: rows.length, failed: made.length - rows.length, results: made.map(resultOf) })
  })
}

/** Answers the refusal instead of throwing it. */
function attempt<Input, Output>(fn: (input: Input) => Output): (input: Input) => Output | ServiceError {
  return (input) => {
    try {
      return fn(input)
    } catch (error) {
      if (error instanceof ServiceError) return error
      throw error
    }
  }
}

function inRow(error: ServiceError, index: number): ServiceError {
  return new ServiceError(error.kind, `records[${index}]:${error.message};atomic 为 true,全部未写入`, {
    field: `records[${index}]`,
  })
}

function resultOf(result: FollowRow | ServiceError): object {
  if (!(result instanceof ServiceError)) {
    return { code: 0, msg: '请求成功', id: result.id, sub_code: '00000' }
  }
  const { code, subCode } = ERRORS[result.kind]
  return { code, msg: result.message, id: null, sub_code: subCode }
}

function createdBy(session: Session, now: number): (row: FollowRow) => Change {
  return (row) => ({ at: now, app: session.appid, user: row.followUserId, reason: null })
}

/** Makes rows of requests. What they are checked against is read once for all of them. */
async function rowMaker(
  parts: Parts,
  tx: ReadTx,
  bodies: readonly FollowCreateBody[],
): Promise<(body: FollowCreateBody) => FollowRow> {
  // Asked together: on PostgreSQL they are one round trip.
  const [methodOf, checkFields, staff] = await Promise.all([
    createMethodFinder(tx),
    createFieldChecker(tx),
    existingStaff(
      tx,
      bodies.map((body) => body.user_id),
    ),
  ])
  return (body) => {
    const targetType = targetTypeOf(body)
    const followType = methodOf(body.contact_type)
    if (!staff.has(body.user_id)) throw unknownStaff('user_id', body.user_id)
    return followRow(fieldsOf(body, targetType, parts.mintId(), followType, checkFields, parts.now()))
  }
}

export function unknownStaff(field: string, userId: string): ServiceError {
  return new ServiceError(
    'paramInvalid',
    `参数 ${field} 不是本企业的员工:${show(userId)};员工见 GET /openapi/department/user/list`,
    { field },
  )
}

/** Finds the enabled method of a name; failing that, one that differs in full-width and half-width characters only. */
export async function createMethodFinder(tx: ReadTx): Promise<(name: string) => bigint> {
  const types = await enabledFollowTypes(tx)
  return (name) => {
    const found =
      types.find((type) => type.name === name) ??
      types.find((type) => type.name.normalize('NFKC') === name.normalize('NFKC'))
    if (found) return found.id
    const names = types.slice(0, 20).map((type) => type.name)
    throw new ServiceError(
      'paramInvalid',
      `参数 contact_type 不是本企业启用的跟进方式:${show(name)};可用:${names.join('、')}`,
      { field: 'contact_type' },
    )
  }
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
  checkFields: FieldChecker,
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
    field_map: checkFields(body.field_map ?? {}),
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
