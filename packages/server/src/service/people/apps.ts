import type { DataOf, InputOf } from 'genjin-contract'
import { paramError, ServiceError } from '../../errors.ts'
import {
  type App,
  appPage,
  findApp,
  insertApp,
  renameApp,
  replaceSecret,
  revokeApp,
  revokeTokens,
} from '../../store/app.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { rowCount } from '../../store/row-count.ts'
import { audit } from '../audit.ts'
import { appidOf } from '../auth/access-token.ts'
import type { Call, Context } from '../context.ts'
import { write, writeSecret } from '../idempotent-write.ts'
import { jsonText } from '../json-text.ts'
import { shorten } from '../message-text.ts'
import { pageBounds, RecordPage } from '../page.ts'
import type { Session } from '../session.ts'

type AppRecord = DataOf<'appList'>['records'][number]
type AppSecret = DataOf<'appCreate'>

/** POST /openapi/app/list: the company's apps, oldest first. */
export function appList({ context, session, input }: Call<'appList'>) {
  const { limit, offset } = pageBounds(input)
  return context.store.read(session.corp, async (tx) => {
    const records = (await listApps(context, tx, limit, offset)).map((app) => jsonText<AppRecord>(app))
    return RecordPage.of(await rowCount(tx, 'app'), records)
  })
}

/** Apps, oldest first, from `offset`. */
export async function listApps(
  context: Context,
  tx: ReadTx,
  limit: number,
  offset: number,
): Promise<AppRecord[]> {
  return (await appPage(tx, limit, offset)).map((app) => recordOf(context, app))
}

/** POST /openapi/app/create: a new app; its secret is returned this once and not stored (T4). */
export function appCreate(call: Call<'appCreate'>) {
  return writeSecret(call, (tx) => createApp(call.context, tx, call.session, call.input))
}

/** POST /openapi/app/rename. */
export function appRename(call: Call<'appRename'>) {
  return write(call, (tx) => renameAppTo(call.context, tx, call.session, call.input))
}

/** POST /openapi/app/rotate: another secret; the one before stays good for the hours that are given (T5). */
export function appRotate(call: Call<'appRotate'>) {
  return writeSecret(call, (tx) => rotateSecret(call.context, tx, call.session, call.input))
}

/** POST /openapi/app/revoke: disables an app for good, its tokens with it. */
export function appRevoke(call: Call<'appRevoke'>) {
  return write(call, (tx) => endApp(call.context, tx, call.session, call.input.appid))
}

/** Most apps of a company, those revoked included. */
const MOST_APPS = 1000

export async function createApp(
  context: Context,
  tx: WriteTx,
  session: Session,
  { label, read_only: isReadOnly = false }: InputOf<'appCreate'>,
): Promise<AppSecret> {
  if ((await rowCount(tx, 'app')) >= MOST_APPS) {
    throw new ServiceError('conflict', `应用最多 ${MOST_APPS} 个：请重命名并改用已有的应用`)
  }
  const appid = appidOf(tx.corp, randomName(context))
  const secret = newSecret(context)
  const secretHash = context.keys.secretHash(appid, secret)
  await insertApp(tx, { appid, label, isReadOnly, secretHash, createdAt: context.now() })
  await audit(context, tx, session, 'appCreate', appid, undefined, { label, read_only: isReadOnly })
  return { appid, app_secret: secret, old_secret_until: null }
}

export async function renameAppTo(
  context: Context,
  tx: WriteTx,
  session: Session,
  { appid, label }: InputOf<'appRename'>,
): Promise<AppRecord> {
  const before = await requireApp(tx, appid)
  await renameApp(tx, appid, label)
  await audit(context, tx, session, 'appRename', appid, { label: before.label }, { label })
  return recordOf(context, { ...before, label })
}

export async function rotateSecret(
  context: Context,
  tx: WriteTx,
  session: Session,
  { appid, old_secret_hours: hours = 24 }: InputOf<'appRotate'>,
): Promise<AppSecret> {
  const { revokedAt } = await requireApp(tx, appid)
  if (revokedAt !== null) throw new ServiceError('conflict', '应用已停用：请新建应用', { field: 'appid' })
  const secret = newSecret(context)
  const until = hours === 0 ? null : context.now() + hours * 3600 * 1000
  await replaceSecret(tx, appid, context.keys.secretHash(appid, secret), until)
  // The old secret may be in the wrong hands, and so may be what was got with it.
  if (until === null) await revokeTokens(tx, appid)
  await audit(context, tx, session, 'appRotate', appid, undefined, { old_secret_until: until })
  return { appid, app_secret: secret, old_secret_until: until }
}

export async function endApp(
  context: Context,
  tx: WriteTx,
  session: Session,
  appid: string,
): Promise<AppRecord> {
  const before = await requireApp(tx, appid)
  await revokeApp(tx, appid, context.now())
  const after = await requireApp(tx, appid)
  const [from, to] = [before, after].map(({ revokedAt }) => ({ revoked: revokedAt !== null }))
  await audit(context, tx, session, 'appRevoke', appid, from, to)
  return recordOf(context, after)
}

function recordOf({ now }: Pick<Context, 'now'>, app: App): AppRecord {
  return {
    appid: app.appid,
    label: app.label,
    read_only: app.isReadOnly,
    created_at: app.createdAt,
    used_at: app.usedAt,
    revoked_at: app.revokedAt,
    old_secret_until: app.oldUntil !== null && app.oldUntil > now() ? app.oldUntil : null,
  }
}

async function requireApp(tx: ReadTx, appid: string): Promise<App> {
  const app = await findApp(tx, appid)
  if (app) return app
  throw paramError('notFound', 'appid', ` 没有对应的应用：${shorten(appid)}；应用见 POST /openapi/app/list`)
}

function newSecret(context: Context): string {
  return `gjs_${context.random(32).toString('base64url')}`
}

/** Twelve random base-36 digits. */
function randomName(context: Context): string {
  return Array.from(context.random(12), (byte) => (byte % 36).toString(36)).join('')
}
