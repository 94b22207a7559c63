import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OPERATIONS, type Operation, type OperationName } from 'genjin-contract'
import { paramError, ServiceError } from '../errors.ts'
import { checkValue } from '../json.ts'
import { authenticate, type Presented, recognize } from '../service/auth/recognize.ts'
import { requireCaller } from '../service/auth/rights.ts'
import type { Context } from '../service/context.ts'
import type { RemoteSession } from '../service/session.ts'
import { answererOf } from './answer.ts'
import { BodyScan } from './body-scan.ts'
import type { Payload } from './envelope.ts'
import { createBodyLimit, isClosed } from './limits.ts'
import { pageOf, requireSameSite, sessionCookieOf } from './session-cookie.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is asking; set before the body is read. */
    session: RemoteSession | undefined
    /** The running handler. */
    working: Promise<Payload> | undefined
  }
  interface FastifyContextConfig {
    /** Set on operations with limits of their own. */
    limits?: Operation['limits']
  }
}

/** A route for each operation of the contract, and one that refuses the wrong methods on its path (C4). */
export function registerOperations(app: FastifyInstance, context: Context): void {
  app.decorateRequest('session', undefined)
  app.decorateRequest('working', undefined)
  const limitBody = createBodyLimit()
  for (const [name, operation] of Object.entries(OPERATIONS) as [OperationName, Operation][]) {
    app.route({
      method: operation.method,
      url: operation.path,
      exposeHeadRoute: false,
      ...(operation.limits && { bodyLimit: operation.limits.bytes, config: { limits: operation.limits } }),
      onRequest: [
        ...(operation.auth
          ? [
              (request: FastifyRequest, reply: FastifyReply) =>
                admit(request, reply, context, name, operation),
            ]
          : []),
        ...(operation.auth && operation.method === 'POST' ? [limitBody(operation.limits)] : []),
        ...(operation.limits ? [oneAtATime(operation.path)] : []),
      ],
      ...(operation.limits && {
        preParsing: async (_request: FastifyRequest, _reply: FastifyReply, body: Readable) => scanned(body),
      }),
      ...(isConfirming(name, operation) && {
        errorHandler: (error, request) => tokenFirst(error, request, context),
      }),
      handler: handlerOf(name, operation, context),
    })
    app.route({
      method: app.supportedMethods.filter((method) => method !== operation.method),
      url: operation.path,
      // Before the body is read: the method is what is wrong.
      onRequest: async (request, reply) => {
        reply.header('Allow', operation.method)
        throw new ServiceError(
          'methodWrong',
          `请求方式 ${request.method} 不正确：${operation.path} 须用 ${operation.method}`,
        )
      },
      handler: async () => undefined,
    })
  }
}

/**
 * Accepts one request of a company at a time, before its body is read, so that large bodies do not accumulate. The next one is
 * accepted when the connection is done with the first one and its handler has ended.
 */
function oneAtATime(path: string): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const busy = new Set<number>()
  return async (request, reply) => {
    const { corp } = request.session as RemoteSession
    if (busy.has(corp)) {
      throw new ServiceError('tooMany', `本企业的另一次 ${path} 正在进行：请等它结束，稍后再试`)
    }
    busy.add(corp)
    const over = () => {
      const working = request.working ?? Promise.resolve()
      working.then(
        () => busy.delete(corp),
        () => busy.delete(corp),
      )
    }
    if (reply.raw.destroyed) over()
    else reply.raw.once('close', over)
  }
}

/** Whether the operation checks the token again in its own transaction (see `confirm`). */
function isConfirming(name: OperationName, { keyed, secret }: Operation): boolean {
  return keyed === true || secret === true || name === 'followList'
}

/** Checks who asks before the body is read: unknown callers cannot make the server read bodies. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  context: Context,
  name: OperationName,
  operation: Operation,
): Promise<void> {
  const session = await (isConfirming(name, operation) ? recognize : authenticate)(
    context,
    presentedBy(request, context),
  )
  requireCaller(session, name)
  // A browser keeps no answer for who signs in there next.
  if (session.kind === 'person') reply.header('Cache-Control', 'no-store')
  request.session = session
}

/** A token comes before a cookie, which a browser adds by itself. */
function presentedBy(request: FastifyRequest, { signIn: { url } }: Context): Presented {
  const token = tokenOf(request)
  const cookie = token === undefined ? sessionCookieOf(request, url) : undefined
  if (cookie === undefined) return { token }
  requireSameSite(request, url)
  return { cookie }
}

/** An error of the token comes before every other error, whether this process remembers the token or not. */
async function tokenFirst(error: unknown, request: FastifyRequest, context: Context): Promise<never> {
  await authenticate(context, presentedBy(request, context))
  throw error
}

function tokenOf(request: FastifyRequest): string | undefined {
  const given = (request.query as Record<string, unknown>).access_token
  if (Array.isArray(given)) {
    throw paramError('paramInvalid', 'access_token', ' 给出了多次：只给一次')
  }
  return typeof given === 'string' && given ? given : bearerOf(request)
}

/** `Authorization: Bearer` (C1). */
function bearerOf(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}

function handlerOf(
  name: OperationName,
  operation: Operation,
  context: Context,
): (request: FastifyRequest, reply: FastifyReply) => Promise<string | Buffer | Readable> {
  const answer = answererOf(name)
  return async (request, reply) => {
    request.working = answer({
      context,
      session: request.session,
      page: pageOf(request, context.signIn.url),
      input: operation.body ? bodyOf(request) : queryOf(request),
      key: () => (operation.keyed ? idempotencyKeyOf(request) : undefined),
      isGone: () => isClosed(request.raw.socket),
    })
    const payload = await request.working
    reply.header('Content-Type', 'application/json; charset=utf-8')
    if (!Array.isArray(payload)) return payload as string | Buffer
    const parts = payload as readonly Buffer[]
    reply.header(
      'Content-Length',
      parts.reduce((sum, { length }) => sum + length, 0),
    )
    return Readable.from(parts)
  }
}

/** Not by pipeline(), which ends the connection when the scan fails: the client must be told why. */
function scanned(body: Readable): BodyScan {
  const scan = new BodyScan()
  body.on('error', (error) => scan.destroy(error))
  return body.pipe(scan)
}

function bodyOf(request: FastifyRequest): unknown {
  if (request.body === undefined || request.body === null) {
    throw new ServiceError('paramMissing', '缺少请求体：须为 JSON 对象，没有条件时发 {}')
  }
  return request.body
}

function queryOf(request: FastifyRequest): unknown {
  checkValue(request.query, '')
  return request.query
}

const KEY_LENGTH = 255

function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key) || key.length > KEY_LENGTH) {
    throw new ServiceError(
      'paramInvalid',
      `请求头 Idempotency-Key 不可用：须为 1 到 ${KEY_LENGTH} 个可见 ASCII 字符，如 UUID`,
    )
  }
  return key
}
