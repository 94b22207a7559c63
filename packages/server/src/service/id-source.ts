import type { Random } from './context.ts'

/**
 * Mints follow ids: milliseconds since 2024 × 4096 + a counter that starts at a random number each millisecond. They
 * grow with time, stay below 2^53 until 2093 (C6), and need no counter shared by all writers. Two processes can mint
 * the same id: the primary key refuses it, and the caller tries the next.
 */
export function createIdSource(now: () => number, random: Random): () => bigint {
  let last = 0
  let count = 0
  return () => {
    const ms = Math.max(now() - EPOCH_MS, last)
    if (ms > last) {
      last = ms
      count = random(2).readUInt16BE() % (PER_MS / 2)
    } else if (++count === PER_MS) {
      last++
      count = 0
    }
    return BigInt(last * PER_MS + count)
  }
}

const EPOCH_MS = Date.UTC(2024, 0, 1)
const PER_MS = 4096
