import { type Static, type TSchema, Type } from 'typebox'

/**
 * The building blocks of the contract's schemas. A schema here says what a field means, how it is read (C7: null, ""
 * and [] are "not given") and what it may hold; the server reads requests by it, OpenAPI and the docs are made from it.
 */

/** 64-bit integer: a bare JSON number out, number or string in, never through a double (C6). In code a bigint. */
export function Int64(options: Record<string, unknown> = {}) {
  return Type.Unsafe<bigint>({ type: 'integer', format: 'int64', ...options })
}

/** 32-bit integer, in code a number. */
export function Int32(options: Record<string, unknown> = {}) {
  return Type.Unsafe<number>({ type: 'integer', format: 'int32', ...options })
}

/** A point in time in milliseconds since 1970, in code a number. Range: the years 1970 to 9999. */
export function Milliseconds(options: Record<string, unknown> = {}) {
  return Type.Unsafe<number>({
    type: 'integer',
    format: 'int64',
    minimum: 0,
    maximum: 253402300799999,
    'x-unit': 'ms',
    ...options,
  })
}

/** A point in time in seconds since 1970, in code a number. */
export function Seconds(options: Record<string, unknown> = {}) {
  return Type.Unsafe<number>({
    type: 'integer',
    format: 'int64',
    minimum: 0,
    maximum: 253402300799,
    'x-unit': 's',
    ...options,
  })
}

/** One of a few 32-bit integers. */
export function IntEnum<const V extends readonly number[]>(values: V, options: Record<string, unknown> = {}) {
  return Type.Unsafe<V[number]>({ type: 'integer', format: 'int32', enum: [...values], ...options })
}

/** One of a few strings. */
export function StringEnum<const V extends readonly string[]>(
  values: V,
  options: Record<string, unknown> = {},
) {
  return Type.Unsafe<V[number]>({ type: 'string', enum: [...values], ...options })
}

/** Text. `maxLength` counts UTF-16 units. */
export function Text(options: Record<string, unknown> = {}) {
  return Type.Unsafe<string>({ type: 'string', ...options })
}

/** A calendar day, `yyyy-MM-dd`, in the company's time zone (C9, L4). */
export function Day(options: Record<string, unknown> = {}) {
  return Type.Unsafe<string>({ type: 'string', format: 'date', ...options })
}

/** A list of at most 1,000 entries (C8). */
export function List<T extends TSchema>(items: T, options: Record<string, unknown> = {}) {
  return Type.Unsafe<Static<T>[]>({ type: 'array', items, maxItems: 1000, ...options })
}

/** A map of custom field values: any JSON value under any key. */
export function AnyMap(options: Record<string, unknown> = {}) {
  return Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true, ...options })
}

/** `T` or null, for answers (L13: a key is always there). */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}
