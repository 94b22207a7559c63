import { ERRORS, type FollowBatchCreateBody, FollowCreateBody, type TargetType } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { toJson } from '../../json.ts'
import { findWriteKeys, keepWriteKeys, readState, type WriteKey } from '../../store/corp.ts'
import { enabledFollowTypes } from '../../store/dictionary.ts'
import { existingStaff } from '../../store/directory.ts'
import type { FollowRow } from '../../store/follow/read.ts'
import { type Change, insertFollows } from '../../store/follow/write.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { confirm } from '../auth/access-token.ts'
import type { Context, Session, TokenSession } from '../context.ts'
import { firstAnswer, hashOf, transactMinting, write } from '../idempotent-write.ts'
import { shorten } from '../message-text.ts'
import { readerOf } from '../read-value.ts'
import type { Outcome } from '../request-batcher.ts'
import { createFieldChecker, type FieldChecker } from './custom-field-values.ts'
import { type FollowFields, followRow } from './record.ts'

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

/** A create that waits for its turn. */
export interface Create {
  readonly session: TokenSession
  readonly body: FollowCreateBody
  /** The header Idempotency-Key. */
  readonly key: string | undefined
}

/**
 * POST /openapi/crm/follow/create: writes one follow-up and answers its id (N1, N2). Those that are asked for while others are
 * written share a transaction, what is read for it and its statements; each is refused for itself.
 */
export function followCreate(
  context: Context,
  session: TokenSession,
  body: FollowCreateBody,
  key: string | undefined,
): Promise<string> {
  return context.creates.ask(session.corp, { session, body, key }, (take) =>
    transactMinting(context, session.corp, (tx) => createAll(context, tx, take())),
  )
}

async function createAll(
  context: Context,
  tx: WriteTx,
  creates: readonly Create[],
): Promise<readonly Outcome<string>[]> {
  const [{ revision }, makeRow, known] = await Promise.all([
    readState(tx),
    rowMaker(
      context,
      tx,
      creates.map(({ body }) => body),
    ),
    answeredKeys(context, tx, creates),
  ])
  const changes = new Map<FollowRow, Change>()
  const kept: (WriteKey & { appid: string; key: string })[] = []
  async function create({ session, body, key }: Create): Promise<string> {
    await confirm(context, tx, session, revision)
    const requestHash = key === undefined ? '' : hashOf({ operation: 'follow/create', body, key })
    const first = key === undefined ? undefined : known.get(nameOf(session, key))
    if (first) return firstAnswer(first, requestHash)
    const row = makeRow(body)
    const answer = row.id.toString()
    changes.set(row, createdBy(session, context.now())(row))
    if (key !== undefined) {
      known.set(nameOf(session, key), { requestHash, answer })
      kept.push({ appid: session.appid, key, requestHash, answer })
    }
    return answer
  }
  const outcomes: Outcome<string>[] = []
  for (const each of creates) outcomes.push(await outcomeOf(() => create(each)))
  const writing: Promise<void>[] = []
  if (changes.size > 0) {
    writing.push(insertFollows(tx, [...changes.keys()], (row) => changes.get(row) as Change))
  }
  if (kept.length > 0) writing.push(keepWriteKeys(tx, kept, context.now()))
  await Promise.all(writing)
  return outcomes
}

/** Answers an error instead of throwing it: nothing has been written yet, and it is one request's alone. */
async function outcomeOf(create: () => Promise<string>): Promise<Outcome<string>> {
  try {
    return { answer: await create() }
  } catch (error) {
    return { error }
  }
}

/** App and key → what was answered under it. */
async function answeredKeys(
  context: Context,
  tx: ReadTx,
  creates: readonly Create[],
): Promise<Map<string, WriteKey>> {
  const keys = new Map<string, { session: TokenSession; keys: string[] }>()
  for (const { session, key } of creates) {
    if (key === undefined) continue
    const own = keys.get(session.appid) ?? { session, keys: [] }
    keys.set(session.appid, own)
    own.keys.push(key)
  }
  const known = new Map<string, WriteKey>()
  for (const { session, keys: own } of keys.values()) {
    const found = await findWriteKeys(tx, session.appid, own, context.now())
    for (const [key, kept] of found) known.set(nameOf(session, key), kept)
  }
  return known
}

function nameOf({ appid }: TokenSession, key: string): string {
  return `${appid} ${key}`
}

const readFields: (value: unknown) => FollowCreateBody = readerOf(FollowCreateBody, { emptyIsAbsent: true })

function readRow(value: unknown): FollowCreateBody {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return readFields(value)
  throw new ServiceError('paramInvalid', '这一条不是对象：每条须与 follow/create 的请求体相同')
}

/**
 * POST /openapi/crm/follow/batchCreate: writes up to 100 follow-ups and answers a result for each, in their order (W4).
 * With `atomic`, one bad row refuses them all.
 */
export function followBatchCreate(
  context: Context,
  session: TokenSession,
  body: FollowBatchCreateBody,
  key: string | undefined,
): Promise<string> {
  const read = body.records.map(attempt(readRow))
  // What was understood: the same request again may say the rest otherwise.
  const understood = {
    ...body,
    records: read.map((result, index) => (result instanceof ServiceError ? body.records[index] : result)),
  }
  return write(context, session, { operation: 'follow/batchCreate', body: understood, key }, async (tx) => {
    const makeRow = await rowMaker(
      context,
      tx,
      read.flatMap((result) => (result instanceof ServiceError ? [] : [result])),
    )
    const made = read.map((result) => (result instanceof ServiceError ? result : attempt(makeRow)(result)))
    const rows = made.filter((result): result is FollowRow => !(result instanceof ServiceError))
    const failed = made.findIndex((result) => result instanceof ServiceError)
    if (body.atomic && failed >= 0) throw inRow(made[failed] as ServiceError, failed)
    if (rows.length > 0) await insertFollows(tx, rows, createdBy(session, context.now()))
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
  return new ServiceError(error.kind, `records[${index}]:${error.message}；atomic 为 true，全部未写入`, {
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
  context: Context,
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
    return followRow(fieldsOf(body, targetType, context.mintId(), followType, checkFields, context.now()))
  }
}

export function unknownStaff(field: string, userId: string): ServiceError {
  return new ServiceError(
    'paramInvalid',
    `参数 ${field} 不是本企业的员工：${shorten(userId)}；员工见 GET /openapi/department/user/list`,
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
      `参数 contact_type 不是本企业启用的跟进方式：${shorten(name)}；可用：${names.join('、')}`,
      { field: 'contact_type' },
    )
  }
}

function targetTypeOf(body: FollowCreateBody): TargetType {
  const byType = body.type === undefined ? undefined : TYPE_TO_TARGET[body.type]
  const targetType = body.target_type ?? byType
  if (targetType === undefined) {
    throw new ServiceError('paramMissing', '缺少必填参数 type（0-线索，1-客户，2-商机）')
  }
  if (byType !== undefined && byType !== targetType) {
    throw new ServiceError(
      'paramInvalid',
      `参数 type(${body.type})与 target_type(${targetType})不一致：只给其中一个即可`,
    )
  }
  if (body.type === 2 && body.stage_id === undefined) {
    throw new ServiceError('paramMissing', '缺少必填参数 stage_id（商机阶段id）:type=2 时必填')
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
