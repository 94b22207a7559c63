import { ServiceError } from '../errors.ts'
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

/** Throws on a clock before 2024, which ids and times of records cannot be made of. */
export function requireClock(now: number): void {
  if (now >= EPOCH_MS) return
  const shown = new Date(now).toISOString()
  throw new ServiceError(
    'notReady',
    `服务器的时钟是 ${shown}，早于 2024 年：请校准时钟（如启用 NTP）/ the server's clock says ${shown}, before 2024: set it right, for example by NTP`,
  )
}

const EPOCH_MS = Date.UTC(2024, 0, 1)
const PER_MS = 4096
