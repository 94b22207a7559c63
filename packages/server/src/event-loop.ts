import { setImmediate } from 'node:timers/promises'

/**
 * Lets everything that waits for the event loop run: input, timers, other requests. Long work calls it every few
 * milliseconds. What groups requests calls it once first, to see who else asks in the same turn: SQLite finishes a write
 * before Node reads the next request, so without it no two writes would ever share a commit (docs/decisions/010).
 */
export function yieldToEventLoop(): Promise<void> {
  return setImmediate()
}
