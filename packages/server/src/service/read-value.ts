import { characterCount, isDay, isLongerThan, isRawNumber } from 'genjin-record'
import type { TSchema } from 'typebox'
import { paramError, ServiceError } from '../errors.ts'
import { MAX_ENTRIES } from '../json.ts'
import { shorten as shortened } from './message-text.ts'

/**
 * Reads a value by its schema as leniently as the platform's own server does (C7): a number where text is wanted, a
 * numeric string where an integer is wanted, unknown fields ignored. Everything else is refused with a ServiceError
 * that names the field, the problem and what is allowed.
 */
export type Reader = (value: unknown, path: string) => unknown

export interface ReaderOptions {
  /**
   * Requests: null, "" and [] mean "not given" (C7). Bundles: null does, and "" where no text is wanted; other "" and [] are
   * values to keep.
   */
  readonly emptyIsAbsent: boolean
}

interface Schema {
  type?: string
  format?: string
  enum?: unknown[]
  minimum?: number
  maximum?: number
  'x-unit'?: 'ms' | 's'
  /** Of a time: but for 0, none lies before it. */
  'x-earliest'?: number
  maxLength?: number
  maxItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  default?: unknown
  description?: string
  'x-read'?: 'rows'
}

const INT32_MIN = -2147483648n
const INT32_MAX = 2147483647n
const INT64_MIN = -9223372036854775808n
const INT64_MAX = 9223372036854775807n
const MAX_SAFE = Number.MAX_SAFE_INTEGER

/** Compiles the reader of an object schema, once for all requests. */
export function readerOf<T>(schema: TSchema & { static?: T }, options: ReaderOptions): (value: unknown) => T {
  const read = compile(schema as Schema, options)
  return (value) => read(value, '') as T
}

function compile(schema: Schema, options: ReaderOptions): Reader {
  switch (schema.type) {
    case 'integer':
      return integerReader(schema)
    case 'string':
      return schema.format === 'date' ? dayReader : textReader(schema)
    case 'boolean':
      return booleanReader
    case 'array':
      return listReader(schema, options)
    case 'object':
      return schema.properties ? objectReader(schema, options) : mapReader
    default:
      throw new Error(`no reader for schema type ${schema.type}`)
  }
}

function objectReader(schema: Schema, options: ReaderOptions): Reader {
  const required = new Set(schema.required ?? [])
  const fields = Object.entries(schema.properties ?? {}).map(([key, field]) => ({
    key,
    read: compile(field, options),
    isText: field.type === 'string',
    required: required.has(key),
    fallback: field.default,
    label: field.description ? `${key}（${field.description.split(/[，：；。]/)[0]}）` : key,
  }))
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawNumber(value)) {
      throw path ? wrongType(path, '对象', value) : notObject(value)
    }
    const source = value as Record<string, unknown>
    const out: Record<string, unknown> = {}
    for (const field of fields) {
      const given = source[field.key]
      const at = path ? `${path}.${field.key}` : field.key
      if (isAbsent(given, options) || (given === '' && !field.isText)) {
        if (field.required)
          throw new ServiceError('paramMissing', `缺少必填参数 ${path ? at : field.label}`, { field: at })
        if (field.fallback !== undefined) out[field.key] = field.fallback
      } else {
        out[field.key] = field.read(given, at)
      }
    }
    return out
  }
}

/** Whether a value is "not given" (C7). */
export function isAbsent(value: unknown, options: ReaderOptions): boolean {
  if (value === undefined || value === null) return true
  return options.emptyIsAbsent && (value === '' || (Array.isArray(value) && value.length === 0))
}

function mapReader(value: unknown, path: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isRawNumber(value)) {
    throw wrongType(path, '对象（键值对）', value)
  }
  return value
}

function listReader(schema: Schema, options: ReaderOptions): Reader {
  // The operation reads the rows itself and returns a result for each.
  const byRow = schema['x-read'] === 'rows'
  const readEntry = byRow ? (entry: unknown) => entry : compile(schema.items as Schema, options)
  const most = schema.maxItems ?? MAX_ENTRIES
  return (value, path) => {
    if (!Array.isArray(value)) throw wrongType(path, '数组', value)
    if (value.length > most) {
      throw paramError('paramRange', path, ` 有 ${value.length} 项，最多 ${most} 项：请减少，或分多次请求`)
    }
    return value.map((entry, index) => {
      // An entry that is "not given" would silently widen a filter to everything: refuse it instead.
      if (!byRow && isAbsent(entry, options)) {
        throw paramError('paramInvalid', `${path}[${index}]`, ' 为空：请去掉空项')
      }
      return readEntry(entry, `${path}[${index}]`)
    })
  }
}

