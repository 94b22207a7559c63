import type { CallWindow } from '../store/corp.ts'
import type { RateLimit } from './context.ts'

/** At most so many calls in any window of this length. */
export interface CallLimit {
  readonly most: number
  readonly windowMs: number
}

/** One call more: the window as it is then, or how many seconds to wait when that would be too many. */
export function countCall(
  window: CallWindow | undefined,
  { most, windowMs }: CallLimit,
  now: number,
): { window: CallWindow } | { waitSeconds: number } {
  // Also when it lies ahead: the clock of the machine that began it was wrong, or this one's is.
  if (!window || Math.abs(now - window.startedAt) >= windowMs) return { window: { startedAt: now, calls: 1 } }
  if (window.calls >= most) return { waitSeconds: Math.ceil((window.startedAt + windowMs - now) / 1000) }
  return { window: { ...window, calls: window.calls + 1 } }
}

/** Keys remembered at most; beyond that the oldest windows go first, so that made-up keys cannot fill the memory. */
const KEYS = 10_000

/** A limit for each key, counted in the memory of this process. */
export function createRateLimit(limit: CallLimit, now: () => number): RateLimit {
  const windows = new Map<string, CallWindow>()
  return {
    take(key) {
      const before = windows.get(key)
      const counted = countCall(before, limit, now())
      if ('waitSeconds' in counted) return counted.waitSeconds
      if (counted.window.calls === 1) {
        windows.delete(key)
        const oldest = windows.size >= KEYS ? windows.keys().next().value : undefined
        if (oldest !== undefined) windows.delete(oldest)
      }
      windows.set(key, counted.window)
      return 0
    },
  }
}
