import { LRUCache } from 'lru-cache'
import type { CallWindow } from '../store/app.ts'

/** At most `most` calls in a window of `windowMs`. */
export interface CallLimit {
  readonly most: number
  readonly windowMs: number
}

/** Counts one more call: the new window, or how many seconds to wait when that would be too many. */
export function countCall(
  window: CallWindow | undefined,
  { most, windowMs }: CallLimit,
  now: number,
): { window: CallWindow } | { waitSeconds: number } {
  // A window in the future is discarded as well: one of two servers' clocks is wrong.
  if (!window || Math.abs(now - window.startedAt) >= windowMs) return { window: { startedAt: now, calls: 1 } }
  if (window.calls >= most) return { waitSeconds: Math.ceil((window.startedAt + windowMs - now) / 1000) }
  return { window: { ...window, calls: window.calls + 1 } }
}

export interface RateLimit {
  /** Counts a call and returns how many seconds to wait, 0 when it is allowed. */
  take(key: string): number
}

/** Most keys remembered. Invented keys push out the oldest windows instead of filling the memory. */
const MAX_KEYS = 10_000

/** A limit for each key, counted in the memory of this process. */
export function createRateLimit(limit: CallLimit, now: () => number): RateLimit {
  const windows = new LRUCache<string, CallWindow>({ max: MAX_KEYS })
  return {
    take(key) {
      const counted = countCall(windows.get(key), limit, now())
      if ('waitSeconds' in counted) return counted.waitSeconds
      windows.set(key, counted.window)
      return 0
    },
  }
}
