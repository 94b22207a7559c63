import { randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { noteSecret } from './recording.ts'
import { listening } from './scripted-server.ts'

/** What the double knows, and what it was asked. Tests change it while it runs. */
export interface WecomDouble extends AsyncDisposable {
  readonly url: string
  readonly corpid: string
  readonly agentId: string
  readonly secret: string
  /** Who is signed in to WeCom: a member, somebody of another company, a member out of the app's sight, or nobody yet. */
  who: { readonly userid: string } | { readonly openid: string } | { readonly hidden: string }
  /** Whether the person presses 取消 on WeCom's page. */
  cancels: boolean
  /** The host with port that the app's administrator has entered as trusted. */
  trusted: string | undefined
  /** What the double takes for the present, ms since 1970. */
  now: () => number
  /** Ends the access token that was given out last, before its time. */
  endToken(): void
  /** How often a token was fetched. */
  tokens: number
  /** The pages that browsers came to: `inside` or `qr`, with their query. */
  readonly pages: { readonly page: 'inside' | 'qr'; readonly query: URLSearchParams }[]
}

const CODE_MS = 300_000
const LONGEST_STATE = 128

interface Code {
  readonly until: number
  readonly who: WecomDouble['who']
}

/**
 * A stand-in for WeCom 企业微信 as its documentation describes it: its two authorize pages, of which the browser is sent back at
 * once as if the person had agreed or scanned, gettoken and auth/getuserinfo. Codes are good once, for five minutes.
 */
export async function wecomDouble(): Promise<WecomDouble> {
  const codes = new Map<string, Code>()
  let token: string | undefined

  function authorize(page: 'inside' | 'qr', query: URLSearchParams, response: ServerResponse): void {
    double.pages.push({ page, query })
    const problem = problemOf(page, query)
    if (problem !== undefined) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(`<h1>${problem}</h1>`)
      return
    }
    const back = new URL(query.get('redirect_uri') as string)
    // A refusal brings back the state alone.
    if (!double.cancels) {
      const code = randomBytes(16).toString('base64url')
      noteSecret(code)
      codes.set(code, { until: double.now() + CODE_MS, who: double.who })
      back.searchParams.set('code', code)
    }
    back.searchParams.set('state', query.get('state') ?? '')
    if (page === 'qr') back.searchParams.set('appid', double.corpid)
    response.writeHead(302, { Location: back.href }).end()
  }

  function problemOf(page: 'inside' | 'qr', query: URLSearchParams): string | undefined {
    const wanted =
      page === 'inside'
        ? { appid: double.corpid, agentid: double.agentId, response_type: 'code', scope: 'snsapi_base' }
        : { appid: double.corpid, agentid: double.agentId, login_type: 'CorpApp' }
    for (const [name, value] of Object.entries(wanted)) {
      if (query.get(name) !== value) return `参数错误 ${name}`
    }
    const state = query.get('state') ?? ''
    if (!/^[\w-]+$/.test(state) || state.length > LONGEST_STATE) return '参数错误 state'
    const redirect = query.get('redirect_uri') ?? ''
    if (!URL.canParse(redirect) || new URL(redirect).host !== double.trusted) {
      return 'redirect_uri 与配置的授权完成回调域名不一致（50001）'
    }
    return undefined
  }

  function getToken(query: URLSearchParams): object {
    if (query.get('corpid') !== double.corpid) return refusal(40013, 'invalid corpid')
    if (query.get('corpsecret') !== double.secret) return refusal(40001, 'invalid credential')
    double.tokens++
    token = randomBytes(24).toString('base64url')
    noteSecret(token)
    return { errcode: 0, errmsg: 'ok', access_token: token, expires_in: 7200 }
  }

  function getUser(query: URLSearchParams): object {
    if (token === undefined || query.get('access_token') !== token)
      return refusal(40014, 'invalid access_token')
    const given = query.get('code') ?? ''
    const code = codes.get(given)
    codes.delete(given)
    if (!code || code.until <= double.now()) return refusal(40029, 'invalid code')
    if ('hidden' in code.who) return refusal(60011, 'no privilege to access/modify contact/party/agent')
    return { errcode: 0, errmsg: 'ok', ...code.who }
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url as string, 'http://double')
    if (pathname === '/connect/oauth2/authorize') return authorize('inside', searchParams, response)
    if (pathname === '/wwlogin/sso/login') return authorize('qr', searchParams, response)
    const answers: Readonly<Record<string, (query: URLSearchParams) => object>> = {
      '/cgi-bin/gettoken': getToken,
      '/cgi-bin/auth/getuserinfo': getUser,
    }
    const answer = answers[pathname]
    if (!answer) return void response.writeHead(404).end()
    response
      .writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(answer(searchParams)))
  })
  const listener = await listening(server)
  const double: WecomDouble = {
    url: listener.url,
    corpid: 'ww0123456789abcdef',
    agentId: '1000002',
    secret: randomBytes(32).toString('base64url'),
    who: { userid: 'nobody' },
    cancels: false,
    trusted: undefined,
    now: Date.now,
    endToken() {
      token = undefined
    },
    tokens: 0,
    pages: [],
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  }
  return double
}

/** As WeCom refuses: with a hint that names the request, which nobody may depend on. */
function refusal(errcode: number, errmsg: string): object {
  return { errcode, errmsg: `${errmsg}, hint: [1700000000]` }
}
