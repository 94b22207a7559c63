/** The `data` of a list, as JSON text: records are stored as text and are not parsed on their way out. */
export interface Page {
  readonly json: string
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

export const emptyPage: Page = pageText(0, [])
