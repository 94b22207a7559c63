import { toJson } from 'genjin-record'

declare const type: unique symbol

/** JSON text of a `T`. Stored records are JSON text already and go out without being parsed. */
export type JsonText<T> = string & { readonly [type]: T }

/** A `T` as it is given: a 64-bit integer may be a number. */
export type Given<T> = T extends bigint
  ? bigint | number
  : T extends object
    ? { readonly [Key in keyof T]: Given<T[Key]> }
    : T

export function jsonText<T>(value: Given<T>): JsonText<T> {
  return toJson(value) as JsonText<T>
}

/** An object put together from the texts of its values. */
export function objectText<T extends object>(
  fields: {
    readonly [Key in keyof T]: JsonText<T[Key]>
  },
): JsonText<T> {
  const entries = Object.entries<string>(fields).map(([key, text]) => `"${key}":${text}`)
  return `{${entries.join(',')}}` as JsonText<T>
}

export function listText<T>(entries: readonly JsonText<T>[]): JsonText<T[]> {
  return `[${entries.join(',')}]` as JsonText<T[]>
}
