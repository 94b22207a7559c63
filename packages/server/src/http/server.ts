import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { ERRORS, type Operation } from 'genjin-contract'
import { ServiceError } from '../errors.ts'
import { parseJson } from '../json.ts'
import type { Context, Random } from '../service/context.ts'
import { failureText } from './envelope.ts'
import { isCrowded, refusalOf } from './errors.ts'
import { BODY_BYTES, countAnswers, limitConnections } from './limits.ts'
import { closeAfterRest, dropRestOfBody, isClosing } from './linger.ts'
import { registerMetrics, type SharedMetrics } from './metrics.ts'
import { registerProbes } from './probes.ts'
import { registerReference } from './reference.ts'
import { registerOperations } from './routes.ts'
import { registerSignIn } from './sign-in.ts'

const HEADER_BYTES = 16 * 1024

/** Timeouts are checked every 5 s: a slow client is disconnected up to 5 s late. */
const NODE_LIMITS = {
  maxHeaderSize: HEADER_BYTES,
  headersTimeout: 15_000,
  connectionsCheckingInterval: 5_000,
  // Otherwise Node refuses such a request itself, without the envelope.
  requireHostHeader: false,
}

export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

export interface HttpOptions {
  readonly context: Context
  readonly log: FastifyBaseLogger
  readonly tls?: TlsFiles | undefined
  /** Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustedProxies?: readonly string[] | undefined
  readonly metrics?: SharedMetrics | undefined
}

/** The HTTP server, not listening yet. */
export async function createHttp(options: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    ...(options.tls ? { https: { ...options.tls, ...NODE_LIMITS } } : { http: NODE_LIMITS }),
    // Its own lines are warnings and errors: serve.ts logs the address.
    loggerInstance: options.log.child({}, /error|silent/.test(options.log.level) ? {} : { level: 'warn' }),
    logController: new LogController({ disableRequestLogging: true }),
    // One logger for all requests: log calls name the request. A child logger takes 5 % of the time of a short answer.
    childLoggerFactory: () => options.log,
    bodyLimit: BODY_BYTES,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    // Idle connections stay for 65 s: common proxies close after 60 s, and the server must not close one that a proxy is
    // about to use.
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    connectionTimeout: 120_000,
    requestIdHeader: false,
    genReqId: createRequestIds(options.context.random),
    forceCloseConnections: 'idle',
    // While stopping, requests on open connections are still answered, with Connection: close.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenMessage,
    frameworkErrors: sendFrameworkError,
  } as object) as unknown as FastifyInstance

  answerOddRequests(app)
  readJsonBodies(app)
  limitConnections(app)
  countAnswers(app, options.context.answers)
  app.addHook('onSend', (request, reply, _payload, done) => {
    dropRestOfBody(request.raw, reply.raw)
    done()
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id)
    // Before its body is read.
    done(request.is404 ? pathUnknown(request) : undefined)
  })
  closeConnectionsWhenStopping(app)
  app.addHook('onResponse', logRequest)
  app.setErrorHandler(sendError)
  app.setNotFoundHandler((request) => {
    throw pathUnknown(request)
  })
  registerMetrics(app, options.metrics)
  registerProbes(app, options.context)
  registerReference(app)
  registerOperations(app, options.context)
  registerSignIn(app, options.context)
  return app
}

function pathUnknown(request: FastifyRequest): ServiceError {
  return new ServiceError(
    'pathUnknown',
    `请求地址不存在：${request.method} ${pathOf(request).slice(0, 100)}；全部接口见 /docs`,
  )
}

const ID_BYTES = 9
const IDS_DRAWN = 256

/** Random ids, drawn in blocks: one by one they take 4 % of the time of a short answer. */
function createRequestIds(random: Random): () => string {
  let drawn: Buffer = Buffer.alloc(0)
  return () => {
    if (drawn.length === 0) drawn = random(ID_BYTES * IDS_DRAWN)
    const id = drawn.toString('base64url', 0, ID_BYTES)
    drawn = drawn.subarray(ID_BYTES)
    return id
  }
}

