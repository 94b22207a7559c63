import type { RateLimit } from './parts.ts'

/** Keys remembered at most; beyond that the oldest windows go first, so that made-up keys cannot fill the memory. */
const KEYS = 10_000

/** At most `most` calls for each key in any window of `windowMs`. */
export function createRateLimit(most: number, windowMs: number, now: () => number): RateLimit {
  const windows = new Map<string, { start: number; count: number }>()
  return {
    take(key) {
      const at = now()
      let window = windows.get(key)
      if (!window || at - window.start >= windowMs) {
        windows.delete(key)
        const oldest = windows.size >= KEYS ? windows.keys().next().value : undefined
        if (oldest !== undefined) windows.delete(oldest)
        window = { start: at, count: 0 }
        windows.set(key, window)
      }
      if (window.count >= most) return Math.ceil((window.start + windowMs - at) / 1000)
      window.count++
      return 0
    },
  }
}
