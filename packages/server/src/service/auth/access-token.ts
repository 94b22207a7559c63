import type { DataOf } from 'genjin-contract'
import { ServiceError, StoreError } from '../../errors.ts'
import {
  type App,
  type CallWindow,
  findApp,
  findAppAndZone,
  findCallWindow,
  issueToken,
  keepCallWindow,
} from '../../store/app.ts'
import { readState } from '../../store/corp.ts'
import type { ReadTx } from '../../store/port.ts'
import type { Call, Context } from '../context.ts'
import type { Given } from '../json-text.ts'
import { sameText } from '../keys.ts'
import { type CallLimit, countCall } from '../rate-limit.ts'
import type { AppSession } from '../session.ts'

/** Lifetime of a token. */
export const TOKEN_SECONDS = 7200

/** Most token calls of an app (T3). */
export const TOKEN_CALLS: CallLimit = { most: 100, windowMs: 60_000 }

type IssuedToken = Given<DataOf<'accessToken'>>

/** GET /openapi/access_token: the app's current token, or a new one after it has expired or was revoked (T1, T2). */
export async function accessToken({ context, input }: Call<'accessToken'>): Promise<IssuedToken> {
  const { appid, app_secret: secret } = input
  const corp = corpOfAppid(appid)
  const [app, window] =
    corp === undefined ? [] : await context.store.read(corp, (tx) => appAndCalls(tx, appid))
  // Computed for unknown apps too: the time must not reveal which appids exist.
  const right = isSecret(context, app, context.keys.secretHash(appid, secret))
  if (corp === undefined || !app || !right) {
    // Counted separately: guessing must not use up the app's own calls. In memory, as unknown apps have no row.
    const wait = context.wrongCalls.take(appid.slice(0, 64))
    throw wait > 0 ? tooMany(wait) : wrongCredentials()
  }
  // A refused call writes nothing.
  count(context, window)
  const issued = await issue(context, corp, appid).catch((error) => presentToken(context, app, error))
  if (!issued) throw wrongCredentials()
  return issued
}

/** Whether it is the hash of the app's secret, or of the one before while that is good. */
function isSecret(context: Context, app: App | undefined, hash: string): boolean {
  const isPresent = sameText(hash, app?.secretHash ?? '')
  const isOld = sameText(hash, app?.oldHash ?? '') && context.now() < (app?.oldUntil ?? 0)
  return isPresent || isOld
}

/** While the database cannot be written, as on a full disk, reading goes on: the present token, its calls counted in memory. */
function presentToken(context: Context, app: App, error: unknown): IssuedToken {
  const isUnwritable = error instanceof StoreError && error.kind === 'unavailable'
  if (!isUnwritable || app.revokedAt !== null || !isCurrent(app, context.now())) throw error
  const wait = context.unstoredCalls.take(app.appid)
  if (wait > 0) throw tooMany(wait)
  return answerOf(context, app)
}

async function appAndCalls(tx: ReadTx, appid: string): Promise<[App | undefined, CallWindow | undefined]> {
  return [await findApp(tx, appid), await findCallWindow(tx, appid)]
}

/** The window with one more call. Throws when that would be too many. */
function count(context: Context, window: CallWindow | undefined): CallWindow {
  const counted = countCall(window, TOKEN_CALLS, context.now())
  if ('waitSeconds' in counted) throw tooMany(counted.waitSeconds)
  return counted.window
}

function tooMany(waitSeconds: number): ServiceError {
  return new ServiceError(
    'tooMany',
    `获取 access_token 过于频繁：每个应用每分钟最多 ${TOKEN_CALLS.most} 次，请 ${waitSeconds} 秒后再试，并在有效期内缓存 access_token`,
    { retryAfterSeconds: waitSeconds },
  )
}

function wrongCredentials(): ServiceError {
  return new ServiceError(
    'credentialsWrong',
    '参数 appid 或 app_secret 不正确，或应用已停用：请核对后重试，或由管理员新建应用',
  )
}

/**
 * Counts the call in the database, which all processes share (T3), and returns the token; undefined when the app is disabled.
 */
