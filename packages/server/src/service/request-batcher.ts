import { yieldToEventLoop } from '../event-loop.ts'

/** Most that are answered together. */
const MOST = 64

interface Waiting<Ask, Answer> {
  readonly ask: Ask
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Waits as long as more come with every turn of the event loop: those who were answered together ask again together. */
async function all(waiting: readonly unknown[]): Promise<void> {
  for (let before = 0; before < waiting.length && waiting.length < MOST; ) {
    before = waiting.length
    await yieldToEventLoop()
  }
}

/** What came of one of those that were answered together. */
export type Outcome<Answer> = { readonly answer: Answer } | { readonly error: unknown }

/** Answers those together who wait: `take` hands them over, the same ones each time. Outcomes in their order. */
export type Together<Ask, Answer> = (take: () => readonly Ask[]) => Promise<readonly Outcome<Answer>[]>

/**
 * Answers together what is asked for one company at about the same time: whoever comes while others are being answered waits
 * for the next turn. One alone waits for nobody.
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
      await all(waiting)
      let taken: readonly Waiting<Ask, Answer>[] | undefined
      const take = () => {
        taken ??= waiting.splice(0, MOST)
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
