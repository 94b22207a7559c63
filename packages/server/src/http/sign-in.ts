import { readFileSync } from 'node:fs'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ROLES, type Role } from 'genjin-contract'
import { paramError, ServiceError } from '../errors.ts'
import { MAX_ENTRIES } from '../json.ts'
import { lookAtInvitation } from '../service/auth/invitation.ts'
import { beginOidc, finishOidc, type OidcFlow } from '../service/auth/oidc.ts'
import {
  acceptWithPasskey,
  beginInvitedPasskey,
  beginPasskeySignIn,
  type Page,
  type PasskeyResponse,
  signInWithPasskey,
} from '../service/auth/passkey.ts'
import { endSession, type Origin } from '../service/auth/person-session.ts'
import {
  acceptWithPassword,
  type SignedIn,
  signInToDemo,
  signInWithPassword,
} from '../service/auth/sign-in.ts'
import { beginWecom, finishWecom, type WecomFlow } from '../service/auth/wecom.ts'
import type { Context } from '../service/context.ts'
import { successText } from './envelope.ts'
import {
  cookieOf,
  isSecure,
  pageOf,
  requireSameSite,
  sessionCookieOf,
  setCookie,
  setSessionCookie,
} from './session-cookie.ts'

const FILES = new URL('./sign-in/', import.meta.url)

/** Anybody sends them: only so much is read. */
const LIMITS = { bytes: 64 * 1024, entries: MAX_ENTRIES }

/** The pages are this server's own: nothing else is loaded or sent to. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Where a person comes in: each sets the cookie of a session, which operations then take in place of a token. */
export function registerSignIn(app: FastifyInstance, context: Context): void {
  registerPages(app)
  const { url } = context.signIn
  /** A POST of one of the pages. */
  function post(
    path: string,
    answer: (body: Body, request: FastifyRequest, reply: FastifyReply) => unknown,
  ): void {
    app.post(path, {
      bodyLimit: LIMITS.bytes,
      config: { limits: LIMITS },
      onRequest: async (request) => requireSameSite(request, url),
      handler: async (request, reply) => {
        const data = await answer(new Body(request.body), request, reply)
        reply.header('Content-Type', 'application/json; charset=utf-8').header('Cache-Control', 'no-store')
        return successText('请求成功', JSON.stringify(data))
      },
    })
  }
  /** Gives the browser its session; the one that it had ends, so that nobody goes on with a session that another began. */
  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    signIn: Promise<SignedIn>,
  ): Promise<{ user_id: string }> {
    const { cookie, userId } = await signIn
    await leave(request)
    setSessionCookie(request, reply, url, cookie)
    return { user_id: userId }
  }
  async function leave(request: FastifyRequest): Promise<void> {
    const present = sessionCookieOf(request, url)
    if (present !== undefined) await endSession(context, present)
  }
  const pageFor = (request: FastifyRequest): Page => {
    const origin = pageOf(request, url)
    if (origin === undefined) throw new ServiceError('paramInvalid', '通行密钥只能由本站的页面使用')
    return { origin }
  }

  /** What the page begins with; what went wrong elsewhere is told once, and never by an address that others can write. */
  app.get('/sign-in/ways', async (request, reply) => {
    const name = nameOf(request, PROBLEM)
    const problem = Buffer.from(cookieOf(request, name) ?? '', 'base64url').toString() || null
    if (problem !== null) setCookie(reply, name, undefined, isSecure(request, url), 0)
    reply.header('Content-Type', 'application/json; charset=utf-8').header('Cache-Control', 'no-store')
    const { oidc, wecom, demo } = context.signIn
    const ways = { oidc: oidc !== undefined, wecom: wecom !== undefined, demo: demo ? ROLES : [] }
    return successText('请求成功', JSON.stringify({ ...ways, problem }))
  })
  post('/sign-in/password', (body, request, reply) => {
    const given = {
      corp: body.text('corp', MOST_ID),
      user_id: body.text('user_id', MOST_ID),
      password: body.text('password'),
    }
    return begin(request, reply, signInWithPassword(context, given, originOf(request)))
  })
  post('/sign-in/passkey/begin', (_body, request) => beginPasskeySignIn(context, pageFor(request)))
  post('/sign-in/passkey', (body, request, reply) => {
    const given = { challenge: body.text('challenge'), response: body.object('response') }
    return begin(request, reply, signInWithPasskey(context, pageFor(request), given, originOf(request)))
  })
  post('/sign-in/demo', (body, request, reply) => {
    const role = body.text('role')
    if (!ROLES.includes(role as Role))
      throw paramError('paramInvalid', 'role', ` 须为 ${ROLES.join('、')} 之一`)
    return begin(request, reply, signInToDemo(context, role as Role, originOf(request)))
  })
  post('/invitation/look', async (body) => lookAtInvitation(context, body.text('invitation')))
  post('/invitation/password', (body, request, reply) => {
    const [token, password] = [body.text('invitation'), body.text('password')]
    return begin(request, reply, acceptWithPassword(context, token, password, originOf(request)))
  })
  post('/invitation/passkey/begin', (body, request) =>
    beginInvitedPasskey(context, pageFor(request), body.text('invitation')),
  )
  post('/invitation/passkey', (body, request, reply) => {
    const given = {
      invitation: body.text('invitation'),
      name: body.text('name', MOST_ID),
      challenge: body.text('challenge'),
      response: body.object('response'),
    }
    return begin(request, reply, acceptWithPasskey(context, pageFor(request), given, originOf(request)))
  })
  post('/sign-out', async (_body, request, reply) => {
    await leave(request)
    setSessionCookie(request, reply, url, undefined)
    return {}
  })

  /** The browser leaves for another server, and comes back to `path`/callback. */
  function elsewhere<Flow extends object>(
    path: string,
    start: (redirectUri: string, agent: string) => Promise<{ url: URL; flow: Flow }>,
    finish: (back: URL, flow: Flow, origin: Origin) => Promise<SignedIn>,
  ): void {
    const cookie = `genjin-${path.slice('/sign-in/'.length)}`
    /** Back to the sign-in page, with what went wrong. */
    function tell(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
      if (!(error instanceof ServiceError)) throw error
      request.log.warn({ reqId: request.id, reason: reasonOf(error) }, 'sign-in refused')
      const problem = Buffer.from(error.message).toString('base64url')
      setCookie(reply, nameOf(request, PROBLEM), problem, isSecure(request, url), PROBLEM_SECONDS)
      return reply.redirect('/sign-in')
    }
    app.get(path, { exposeHeadRoute: false }, async (request, reply) => {
      const { to } = request.query as { to?: unknown }
      const redirectUri = `${baseOf(request)}${path}/callback`
      const started = await start(redirectUri, originOf(request).agent).catch((error) => ({ error }))
      if ('error' in started) return tell(started.error, request, reply)
      const { url: there, flow } = started
      const kept = Buffer.from(JSON.stringify({ ...flow, to: localPath(to) })).toString('base64url')
      setCookie(reply, nameOf(request, cookie), kept, isSecure(request, url), FLOW_SECONDS)
      return reply.redirect(there.href)
    })
    app.get(`${path}/callback`, { exposeHeadRoute: false }, async (request, reply) => {
      const name = nameOf(request, cookie)
      const kept = cookieOf(request, name)
      setCookie(reply, name, undefined, isSecure(request, url), 0)
      try {
        const flow = flowOf<Flow>(kept)
        await begin(request, reply, finish(new URL(request.url, baseOf(request)), flow, originOf(request)))
        return reply.redirect(localPath(flow.to))
      } catch (error) {
        return tell(error, request, reply)
      }
    })
  }
  const baseOf = (request: FastifyRequest) => url ?? `${request.protocol}://${request.host}`
  const nameOf = (request: FastifyRequest, cookie: string) =>
    isSecure(request, url) ? `__Host-${cookie}` : cookie
  elsewhere<OidcFlow>(
    '/sign-in/oidc',
    (redirectUri) => beginOidc(context, redirectUri),
    (back, flow, origin) => finishOidc(context, back, flow, origin),
  )
  elsewhere<WecomFlow>(
    '/sign-in/wecom',
    async (redirectUri, agent) => beginWecom(context, redirectUri, agent),
    ({ searchParams }, flow, origin) => {
      const query = {
        code: searchParams.get('code') ?? undefined,
        state: searchParams.get('state') ?? undefined,
      }
      return finishWecom(context, query, flow, origin)
    },
  )
}

