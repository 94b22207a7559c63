import type { TSchema } from 'typebox'
import * as directory from '../../packages/contract/src/directory.ts'
import { ERRORS } from '../../packages/contract/src/errors.ts'
import * as follow from '../../packages/contract/src/follow.ts'
import * as followWrite from '../../packages/contract/src/follow-write.ts'
import { OPERATIONS, type Operation } from '../../packages/contract/src/operations.ts'
import { paging } from '../../packages/contract/src/schema.ts'
import { SHAPES } from '../../packages/contract/src/shapes.ts'
import type { Schema } from '../docs/schema.ts'

const ENTRIES = Object.entries(OPERATIONS) as [string, Operation][]

/** Shapes inside requests that have a name in the client. */
const REQUEST_SHAPES = {
  StaffWritten: directory.StaffWritten,
  DepartmentWritten: directory.DepartmentWritten,
}

/** Shapes of responses that have a name in the client: those of requests apart. */
const RESPONSE_SHAPES = Object.fromEntries(
  Object.entries(SHAPES).filter(
    ([name]) => !/(Body|Query|Line|Input)$/.test(name) && !(name in REQUEST_SHAPES),
  ),
)

/** Schema → its name in the client, by where it stands. */
const NAMES = {
  request: new Map<TSchema, string>([
    ...Object.entries(REQUEST_SHAPES).map(([name, schema]): [TSchema, string] => [schema, name]),
    ...ENTRIES.map(([name, operation]): [TSchema, string] => [paramsOf(operation), paramsName(name)]),
  ]),
  response: new Map(Object.entries(RESPONSE_SHAPES).map(([name, schema]) => [schema, name])),
}
type Side = keyof typeof NAMES

/** 64-bit integers that count something; all others are IDs, which the client returns as strings. */
const COUNTS = ['total', 'count', 'seq']

/** The client's copy of the contract: packages/client/src/operations.ts, which `npm run client` writes. */
export function clientSource(): string {
  const shapes = [
    ...Object.entries(RESPONSE_SHAPES).map(([name, schema]) => declaration(name, schema, 'response')),
    ...Object.entries(REQUEST_SHAPES).map(([name, schema]) => declaration(name, schema, 'request')),
    ...ENTRIES.map(([name, operation]) => declaration(paramsName(name), paramsOf(operation), 'request')),
  ]
  return `// Generated from the contract by \`npm run client\`: do not edit.

/** A 64-bit integer as the client returns it: its digits, exact. */
export type Id = string

/** A 64-bit integer as the client accepts it. */
export type IdLike = string | number | bigint

/** Which page of a list. */
export interface Paging ${objectText({ properties: paging } as unknown as Schema, 'request', '')}

/** A page of records, and the number of all that match. */
export interface Page<R> {
  total: number
  records: R[]
}

${shapes.join('\n\n')}

/** What each operation takes and what it returns (the \`data\` of the response). */
export interface Operations {
${ENTRIES.map(([name, operation]) => operationType(name, operation)).join('\n')}
}

export type OperationName = keyof Operations

/** Name → HTTP method, path below /openapi/ and, for writes, 1, or 2 for those that take no Idempotency-Key. */
export const OPERATIONS: Readonly<Record<OperationName, readonly ['GET' | 'POST', string, (1 | 2)?]>> = {
${ENTRIES.map(([name, operation]) => `  ${name}: ${rowOf(operation)},`).join('\n')}
}

/** Every \`code\` that genjin returns when a request fails, by name. */
export const ERROR_CODES = {
${Object.entries(ERRORS)
  .map(([name, { code, zh, en }]) => `  /** ${zh} / ${en} */\n  ${name}: ${code},`)
  .join('\n')}
} as const

/** Keys of responses that hold IDs. */
export const ID_KEYS: readonly string[] = ${list(idKeys())}

/** Keys of responses that hold lists, and never null (L13). */
export const LIST_KEYS: readonly string[] = ${list(listKeys())}

/** Keys of requests that the platform documents as long, or as lists of long: sent as bare numbers. */
export const LONG_KEYS: readonly string[] = ${list(longKeys())}
`
}

function paramsName(operation: string): string {
  return `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Params`
}

function paramsOf({ body, query }: Operation): TSchema {
  return (body ?? query) as TSchema
}

function rowOf({ method, path, keyed, secret }: Operation): string {
  const write = secret ? ', 2' : keyed ? ', 1' : ''
  return `['${method}', '${path.replace('/openapi/', '')}'${write}]`
}

function operationType(name: string, { zh, en, data, origin }: Operation): string {
  const by = origin === 'ours' ? ' genjin 补充 / added by genjin.' : ''
  return `  /** ${zh} / ${en}.${by} */\n  ${name}: { params: ${paramsName(name)}; data: ${typeText(data as Schema, 'response', '  ')} }`
}

