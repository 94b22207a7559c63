import { StoreError } from './errors.ts'

export interface BudgetLimits {
  /** Bytes of all companies, and of one, that may be held at once. */
  readonly most: number
  readonly mostOfCorp: number
}

/**
 * The bytes of requests or answers that a process holds, for each company and in all: a company that holds its share makes
 * itself wait, and all companies together stay within the memory there is. What is larger than a share is counted apart:
 * one at a time, whosever it is.
 */
export class ByteBudget {
  readonly #limits: BudgetLimits
  readonly #ofCorp = new Map<number, number>()
  #held = 0
  #large = 0

  constructor(limits: BudgetLimits) {
    this.#limits = limits
  }

  /** Throws StoreError `crowded` unless so many more bytes may be held. */
  requireRoom(corp: number, bytes = 0): void {
    const { most, mostOfCorp } = this.#limits
    const own = this.#ofCorp.get(corp) ?? 0
    // A company that holds nothing may always begin: others cannot take all there is.
    const fits = this.#isLarge(bytes)
      ? this.#large === 0
      : own === 0 || (this.#held + bytes < most && own + bytes < mostOfCorp)
    if (!fits) throw new StoreError('crowded', 'too many bytes are held')
  }

  /** Holds bytes; the result lets them go, once. */
  hold(corp: number, bytes: number): () => void {
    this.#add(corp, bytes)
    let held = true
    return () => {
      if (held) this.#add(corp, -bytes)
      held = false
    }
  }

  #isLarge(bytes: number): boolean {
    return Math.abs(bytes) >= this.#limits.mostOfCorp
  }

  #add(corp: number, bytes: number): void {
    if (this.#isLarge(bytes)) {
      this.#large += bytes
      return
    }
    this.#held += bytes
    const own = (this.#ofCorp.get(corp) ?? 0) + bytes
    if (own === 0) this.#ofCorp.delete(corp)
    else this.#ofCorp.set(corp, own)
  }
}
