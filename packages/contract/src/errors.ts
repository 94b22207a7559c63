/** One row of the error table: what a caller sees when a request fails, and what to do about it. */
export interface ErrorRow {
  /** `code` of the response, never 0. */
  readonly code: number
  /** `sub_code`: A… caused by the caller, B… by the server, C… by something the server depends on (C3). */
  readonly subCode: string
  /** HTTP status. */
  readonly status: number
  readonly zh: string
  readonly en: string
  /** What the caller can do, in Chinese and English. */
  readonly fixZh: string
  readonly fixEn: string
}

/** The errors by name. A row without a status has 200, as every error in the content of a request (C4). */
const ROWS = {
  tokenUnknown: {
    code: 10001,
    subCode: 'A0220',
    zh: 'access_token 缺失或无法识别',
    en: 'access_token missing or unknown',
    fixZh: '调用 GET /openapi/access_token 重新获取，放在查询参数 access_token 中',
    fixEn: 'fetch a token with GET /openapi/access_token and send it in the query parameter access_token',
  },
  tokenExpired: {
    code: 10010,
    subCode: 'A0230',
    zh: 'access_token 已过期',
    en: 'access_token expired',
    fixZh: '重新获取 access_token',
    fixEn: 'fetch a new access_token',
  },
  tokenRevoked: {
    code: 10011,
    subCode: 'A0311',
    zh: 'access_token 已作废，或应用已停用',
    en: 'access_token revoked, or the app is disabled',
    fixZh: '重新获取 access_token；仍失败时，请管理员确认应用是否已停用',
    fixEn: 'fetch a new access_token; if that fails too, ask the administrator whether the app is disabled',
  },
  credentialsWrong: {
    code: 40100,
    subCode: 'A0210',
    zh: 'appid 或 app_secret 不正确，或应用已停用',
    en: 'wrong appid or app_secret, or the app is disabled',
    fixZh: '核对 appid 与 app_secret；必要时请管理员用 genjin app add 新建应用',
    fixEn:
      'check appid and app_secret; if necessary, the administrator creates a new app with genjin app add',
  },
  sessionEnded: {
    code: 40110,
    subCode: 'A0230',
    zh: '登录已失效',
    en: 'the session has ended',
    fixZh: '重新登录；离职、停用、调整角色或长时间不使用时，登录会结束',
    fixEn:
      'sign in again; a session ends when the person leaves, is disabled, changes role, or has not used it for long',
  },
  signInFailed: {
    code: 40120,
    subCode: 'A0210',
    zh: '登录失败',
    en: 'the sign-in failed',
    fixZh: '按 msg 中的说明重试；忘记密码时，请管理员重新邀请',
    fixEn: 'msg says what to do; when the password is forgotten, an administrator sends a new invitation',
  },
  forbidden: {
    code: 40300,
    subCode: 'A0301',
    zh: '没有权限',
    en: 'not allowed',
    fixZh: '按 msg 中的说明，由有权限的人员或应用操作',
    fixEn: 'msg says who may do it',
  },
  paramInvalid: {
    code: 40000,
    subCode: 'A0400',
    zh: '参数的类型、格式或取值不正确',
    en: 'a parameter has the wrong type, format or value',
    fixZh: '按 msg 中说明的字段、问题和允许的取值修改',
    fixEn: 'correct the field that msg names; msg says what is allowed',
  },
  methodWrong: {
    code: 40005,
    subCode: 'A0400',
    zh: '请求方式不正确',
    en: 'wrong request method',
    fixZh: '按接口文档使用 GET 或 POST；响应头 Allow 列出允许的方式',
    fixEn: 'use GET or POST as documented; the Allow header names the allowed method',
  },
  paramMissing: {
    code: 40010,
    subCode: 'A0410',
    zh: '缺少必填参数',
    en: 'a required parameter is missing',
    fixZh: '补上 msg 中说明的字段',
    fixEn: 'add the field that msg names',
  },
  paramRange: {
    code: 40020,
    subCode: 'A0420',
    zh: '参数超出允许的范围',
    en: 'a parameter is out of range',
    fixZh: '将 msg 中说明的字段改到允许的范围内',
    fixEn: 'bring the field that msg names into the allowed range',
  },
  pathUnknown: {
    code: 40400,
    subCode: 'A0404',
    status: 404,
    zh: '请求地址不存在',
    en: 'unknown path',
    fixZh: '核对请求地址；全部接口见 /docs',
    fixEn: 'check the path; all operations are listed at /docs',
  },
  notFound: {
    code: 40410,
    subCode: 'A0404',
    zh: '要操作的数据不存在',
    en: 'the requested data does not exist',
    fixZh: '核对 msg 中说明的 ID；跟进删除满 90 天后不再存在',
    fixEn: 'check the ID that msg names; a follow-up no longer exists 90 days after its deletion',
  },
  versionConflict: {
    code: 40910,
    subCode: 'A0507',
    zh: '跟进已被他人修改，version 不是当前版本',
    en: 'the follow-up has been changed: version is not the current one',
    fixZh: '用 follow/get 获取当前的内容与 version，核对后再修改',
    fixEn: 'read the current record and version with follow/get, then repeat the change',
  },
  conflict: {
    code: 40920,
    subCode: 'A0508',
    zh: '与现有数据冲突',
    en: 'the request conflicts with existing data',
    fixZh: '按 msg 中说明的冲突和解决办法处理',
    fixEn: 'msg says what conflicts and how to resolve it',
  },
  cursorExpired: {
    code: 40930,
    subCode: 'A0510',
    zh: 'cursor 已失效，变更流不再完整',
    en: 'the cursor is no longer valid: changes after it may be missing',
    fixZh: '清空已同步的数据，不带 cursor 从头读取',
    fixEn: 'discard the synced data and read everything again without a cursor',
  },
  keyReused: {
    code: 40900,
    subCode: 'A0506',
    zh: '同一 Idempotency-Key 已用于内容不同的请求',
    en: 'the Idempotency-Key was already used for a different request',
    fixZh: '新请求请换一个 Idempotency-Key；重试时请保持请求体不变',
    fixEn: 'use a new Idempotency-Key for a new request; keep the body unchanged when retrying',
  },
  bodyTooLarge: {
    code: 41300,
    subCode: 'A0413',
    status: 413,
    zh: '请求体过大',
    en: 'the body is too large',
    fixZh: '请求体最大 1 MiB（整体替换通讯录为 32 MiB），请分多次请求',
    fixEn: 'a body may have 1 MiB (32 MiB to replace the directory); split it into several requests',
  },
  notJson: {
    code: 41500,
    subCode: 'A0415',
    status: 415,
    zh: '请求体不是 JSON',
    en: 'the body is not JSON',
    fixZh: '设置请求头 Content-Type: application/json',
    fixEn: 'set the header Content-Type: application/json',
  },
  tooMany: {
    code: 42900,
    subCode: 'A0501',
    zh: '调用过于频繁',
    en: 'too many requests',
    fixZh: '稍后重试；access_token 请缓存，到期前再重新获取',
    fixEn: 'retry later; cache the access_token until it expires',
  },
  malformed: {
    code: 40001,
    subCode: 'A0400',
    status: 400,
    zh: 'HTTP 报文无法解析',
    en: 'the HTTP message cannot be parsed',
    fixZh: '检查客户端或中间代理；请求地址与请求头合计不超过 16 KiB',
    fixEn: 'check the client and any proxy in between; the URL and the headers may have 16 KiB together',
  },
  internal: {
    code: 50000,
    subCode: 'B0001',
    status: 500,
    zh: '服务内部错误',
    en: 'internal error',
    fixZh: '请将响应头 X-Request-Id 的值提供给管理员查询日志',
    fixEn: 'give the value of the X-Request-Id header to the administrator, who finds the cause in the log',
  },
  notReady: {
    code: 50300,
    subCode: 'C0300',
    status: 503,
    zh: '服务暂时不可用',
    en: 'the service is temporarily unavailable',
    fixZh: '稍后重试；写请求请带 Idempotency-Key 重试',
    fixEn: 'retry later; retry writes with an Idempotency-Key',
  },
} satisfies Record<string, Omit<ErrorRow, 'status'> & Partial<ErrorRow>>

export type ErrorName = keyof typeof ROWS

/**
 * Every error that the server can return (C3, C4, C5). 10001, 10010 and 10011 are the platform's: its clients fetch a new
 * token on exactly these. The others are added by genjin.
 */
export const ERRORS = Object.fromEntries(
  Object.entries(ROWS).map(([name, row]) => [name, { status: 200, ...row }]),
) as Readonly<Record<ErrorName, ErrorRow>>

/** Errors that every operation that requires a token or a session may return. */
export const COMMON_ERRORS = [
  'tokenUnknown',
  'tokenExpired',
  'tokenRevoked',
  'sessionEnded',
  'forbidden',
  'paramInvalid',
  'paramMissing',
  'paramRange',
  'methodWrong',
  'bodyTooLarge',
  'notJson',
  'internal',
  'notReady',
] as const satisfies readonly ErrorName[]
