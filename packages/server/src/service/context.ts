import type { CorpState } from '../store/corp.ts'
import type { Store } from '../store/port.ts'
import type { Cache } from './cache.ts'
import type { Create } from './follow/create.ts'
import type { Keys } from './keys.ts'
import type { RequestBatcher } from './request-batcher.ts'

/** `bytes` random bytes. */
export type Random = (bytes: number) => Buffer

/** What services are made of: built by hand in core.ts, passed as arguments, so that tests can set clock and chance. */
export interface Context {
  readonly store: Store
  readonly keys: Keys
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: Random
  readonly mintId: () => bigint
  readonly cache: Cache
  /** The present state of a company, read now. */
  readonly stateOf: (corp: number) => Promise<CorpState>
  /** Creates that share a transaction. */
  readonly creates: RequestBatcher<Create, string>
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

/** The same with what its token was known by. */
export interface TokenSession extends Session {
  readonly token: string
  /** Number of the token. */
  readonly tokenIssue: number
  /** The company's revision in which the token was good. */
  readonly revision: string
  /** When the token expires, ms since 1970. */
  readonly expiresAt: number
}
