import type { FollowChangesPage } from './operations.ts'
import { sleep } from './retry.ts'

export interface FeedShape {
  /** How long to wait at the end of the feed before it is read again; undefined ends the loop there. */
  readonly pollMs: number | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * The changes of all follow-ups in commit order, page by page: `for await (const { records, cursor } of feed)`. Store
 * `cursor` in the transaction that applies the records (for pages without records too), and pass it to resume from there. A
 * second loop over the same feed continues after the last page whose loop body has ended.
 */
export class ChangeFeed implements AsyncIterable<FollowChangesPage> {
  readonly #fetchPage: (cursor: string | undefined) => Promise<FollowChangesPage>
  readonly #shape: FeedShape
  #cursor: string | undefined

  constructor(
    fetchPage: (cursor: string | undefined) => Promise<FollowChangesPage>,
    cursor: string | undefined,
    shape: FeedShape,
  ) {
    this.#fetchPage = fetchPage
    this.#cursor = cursor
    this.#shape = shape
  }

  /** The cursor of the last page whose loop body has ended; before that the one that was passed in. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FollowChangesPage, void, undefined> {
    const { pollMs, signal } = this.#shape
    for (;;) {
      const page = await this.#fetchPage(this.#cursor)
      yield page
      // Reached when the next page is requested: this page has been processed. A loop that breaks never gets here.
      this.#cursor = page.cursor
      if (page.has_more) continue
      if (pollMs === undefined) return
      await sleep(pollMs, signal)
    }
  }
}
