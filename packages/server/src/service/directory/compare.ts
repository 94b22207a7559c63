import type { DataOf } from 'genjin-contract'

/** What a batch did. */
export type Counts = DataOf<'staffSave'>

/** The rows of `given` that are not stored like this, and how many are new, different, the same. */
export function compare<Row, Key>(
  given: readonly Row[],
  stored: readonly Row[],
  key: (row: Row) => Key,
  isSame: (one: Row, other: Row) => boolean,
): { changed: Row[]; counts: Counts; byKey: ReadonlyMap<Key, Row> } {
  const byKey = new Map(stored.map((row) => [key(row), row]))
  const changed: Row[] = []
  let added = 0
  for (const row of given) {
    const before = byKey.get(key(row))
    if (before === undefined) added++
    if (before === undefined || !isSame(row, before)) changed.push(row)
  }
  const counts = { added, updated: changed.length - added, unchanged: given.length - changed.length }
  return { changed, counts, byKey }
}
