import type { Columns } from './reference-columns.ts'

/** Where in the columns an id and a target are. */
export class ReferenceIndex {
  readonly #ids: BigInt64Array
  /** Places in the order of the records' ids. */
  #byId: Uint32Array | undefined
  /** Places of target n: `#places` from `#starts[n]` to `#starts[n + 1]`. */
  readonly #places: Uint32Array
  readonly #starts: Uint32Array

  /** @param values how many different values the columns hold */
  constructor({ ids, targets, targetEnds }: Columns, values: number) {
    this.#ids = ids
    const starts = new Uint32Array(values + 1)
    for (const target of targets) starts[target + 1] = (starts[target + 1] as number) + 1
    for (let at = 1; at <= values; at++) starts[at] = (starts[at] as number) + (starts[at - 1] as number)
    const next = starts.slice()
    this.#places = new Uint32Array(targets.length)
    let own = 0
    for (const [place, end] of targetEnds.entries()) {
      for (; own < end; own++) {
        const target = targets[own] as number
        this.#places[next[target] as number] = place
        next[target] = (next[target] as number) + 1
      }
    }
    this.#starts = starts
  }

  /** Targets that occur, by their position, and in how many records. */
  targetCounts(): [position: number, count: number][] {
    const counts: [number, number][] = []
    for (let at = 0; at + 1 < this.#starts.length; at++) {
      const count = (this.#starts[at + 1] as number) - (this.#starts[at] as number)
      if (count > 0) counts.push([at, count])
    }
    return counts
  }

  placesOfTargets(positions: readonly number[]): Uint32Array {
    const places = new Set<number>()
    for (const at of positions) {
      const own = this.#places.subarray(this.#starts[at], this.#starts[at + 1])
      for (const place of own) places.add(place)
    }
    return Uint32Array.from(places).sort()
  }

  placesOfIds(ids: readonly bigint[]): Uint32Array {
    const places = ids.map((id) => this.#placeOf(id)).filter((place) => place !== undefined)
    return Uint32Array.from(new Set(places)).sort()
  }

  #placeOf(id: bigint): number | undefined {
    const order = this.#sortedById()
    let [low, high] = [0, order.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ids[order[middle] as number] as bigint) < id) low = middle + 1
      else high = middle
    }
    const place = order[low]
    return place !== undefined && this.#ids[place] === id ? place : undefined
  }

  #sortedById(): Uint32Array {
    const ids = this.#ids
    this.#byId ??= new Uint32Array(ids.length)
      .map((_, at) => at)
      .sort((a, b) => ((ids[a] as bigint) < (ids[b] as bigint) ? -1 : 1))
    return this.#byId
  }
}
