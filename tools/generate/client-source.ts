import type { TSchema } from 'typebox'
import { FollowChanges, FollowReconcile } from '../../packages/contract/src/change-feed.ts'
import { CustomFieldOption, CustomFieldRecord } from '../../packages/contract/src/dictionary.ts'
import {
  AccessToken,
  DepartmentRecord,
  DepartmentWritten,
  DirectoryCounts,
  SavedCounts,
  StaffRecord,
  StaffWritten,
} from '../../packages/contract/src/directory.ts'
import { ERRORS } from '../../packages/contract/src/errors.ts'
import {
  Attachment,
  CustomerFollowRecord,
  FollowCreateBody,
  FollowRecord,
  FollowTypeRecord,
  OpportunityFollowRecord,
  paging,
  SystemFollowRecord,
  Target,
} from '../../packages/contract/src/follow.ts'
import {
  FollowBatchResult,
  FollowGetData,
  FollowVersion,
  WholeFollowRecord,
} from '../../packages/contract/src/follow-write.ts'
import { OPERATIONS, type Operation } from '../../packages/contract/src/operations.ts'
import { ENGLISH } from '../docs/english.ts'
import type { Schema } from '../docs/schema.ts'

/** Shapes that have a name of their own in the client, of answers and of requests. */
const NAMES = new Map<TSchema, string>([
  [Target, 'Target'],
  [Attachment, 'Attachment'],
  [FollowRecord, 'FollowRecord'],
  [SystemFollowRecord, 'SystemFollowRecord'],
  [WholeFollowRecord, 'WholeFollowRecord'],
  [CustomerFollowRecord, 'CustomerFollowRecord'],
  [OpportunityFollowRecord, 'OpportunityFollowRecord'],
  [FollowTypeRecord, 'FollowTypeRecord'],
  [CustomFieldOption, 'CustomFieldOption'],
  [CustomFieldRecord, 'CustomFieldRecord'],
  [StaffRecord, 'StaffRecord'],
  [DepartmentRecord, 'DepartmentRecord'],
  [AccessToken, 'AccessToken'],
  [FollowGetData, 'FollowGetData'],
  [FollowChanges, 'FollowChangesPage'],
  [FollowReconcile, 'FollowReconcileData'],
  [FollowBatchResult, 'FollowBatchResult'],
  [FollowVersion, 'FollowVersion'],
  [SavedCounts, 'SavedCounts'],
  [DirectoryCounts, 'DirectoryCounts'],
])
const REQUEST_NAMES = new Map<TSchema, string>([
  [FollowCreateBody, 'FollowCreateParams'],
  [StaffWritten, 'StaffWritten'],
  [DepartmentWritten, 'DepartmentWritten'],
])

/** 64-bit integers that count something; all others are ids, which the client gives as strings. */
const COUNTS = ['total', 'count', 'seq']

/** The client's own text of the contract: packages/client/src/operations.ts, which `npm run client` writes. */
export function clientSource(): string {
  const named = [...NAMES].map(([schema, name]) => declaration(name, schema, false))
  const written = [...REQUEST_NAMES].map(([schema, name]) => declaration(name, schema, true))
  const operations = Object.entries(OPERATIONS) as [string, Operation][]
  const params = operations
    .filter(([name]) => !REQUEST_NAMES_SET.has(paramsName(name)))
    .map(([name, operation]) => declaration(paramsName(name), paramsOf(operation), true))
  return `// Written from the contract by \`npm run client\`: do not edit.

/** A 64-bit integer as the client gives it: its digits, exact. */
export type Id = string

/** A 64-bit integer as the client takes it. */
export type IdLike = string | number | bigint

/** Which page of a list. */
export interface Paging ${objectText({ properties: paging } as Schema, true, '')}

/** A page of records, and how many there are in all. */
export interface Page<R> {
  total: number
  records: R[]
}

${[...named, ...written, ...params].join('\n\n')}

/** What each operation takes and answers (the \`data\` of the envelope). */
export interface Operations {
${operations.map(([name, operation]) => operationType(name, operation)).join('\n')}
}

export type OperationName = keyof Operations

/** Name → method, path below /openapi/ and, for what writes, 1. */
export const OPERATIONS: Readonly<Record<OperationName, readonly ['GET' | 'POST', string, 1?]>> = {
${operations.map(([name, operation]) => `  ${name}: ${rowOf(operation)},`).join('\n')}
}

/** Every \`code\` that genjin answers when it refuses, by name. */
export const ERROR_CODES = {
${Object.entries(ERRORS)
  .map(([name, { code, zh, en }]) => `  /** ${zh} / ${en} */\n  ${name}: ${code},`)
  .join('\n')}
} as const

/** Keys of answers that are ids. */
export const ID_KEYS: readonly string[] = ${list(idKeys())}

/** Keys of requests that the platform documents as long, or as lists of them: sent as bare numbers. */
export const LONG_KEYS: readonly string[] = ${list(longKeys())}
`
}

const REQUEST_NAMES_SET = new Set(REQUEST_NAMES.values())

