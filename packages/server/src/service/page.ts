import type { PageBounds } from '../store/follow/list-cache.ts'
import type { JsonText } from './json-text.ts'

/** A page of a list. Records are stored as JSON text and are not parsed on their way out. */
export class RecordPage<T> {
  /** How many records match, on all pages. */
  readonly total: number
  /** The text of each record, or the UTF-8 bytes of all of them with commas in between. */
  readonly records: readonly JsonText<T>[] | Uint8Array

  constructor(total: number, records: readonly JsonText<T>[] | Uint8Array) {
    this.total = total
    this.records = records
  }
}

/** The rows that a page covers (L3). The schema has filled in the defaults. */
export function pageBounds(body: { current_index?: number; page_size?: number }): PageBounds {
  const limit = body.page_size ?? 20
  return { limit, offset: ((body.current_index ?? 1) - 1) * limit }
}
