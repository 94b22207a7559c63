import { ServiceError } from '../errors.ts'
import type { OidcSettings, SignInSettings, WecomSettings } from '../service/auth/settings.ts'
import type { Env } from './env.ts'

/** How people can sign in, from the environment. Throws a ServiceError that names the variable. */
export function readSignIn(env: Partial<Pick<Env, 'url' | 'oidc' | 'wecom'>>): Omit<SignInSettings, 'demo'> {
  return {
    url: env.url === undefined ? undefined : parseUrl('GENJIN_URL', env.url),
    oidc: readOidc(env.oidc),
    wecom: readWecom(env.wecom),
  }
}

function readOidc(given: Env['oidc'] | undefined): OidcSettings | undefined {
  const names = {
    corp: 'GENJIN_OIDC_CORP',
    issuer: 'GENJIN_OIDC_ISSUER',
    clientId: 'GENJIN_OIDC_CLIENT_ID',
    clientSecret: 'GENJIN_OIDC_CLIENT_SECRET',
  }
  const settings = allOrNone(names, given)
  if (!settings) return undefined
  return {
    ...settings,
    issuer: parseUrl(names.issuer, settings.issuer),
    claim: given?.claim ?? 'preferred_username',
  }
}

function readWecom(given: Env['wecom'] | undefined): WecomSettings | undefined {
  const names = {
    corp: 'GENJIN_WECOM_CORP',
    corpid: 'GENJIN_WECOM_CORPID',
    agentId: 'GENJIN_WECOM_AGENTID',
    secret: 'GENJIN_WECOM_SECRET',
  }
  const settings = allOrNone(names, given)
  if (!settings) return undefined
  const base = given?.base === undefined ? undefined : parseUrl('GENJIN_WECOM_BASE', given.base)
  return {
    ...settings,
    apiBase: base ?? 'https://qyapi.weixin.qq.com',
    loginBase: base ?? 'https://login.work.weixin.qq.com',
    openBase: base ?? 'https://open.weixin.qq.com',
  }
}

/** The settings when all of them are given, undefined when none is. Half a sign-in would be found out by its users. */
function allOrNone<Name extends string>(
  names: Readonly<Record<Name, string>>,
  given: Readonly<Record<NoInfer<Name>, string | undefined>> | undefined,
): Record<Name, string> | undefined {
  const keys = Object.keys(names) as Name[]
  const missing = keys.filter((key) => given?.[key] === undefined)
  if (missing.length === keys.length) return undefined
  if (missing.length === 0) return given as Record<Name, string>
  const [present = '' as Name] = keys.filter((key) => !missing.includes(key))
  throw new ServiceError(
    'paramInvalid',
    `没有设置环境变量 ${missing.map((key) => names[key]).join('、')}：给出了 ${names[present]}，须同时给出`,
  )
}

/** An address without path, query or a slash at the end; of an issuer the path stays. */
function parseUrl(name: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash
  const isRoot = name !== 'GENJIN_URL' || url?.pathname === '/'
  if (!isPlain || !isRoot) {
    const wanted =
      name === 'GENJIN_URL'
        ? '须为 http(s)://主机[:端口]，不带路径，如 https://genjin.example.com'
        : '须为 http(s)://主机[:端口][/路径]，如 https://login.example.com/realms/acme'
    throw unusable(`环境变量 ${name}`, wanted)
  }
  return (url.origin + url.pathname).replace(/\/+$/, '')
}

export function unusable(setting: string, wanted: string): ServiceError {
  return new ServiceError('paramInvalid', `${setting} 不可用：${wanted}`)
}