/** Shapes that hold all of another one, which they extend. */
const BASES = new Map<TSchema, TSchema>([[followWrite.WholeFollowRecord, follow.FollowRecord]])

function declaration(name: string, schema: TSchema, side: Side): string {
  const base = BASES.get(schema)
  const { properties = {} } = schema as Schema
  const isPaged = side === 'request' && Object.keys(paging).every((key) => key in properties)
  const inherited = base ? [NAMES[side].get(base)] : isPaged ? ['Paging'] : []
  const known = (base as Schema | undefined)?.properties ?? (isPaged ? paging : {})
  const own = Object.fromEntries(Object.entries(properties).filter(([key]) => !(key in known)))
  if (Object.keys(properties).length === 0) return `export type ${name} = Record<string, never>`
  const head = [name, ...inherited.map((other) => `extends ${other}`)].join(' ')
  return `export interface ${head} ${objectText({ ...(schema as Schema), properties: own }, side, '')}`
}

function typeText(schema: Schema, side: Side, indent: string): string {
  const name = NAMES[side].get(schema as TSchema)
  if (name !== undefined) return name
  const { anyOf, type, items, properties } = schema
  if (anyOf) return `${typeText(anyOf[0] as Schema, side, indent)} | null`
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ')
  if (type === 'array') return `${bracketed(typeText(items as Schema, side, indent))}[]`
  if (type === 'integer') return isLong(schema) ? (side === 'request' ? 'IdLike' : 'Id') : 'number'
  if (type === 'object' && !properties) return 'Record<string, unknown>'
  if (type === 'object') {
    const page = Object.keys(properties ?? {}).join() === 'total,records'
    if (page) return `Page<${typeText(properties?.records?.items as Schema, side, indent)}>`
    return objectText(schema, side, indent)
  }
  return type ?? 'unknown'
}

function bracketed(text: string): string {
  return text.includes('|') && !text.startsWith('{') ? `(${text})` : text
}

function objectText(schema: Schema, side: Side, indent: string): string {
  const inner = `${indent}  `
  const fields = Object.entries(schema.properties ?? {}).map(([key, field]) => {
    const optional = schema.required?.includes(key) ? '' : '?'
    const count = COUNTS.includes(key) && field.type === 'integer'
    return `${comment(field, inner)}${inner}${key}${optional}: ${count ? 'number' : typeText(field, side, inner)}`
  })
  return fields.length > 0 ? `{\n${fields.join('\n')}\n${indent}}` : '{}'
}

function comment(field: Schema, indent: string): string {
  const { description: zh, 'x-description-en': en } = field.anyOf?.[0] ?? field
  return zh === undefined ? '' : `${indent}/** ${zh} / ${en} */\n`
}

/** Keys of responses that hold 64-bit integers which count nothing, maps of custom fields apart. */
function idKeys(): string[] {
  const keys = new Set<string>()
  const visit = (schema: Schema, key: string): void => {
    const inside = schema.anyOf?.[0] ?? schema.items
    if (inside) visit(inside, key)
    if (isLong(schema) && !COUNTS.includes(key)) keys.add(key)
    for (const [name, field] of Object.entries(schema.properties ?? {})) visit(field, name)
  }
  // followCreate returns a bare ID, which stands under no key of its own.
  for (const [, { data }] of ENTRIES) visit(data as Schema, COUNTS[0] as string)
  return [...keys].sort()
}

/** Keys of responses whose schema is a list that cannot be null. */
function listKeys(): string[] {
  const keys = new Set<string>()
  const visit = (schema: Schema): void => {
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      if (field.type === 'array') keys.add(name)
      visit(field)
    }
    const inside = schema.anyOf?.[0] ?? schema.items
    if (inside) visit(inside)
  }
  for (const [, { data }] of ENTRIES) visit(data as Schema)
  return [...keys].sort()
}

/** `id_list` is not among them: the platform documents it as a list of strings. */
function longKeys(): string[] {
  const platform = ENTRIES.filter(([, { origin }]) => origin === 'platform')
  const fields = platform.flatMap(([, operation]) =>
    Object.entries((paramsOf(operation) as Schema).properties ?? {}),
  )
  const long = fields.filter(([key, field]) => key !== 'id_list' && isLong(field.items ?? field))
  return [...new Set(long.map(([key]) => key))].sort()
}

function isLong(schema: Schema): boolean {
  return schema.type === 'integer' && schema.format === 'int64' && schema['x-unit'] === undefined
}

function list(keys: readonly string[]): string {
  return `[\n${keys.map((key) => `  '${key}',\n`).join('')}]`
}