const FLOW_SECONDS = 600

const PROBLEM = 'genjin-problem'
const PROBLEM_SECONDS = 60

/** What the browser kept: fields that are all text. Throws signInFailed. */
function flowOf<Flow>(kept: string | undefined): Flow & { readonly to: string } {
  try {
    const flow = JSON.parse(Buffer.from(kept ?? '', 'base64url').toString())
    const { to, state } = flow
    if ([to, state, ...Object.values(flow)].every((field) => typeof field === 'string' && field !== ''))
      return flow
  } catch {}
  throw new ServiceError('signInFailed', '登录请求已过期：请重新登录')
}

/** The error with what caused it, in words: their other fields may hold what a provider has sent. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message} (${cause.name}: ${reasonOf(cause)})` : message
}

/** A path of this server, where a page asks to go; anything else becomes the first page. */
function localPath(to: unknown): string {
  const isLocal = typeof to === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(to)
  return isLocal ? to : '/sign-in'
}

const MAPPED = /^::ffff:(?=\d+\.)/i

function originOf(request: FastifyRequest): Origin {
  // A socket for both kinds of addresses gives those of IPv4 as a part of IPv6.
  return { address: request.ip.replace(MAPPED, ''), agent: request.headers['user-agent'] ?? '' }
}

/** The fields of a page's request. */
class Body {
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(body: unknown) {
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    this.#fields = isObject ? (body as Record<string, unknown>) : {}
  }

  text(name: string, most = MOST_TEXT): string {
    const value = this.#fields[name]
    if (typeof value !== 'string' || value === '') {
      throw new ServiceError('paramMissing', `缺少必填参数 ${name}`, { field: name })
    }
    if (value.length > most) throw paramError('paramRange', name, ` 最长 ${most} 个字符`)
    return value
  }

  object(name: string): PasskeyResponse {
    const value = this.#fields[name]
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as PasskeyResponse
    throw paramError('paramInvalid', name, ' 须为对象')
  }
}

const MOST_TEXT = 4096
/** As in the contract. */
const MOST_ID = 256

function registerPages(app: FastifyInstance): void {
  const file = (path: string, name: string, type: string) => {
    const text = readFileSync(new URL(name, FILES))
    app.get(path, async (_request, reply) => {
      reply
        .header('Content-Type', `${type}; charset=utf-8`)
        .header('Content-Security-Policy', POLICY)
        .header('X-Content-Type-Options', 'nosniff')
        .header('Referrer-Policy', 'no-referrer')
        .header('Cache-Control', 'no-cache')
      return text
    })
  }
  file('/sign-in', 'sign-in.html', 'text/html')
  file('/invitation', 'invitation.html', 'text/html')
  file('/sign-in/sign-in.js', 'sign-in.js', 'text/javascript')
  file('/sign-in/sign-in.css', 'sign-in.css', 'text/css')
}
