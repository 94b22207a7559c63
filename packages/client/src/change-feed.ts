import type { FollowChangesPage } from './operations.ts'
import { sleep } from './retry.ts'

export interface FeedShape {
  /** Waits this long for new changes when there are no more, and goes on; without it the loop ends there. */
  readonly pollMs: number | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * The changes of all follow-ups in commit order, page by page: `for await (const { records, cursor } of feed)`. Keep `cursor`
 * in the transaction that applies the records (pages without any too), and hand it in to go on from there. A second loop over
 * the same feed goes on after the last page that was worked through.
 */
export class ChangeFeed implements AsyncIterable<FollowChangesPage> {
  readonly #ask: (cursor: string | undefined) => Promise<FollowChangesPage>
  readonly #shape: FeedShape
  #cursor: string | undefined

  constructor(
    ask: (cursor: string | undefined) => Promise<FollowChangesPage>,
    cursor: string | undefined,
    shape: FeedShape,
  ) {
    this.#ask = ask
    this.#cursor = cursor
    this.#shape = shape
  }

  /** Of the last page that was worked through; before the first the one that was handed in, or undefined. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FollowChangesPage, void, undefined> {
    const { pollMs, signal } = this.#shape
    for (;;) {
      const page = await this.#ask(this.#cursor)
      yield page
      // Asked for the next one: this one is done. A loop that was left has not come so far.
      this.#cursor = page.cursor
      if (page.has_more) continue
      if (pollMs === undefined) return
      await sleep(pollMs, signal)
    }
  }
}
