import type { FollowTypeAddBody, FollowTypeIdBody, FollowTypeRenameBody } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { toJson } from '../../json.ts'
import {
  allFollowTypes,
  countFollowTypes,
  deleteFollowType,
  type FollowType,
  findFollowType,
  insertFollowType,
  isFollowTypeUsed,
  upsertFollowType,
} from '../../store/dictionary.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import type { Context, TokenSession } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { shorten, trimmed } from '../message-text.ts'

/** POST /openapi/crm/follow/type/add: a new method, enabled (F1). */
export function followTypeAdd(
  context: Context,
  session: TokenSession,
  body: FollowTypeAddBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'follow/type/add', body, key }, async (tx) => {
    const name = trimmed('name', body.name)
    await requireFreeName(tx, name, undefined)
    await requireRoom(tx)
    const added = { id: context.mintId(), name, builtin: false, enabled: true }
    await insertFollowType(tx, added)
    return methodText(added)
  })
}

/** POST /openapi/crm/follow/type/rename: built-in ones too. Every record of the method shows the new name at once (F1). */
export function followTypeRename(
  context: Context,
  session: TokenSession,
  body: FollowTypeRenameBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'follow/type/rename', body, key }, async (tx) => {
    const method = await requireMethod(tx, body.id)
    const name = trimmed('name', body.name)
    if (name !== method.name) await requireFreeName(tx, name, method.id)
    return change(tx, { ...method, name })
  })
}

/** POST /openapi/crm/follow/type/disable: new follow-ups cannot take the method any more (F1). */
export function followTypeDisable(
  context: Context,
  session: TokenSession,
  body: FollowTypeIdBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'follow/type/disable', body, key }, async (tx) =>
    change(tx, { ...(await requireMethod(tx, body.id)), enabled: false }),
  )
}

/** POST /openapi/crm/follow/type/enable (F1). */
export function followTypeEnable(
  context: Context,
  session: TokenSession,
  body: FollowTypeIdBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'follow/type/enable', body, key }, async (tx) =>
    change(tx, { ...(await requireMethod(tx, body.id)), enabled: true }),
  )
}

/** POST /openapi/crm/follow/type/delete: one that is not built in and that nothing uses (F1). Answers what was deleted. */
export function followTypeDelete(
  context: Context,
  session: TokenSession,
  body: FollowTypeIdBody,
  key: string | undefined,
): Promise<string> {
  return write(context, session, { operation: 'follow/type/delete', body, key }, async (tx) => {
    const method = await requireMethod(tx, body.id)
    if (method.builtin) throw kept(`内置的跟进方式 ${method.id}（${shorten(method.name)}）不能删除`)
    if (await isFollowTypeUsed(tx, method.id)) {
      throw kept(`跟进方式 ${method.id}（${shorten(method.name)}）已被跟进或它的历史版本使用，不能删除`)
    }
    await deleteFollowType(tx, method.id)
    return methodText(method)
  })
}

/** Most methods of a company: each create reads them all. */
const MOST_METHODS = 1000

async function requireRoom(tx: ReadTx): Promise<void> {
  if ((await countFollowTypes(tx)) < MOST_METHODS) return
  throw new ServiceError(
    'conflict',
    `跟进方式已有 ${MOST_METHODS} 个，最多 ${MOST_METHODS} 个：请先删除不用的（follow/type/delete），或改用已有的`,
  )
}

/** Writes a method that the company has touched, and which export therefore holds. */
async function change(tx: WriteTx, method: FollowType): Promise<string> {
  await upsertFollowType(tx, method, false)
  return methodText(method)
}

function methodText({ id, name, builtin, enabled }: FollowType): string {
  return toJson({ id, name, builtin, enabled })
}

async function requireMethod(tx: ReadTx, id: bigint): Promise<FollowType> {
  const method = await findFollowType(tx, id)
  if (method) return method
  throw new ServiceError(
    'notFound',
    `参数 id 不是本企业的跟进方式：${id}；跟进方式见 POST /openapi/crm/follow/type/list`,
    { field: 'id' },
  )
}

/**
 * Throws when another method than `own` has this name, enabled or not: follow-ups name their method. Names that differ in
 * full-width and half-width characters only are the same one, as they are to create (N1).
 */
async function requireFreeName(tx: ReadTx, name: string, own: bigint | undefined): Promise<void> {
  const normal = name.normalize('NFKC').trim()
  const taken = (await allFollowTypes(tx)).find(
    (method) => method.id !== own && method.name.normalize('NFKC').trim() === normal,
  )
  if (!taken) return
  const wayOut = taken.enabled ? '请直接使用它，或换一个名称' : '请启用它（follow/type/enable），或换一个名称'
  throw new ServiceError(
    'conflict',
    `参数 name 已是跟进方式 ${taken.id} 的名称：${shorten(taken.name)}（${taken.enabled ? '启用中' : '已停用'}）；${wayOut}`,
    { field: 'name' },
  )
}

function kept(why: string): ServiceError {
  return new ServiceError('conflict', `${why}，可以停用（follow/type/disable）`, { field: 'id' })
}
