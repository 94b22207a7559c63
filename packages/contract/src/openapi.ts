import { ERRORS, type ErrorName } from './errors.ts'
import { CALLER_NAMES, isApp, OPERATIONS, type Operation, ORIGINS } from './operations.ts'
import { SHAPES } from './shapes.ts'

type Json = Record<string, unknown>

const DESCRIPTION = `与企微管家开放平台一致的跟进记录接口。“genjin 补充”是平台没有、由 genjin 增加的接口。

- 除特别说明外，HTTP 状态码均为 200；请以返回的 \`code\` 判断是否成功，0 表示成功。
- 64 位整数（如跟进ID）在返回中是不带引号的 JSON 数字，可能大于 2^53，读取时不能经过双精度浮点数；请求中数字与字符串均可。
- 应用用 \`access_token\`，登录的人员用登录的 Cookie（浏览器自动带上）；每个接口的 \`x-callers\` 列出谁可以调用，其他调用方得到 40300。
- 读取请求时宽松：需要字符串时接受数字，需要整数时接受数字字符串，未列出的字段忽略；\`null\`、\`""\`、\`[]\` 都表示“未提供”。

The follow-up API of the 企微管家 open platform. “genjin 补充” marks what genjin adds to it.

- Unless stated otherwise the HTTP status is 200: check \`code\`, which is 0 for success.
- 64-bit integers, such as follow-up IDs, are returned as bare JSON numbers that may exceed 2^53: do not read them as doubles. Requests may give a number or a string.
- Apps send an \`access_token\`; of people who have signed in, the browser sends the cookie. \`x-callers\` of an operation says who may call it; others get 40300.
- Requests are read leniently: a number where text is wanted, a numeric string where an integer is wanted; unknown fields are ignored; \`null\`, \`""\` and \`[]\` mean “not given”.`

/** The OpenAPI 3.1 document of the operations table. */
export function openapiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'genjin 跟进',
      version: '0.1.0',
      description: DESCRIPTION,
      contact: { name: 'genjin' },
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
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-genjin',
          description:
            '登录的 Cookie，由 /sign-in 设置；不经 HTTPS、也不在本机时名称为 genjin（genjin 补充） / the cookie of a session, set by /sign-in; called genjin on plain HTTP except on this machine (added by genjin)',
        },
      },
      schemas: { ...namedSchemas(), Int64: INT64, Int64Input: INT64_INPUT, Failure: failure() },
      examples: Object.fromEntries(ERROR_NAMES.map((name) => [name, failureExample(name)])),
    },
  }
}

/** What an operation returns, and what every address returns to a message that is no HTTP. */
function errorsOf({ errors }: Operation): readonly ErrorName[] {
  return [...errors, 'malformed']
}

const ERROR_NAMES = [...new Set((Object.values(OPERATIONS) as Operation[]).flatMap(errorsOf))]

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
    description: `${[operation.en, ...callersText(operation), errorTable(operation.errors)].join('\n\n')}`,
    'x-callers': operation.callers,
    security: securityOf(operation),
    ...parameters(operation),
    ...(operation.body && {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: schemaOf(operation.body, 'request'), example: operation.example },
        },
      },
    }),
    responses: responses(operation),
  }
}

function callersText({ auth, callers }: Operation): string[] {
  if (!auth) return []
  const names = (language: 'zh' | 'en') =>
    callers.map((caller) => CALLER_NAMES[caller][language]).join(language === 'zh' ? '、' : ', ')
  return [`可调用 / open to: ${names('zh')} / ${names('en')}`]
}

/** What a caller is known by: an app by its token, a person by the cookie of a session. */
function securityOf({ callers }: Operation): Json[] {
  return [
    ...(callers.some(isApp) ? [{ access_token: [] }, { bearer: [] }] : []),
    ...(callers.some((caller) => !isApp(caller)) ? [{ session: [] }] : []),
  ]
}

