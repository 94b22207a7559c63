import { ServiceError } from '../../errors.ts'
import type { Context } from '../context.ts'
import { sameText } from '../keys.ts'
import type { Origin } from './person-session.ts'
import type { WecomSettings } from './settings.ts'
import { type SignedIn, signInAs } from './sign-in.ts'

/** What the browser keeps between leaving for WeCom and coming back. */
export interface WecomFlow {
  readonly state: string
}

/**
 * Where the browser goes to sign in: WeCom's own page inside WeCom, elsewhere the page with the QR code.
 *
 * @param agent the header User-Agent, by which WeCom's browser is known
 */
export function beginWecom(
  context: Context,
  redirectUri: string,
  agent: string,
): { url: URL; flow: WecomFlow } {
  const { corpid, agentId, openBase, loginBase } = requireWecom(context)
  // At most 128 bytes.
  const state = context.random(16).toString('hex')
  const isInside = /wxwork/i.test(agent)
  const url = new URL(isInside ? `${openBase}/connect/oauth2/authorize` : `${loginBase}/wwlogin/sso/login`)
  const query = isInside
    ? {
        appid: corpid,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'snsapi_base',
        state,
        agentid: agentId,
      }
    : { login_type: 'CorpApp', appid: corpid, agentid: agentId, redirect_uri: redirectUri, state }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  if (isInside) url.hash = 'wechat_redirect'
  return { url, flow: { state } }
}

/** Signs in whom WeCom names. @param query what WeCom sent the browser back with. Throws signInFailed. */
export async function finishWecom(
  context: Context,
  query: { readonly code?: string | undefined; readonly state?: string | undefined },
  flow: WecomFlow,
  origin: Origin,
): Promise<SignedIn> {
  const settings = requireWecom(context)
  if (!sameText(query.state ?? '', flow.state)) throw failed('登录请求与返回不符')
  // A refusal brings back the state alone.
  if (!query.code) throw failed('登录已取消')
  const userId = await userOf(context, settings, query.code)
  return signInAs(context, settings.corp, userId, 'wecom', origin)
}

/** WeCom's answer, with what a refusal means. */
interface Answer {
  readonly errcode: number
  readonly errmsg?: string
  readonly [name: string]: unknown
}

const REASONS: Readonly<Record<number, string>> = {
  40001: '企业微信应用的密钥不正确，请管理员核对 GENJIN_WECOM_SECRET',
  40013: '企业微信的企业ID不正确，请管理员核对 GENJIN_WECOM_CORPID',
  40029: '登录码已使用或已过期，请重新登录',
  50001: '本站的域名不是企业微信应用的可信域名，请管理员在企业微信后台设置',
  60011: '您不在企业微信应用的可见范围内，请联系管理员',
}

const TOKEN_ENDED = [40014, 42001]

async function userOf(context: Context, settings: WecomSettings, code: string): Promise<string> {
  const ask = async () =>
    get(settings, '/cgi-bin/auth/getuserinfo', { access_token: await tokenOf(context, settings), code })
  let answer = await ask()
  if (TOKEN_ENDED.includes(answer.errcode)) {
    tokens.delete(settings)
    answer = await ask()
  }
  if (answer.errcode !== 0) throw refused(answer)
  const { userid } = answer
  if (typeof userid !== 'string' || userid === '') {
    throw failed('企业微信没有给出员工ID，只有本企业的成员可以登录')
  }
  return userid
}

const tokens = new WeakMap<WecomSettings, { readonly token: string; readonly until: number }>()

/** An access token of WeCom, kept as long as WeCom says: it counts how often one is fetched. */
async function tokenOf({ now }: Context, settings: WecomSettings): Promise<string> {
  const known = tokens.get(settings)
  if (known && now() < known.until) return known.token
  const answer = await get(settings, '/cgi-bin/gettoken', {
    corpid: settings.corpid,
    corpsecret: settings.secret,
  })
  const { errcode, access_token: token, expires_in: seconds } = answer
  if (errcode !== 0 || typeof token !== 'string') throw refused(answer)
  // A minute before it ends.
  tokens.set(settings, { token, until: now() + (Number(seconds) - 60) * 1000 })
  return token
}

const TIMEOUT_MS = 10_000

async function get(
  { apiBase }: WecomSettings,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Answer> {
  try {
    const response = await fetch(`${apiBase}${path}?${new URLSearchParams(query)}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    })
    return { errcode: 0, ...((await response.json()) as object) }
  } catch (error) {
    // The address holds the secret: it stands in no message.
    const { name, cause } = error as Error
    throw failed(`无法连接企业微信（${(cause as { code?: string } | undefined)?.code ?? name}）`)
  }
}

function refused({ errcode }: Answer): ServiceError {
  return new ServiceError(
    'signInFailed',
    REASONS[errcode] ?? `企业微信拒绝了登录（错误码 ${errcode}），请重试`,
  )
}

function requireWecom({ signIn }: Context): WecomSettings {
  if (signIn.wecom) return signIn.wecom
  throw new ServiceError('signInFailed', '这里没有设置企业微信登录：请用其他方式登录，或联系管理员')
}

function failed(what: string): ServiceError {
  return new ServiceError('signInFailed', `${what}：请重试；仍失败时请联系管理员`)
}