/** An answer during a stop closes its connection: idle ones would delay the stop. */
function closeConnectionsWhenStopping(app: FastifyInstance): void {
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) reply.header('Connection', 'close')
    done()
  })
}

/** Requests that Node would answer itself, without the envelope (C4). */
function answerOddRequests(app: FastifyInstance): void {
  const refused = failureText('paramInvalid', '请求头 Expect 只支持 100-continue')
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    dropRestOfBody(request, response)
    response
      .writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', Connection: 'close' })
      .end(refused)
  })
  app.server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    // Node has taken its own listener away: a reset would end the process.
    socket.on('error', () => {})
    answerBrokenMessage(Object.assign(new Error('CONNECT'), { code: 'CONNECT' }), socket)
  })
}

/** Takes JSON bodies only (C4, C6, C8); everything else is Fastify's invalid media type, hence 415. */
function readJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_BYTES },
    async (request: FastifyRequest, body: Buffer) => {
      refuseEncodings(request)
      return body.length === 0 ? undefined : parseJson(body, limitsOf(request)?.entries)
    },
  )
}

/** The operation's own limits, if it has any. */
function limitsOf(request: FastifyRequest): Operation['limits'] {
  return request.routeOptions.config?.limits
}

function refuseEncodings(request: FastifyRequest): void {
  const charset = /charset\s*=\s*"?([^\s;"]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    throw new ServiceError(
      'notJson',
      `请求头 Content-Type 的 charset 须为 UTF-8，收到 ${charset.slice(0, 40)}`,
    )
  }
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new ServiceError('notJson', '请求体不支持压缩：请去掉请求头 Content-Encoding')
  }
}

/** The path without the query, which must not be logged. */
export function pathOf(request: FastifyRequest): string {
  const query = request.url.indexOf('?')
  return query < 0 ? request.url : request.url.slice(0, query)
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refusal = refusalOf(error, limitsOf(request)?.bytes ?? BODY_BYTES)
  request.refusalCode = ERRORS[refusal.kind].code
  // What comes of many requests at once is no fault of the server, and would fill its log.
  if (refusal.status >= 500 && !isCrowded(error)) {
    request.log.error({ reqId: request.id, err: error, path: pathOf(request) }, 'request failed')
  }
  if (refusal.retryAfterSeconds !== undefined) reply.header('Retry-After', refusal.retryAfterSeconds)
  return reply
    .code(refusal.status)
    .header('Content-Type', 'application/json; charset=utf-8')
    .send(failureText(refusal.kind, refusal.message, refusal.field))
}

/** Of a request that no route was looked up for: no hook runs for it. */
function sendFrameworkError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  dropRestOfBody(request.raw, reply.raw)
  return sendError(error, request, reply)
}

function logRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  request.log.info(
    {
      reqId: request.id,
      method: request.method,
      path: pathOf(request),
      status: reply.statusCode,
      code: request.refusalCode ?? 0,
      ms: Math.round(reply.elapsedTime * 100) / 100,
    },
    'request',
  )
  done()
}

const BROKEN: Record<string, [number, string, string]> = {
  CONNECT: [400, 'Bad Request', '请求方式 CONNECT 不支持：这里不是代理'],
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    `请求地址与请求头合计超过 ${HEADER_BYTES / 1024} KiB`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', '请求未在规定时间内发完（请求头 15 秒，全部 30 秒）'],
}

/** A message that is not HTTP never reaches a route: it is answered on the socket, with the envelope. */
function answerBrokenMessage(error: NodeJS.ErrnoException, socket: Socket): void {
  // Answered already: this is the rest, which is dropped.
  if (isClosing(socket)) return
  // Before the end of the handshake nothing can be sent: an answer would hold the connection forever.
  const unheard =
    error.code === 'ECONNRESET' || error.code?.startsWith('ERR_TLS_') || error.code?.startsWith('ERR_SSL_')
  if (unheard || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, reason, message] = BROKEN[error.code ?? ''] ?? [400, 'Bad Request', 'HTTP 报文无法解析']
  const body = failureText('malformed', message)
  socket.write(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
  closeAfterRest(socket)
}