function paramsName(operation: string): string {
  return `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Params`
}

function paramsOf({ body, query }: Operation): TSchema {
  return body ?? query ?? ({ type: 'object', properties: {} } as unknown as TSchema)
}

function rowOf({ method, path, keyed }: Operation): string {
  return `['${method}', '${path.replace('/openapi/', '')}'${keyed ? ', 1' : ''}]`
}

function operationType(name: string, { zh, en, data, origin }: Operation): string {
  const by = origin === 'ours' ? ' genjin 的补充 / added by genjin.' : ''
  return `  /** ${zh} / ${en}.${by} */\n  ${name}: { params: ${paramsName(name)}; data: ${typeText(data, false, '  ')} }`
}

/** Of answers: a shape that holds all of another one, and what it is called. */
const BASES = new Map<TSchema, TSchema>([[WholeFollowRecord, FollowRecord]])

function declaration(name: string, schema: TSchema, request: boolean): string {
  const base = BASES.get(schema)
  const { properties = {} } = schema as Schema
  const isPaged = request && Object.keys(paging).every((key) => key in properties)
  const inherited = base ? [NAMES.get(base)] : isPaged ? ['Paging'] : []
  const known = (base as Schema | undefined)?.properties ?? (isPaged ? paging : {})
  const own = Object.fromEntries(Object.entries(properties).filter(([key]) => !(key in known)))
  const head = [name, ...inherited.map((other) => `extends ${other}`)].join(' ')
  return `export interface ${head} ${objectText({ ...(schema as Schema), properties: own }, request, '')}`
}

function typeText(schema: TSchema | Schema, request: boolean, indent: string): string {
  const name = (request ? REQUEST_NAMES : NAMES).get(schema as TSchema)
  if (name !== undefined) return name
  const { anyOf, type, items, properties } = schema as Schema
  const values = (schema as Schema).enum
  if (anyOf) return `${typeText(anyOf[0] as Schema, request, indent)} | null`
  if (values) return values.map((value) => JSON.stringify(value).replaceAll('"', "'")).join(' | ')
  if (type === 'array') return `${bracketed(typeText(items as Schema, request, indent))}[]`
  if (type === 'integer') return isLong(schema as Schema) ? (request ? 'IdLike' : 'Id') : 'number'
  if (type === 'object' && !properties) return 'Record<string, unknown>'
  if (type === 'object') {
    const page = Object.keys(properties ?? {}).join() === 'total,records'
    if (page) return `Page<${typeText(properties?.records?.items as Schema, request, indent)}>`
    return objectText(schema as Schema, request, indent)
  }
  return type ?? 'unknown'
}

function bracketed(text: string): string {
  return text.includes('|') && !text.startsWith('{') ? `(${text})` : text
}

function objectText(schema: Schema, request: boolean, indent: string): string {
  const inner = `${indent}  `
  const fields = Object.entries(schema.properties ?? {}).map(([key, field]) => {
    const optional = request && !schema.required?.includes(key) ? '?' : ''
    const count = COUNTS.includes(key) && field.type === 'integer'
    return `${comment(field, inner)}${inner}${key}${optional}: ${count ? 'number' : typeText(field, request, inner)}`
  })
  return fields.length > 0 ? `{\n${fields.join('\n')}\n${indent}}` : '{}'
}

function comment(field: Schema, indent: string): string {
  const text = (field.anyOf?.[0] ?? field).description ?? field.description
  if (text === undefined) return ''
  const english = ENGLISH[text]
  if (english === undefined) throw new Error(`docs-english.ts has no English of: ${text}`)
  return `${indent}/** ${text} / ${english} */\n`
}

/** Keys of answers under which 64-bit integers stand that count nothing, outside maps of custom fields. */
function idKeys(): string[] {
  const keys = new Set<string>()
  const visit = (schema: Schema, key: string): void => {
    const inside = schema.anyOf?.[0] ?? schema.items
    if (inside) visit(inside, key)
    if (isLong(schema) && !COUNTS.includes(key)) keys.add(key)
    for (const [name, field] of Object.entries(schema.properties ?? {})) visit(field, name)
  }
  for (const { data } of Object.values(OPERATIONS) as Operation[]) visit(data as Schema, COUNTS[0] as string)
  return [...keys].sort()
}

/** `id_list` is not among them: it is documented as a list of strings. */
function longKeys(): string[] {
  const platform = (Object.values(OPERATIONS) as Operation[]).filter(({ origin }) => origin === 'platform')
  const fields = platform.flatMap((operation) =>
    Object.entries((paramsOf(operation) as Schema).properties ?? {}),
  )
  const long = fields.filter(([key, field]) => key !== 'id_list' && isLong(field.items ?? field))
  return [...new Set(long.map(([key]) => key))].sort()
}

function isLong(schema: Schema & { 'x-unit'?: string }): boolean {
  return schema.type === 'integer' && schema.format === 'int64' && schema['x-unit'] === undefined
}

function list(keys: readonly string[]): string {
  return `[\n${keys.map((key) => `  '${key}',\n`).join('')}]`
}
