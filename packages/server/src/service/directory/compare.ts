import { ServiceError } from '../../errors.ts'
import { shorten } from '../message-text.ts'

/** What a batch did: `SavedCounts` of the contract. */
export interface Counts {
  readonly added: number
  readonly updated: number
  readonly unchanged: number
}

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

/** Throws when an id is given twice: which of the two is meant is not for the server to choose. */
export function refuseRepeated(
  list: string,
  idName: string | undefined,
  ids: readonly (string | bigint)[],
): void {
  const places = new Map<string | bigint, number>()
  for (const [index, id] of ids.entries()) {
    const before = places.get(id)
    if (before !== undefined) {
      const at = (place: number) => `${list}[${place}]${idName === undefined ? '' : `.${idName}`}`
      throw new ServiceError(
        'paramInvalid',
        `参数 ${at(index)} 与 ${at(before)} 重复：${shorten(String(id))}；每个只给一次`,
        { field: at(index) },
      )
    }
    places.set(id, index)
  }
}
