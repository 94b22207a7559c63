import type { AccessToken } from './operations.ts'

/** A token is renewed this long before it expires. */
const RENEW_BEFORE_MS = 300_000

/** A token that seems expired when it arrives (clocks differ) is used this long, or until it is refused. */
const LEAST_MS = 60_000

/** The token of one app, fetched once for all concurrent callers. */
export class TokenKeeper {
  readonly #fetch: () => Promise<AccessToken>
  readonly #now: () => number
  #token: { readonly text: string; refreshAt: number; readonly expiresAt: number } | undefined
  #last: string | undefined
  #pending: Promise<string> | undefined

  constructor(fetch: () => Promise<AccessToken>, now: () => number) {
    this.#fetch = fetch
    this.#now = now
  }

  async get(): Promise<string> {
    const token = this.#token
    const now = this.#now()
    if (token && now < token.refreshAt) return token.text
    this.#pending ??= this.#renew().finally(() => {
      this.#pending = undefined
    })
    // While the token is valid, nobody waits for its renewal.
    if (token && now < token.expiresAt) return token.text
    return this.#pending
  }

  /** The server refused this token: the next caller fetches another, unless that has happened already. */
  refuse(text: string): void {
    if (this.#token?.text === text) this.#token = undefined
  }

  async #renew(): Promise<string> {
    try {
      return this.#take(await this.#fetch())
    } catch (error) {
      // A failed renewal is no error while the present token is valid.
      const token = this.#token
      if (!token || this.#now() >= token.expiresAt) throw error
      token.refreshAt = Math.min(token.expiresAt, this.#now() + LEAST_MS / 2)
      return token.text
    }
  }

  #take({ access_token: text, create_at, expires_in }: AccessToken): string {
    const now = this.#now()
    const left = Math.min((create_at + expires_in) * 1000 - now, expires_in * 1000)
    // A server may return the same token until it expires: then renewing early is pointless.
    const early = text === this.#last || left <= RENEW_BEFORE_MS ? 0 : RENEW_BEFORE_MS
    const expiresAt = now + Math.max(left, LEAST_MS)
    this.#token = { text, refreshAt: expiresAt - early, expiresAt }
    this.#last = text
    return text
  }
}
