import type { Role } from 'genjin-contract'

/** Who is asking, and in which company. */
export type Session = RemoteSession | CommandSession

/** Presented with each request. */
export type RemoteSession = AppSession | PersonSession

interface OfCorp {
  readonly corp: number
  readonly timeZone: string
}

/** A command that holds the database itself. */
export interface CommandSession extends OfCorp {
  readonly kind: 'command'
}

interface Remembered extends OfCorp {
  /** The company's revision in which it was good. */
  readonly revision: string
  /** When it began, ms since 1970. */
  readonly beganAt: number
  /** When it ends by itself, ms since 1970. */
  readonly expiresAt: number
  /** When its use had been noted last, when it was read, ms since 1970. */
  readonly notedAt: number
}

/** A program, by its token. */
export interface AppSession extends Remembered {
  readonly kind: 'app'
  readonly appid: string
  readonly isReadOnly: boolean
  readonly token: string
  /** Number of the token: an app's tokens are counted from 1. */
  readonly tokenIssue: number
}

/** A staff member who has signed in. */
export interface PersonSession extends Remembered {
  readonly kind: 'person'
  /** SHA-256 of what the cookie holds. */
  readonly id: string
  readonly userId: string
  readonly role: Role
  /** The departments that a manager leads. */
  readonly departmentIds: readonly bigint[]
}

/** Who gave an idempotency key: an appid, or a colon and a user_id. */
export function keyOwnerOf(session: RemoteSession): string {
  return session.kind === 'app' ? session.appid : `:${session.userId}`
}
