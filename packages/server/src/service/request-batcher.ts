import { yieldToEventLoop } from '../event-loop.ts'

/** Requests of a batch at most. */
const MAX_BATCH = 64

interface Waiting<Ask, Answer> {
  readonly ask: Ask
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Waits while every turn of the event loop brings more: clients whose responses left together tend to ask together. */
async function waitForMore(waiting: readonly unknown[]): Promise<void> {
  for (let before = 0; before < waiting.length && waiting.length < MAX_BATCH; ) {
    before = waiting.length
    await yieldToEventLoop()
  }
}

/** The result of one request of a batch. */
export type Outcome<Answer> = { readonly answer: Answer } | { readonly error: unknown }

/** Answers a batch. `take` closes it and returns its requests, the same ones each time; outcomes are in their order. */
export type Together<Ask, Answer> = (take: () => readonly Ask[]) => Promise<readonly Outcome<Answer>[]>

/**
 * Answers requests for one company in batches: those that arrive while a batch is being answered form the next one. A single
 * request does not wait. GroupCommit works below it: it gives writers of different kinds one commit.
 */
export class RequestBatcher<Ask, Answer> {
  readonly #waiting = new Map<number, Waiting<Ask, Answer>[]>()

  ask(corp: number, ask: Ask, together: Together<Ask, Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(corp)
      if (waiting) {
        waiting.push({ ask, resolve, reject })
        return
      }
      const first = [{ ask, resolve, reject }]
      this.#waiting.set(corp, first)
      this.#answer(corp, first, together)
    })
  }

  async #answer(
    corp: number,
    waiting: Waiting<Ask, Answer>[],
    together: Together<Ask, Answer>,
  ): Promise<void> {
    while (waiting.length > 0) {
      await waitForMore(waiting)
      let taken: readonly Waiting<Ask, Answer>[] | undefined
      const take = () => {
        taken ??= waiting.splice(0, MAX_BATCH)
        return taken
      }
      try {
        const outcomes = await together(() => take().map(({ ask }) => ask))
        for (const [at, { resolve, reject }] of take().entries()) {
          const outcome = outcomes[at] as Outcome<Answer>
          if ('answer' in outcome) resolve(outcome.answer)
          else reject(outcome.error)
        }
      } catch (error) {
        for (const { reject } of take()) reject(error)
      }
    }
    this.#waiting.delete(corp)
  }
}
