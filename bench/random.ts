/** A small seeded source of numbers (mulberry32): the same seed asks the same questions on every machine. */
export type Draw = (limit: number) => number

/** @returns a function that draws a whole number from 0 to `limit` - 1 */
export function drawFrom(seed: number): Draw {
  let state = seed | 0
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

/** Puts a list into a random order, in its place. */
export function shuffle<T>(list: T[], draw: Draw): T[] {
  for (let left = list.length; left > 1; left--) {
    const at = draw(left)
    const kept = list[left - 1] as T
    list[left - 1] = list[at] as T
    list[at] = kept
  }
  return list
}
