/**
 * The `data` of a list, as JSON text, or as its UTF-8 bytes: records are stored as text and are not parsed on their way out.
 */
export interface Page {
  readonly json: string | Uint8Array
}

export interface PageBounds {
  readonly limit: number
  readonly offset: number
}

/** The rows that a page covers (L3). The schema has filled the defaults in. */
export function pageBounds(body: { current_index?: number; page_size?: number }): PageBounds {
  const limit = body.page_size ?? 20
  return { limit, offset: ((body.current_index ?? 1) - 1) * limit }
}

export function pageText(total: number, records: readonly string[]): Page {
  return { json: `{"total":${total},"records":[${records.join(',')}]}` }
}

/** The same of records that are joined already, as the engine hands them over. */
export function joinedPage(total: number, records: string | Uint8Array): Page {
  const start = `{"total":${total},"records":[`
  // Bytes either way: a text that is sent again and again would be encoded each time.
  if (typeof records === 'string') return { json: Buffer.from(`${start}${records}]}`) }
  return { json: Buffer.concat([Buffer.from(start), records, PAGE_END]) }
}

const PAGE_END = Buffer.from(']}')

export const emptyPage: Page = pageText(0, [])