function parameters(operation: Operation): Json {
  const required = new Set((operation.query?.required as string[] | undefined) ?? [])
  const list: Json[] = Object.entries(operation.query?.properties ?? {}).map(([key, schema]) => ({
    name: key,
    in: 'query',
    required: required.has(key),
    schema: schemaOf(schema as Schema, 'request'),
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
      data: schemaOf(operation.data, 'response'),
      sub_code: { type: 'string', const: '00000' },
    },
  }
  const failed = { $ref: '#/components/schemas/Failure' }
  const byStatus = Map.groupBy(errorsOf(operation), (name) => ERRORS[name].status)
  const statuses = [...new Set([200, ...byStatus.keys()])].sort()
  return Object.fromEntries(
    statuses.map((status) => {
      const names = byStatus.get(status) ?? []
      const meanings = names.map((name) => ERRORS[name].zh).join(' / ')
      const examples = names.map((name) => [name, { $ref: `#/components/examples/${name}` }])
      return [
        String(status),
        {
          description: status === 200 ? '成功，或请求内容有误' : meanings,
          content: {
            'application/json': {
              schema: status === 200 ? { oneOf: [envelope, failed] } : failed,
              examples: Object.fromEntries(examples),
            },
          },
        },
      ]
    }),
  )
}

function failure(): Json {
  return {
    type: 'object',
    required: ['code', 'msg', 'data', 'sub_code'],
    properties: {
      code: { type: 'integer', enum: Object.values(ERRORS).map((row) => row.code), description: '错误码' },
      msg: { type: 'string', description: '字段、问题与允许的取值' },
      data: { type: 'null' },
      sub_code: {
        type: 'string',
        enum: [...new Set(Object.values(ERRORS).map((row) => row.subCode))],
        description: '返回子码',
      },
      field: {
        type: 'string',
        description: '有问题的参数的路径，不在于某个参数时没有这个键（genjin 补充）',
        'x-description-en': 'path of the parameter at fault, absent where no parameter is (added by genjin)',
        examples: ['page_size', 'records[3].follow_time'],
      },
    },
  }
}

function failureExample(name: ErrorName): Json {
  const { code, subCode, zh, en, fixZh } = ERRORS[name]
  return {
    summary: `${code} ${zh} / ${en}`,
    value: { code, msg: `${zh}：${fixZh}`, data: null, sub_code: subCode },
  }
}

function errorTable(names: readonly ErrorName[]): string {
  const rows = names.map((name) => {
    const row = ERRORS[name]
    return `| ${row.code} | ${row.subCode} | ${row.status} | ${row.zh} | ${row.fixZh} |`
  })
  return ['| code | sub_code | HTTP | 说明 | 处理 |', '|---|---|---|---|---|', ...rows].join('\n')
}

/** Where a schema stands: 64-bit integers are read as number or string, and returned as numbers (C6). */
type Side = 'request' | 'response'

interface Schema {
  readonly type?: string
  readonly format?: string
  readonly description?: string
  readonly 'x-description-en'?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly 'x-unit'?: string
}

const INT64 = {
  type: 'integer',
  format: 'int64',
  description: '64 位整数，不带引号的 JSON 数字，可能大于 2^53',
  'x-description-en': '64-bit integer, a bare JSON number that may exceed 2^53',
}

const INT64_INPUT = {
  anyOf: [
    { type: 'integer', format: 'int64' },
    { type: 'string', pattern: '^\\s*-?\\d{1,19}\\s*$' },
  ],
  description: '64 位整数：数字，或数字字符串',
  'x-description-en': '64-bit integer: a number, or a string of digits',
  examples: [789, '2005841375225494994'],
}

const NAMES = new Map<unknown, string>(Object.entries(SHAPES).map(([name, schema]) => [schema, name]))

/** Every named schema that an operation uses, pages of records included. */
function namedSchemas(): Json {
  const found: Json = {}
  const visit = (schema: Schema, side: Side): void => {
    const name = nameOf(schema)
    if (name !== undefined) {
      if (name in found) return
      found[name] = contentOf(schema, side)
    }
    for (const inner of insideOf(schema)) visit(inner, side)
  }
  for (const { body, data } of Object.values(OPERATIONS) as Operation[]) {
    if (body) visit(body as Schema, 'request')
    visit(data as Schema, 'response')
  }
  return found
}

function insideOf({ properties, items, anyOf }: Schema): Schema[] {
  return [...Object.values(properties ?? {}), ...(items ? [items] : []), ...(anyOf ?? [])]
}

function nameOf(schema: Schema): string | undefined {
  const { properties } = schema
  const record =
    Object.keys(properties ?? {}).join() === 'total,records' ? properties?.records?.items : undefined
  return NAMES.get(schema) ?? (record && `${NAMES.get(record)}Page`)
}

/** A schema as OpenAPI writes it: by its name where it has one. */
function schemaOf(schema: Schema, side: Side): unknown {
  const name = nameOf(schema)
  return name === undefined ? contentOf(schema, side) : { $ref: `#/components/schemas/${name}` }
}

function contentOf(schema: Schema, side: Side): unknown {
  const { anyOf, items, properties, ...rest } = withoutDefault(schema)
  if (anyOf) return nullable(anyOf[0] as Schema, side)
  if (isId(schema)) {
    const { type: _type, format: _format, ...words } = rest
    return { $ref: `#/components/schemas/${side === 'request' ? 'Int64Input' : 'Int64'}`, ...words }
  }
  return {
    ...rest,
    ...(items && { items: schemaOf(items, side) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, field]) => [key, schemaOf(field, side)]),
      ),
    }),
  }
}

/** The default in words: of a property with `default`, openapi-typescript makes one that must be given. */
function withoutDefault({ default: value, ...schema }: Schema): Schema {
  if (value === undefined) return schema
  const { description, 'x-description-en': en } = schema
  return {
    ...schema,
    description: `${description}，默认 ${value}`,
    'x-description-en': `${en}; default ${value}`,
  }
}

/** `T` or null: as a list of types where the schema has one and is not a reference. */
function nullable(schema: Schema, side: Side): unknown {
  const content = schemaOf(schema, side) as Schema
  if (content.type === undefined) return { anyOf: [content, { type: 'null' }] }
  return {
    ...content,
    type: [content.type, 'null'],
    ...(content.enum && { enum: [...content.enum, null] }),
  }
}

/** 64-bit integers without a unit: those of times and durations are far below 2^53. */
function isId({ type, format, 'x-unit': unit }: Schema): boolean {
  return type === 'integer' && format === 'int64' && unit === undefined
}
