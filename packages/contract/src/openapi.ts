import { ERRORS, type ErrorName } from './errors.ts'
import { OPERATIONS, type Operation, ORIGINS } from './operations.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document of the operations table. */
export function openapiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'genjin 跟进',
      version: '0.1.0',
      description:
        '与企微管家开放平台一致的跟进记录接口。“genjin 补充”是平台没有、由 genjin 增加的接口。\n\n' +
        '除特别说明外，HTTP 状态码均为 200；请以返回的 `code` 判断是否成功，0 表示成功。',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: ORIGINS.platform.zh, description: '企微管家开放平台文档中的接口 / documented by the platform' },
      { name: ORIGINS.ours.zh, description: '平台没有、由 genjin 增加的接口 / added by genjin' },
    ],
    paths: paths(),
    components: {
      securitySchemes: {
        access_token: { type: 'apiKey', in: 'query', name: 'access_token', description: '调用接口凭证' },
        bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer（genjin 补充）' },
      },
      schemas: { Failure: failure() },
    },
  }
}

function paths(): Json {
  const all: Record<string, Json> = {}
  for (const [name, operation] of Object.entries(OPERATIONS) as [string, Operation][]) {
    all[operation.path] = {
      ...all[operation.path],
      [operation.method.toLowerCase()]: operationObject(name, operation),
    }
  }
  return all
}

function operationObject(name: string, operation: Operation): Json {
  return {
    operationId: name,
    tags: [ORIGINS[operation.origin].zh],
    summary: operation.zh,
    description: `${operation.en}\n\n${errorTable(operation.errors)}`,
    security: operation.auth ? [{ access_token: [] }, { bearer: [] }] : [],
    ...parameters(operation),
    ...(operation.body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: plain(operation.body), example: operation.example } },
      },
    }),
    responses: responses(operation),
  }
}

function parameters(operation: Operation): Json {
  const required = new Set((operation.query?.required as string[] | undefined) ?? [])
  const list: Json[] = Object.entries(operation.query?.properties ?? {}).map(([key, schema]) => ({
    name: key,
    in: 'query',
    required: required.has(key),
    schema: plain(schema),
  }))
  if (operation.keyed) {
    list.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: '同一个键只生效一次，24 小时内重试返回首次的结果（genjin 补充）',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    })
  }
  return list.length > 0 ? { parameters: list } : {}
}

/** Responses by HTTP status; 200 carries success and every error in the content of the request (C4). */
function responses(operation: Operation): Json {
  const envelope = {
    type: 'object',
    required: ['code', 'msg', 'data', 'sub_code'],
    properties: {
      code: { type: 'integer', const: 0, description: '返回码，0 表示成功' },
      msg: { type: 'string', const: operation.okMsg },
      data: plain(operation.data),
      sub_code: { type: 'string', const: '00000' },
    },
  }
  const failed = { $ref: '#/components/schemas/Failure' }
  const out: Json = {
    200: {
      description: '成功，或请求内容有误',
      content: { 'application/json': { schema: { oneOf: [envelope, failed] } } },
    },
  }
  for (const status of [...new Set(operation.errors.map((error) => ERRORS[error].status))].sort()) {
    if (status === 200) continue
    const rows = operation.errors.filter((error) => ERRORS[error].status === status)
    out[status] = {
      description: rows.map((error) => ERRORS[error].zh).join(' / '),
      content: { 'application/json': { schema: failed } },
    }
  }
  return out
}

function failure(): Json {
  return {
    type: 'object',
    required: ['code', 'msg', 'data', 'sub_code'],
    properties: {
      code: { type: 'integer', enum: Object.values(ERRORS).map((row) => row.code) },
      msg: { type: 'string', description: '字段、问题与允许的取值' },
      data: { type: 'null' },
      sub_code: { type: 'string', enum: [...new Set(Object.values(ERRORS).map((row) => row.subCode))] },
    },
  }
}

function errorTable(names: readonly ErrorName[]): string {
  const rows = names.map((name) => {
    const row = ERRORS[name]
    return `| ${row.code} | ${row.subCode} | ${row.status} | ${row.zh} | ${row.fixZh} |`
  })
  return ['| code | sub_code | HTTP | 说明 | 处理 |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** A schema as plain JSON, without the marks of optional properties. */
function plain(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema))
}
