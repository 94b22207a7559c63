import { readEnvelope } from './answer.ts'
import { AnswerError, ApiError, NetworkError, TimeoutError } from './errors.ts'
import { bareInteger, toJson } from './exact-json.ts'
import { LONG_KEYS, OPERATIONS, type OperationName } from './operations.ts'

export interface Exchange {
  readonly operation: OperationName
  readonly params: Readonly<Record<string, unknown>>
  readonly token: string | undefined
  readonly idempotencyKey: string | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A refusal or a broken answer, with the wait that the server asked for. */
export class Refused {
  readonly error: unknown
  readonly askedMs: number | undefined

  constructor(error: unknown, askedMs?: number) {
    this.error = error
    this.askedMs = askedMs
  }
}

/** Sends one request and reads its answer: `data`, or what went wrong. */
export class Transport {
  readonly #base: string
  readonly #fetch: typeof fetch

  constructor(baseUrl: string, fetchWith: typeof fetch) {
    this.#base = baseUrl
    this.#fetch = fetchWith
  }

  /** Throws the signal's reason when that is aborted. */
  async exchange(request: Exchange): Promise<{ readonly data: unknown } | Refused> {
    const { operation, timeoutMs, signal } = request
    signal?.throwIfAborted()
    const ends = new AbortController()
    const late = new TimeoutError(operation, timeoutMs)
    const timer = setTimeout(() => ends.abort(late), timeoutMs)
    const stop = () => ends.abort(signal?.reason)
    signal?.addEventListener('abort', stop)
    try {
      return await this.#send(request, ends.signal)
    } catch (error) {
      signal?.throwIfAborted()
      if (ends.signal.aborted) return new Refused(late)
      return new Refused(new NetworkError(operation, { cause: error }))
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
  }

  async #send({ operation, params, token, idempotencyKey }: Exchange, signal: AbortSignal) {
    const [method, path] = OPERATIONS[operation]
    const query = new URLSearchParams(token === undefined ? {} : { access_token: token })
    const headers: Record<string, string> = {}
    if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey
    let body: string | undefined
    if (method === 'GET') {
      for (const [key, value] of Object.entries(params)) if (value != null) query.set(key, String(value))
    } else {
      headers['Content-Type'] = 'application/json'
      body = bodyOf(params)
    }
    const fetchWith = this.#fetch
    const response = await fetchWith(`${this.#base}/openapi/${path}?${query}`, {
      method,
      headers,
      signal,
      // The query holds the token: it goes nowhere else.
      redirect: 'error',
      ...(body !== undefined && { body }),
    })
    return answerOf(operation, response, await response.text())
  }
}

const LONG: ReadonlySet<string> = new Set(LONG_KEYS)

function bodyOf(params: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(params).map(([key, value]) => [key, LONG.has(key) ? long(value) : value])
  return toJson(Object.fromEntries(entries))
}

/** As the platform documents it: a bare number. What is no integer goes as it is, for the server to refuse. */
function long(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(long)
  return typeof value === 'string' && /^-?\d+$/.test(value) ? bareInteger(value) : value
}

function answerOf(operation: OperationName, response: Response, text: string) {
  const { status, headers } = response
  const asked = headers.get('Retry-After')
  let envelope: ReturnType<typeof readEnvelope>
  try {
    envelope = readEnvelope(text)
  } catch (cause) {
    return new Refused(new AnswerError(operation, status, { cause }), askedMs(asked))
  }
  if (!envelope) return new Refused(new AnswerError(operation, status), askedMs(asked))
  const { code, msg = '', sub_code = '', data } = envelope
  if (code === 0) return { data }
  const requestId = headers.get('X-Request-Id') ?? undefined
  const error = new ApiError(operation, { code, sub_code, msg, requestId, status })
  return new Refused(error, askedMs(asked))
}

/** Retry-After, seconds or a date, in ms from now. */
function askedMs(text: string | null): number | undefined {
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
