import type { Page } from './operations.ts'

/** One request for a page. */
export type AskPage<R> = (index: number, signal: AbortSignal | undefined) => Promise<Page<R>>

export interface ListingShape {
  /** The page to begin with, from 1. */
  readonly start: number
  /** Records on a page, 1 to 100. */
  readonly size: number
  /** How many requests for pages are under way at once. */
  readonly concurrency: number
  readonly signal: AbortSignal | undefined
}

/**
 * All records of a list: `for await (const record of listing)`. Pages are asked for as they are needed, `concurrency` of them
 * at once, so memory does not grow with the list. Each loop begins anew. A record that moves to the next page because others
 * are added meanwhile is given once (unless several pages are added while one is read); when records are deleted meanwhile,
 * others can be missed: `follow.changes` misses none.
 */
export class Listing<R> implements AsyncIterable<R> {
  readonly #ask: AskPage<R>
  readonly #shape: ListingShape

  constructor(ask: AskPage<R>, shape: ListingShape) {
    this.#ask = ask
    this.#shape = shape
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<R, void, undefined> {
    for await (const { records } of this.pages()) {
      // Not yield*: in a loop that waits it would make two more promises for each record.
      for (const record of records) yield record
    }
  }

  /** One page, the first one by default: for its `total` alone, list with page_size 1. */
  page(index: number = this.#shape.start): Promise<Page<R>> {
    return this.#ask(index, this.#shape.signal)
  }

  /** The same page by page, each with `total`: how many match in all, as it was counted for that page. */
  async *pages(): AsyncGenerator<Page<R>, void, undefined> {
    const { start, size, concurrency, signal } = this.#shape
    const ahead = new AbortController()
    const stop = () => ahead.abort(signal?.reason)
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
    const given = new Recent(concurrency + 2)
    const waiting: Promise<Page<R>>[] = []
    let next = start
    let most = size
    const request = () => {
      const page = this.#ask(next++, ahead.signal)
      // Whoever waits for it is told.
      page.catch(() => {})
      waiting.push(page)
    }
    try {
      request()
      for (let page = waiting.shift(); page; page = waiting.shift()) {
        const { total, records } = await page
        // A server that gives fewer than it was asked for has pages of that size.
        if (
          next === start + 1 &&
          records.length > 0 &&
          records.length < Math.min(size, total - (start - 1) * size)
        ) {
          most = records.length
        }
        const last = Math.ceil(total / most)
        while (waiting.length < concurrency && next <= last) request()
        yield { total, records: given.withoutThese(records) }
      }
    } finally {
      signal?.removeEventListener('abort', stop)
      ahead.abort()
    }
  }
}

/** Ids of the pages given last. */
class Recent {
  readonly #pages: Set<unknown>[] = []
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  withoutThese<R>(records: R[]): R[] {
    const fresh = records.filter((record) => !this.#pages.some((ids) => ids.has(idOf(record))))
    this.#pages.push(new Set(fresh.map(idOf)))
    if (this.#pages.length > this.#most) this.#pages.shift()
    return fresh
  }
}

function idOf(record: unknown): unknown {
  const { id, follow_id, userId, key } = record as Record<string, unknown>
  return id ?? follow_id ?? userId ?? key
}
