/**
 * A small seeded random source (sfc32): the same seed and stream give the same numbers on every machine. Each table
 * has a stream of its own, so that more follow-ups do not rename the staff.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number, stream: number) {
    this.#a = seed | 0
    this.#b = Math.floor(seed / 2 ** 32) | 0
    this.#c = stream | 0
    for (let round = 0; round < 15; round++) this.uint32()
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** 0 (included) to 1 (excluded). */
  fraction(): number {
    return this.uint32() / 2 ** 32
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit)
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /**
   * A whole number from 0 to `limit` - 1 with the low ones in front: part of the draws are even, part fall off as a
   * square. Multiplication only: Math.pow may differ in its last bit from one engine to the next.
   */
  skewed(limit: number, evenShare: number): number {
    const position = this.fraction()
    return Math.floor((this.chance(evenShare) ? position : position * position) * limit)
  }

  /** `length` characters out of `alphabet`. */
  text(alphabet: string, length: number): string {
    // Joined, not added up: a sum of characters is kept as a tree of 1 kB until somebody reads it.
    return Array.from({ length }, () => alphabet[this.below(alphabet.length)]).join('')
  }

  /** 8 hexadecimal digits. */
  hex(): string {
    return this.uint32().toString(16).padStart(8, '0')
  }
}
