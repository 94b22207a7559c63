/** Pseudo-random numbers from a seed (mulberry32), so that a run of `genjin diff` can be repeated. */
export class Random {
  #state: number

  /** @param seed 0 to 4294967295 */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
  }

  /** An integer from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of a list that is not empty. */
  pick<const T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** 1 to `most` different entries of a list, in random order. */
  some<T>(list: readonly T[], most: number): T[] {
    const places = new Set<number>()
    for (let count = 1 + this.below(most); count > 0 && list.length > 0; count--) {
      places.add(this.below(list.length))
    }
    return [...places].map((place) => list[place] as T)
  }
}
