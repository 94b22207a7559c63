import type { Page } from './operations.ts'

/** Requests one page. */
export type FetchPage<R> = (index: number, signal: AbortSignal | undefined) => Promise<Page<R>>

export interface ListingShape {
  /** The first page, from 1. */
  readonly start: number
  /** Records per page, 1 to 100. */
  readonly size: number
  /** Concurrent requests for pages. */
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
}

/**
 * All records of a list: `for await (const record of listing)`. Pages are requested as they are needed, `concurrency` at a
 * time, so memory does not grow with the list. Each loop starts at the first page. A record that moves to the next page
 * because others are added meanwhile is returned once, unless several pages are added while one is read. When records are
 * deleted meanwhile, others can be missed; `follow.changes` misses none.
 */
export class Listing<R> implements AsyncIterable<R> {
  readonly #fetchPage: FetchPage<R>
  readonly #shape: ListingShape

  constructor(fetchPage: FetchPage<R>, shape: ListingShape) {
    this.#fetchPage = fetchPage
    this.#shape = shape
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    for await (const { records } of this.pages()) {
      // yield* would create two more promises for each record.
      for (const record of records) yield record
    }
  }

  /** One page, by default the first. For `total` alone, use page_size 1. */
  page(index: number = this.#shape.start): Promise<Page<R>> {
    return this.#fetchPage(index, this.#shape.signal)
  }

  /** All pages, each with `total`, the number of matching records when that page was read. */
  async *pages(): AsyncGenerator<Page<R>, void, undefined> {
    const { start, size, concurrency, signal } = this.#shape
    const ahead = new AbortController()
    const stop = () => ahead.abort(signal?.reason)
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
    const withoutRepeats = repeatFilter(concurrency + 2)
    const waiting: Promise<Page<R>>[] = []
    let next = start
    let most = size
    const request = () => {
      const page = this.#fetchPage(next++, ahead.signal)
      // Handled where the page is awaited, which may be later.
      page.catch(() => {})
      waiting.push(page)
    }
    try {
      request()
      for (let page = waiting.shift(); page; page = waiting.shift()) {
        const { total, records } = await page
        // A first page shorter than requested shows the server's largest page size.
        if (
          next === start + 1 &&
          records.length > 0 &&
          records.length < Math.min(size, total - (start - 1) * size)
        ) {
          most = records.length
        }
        const last = Math.ceil(total / most)
        while (waiting.length < concurrency && next <= last) request()
        yield { total, records: withoutRepeats(records) }
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      ahead.abort()
    }
  }
}

/** What leaves out of a page the records that were on the last few. */
function repeatFilter(mostPages: number) {
  const pages: Set<unknown>[] = []
  return <R>(records: R[]): R[] => {
    const fresh = records.filter((record) => !pages.some((ids) => ids.has(idOf(record))))
    pages.push(new Set(fresh.map(idOf)))
    if (pages.length > mostPages) pages.shift()
    return fresh
  }
}

function idOf(record: unknown): unknown {
  const { id, follow_id, userId, key } = record as Record<string, unknown>
  return id ?? follow_id ?? userId ?? key
}
