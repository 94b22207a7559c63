import type { Store } from '../store/port.ts'
import type { Keys } from './keys.ts'

/** `bytes` random bytes. */
export type Random = (bytes: number) => Buffer

/** What services are made of: built by hand in core.ts, passed as arguments, so that tests can set clock and chance. */
export interface Parts {
  readonly store: Store
  readonly keys: Keys
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: Random
  readonly mintId: () => bigint
  /** Token calls with a wrong secret, by appid. */
  readonly wrongCalls: RateLimit
}

export interface RateLimit {
  /** Counts a call; answers how many seconds to wait, 0 when it is allowed. */
  take(key: string): number
}

/** Who is asking: an app of a company, known by its token. */
export interface Session {
  readonly corp: number
  readonly appid: string
  readonly timeZone: string
}
