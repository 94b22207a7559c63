import { BUILTIN_FOLLOW_TYPES, type InputOf } from 'genjin-contract'
import { isLongerThan, isTimeZone } from 'genjin-record'
import { ServiceError, StoreError } from '../../errors.ts'
import { findApp, insertApp, revokeTokens } from '../../store/app.ts'
import {
  allCorps,
  type Corp,
  findCorp,
  insertCorp,
  insertCorpState,
  readCorp,
  renameFeed,
} from '../../store/corp.ts'
import { upsertFollowType } from '../../store/dictionary.ts'
import type { SharedWriteTx, WriteTx } from '../../store/port.ts'
import { audit } from '../audit.ts'
import { appidOf, corpOfAppid } from '../auth/access-token.ts'
import type { Context } from '../context.ts'
import { createApp, endApp } from '../people/apps.ts'
import type { CommandSession } from '../session.ts'

/** Ids of the built-in follow types: apart from the small and the 19-digit ids of other systems. */
const FIRST_PRESET_ID = 900_001n

/** Adds a company with the built-in follow types. */
export async function addCorp(context: Context, corp: Omit<Corp, 'key'>): Promise<Corp> {
  if (!/^[\w.-]{1,64}$/.test(corp.id)) {
    throw new ServiceError(
      'paramInvalid',
      `企业 ID ${corp.id} 不可用：1 到 64 个字母、数字、点、横线或下划线`,
    )
  }
  if (corp.name === '' || isLongerThan(corp.name, 256)) {
    throw new ServiceError('paramRange', '企业名称 --name 须为 1 到 256 个字符')
  }
  if (!isTimeZone(corp.timeZone)) {
    throw new ServiceError(
      'paramInvalid',
      `时区 --time-zone ${corp.timeZone} 不存在：请用 IANA 名称，如 Asia/Shanghai`,
    )
  }
  try {
    return await context.store.transactShared((tx) => addCorpInTx(context, tx, corp))
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'unique') {
      throw new ServiceError('paramInvalid', `企业 ${corp.id} 已存在：请换一个 ID`, { cause: error })
    }
    throw error
  }
}

/** The rows of a new company: its own, its state, the built-in follow types. Throws StoreError `unique` when it exists. */
export async function addCorpInTx(
  context: Context,
  tx: SharedWriteTx,
  corp: Omit<Corp, 'key'>,
): Promise<Corp> {
  const added = await insertCorp(tx, corp, context.now())
  const company = await tx.corp(added.key)
  await insertCorpState(company, feedName(context))
  for (const [index, name] of BUILTIN_FOLLOW_TYPES.entries()) {
    const type = { id: FIRST_PRESET_ID + BigInt(index), name, builtin: true, enabled: true }
    await upsertFollowType(company, type, true)
  }
  return added
}

function feedName(context: Context): string {
  return context.random(8).toString('hex')
}

/**
 * Resets the change feed of one company or of all: every cursor is refused from now on, so that readers start from the
 * beginning. For a database restored from a backup, which will give the same numbers to other changes.
 */
export async function resetFeeds(context: Context, id: string | undefined): Promise<Corp[]> {
  const corps = await corpsOf(context, id)
  for (const corp of corps) await context.store.transact(corp.key, (tx) => renameFeed(tx, feedName(context)))
  return corps
}

/** The company of this id, or all of them. Throws ServiceError when there is none of this id. */
export async function corpsOf(context: Context, id: string | undefined): Promise<Corp[]> {
  return id === undefined ? context.store.readShared(allCorps) : [await requireCorp(context, id)]
}

/** The company of this id. Throws ServiceError when there is none. */
export async function requireCorp(context: Context, id: string): Promise<Corp> {
  const corp = await findCorpById(context, id)
  if (!corp) {
    throw new ServiceError('paramInvalid', `企业 ${id} 不存在：请先运行 genjin corp add ${id}`)
  }
  return corp
}

export interface Credentials {
  readonly appid: string
  readonly app_secret: string
}

/** The app of the demo company. Its secret is derived from the key, so that every start can print it. */
export function demoCredentials(context: Context, corp: Corp): Credentials {
  const appid = appidOf(corp.key, 'demodemodemo')
  return { appid, app_secret: `gjs_${context.keys.demoSecret(appid)}` }
}

/** Adds the demo company's app: the hash of its secret, not the secret. */
export async function insertCredentials(
  context: Context,
  tx: WriteTx,
  { appid, app_secret: secret }: Credentials,
): Promise<void> {
  const secretHash = context.keys.secretHash(appid, secret)
  await insertApp(tx, { appid, label: '演示', isReadOnly: false, secretHash, createdAt: context.now() })
}

/** Revokes an app's tokens (T2); it can fetch a new one. */
export async function revokeToken(context: Context, appid: string): Promise<void> {
  const corp = await corpOfApp(context, appid)
  await byCommand(context, corp, async (tx, session) => {
    await revokeTokens(tx, appid)
    await audit(context, tx, session, 'revokeTokens', appid, undefined, undefined)
  })
}

/** Runs a change that the operator of the server asks for, in a transaction of the company. */
export function byCommand<T>(
  context: Context,
  { key: corp, timeZone }: Pick<Corp, 'key' | 'timeZone'>,
  change: (tx: WriteTx, session: CommandSession) => Promise<T>,
): Promise<T> {
  return context.store.transact(corp, (tx) => change(tx, { kind: 'command', corp, timeZone }))
}

/** Adds an app with a random secret, which is returned once and not stored (T4). */
export function addApp(
  context: Context,
  corp: Corp,
  asked: InputOf<'appCreate'> = { label: '' },
): Promise<Credentials> {
  return byCommand(context, corp, async (tx, session) => {
    const { appid, app_secret } = await createApp(context, tx, session, asked)
    return { appid, app_secret }
  })
}

/** Disables an app permanently; its tokens are refused with 10011 from now on. */
export async function disableApp(context: Context, appid: string): Promise<void> {
  const corp = await corpOfApp(context, appid)
  await byCommand(context, corp, (tx, session) => endApp(context, tx, session, appid))
}

/** The company whose app this is. Throws ServiceError when there is none. */
export async function corpOfApp(context: Context, appid: string): Promise<Corp> {
  const key = corpOfAppid(appid)
  if (key !== undefined) {
    const corp = await context.store.read(key, async (tx) => (await findApp(tx, appid)) && readCorp(tx))
    if (corp) return corp
  }
  throw new ServiceError('paramInvalid', `应用 ${appid} 不存在：请核对 appid`)
}

/** The company of this id, if there is one. */
export function findCorpById(context: Context, id: string): Promise<Corp | undefined> {
  return context.store.readShared((tx) => findCorp(tx, id))
}
