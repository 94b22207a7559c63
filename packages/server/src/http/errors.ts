import { ERRORS, type ErrorName } from 'genjin-contract'
import { ServiceError, StoreError } from '../errors.ts'
import { JsonError } from '../json.ts'

/** An error as the caller sees it (C3, C4): `sendError` in server.ts sends it. What is no HTTP: `answerBrokenMessage` there. */
export interface Refusal {
  readonly kind: ErrorName
  readonly message: string
  /** The parameter at fault, if it is one. */
  readonly field: string | undefined
  readonly status: number
  /** For the header Retry-After. */
  readonly retryAfterSeconds: number | undefined
}

/** Fastify's own errors by code; all others concern the HTTP message as a whole. */
const FASTIFY_ERRORS: Record<string, [ErrorName, string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'notJson',
    '请求头 Content-Type 须为 application/json：请求体须为 JSON（UTF-8）',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['paramInvalid', '请求头 Content-Length 与请求体的长度不符'],
  FST_ERR_BAD_URL: ['paramInvalid', '请求地址中的百分号编码不正确'],
  FST_ERR_MAX_PARAM_LENGTH: ['paramRange', '请求地址过长'],
}

/**
 * @param bodyBytes largest body of the operation
 */
export function refusalOf(error: unknown, bodyBytes: number): Refusal {
  const [kind, message] = kindOf(error, bodyBytes)
  const retryAfterSeconds =
    error instanceof ServiceError ? error.retryAfterSeconds : isCrowded(error) ? 1 : undefined
  const field = error instanceof ServiceError || error instanceof JsonError ? error.field : undefined
  return { kind, message, field, status: ERRORS[kind].status, retryAfterSeconds }
}

function kindOf(error: unknown, bodyBytes: number): [ErrorName, string] {
  if (error instanceof ServiceError) return [error.kind, error.message]
  if (error instanceof JsonError) {
    return [error.kind === 'limit' ? 'paramRange' : 'paramInvalid', jsonMessage(error)]
  }
  if (isCrowded(error)) {
    return ['notReady', '正在进行的请求过多：请减少同时进行的请求，读完响应后再发下一个，1 秒后重试']
  }
  if (error instanceof StoreError && error.kind === 'gone') return ['malformed', '连接已由客户端关闭']
  if (error instanceof StoreError && error.kind !== 'unique') {
    return ['notReady', '服务暂时不可用：请稍后重试，写请求请带 Idempotency-Key 重试']
  }
  const { code, statusCode } = error as { code?: string; statusCode?: number }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const size = bodyBytes < 1024 * 1024 ? `${bodyBytes / 1024} KiB` : `${bodyBytes / 1024 / 1024} MiB`
    const limit = `${size}（${bodyBytes} 字节）`
    // The only larger body is that of department/replace, which cannot be split.
    const wayOut =
      bodyBytes > 1024 * 1024 ? '请改用批量保存（department/save 与 department/user/save）' : '请分多次请求'
    return ['bodyTooLarge', `请求体超过 ${limit}：${wayOut}`]
  }
  const known = code === undefined ? undefined : FASTIFY_ERRORS[code]
  if (known) return known
  if (statusCode !== undefined && statusCode < 500) {
    return ['paramInvalid', '请求不正确：请按接口文档检查请求地址、请求头与请求体']
  }
  return ['internal', '服务内部错误：请将响应头 X-Request-Id 的值提供给管理员']
}

/** Whether a limit on concurrent reads or bytes refused it: the client is to slow down. */
export function isCrowded(error: unknown): boolean {
  return error instanceof StoreError && error.kind === 'crowded'
}

function jsonMessage(error: JsonError): string {
  return error.message.startsWith('参数') ? error.message : `请求体${error.message}`
}
