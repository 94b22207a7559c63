/** The base class of the errors below. */
export class GenjinError extends Error {
  override name = 'GenjinError'
}

/** The server refused: `code` is not 0. */
export class ApiError extends GenjinError {
  override name = 'ApiError'
  /** `code` of the envelope. genjin's are in ERROR_CODES. */
  readonly code: number
  /** `sub_code` of the envelope: A… is an error of the caller, B… of the server, C… of something it depends on. */
  readonly sub_code: string
  /** `msg` of the envelope: the field, what is wrong with it and what is allowed. */
  readonly msg: string
  /**
   * Path of the parameter at fault, such as `page_size` or `records[3].follow_time`; undefined where no parameter is, and from
   * the platform, which does not tell.
   */
  readonly field: string | undefined
  /** X-Request-Id of the response, which the server's log has too; undefined when there is none. */
  readonly requestId: string | undefined
  /** HTTP status. */
  readonly status: number

  constructor(
    operation: string,
    response: {
      code: number
      sub_code: string
      msg: string
      field: string | undefined
      requestId: string | undefined
      status: number
    },
  ) {
    const { code, sub_code, msg, field, requestId, status } = response
    const id = requestId === undefined ? '' : `, request id ${requestId}`
    super(`${operation}: ${code} ${msg} (${sub_code}${id})`)
    this.code = code
    this.sub_code = sub_code
    this.msg = msg
    this.field = field
    this.requestId = requestId
    this.status = status
  }
}

/** The response is not one of this protocol: an error page of a proxy, a truncated response. */
export class AnswerError extends GenjinError {
  override name = 'AnswerError'
  /** HTTP status. */
  readonly status: number

  constructor(operation: string, status: number, options?: ErrorOptions) {
    super(`${operation}: 响应不是约定的格式 / the response is not of this protocol (HTTP ${status})`, options)
    this.status = status
  }
}

/** No response: connection refused or broken, unknown host. `cause` has the reason, with the runtime's `code`. */
export class NetworkError extends GenjinError {
  override name = 'NetworkError'

  constructor(operation: string, options?: ErrorOptions) {
    const cause = bare(options?.cause)
    super(`${operation}: 连接失败 / no connection: ${reasonOf(cause)}`, cause && { cause })
  }
}

/** No complete response within `timeoutMs`. */
export class TimeoutError extends GenjinError {
  override name = 'TimeoutError'

  constructor(operation: string, timeoutMs: number) {
    super(`${operation}: ${timeoutMs} ms 内没有响应 / no response within ${timeoutMs} ms`)
  }
}

/** The messages and codes of an error and its causes, without other properties: these may hold part of a response, with a token. */
function bare(error: unknown, depth = 0): Error | undefined {
  if (typeof error !== 'object' || error === null || depth === 5) return undefined
  const { message = '', code, cause } = error as { message?: string; code?: unknown; cause?: unknown }
  const inner = bare(cause, depth + 1)
  // Without the query, which holds the token.
  const copy = new Error(message.replace(/\?\S*/g, ''), inner && { cause: inner })
  return code === undefined ? copy : Object.assign(copy, { code })
}

/** The message of the innermost cause: `connect ECONNREFUSED 127.0.0.1:8787`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const { code = '' } = error as { code?: unknown }
  return reasonOf(error.cause) || error.message || String(code)
}
