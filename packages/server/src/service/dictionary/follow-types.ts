import { paramError, ServiceError } from '../../errors.ts'
import {
  allFollowTypes,
  deleteFollowType,
  type FollowType,
  findFollowType,
  followTypePage,
  insertFollowType,
  isFollowTypeUsed,
  upsertFollowType,
} from '../../store/dictionary.ts'
import { nameKey } from '../../store/name-key.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { rowCount } from '../../store/row-count.ts'
import { audit } from '../audit.ts'
import type { Call } from '../context.ts'
import { write } from '../idempotent-write.ts'
import { shorten, trimmed } from '../message-text.ts'
import { tablePage } from '../page.ts'

/** Most follow types of a company: every follow/create reads them all. */
const MAX_FOLLOW_TYPES = 1000

/** POST /openapi/crm/follow/type/list: by id. */
export function followTypeList(call: Call<'followTypeList'>) {
  return tablePage(call, 'follow_type', followTypePage, recordOf)
}

/** POST /openapi/crm/follow/type/add: a new follow type, enabled (F1). */
export function followTypeAdd(call: Call<'followTypeAdd'>) {
  return write(call, async (tx) => {
    const name = trimmed('name', call.input.name)
    await requireFreeName(tx, name, undefined)
    await requireRoom(tx)
    const added = { id: call.context.mintId(), name, builtin: false, enabled: true }
    await insertFollowType(tx, added)
    await noted(call, tx, undefined, added)
    return added
  })
}

/** POST /openapi/crm/follow/type/rename: built-in ones too. Every record that uses it shows the new name at once (F1). */
export function followTypeRename(call: Call<'followTypeRename'>) {
  return write(call, async (tx) => {
    const type = await requireFollowType(tx, call.input.id)
    const name = trimmed('name', call.input.name)
    if (name !== type.name) await requireFreeName(tx, name, type.id)
    return update(call, tx, type, { ...type, name })
  })
}

/** POST /openapi/crm/follow/type/disable: new follow-ups cannot use it any more (F1). */
export function followTypeDisable(call: Call<'followTypeDisable'>) {
  return write(call, (tx) => setEnabled(call, tx, false))
}

/** POST /openapi/crm/follow/type/enable (F1). */
export function followTypeEnable(call: Call<'followTypeEnable'>) {
  return write(call, (tx) => setEnabled(call, tx, true))
}

/** POST /openapi/crm/follow/type/delete: one that is not built in and not in use (F1). Returns what was deleted. */
export function followTypeDelete(call: Call<'followTypeDelete'>) {
  return write(call, async (tx) => {
    const type = await requireFollowType(tx, call.input.id)
    if (type.builtin) throw notDeletable(`内置的跟进方式 ${type.id}（${shorten(type.name)}）不能删除`)
    if (await isFollowTypeUsed(tx, type.id)) {
      throw notDeletable(`跟进方式 ${type.id}（${shorten(type.name)}）已被跟进或它的历史版本使用，不能删除`)
    }
    await deleteFollowType(tx, type.id)
    await noted(call, tx, type, undefined)
    return recordOf(type)
  })
}

/** A request that changes a follow type. */
type ChangeCall = Call<
  'followTypeAdd' | 'followTypeRename' | 'followTypeDisable' | 'followTypeEnable' | 'followTypeDelete'
>

async function setEnabled(
  call: Call<'followTypeDisable'> | Call<'followTypeEnable'>,
  tx: WriteTx,
  enabled: boolean,
): Promise<FollowType> {
  const type = await requireFollowType(tx, call.input.id)
  return update(call, tx, type, { ...type, enabled })
}

/** Notes the change in the audit trail. */
async function noted(
  { context, session, operation }: Pick<ChangeCall, 'context' | 'session' | 'operation'>,
  tx: WriteTx,
  from: FollowType | undefined,
  to: FollowType | undefined,
): Promise<void> {
  const subject = String((to ?? from)?.id)
  await audit(context, tx, session, operation, subject, from && fieldsOf(from), to && fieldsOf(to))
}

function fieldsOf({ name, enabled }: FollowType) {
  return { name, enabled }
}

/** Writes a follow type that the company has touched: from now on an export holds it. */
async function update(
  call: Parameters<typeof noted>[0],
  tx: WriteTx,
  before: FollowType,
  type: FollowType,
): Promise<FollowType> {
  await upsertFollowType(tx, type, false)
  await noted(call, tx, before, type)
  return recordOf(type)
}

/** In the order of the wire. */
function recordOf({ id, name, builtin, enabled }: FollowType): FollowType {
  return { id, name, builtin, enabled }
}

async function requireFollowType(tx: ReadTx, id: bigint): Promise<FollowType> {
  const type = await findFollowType(tx, id)
  if (type) return type
  throw paramError(
    'notFound',
    'id',
    ` 不是本企业的跟进方式：${id}；跟进方式见 POST /openapi/crm/follow/type/list`,
  )
}

async function requireRoom(tx: ReadTx): Promise<void> {
  if ((await rowCount(tx, 'follow_type')) < MAX_FOLLOW_TYPES) return
  throw new ServiceError(
    'conflict',
    `跟进方式已有 ${MAX_FOLLOW_TYPES} 个，最多 ${MAX_FOLLOW_TYPES} 个：请先删除不用的（follow/type/delete），或改用已有的`,
    { field: 'name' },
  )
}

/**
 * Throws when a follow type other than `own` has this name, enabled or not: follow-ups name their follow type. Names that
 * differ only in full-width and half-width characters are one name, as in follow/create (N1).
 */
async function requireFreeName(tx: ReadTx, name: string, own: bigint | undefined): Promise<void> {
  const key = nameKey(name).trim()
  const taken = (await allFollowTypes(tx)).find(
    (type) => type.id !== own && nameKey(type.name).trim() === key,
  )
  if (!taken) return
  const wayOut = taken.enabled ? '请直接使用它，或换一个名称' : '请启用它（follow/type/enable），或换一个名称'
  throw new ServiceError(
    'conflict',
    `参数 name 已是跟进方式 ${taken.id} 的名称：${shorten(taken.name)}（${taken.enabled ? '启用中' : '已停用'}）；${wayOut}`,
    { field: 'name' },
  )
}

function notDeletable(why: string): ServiceError {
  return new ServiceError('conflict', `${why}，可以停用（follow/type/disable）`, { field: 'id' })
}
