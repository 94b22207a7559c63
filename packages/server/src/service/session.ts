/** Who is asking: an app of a company. */
export interface Session {
  readonly corp: number
  readonly appid: string
  readonly timeZone: string
}

/** An app with a token, and what the token was checked against. */
export interface TokenSession extends Session {
  readonly token: string
  /** Number of the token: an app's tokens are counted from 1. */
  readonly tokenIssue: number
  /** The company's revision in which the token was good. */
  readonly revision: string
  /** When the token expires, ms since 1970. */
  readonly expiresAt: number
}
