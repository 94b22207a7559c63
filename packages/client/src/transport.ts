import { bareInteger, toJson } from 'genjin-record'
import { readEnvelope } from './envelope.ts'
import { AnswerError, ApiError, NetworkError, TimeoutError } from './errors.ts'
import { LONG_KEYS, OPERATIONS, type OperationName } from './operations.ts'
import { untilAborted } from './retry.ts'
import type { HttpRequest, HttpResponse, Send } from './send-types.ts'

export interface Exchange {
  readonly operation: OperationName
  readonly params: Readonly<Record<string, unknown>>
  readonly token: string | undefined
  readonly idempotencyKey: string | undefined
  /** Of a session, `name=value`. */
  readonly cookie?: string | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A failed request, with the server's Retry-After. */
export class Refused {
  readonly error: unknown
  readonly retryAfterMs: number | undefined

  constructor(error: unknown, retryAfterMs?: number) {
    this.error = error
    this.retryAfterMs = retryAfterMs
  }
}

/** What sends one request and reads the response: `data`, or what went wrong. */
export function transportTo(baseUrl: string, send: Send) {
  /** Throws the signal's reason when it is aborted, and TypeError or RangeError for parameters that cannot be sent. */
  return async (request: Exchange): Promise<{ readonly data: unknown } | Refused> => {
    const { operation, timeoutMs, signal } = request
    signal?.throwIfAborted()
    if (!(timeoutMs > 0 && timeoutMs <= MOST_MS)) {
      throw new RangeError(`timeoutMs 须为 1 到 ${MOST_MS} / must be 1 to ${MOST_MS}: ${timeoutMs}`)
    }
    // Before the try: errors of the caller are thrown, not returned as a failed request.
    const { path, ...message } = messageOf(request)
    const ends = new AbortController()
    const timer = setTimeout(() => ends.abort(), timeoutMs)
    const stop = () => ends.abort(signal?.reason)
    signal?.addEventListener('abort', stop)
    try {
      const response = send(baseUrl + path, { ...message, signal: ends.signal })
      return resultOf(operation, await untilAborted(response, ends.signal))
    } catch (error) {
      signal?.throwIfAborted()
      if (ends.signal.aborted) return new Refused(new TimeoutError(operation, timeoutMs))
      return new Refused(new NetworkError(operation, { cause: error }))
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }
}

interface Message extends Omit<HttpRequest, 'signal'> {
  /** Includes the query. */
  readonly path: string
}

function messageOf({ operation, params, token, idempotencyKey, cookie }: Exchange): Message {
  const [method, path] = OPERATIONS[operation]
  const query = new URLSearchParams(token === undefined ? {} : { access_token: token })
  const headers: Record<string, string> = {}
  if (idempotencyKey !== undefined) {
    if (!/^[\x21-\x7e]{1,255}$/.test(idempotencyKey)) {
      throw new TypeError(
        'idempotencyKey 须为 1 到 255 个可见 ASCII 字符 / must be 1 to 255 visible ASCII characters',
      )
    }
    headers['Idempotency-Key'] = idempotencyKey
  }
  if (cookie !== undefined) {
    headers.Cookie = cookie
    // The server takes a session from its own pages only: this program holds it itself.
    headers['Sec-Fetch-Site'] = 'same-origin'
  }
  let body: string | undefined
  if (method === 'GET') {
    for (const [key, value] of Object.entries(params)) if (value != null) query.set(key, String(value))
  } else {
    headers['Content-Type'] = 'application/json'
    body = bodyOf(params)
  }
  return { path: `/openapi/${path}?${query}`, method, headers, body }
}

/** The longest a timer can wait: 24 days. */
const MOST_MS = 2_147_483_647

const LONG: ReadonlySet<string> = new Set(LONG_KEYS)

function bodyOf(params: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(params).map(([key, value]) => [key, sent(value, key, LONG.has(key))])
  return toJson(Object.fromEntries(entries))
}

/** Ids as the platform documents them: bare numbers where it says long. The server refuses what is not an integer. */
function sent(value: unknown, key: string, isLong: boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => sent(entry, key, isLong))
  if (
    typeof value === 'number' &&
    (Number.isInteger(value) ? !Number.isSafeInteger(value) : !Number.isFinite(value))
  ) {
    throw new RangeError(
      `${key}: ${value} 已丢失精度，请用字符串或 bigint / is not exact, give a string or a bigint`,
    )
  }
  return isLong && typeof value === 'string' && /^-?\d+$/.test(value) ? bareInteger(value) : value
}

function resultOf(operation: OperationName, { status, text, header }: HttpResponse) {
  const retryAfter = header('Retry-After')
  let envelope: ReturnType<typeof readEnvelope>
  try {
    envelope = readEnvelope(text)
  } catch (cause) {
    return new Refused(new AnswerError(operation, status, { cause }), retryAfterMs(retryAfter))
  }
  if (!envelope) return new Refused(new AnswerError(operation, status), retryAfterMs(retryAfter))
  const { code, msg = '', sub_code = '', data, field: named } = envelope
  if (code === 0) return { data }
  const requestId = header('X-Request-Id') ?? undefined
  const field = typeof named === 'string' ? named : undefined
  const error = new ApiError(operation, { code, sub_code, msg, field, requestId, status })
  return new Refused(error, retryAfterMs(retryAfter))
}

/** Retry-After, seconds or a date, in ms from now. */
function retryAfterMs(text: string | null): number | undefined {
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
