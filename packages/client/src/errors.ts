/** What all errors of this client are. */
export class GenjinError extends Error {
  override name = 'GenjinError'
}

/** The server refused: `code` is not 0. */
export class ApiError extends GenjinError {
  override name = 'ApiError'
  /** `code` of the envelope; those of genjin are in ERROR_CODES. */
  readonly code: number
  /** `sub_code` of the envelope: A… the caller's fault, B… the server's, C… of something it depends on. */
  readonly sub_code: string
  /** `msg` of the envelope: which field, what is wrong, what is allowed. */
  readonly msg: string
  /** The answer's X-Request-Id, under which the server's log has the request; undefined where it sends none. */
  readonly requestId: string | undefined
  /** HTTP status. */
  readonly status: number

  constructor(
    operation: string,
    answer: { code: number; sub_code: string; msg: string; requestId: string | undefined; status: number },
  ) {
    const { code, sub_code, msg, requestId, status } = answer
    const id = requestId === undefined ? '' : `, request id ${requestId}`
    super(`${operation}: ${code} ${msg} (${sub_code}${id})`)
    this.code = code
    this.sub_code = sub_code
    this.msg = msg
    this.requestId = requestId
    this.status = status
  }
}

/** What came is no answer of this protocol: a proxy's error page, half an answer. */
export class AnswerError extends GenjinError {
  override name = 'AnswerError'
  /** HTTP status. */
  readonly status: number

  constructor(operation: string, status: number, options?: ErrorOptions) {
    super(`${operation}: 应答不是约定的格式 / the answer is not of this protocol (HTTP ${status})`, options)
    this.status = status
  }
}

/** No answer came: refused connection, broken connection, unknown host. `cause` says why, with `code` as the runtime has it. */
export class NetworkError extends GenjinError {
  override name = 'NetworkError'

  constructor(operation: string, options?: ErrorOptions) {
    const cause = bare(options?.cause)
    super(`${operation}: 连接失败 / no connection: ${reasonOf(cause)}`, cause && { cause })
  }
}

/** No whole answer came within `timeoutMs`. */
export class TimeoutError extends GenjinError {
  override name = 'TimeoutError'

  constructor(operation: string, timeoutMs: number) {
    super(`${operation}: ${timeoutMs} ms 之内没有应答 / no answer within ${timeoutMs} ms`)
  }
}

/** What an error and its causes say, and nothing else that they hold: it may be a piece of an answer, with a token in it. */
function bare(error: unknown, depth = 0): Error | undefined {
  if (typeof error !== 'object' || error === null || depth === 5) return undefined
  const { message = '', code, cause } = error as { message?: string; code?: unknown; cause?: unknown }
  const inner = bare(cause, depth + 1)
  // Never the query, which holds the token.
  const said = new Error(message.replace(/\?\S*/g, ''), inner && { cause: inner })
  return code === undefined ? said : Object.assign(said, { code })
}

/** What is said at the bottom of it: `connect ECONNREFUSED 127.0.0.1:8787`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const { code = '' } = error as { code?: unknown }
  return reasonOf(error.cause) || error.message || String(code)
}
