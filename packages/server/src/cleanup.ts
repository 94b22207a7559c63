/**
 * Closes what was opened, in reverse order: the part of AsyncDisposableStack that is needed here. Node 22, on which the
 * published package runs, has none.
 */
export class Cleanup implements AsyncDisposable {
  #steps: (() => unknown)[] = []

  defer(step: () => unknown): void {
    this.#steps.push(step)
  }

  /** Hands the steps over: disposing this does nothing afterwards, disposing the returned one runs them. */
  move(): Cleanup {
    const kept = new Cleanup()
    kept.#steps = this.#steps
    this.#steps = []
    return kept
  }

  /** Runs every step, even after a failed one; throws the first error. */
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