function textReader(schema: Schema): Reader {
  return (value, path) => {
    const text = textOf(value)
    if (text === undefined) throw wrongType(path, '字符串', value)
    if (schema.maxLength !== undefined && isLongerThan(text, schema.maxLength)) {
      throw paramError('paramRange', path, ` 长 ${characterCount(text)} 个字符，最多 ${schema.maxLength} 个`)
    }
    if (schema.enum && !schema.enum.includes(text)) throw notAllowed(path, schema.enum, value)
    return text
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  return isRawNumber(value) ? value.rawJSON : undefined
}

function booleanReader(value: unknown, path: string): unknown {
  if (typeof value !== 'boolean') throw wrongType(path, ' true 或 false', value)
  return value
}

function integerReader(schema: Schema): Reader {
  const [low, high] = integerRange(schema)
  const asNumber = high <= BigInt(MAX_SAFE)
  return (value, path) => {
    const integer = integerOf(value)
    if (integer === undefined) throw wrongType(path, '整数', value)
    if (schema.enum) {
      if (!schema.enum.includes(Number(integer))) throw notAllowed(path, schema.enum, value)
    } else {
      const otherUnit = otherUnitOf(schema, integer)
      if (otherUnit) throw paramError('paramRange', path, `${otherUnit}，收到 ${integer}`)
      if (integer >= low && integer <= high) return asNumber ? Number(integer) : integer
      throw paramError('paramRange', path, ` 超出范围：允许 ${low} 到 ${high}，收到 ${shorten(value)}`)
    }
    return asNumber ? Number(integer) : integer
  }
}

/** What is wrong with a time that can only be of the other unit (N2). */
function otherUnitOf(
  { minimum, maximum, 'x-unit': unit, 'x-earliest': earliest = minimum }: Schema,
  given: bigint,
): string | undefined {
  if (unit === 'ms' && earliest && given > 0 && given < earliest) {
    return ' 像是以秒为单位：须为毫秒时间戳（1973 年以后），秒请乘以 1000'
  }
  if (unit === 's' && maximum && given > maximum) return ' 像是以毫秒为单位：须为秒级时间戳，毫秒请除以 1000'
  return undefined
}

/** The range of an integer schema. One that fits a double is read as number, a wider one as bigint. */
function integerRange(schema: Schema): [bigint, bigint] {
  const [low, high] = schema.format === 'int32' ? [INT32_MIN, INT32_MAX] : [INT64_MIN, INT64_MAX]
  return [
    schema.minimum === undefined ? low : BigInt(schema.minimum),
    schema.maximum === undefined ? high : BigInt(schema.maximum),
  ]
}

/** The integer that a JSON value stands for: 5, "5", " 5 ", 5.0, 1e3, an exact long; undefined for anything else. */
function integerOf(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  const text = typeof value === 'string' ? value.trim() : isRawNumber(value) ? value.rawJSON : undefined
  if (text === undefined) return undefined
  // Longer than any int64: still an integer, out of range.
  if (/^-?\d{1,40}(?:\.0+)?$/.test(text)) return BigInt(text.split('.')[0] as string)
  if (isRawNumber(value) && Number.isSafeInteger(Number(text))) return BigInt(Number(text))
  return undefined
}

function dayReader(value: unknown, path: string): unknown {
  if (typeof value !== 'string' || !isDay(value)) {
    throw paramError(
      'paramInvalid',
      path,
      ` 不是有效的日期：格式为 yyyy-MM-dd 且日期须存在，收到 ${shorten(value)}`,
    )
  }
  return value
}

function wrongType(path: string, wanted: string, value: unknown): ServiceError {
  return paramError('paramInvalid', path, ` 类型不正确：需要${wanted}，收到 ${shorten(value)}`)
}

/** The body as a whole: no field is to blame. */
function notObject(value: unknown): ServiceError {
  return new ServiceError('paramInvalid', `参数 请求体 类型不正确：需要对象，收到 ${shorten(value)}`)
}

function notAllowed(path: string, allowed: unknown[], value: unknown): ServiceError {
  return new ServiceError(
    'paramRange',
    `参数 ${path} 超出范围：允许 ${allowed.join('、')}，收到 ${shorten(value)}`,
    { field: path },
  )
}

/** A value as shown in a message: short, on one line. */
function shorten(value: unknown): string {
  if (isRawNumber(value)) return shortened(value.rawJSON)
  if (Array.isArray(value)) return '数组'
  if (typeof value === 'object' && value !== null) return '对象'
  return shortened(JSON.stringify(value) ?? '空')
}
