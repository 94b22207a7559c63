import { type Difference, differencesOf, numberText, typeOf } from './exact-differences.ts'

/** A page of a list as parseExact read it. */
export type Page = Readonly<Record<string, unknown>> & { readonly records: readonly unknown[] }

export function isPage(data: unknown): data is Page {
  return typeOf(data) === 'object' && Array.isArray((data as Record<string, unknown>).records)
}

/** Where two pages differ: the total, which records in which order, and the content of those that both have. */
export function* differencesOfPages(a: Page, b: Page): Generator<Difference> {
  const { records: recordsA, ...restA } = a
  const { records: recordsB, ...restB } = b
  for (const found of differencesOf(restA, restB, '')) {
    yield found.path === 'total' && found.kind === 'value' ? { ...found, kind: 'total' } : found
  }
  const [idsA, idsB] = [recordsA.map(idOf), recordsB.map(idOf)]
  if (idsA.length !== idsB.length) {
    yield { kind: 'count', path: 'records', a: idsA.length, b: idsB.length }
  }
  // Ids that were rounded are compared in their places: reported as rounded, along with other differences of their records.
  const pairs = isSameButForRounding(idsA, idsB) ? idsA.map((_, index) => index) : places(idsA, idsB)
  yield* ofSequence(idsA, idsB, pairs)
  for (const [index, place] of pairs.entries()) {
    if (place < 0) continue
    yield* differencesOf(recordsA[index], recordsB[place], `records[${index}]`)
  }
}

/** The id of a record as text, whatever its type. */
export function idOf(record: unknown): string {
  const { id, follow_id, userId } = (record ?? {}) as Record<string, unknown>
  const value = id ?? follow_id ?? userId
  return typeOf(value) === 'number' ? numberText(value as number) : String(value)
}

function isSameButForRounding(a: readonly string[], b: readonly string[]): boolean {
  const near = (id: string, index: number) => id === b[index] || isRounded(id, b[index] as string)
  return a.length === b.length && a.every(near)
}

function isRounded(a: string, b: string): boolean {
  const isLong = /^\d{16,}$/
  return isLong.test(a) && isLong.test(b) && Number(a) === Number(b)
}

/** For each id of `a` its place in `b`, or -1. An id that occurs several times is matched as often. */
function places(a: readonly string[], b: readonly string[]): number[] {
  const free = new Map<string, number[]>()
  for (const [place, id] of b.entries()) free.set(id, [...(free.get(id) ?? []), place])
  return a.map((id) => free.get(id)?.shift() ?? -1)
}

function* ofSequence(
  a: readonly string[],
  b: readonly string[],
  pairs: readonly number[],
): Generator<Difference> {
  const found = new Set(pairs)
  const onlyA = a.filter((_, index) => (pairs[index] as number) < 0)
  const onlyB = b.filter((_, place) => !found.has(place))
  if (onlyA.length > 0 || onlyB.length > 0) yield { kind: 'ids', path: 'records', a: onlyA, b: onlyB }
  const common = pairs.filter((place) => place >= 0)
  if (common.some((place, index) => index > 0 && place < (common[index - 1] as number))) {
    yield { kind: 'order', path: 'records', a, b }
  }
}
