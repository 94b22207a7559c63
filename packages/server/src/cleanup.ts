/**
 * What was opened, let go of in reverse order: AsyncDisposableStack as far as it is needed here, because Node 22, on which
 * the published package runs, has none.
 */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = []

  defer(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** What was opened is kept: disposing this does nothing any more, disposing the answer does it all. */
  move(): Cleanup {
    const kept = new Cleanup()
    kept.#steps = this.#steps
    this.#steps = []
    return kept
  }

  /** Does every step, also after one that failed; throws the first error. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = []
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}
