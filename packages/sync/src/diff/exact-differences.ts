import { isRawNumber, type RawNumber } from 'genjin-client'

/** Something that differs between two responses. */
export interface Difference {
  readonly kind: DifferenceKind
  /** Its place: `records[3].target.contact_id`; empty for the response as a whole. */
  readonly path: string
  /** What each side has there, as parseExact read it; undefined where it has nothing. */
  readonly a: unknown
  readonly b: unknown
}

export const KINDS = {
  answer: '响应不是约定的格式 / response not in the format of this API',
  status: 'HTTP 状态码不同 / HTTP status',
  refused: '一边拒绝 / refused by one side',
  token: '凭证问题的错误码不同 / code of a token problem',
  total: '总数不同 / total',
  count: '条数不同 / number of entries',
  ids: '记录不同 / different records',
  order: '顺序不同 / order',
  key: '缺少键 / missing key',
  type: '类型不同 / type',
  number: '数字的写法不同 / digits of a number',
  value: '值不同 / value',
} as const
export type DifferenceKind = keyof typeof KINDS

/**
 * Where two values differ, in every digit of their numbers and in their types. The order of keys does not count.
 *
 * @param a what parseExact read
 * @param path the values' place
 */
export function* differencesOf(a: unknown, b: unknown, path: string): Generator<Difference> {
  const type = typeOf(a)
  if (type !== typeOf(b)) yield { kind: 'type', path, a, b }
  else if (type === 'array') yield* ofLists(a as unknown[], b as unknown[], path)
  else if (type === 'object') yield* ofObjects(a as object, b as object, path)
  else if (type === 'number') yield* ofNumbers(a as number, b as number, path)
  else if (a !== b) yield { kind: 'value', path, a, b }
}

export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  return isRawNumber(value) ? 'number' : typeof value
}

/** A number as it was written. */
export function numberText(value: number | RawNumber): string {
  return isRawNumber(value) ? value.rawJSON : String(value)
}

function* ofNumbers(a: number | RawNumber, b: number | RawNumber, path: string): Generator<Difference> {
  const [textA, textB] = [numberText(a), numberText(b)]
  if (textA === textB) return
  // `number`: one was rounded, or written in another way, as 1 and 1.0.
  yield { kind: Number(textA) === Number(textB) ? 'number' : 'value', path, a, b }
}

function* ofLists(a: readonly unknown[], b: readonly unknown[], path: string): Generator<Difference> {
  if (a.length !== b.length) {
    yield { kind: 'count', path, a, b }
    return
  }
  for (const [index, entry] of a.entries()) yield* differencesOf(entry, b[index], `${path}[${index}]`)
}

function* ofObjects(a: object, b: object, path: string): Generator<Difference> {
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const below = pathOf(path, key)
    const [valueA, valueB] = [own(a, key), own(b, key)]
    if (valueA === undefined || valueB === undefined) yield { kind: 'key', path: below, a: valueA, b: valueB }
    else yield* differencesOf(valueA, valueB, below)
  }
}

function own(record: object, key: string): unknown {
  return Object.hasOwn(record, key) ? (record as Record<string, unknown>)[key] : undefined
}

function pathOf(path: string, key: string): string {
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}
