import type { Static, TOptional, TSchema } from 'typebox'
import { Type } from './type.ts'

/**
 * The building blocks of the contract's schemas. A schema states what a field means in both languages, how it is read
 * (C7: null, "" and [] mean "not given") and what it may hold. The server reads requests by it; OpenAPI, the client's
 * types and the API reference are generated from it.
 */

/** A description in both languages. */
export type Words = Readonly<Record<'zh' | 'en', string>>

/** JSON Schema keywords, and the description. */
type Options = (Words | { readonly zh?: never; readonly en?: never }) & Readonly<Record<string, unknown>>

/** The keywords with the description as schemas carry it: Chinese in `description`, English in `x-description-en`. */
export function described({ zh, en, ...keywords }: Options) {
  return zh === undefined ? keywords : { ...keywords, description: zh, 'x-description-en': en }
}

/** 64-bit integer, exact (C6): sent as a bare JSON number, accepted as number or string. In code a bigint. */
export function Int64(options: Options = {}) {
  return Type.Unsafe<bigint>({ type: 'integer', format: 'int64', ...described(options) })
}

/** 32-bit integer, in code a number. */
export function Int32(options: Options = {}) {
  return Type.Unsafe<number>({ type: 'integer', format: 'int32', ...described(options) })
}

/** Milliseconds since 1970, up to the end of the year 9999. In code a number. */
export function Milliseconds(options: Options = {}) {
  return Type.Unsafe<number>({
    type: 'integer',
    format: 'int64',
    minimum: 0,
    maximum: 253402300799999,
    'x-unit': 'ms',
    ...described(options),
  })
}

/** 1973-01-01. Times in seconds, taken for milliseconds, lie before it until the year 4970. */
const EARLIEST_MS = 94694400000

/** Milliseconds of a request, not before 1973 (N2). In code a number. */
export function GivenMilliseconds(options: Options = {}) {
  return Milliseconds({ ...options, minimum: EARLIEST_MS })
}

/** The same, or 0, as programs write a time that there is not. */
export function GivenMillisecondsOrZero(options: Options = {}) {
  return Milliseconds({ ...options, 'x-earliest': EARLIEST_MS })
}

/** Seconds since 1970, up to the end of the year 9999. In code a number. */
export function Seconds(options: Options = {}) {
  return Type.Unsafe<number>({
    type: 'integer',
    format: 'int64',
    minimum: 0,
    maximum: 253402300799,
    'x-unit': 's',
    ...described(options),
  })
}

/** One of a few 32-bit integers. */
export function IntEnum<const V extends readonly number[]>(values: V, options: Options = {}) {
  return Type.Unsafe<V[number]>({
    type: 'integer',
    format: 'int32',
    enum: [...values],
    ...described(options),
  })
}

/** One of a few strings. */
export function StringEnum<const V extends readonly string[]>(values: V, options: Options = {}) {
  return Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...described(options) })
}

/** Text. `maxLength` counts characters: Unicode code points, as JSON Schema does (C8). */
export function Text(options: Options = {}) {
  return Type.Unsafe<string>({ type: 'string', ...described(options) })
}

/** Longest ID and longest name, in characters. */
export const ID_LENGTH = 256

/** An ID or a name, as requests and bundles carry it. */
export function IdText(options: Options = {}) {
  return Text({ maxLength: ID_LENGTH, ...options })
}

/** A short text that is not an ID or a name. */
export function Note(options: Options = {}) {
  return Text({ maxLength: 4096, ...options })
}

export function Bool(options: Options = {}) {
  return Type.Unsafe<boolean>({ type: 'boolean', ...described(options) })
}

/** A calendar day, `yyyy-MM-dd`, in the corp's time zone (C9, L4). */
export function Day(options: Options = {}) {
  return Type.Unsafe<string>({ type: 'string', format: 'date', ...described(options) })
}

/** A list of a request: at most 1,000 entries unless `maxItems` says otherwise (C8). */
export function List<T extends TSchema>(items: T, options: Options = {}) {
  return Type.Unsafe<Static<T>[]>({ type: 'array', items, maxItems: 1000, ...described(options) })
}

/** Custom field values: any JSON value under any key. */
export function AnyMap(options: Options = {}) {
  return Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    ...described(options),
  })
}

/** Properties that may be left out. */
export function optional<P extends Readonly<Record<string, TSchema>>>(properties: P) {
  const entries = Object.entries(properties).map(([key, schema]) => [key, Type.Optional(schema)])
  return Object.fromEntries(entries) as { [Key in keyof P]: TOptional<P[Key]> }
}

/** An object of which every property may be left out. */
export function PartialObject<P extends Readonly<Record<string, TSchema>>>(properties: P) {
  return Type.Object(optional(properties))
}

/** `T` or null, for responses (L13: every key is always present). */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** Which page of a list, in requests. */
export const paging = optional({
  current_index: Int32({
    minimum: 1,
    maximum: 2147483647,
    default: 1,
    zh: '页码，从 1 起',
    en: 'page number, from 1',
  }),
  page_size: Int32({ minimum: 1, maximum: 100, default: 20, zh: '每页条数', en: 'records per page' }),
})

/** The input of lists that take nothing but a page. */
export const PagingInput = Type.Object(paging)
