import type { InputOf, OPERATIONS, OperationName } from 'genjin-contract'
import type { LRUCache } from 'lru-cache'
import type { ByteBudget } from '../byte-budget.ts'
import type { ListCache } from '../store/follow/list-cache.ts'
import type { Store } from '../store/port.ts'
import type { SignInCount } from '../store/sign-in-count.ts'
import type { PasswordHasher } from './auth/password.ts'
import type { SignInSettings } from './auth/settings.ts'
import type { JsonText } from './json-text.ts'
import type { Keys } from './keys.ts'
import type { RateLimit } from './rate-limit.ts'
import type { RequestBatcher } from './request-batcher.ts'
import type { AppSession, PersonSession, RemoteSession, Session } from './session.ts'

/** `bytes` random bytes. */
export type Random = (bytes: number) => Buffer

/** What services are made of, put together in process/compose.ts. Tests set clock and randomness. */
export interface Context {
  readonly store: Store
  readonly keys: Keys
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly random: Random
  readonly mintId: () => bigint
  readonly listCache: ListCache
  /** What is being sent. */
  readonly answers: ByteBudget
  /** Token → who presents it, as far as this process remembers. */
  readonly tokens: LRUCache<string, AppSession>
  /** Hash of a session → who presents it, as far as this process remembers. */
  readonly sessions: LRUCache<string, PersonSession>
  /** Session or appid → when its use was noted last, ms since 1970, as far as this process remembers. */
  readonly noted: LRUCache<string, number>
  readonly passwords: PasswordHasher
  readonly signIn: SignInSettings
  /** Requests of follow/create that share a transaction. */
  readonly creates: RequestBatcher<Call<'followCreate'>, JsonText<bigint>>
  /** Token requests with a wrong secret, by appid. */
  readonly wrongCalls: RateLimit
  /** Sign-ins to companies that do not exist, by company and who. */
  readonly unknownSignIns: LRUCache<string, SignInCount>
  /** Changes of a person's own password, by company and person. */
  readonly passwordChanges: RateLimit
  /** Token requests that the database could not count. */
  readonly unstoredCalls: RateLimit
}

/** A request of one operation, read by the operation's schema. */
export interface Call<Name extends OperationName> {
  readonly operation: Name
  readonly context: Context
  readonly session: SessionOf<(typeof OPERATIONS)[Name]>
  /** The body of a POST, the query of a GET. */
  readonly input: InputOf<Name>
  /** The origin of the page that asks, where it is this server's own: `https://genjin.example.com`. */
  readonly page: string | undefined
  /** The header Idempotency-Key. */
  readonly key: string | undefined
  /** Whether the client has closed its connection: nobody waits for the answer any more. */
  readonly isGone: () => boolean
}

/** Writes are made by who is presented with each request. Reads are also made by commands, which hold the database themselves. */
type SessionOf<Row> = Row extends { auth: false }
  ? undefined
  : Row extends { keyed: true } | { secret: true }
    ? RemoteSession
    : Session