function issue(context: Context, corp: number, appid: string): Promise<IssuedToken | undefined> {
  return context.store.transact(corp, async (tx) => {
    const [app, window] = await appAndCalls(tx, appid)
    await keepCallWindow(tx, appid, count(context, window))
    if (!app || app.revokedAt !== null) return undefined
    // Another call may have issued the next token while this one was waiting (T1).
    if (isCurrent(app, context.now())) return answerOf(context, app)
    // Whole seconds, as create_at is: the token expires exactly expires_in after it.
    const issuedAt = Math.floor(context.now() / 1000) * 1000
    const number = await issueToken(tx, appid, issuedAt)
    return answerOf(context, { ...app, tokenIssue: number, tokenIssuedAt: issuedAt })
  })
}

function isCurrent(app: App, now: number): boolean {
  return app.tokenIssue > app.tokenRevokedThrough && isLasting(app.tokenIssuedAt, now)
}

/** How far the clocks of several servers may be apart. */
export const SKEW_MS = 300_000

/** Not one of the future either, issued while the clock was wrong: it would last for years. */
function isLasting(issuedAt: number, now: number): boolean {
  return now < issuedAt + TOKEN_SECONDS * 1000 && now >= issuedAt - SKEW_MS
}

function answerOf(context: Context, app: App): IssuedToken {
  return {
    access_token: tokenText(context, app.appid, app.tokenIssue),
    expires_in: TOKEN_SECONDS,
    create_at: app.tokenIssuedAt / 1000,
  }
}

/** `gjt_<appid>_<issue, base 36>_<proof>`: letters, digits, `-` and `_` only. Derived, never stored (T4). */
function tokenText(context: Context, appid: string, issue: number): string {
  return `gjt_${appid}_${issue.toString(36)}_${context.keys.tokenProof(appid, issue)}`
}

const TOKEN = /^gjt_(gj[0-9a-z]{18})_([0-9a-z]{1,10})_[\w-]{43}$/

/** The session of a token. Throws tokenUnknown, tokenExpired or tokenRevoked (C5). */
export async function authenticateApp(context: Context, token: string | undefined): Promise<AppSession> {
  if (!token)
    throw new ServiceError(
      'tokenUnknown',
      '缺少查询参数 access_token：请先调用 GET /openapi/access_token 获取',
    )
  const [, appid, issueText] = TOKEN.exec(token) ?? []
  const corp = appid === undefined ? undefined : corpOfAppid(appid)
  if (appid === undefined || issueText === undefined || corp === undefined) throw unknownToken()
  const issue = Number.parseInt(issueText, 36)
  if (!sameText(token, tokenText(context, appid, issue))) throw unknownToken()
  return context.store.read(corp, async (tx) => {
    const app = await findAppAndZone(tx, appid)
    requireGood(context, app, issue)
    const { revision } = await readState(tx)
    return {
      kind: 'app',
      corp,
      appid,
      isReadOnly: app.isReadOnly,
      timeZone: app.timeZone,
      token,
      tokenIssue: issue,
      revision,
      beganAt: app.tokenIssuedAt,
      expiresAt: app.tokenIssuedAt + TOKEN_SECONDS * 1000,
      notedAt: app.usedAt ?? 0,
    }
  })
}

/** Throws as `authenticateApp` does unless the token with this number is good. */
export async function requireGoodToken(
  context: Context,
  tx: ReadTx,
  appid: string,
  issue: number,
): Promise<void> {
  requireGood(context, await findApp(tx, appid), issue)
}

function requireGood<A extends App>(context: Context, app: A | undefined, issue: number): asserts app is A {
  if (!app) throw unknownToken()
  if (app.revokedAt !== null || issue <= app.tokenRevokedThrough) {
    throw new ServiceError(
      'tokenRevoked',
      app.revokedAt !== null
        ? 'access_token 已作废：应用已停用，请联系管理员'
        : 'access_token 已作废：请重新获取',
    )
  }
  if (issue !== app.tokenIssue || !isCurrent(app, context.now())) {
    throw new ServiceError('tokenExpired', 'access_token 已过期：请重新获取')
  }
}

function unknownToken(): ServiceError {
  return new ServiceError('tokenUnknown', '参数 access_token 无法识别：请重新获取')
}

/** `gj`, the company's key in six base-36 digits, twelve random ones: finding an app needs no index across companies. */
export function appidOf(corp: number, unique: string): string {
  return `gj${corp.toString(36).padStart(6, '0')}${unique}`
}

/** The company's key inside an appid, or undefined when it is none of ours. */
export function corpOfAppid(appid: string): number | undefined {
  if (!/^gj[0-9a-z]{18}$/.test(appid)) return undefined
  return Number.parseInt(appid.slice(2, 8), 36)
}
