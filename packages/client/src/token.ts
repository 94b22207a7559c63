import type { AccessToken } from './operations.ts'

/** A token is fetched anew this long before it expires. */
const BEFORE_MS = 300_000

/** A token that seems to have expired as it came (clocks differ) is used this long, until it is refused. */
const LEAST_MS = 60_000

/** The token of one app: fetched once for any number of callers. */
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
    // While it is still good, nobody waits for the next one.
    if (token && now < token.expiresAt) return token.text
    return this.#pending
  }

  /** The server refused this token: the next caller fetches another, unless one has done so already. */
  refuse(text: string): void {
    if (this.#token?.text === text) this.#token = undefined
  }

  async #renew(): Promise<string> {
    try {
      return this.#take(await this.#fetch())
    } catch (error) {
      // A token that is still good is better than none.
      const token = this.#token
      if (!token || this.#now() >= token.expiresAt) throw error
      token.refreshAt = Math.min(token.expiresAt, this.#now() + LEAST_MS / 2)
      return token.text
    }
  }

  #take({ access_token: text, create_at, expires_in }: AccessToken): string {
    const now = this.#now()
    const left = Math.min((create_at + expires_in) * 1000 - now, expires_in * 1000)
    // Asked before it expires, a server may give the same token again: then there is nothing newer to be had until then.
    const early = text === this.#last || left <= BEFORE_MS ? 0 : BEFORE_MS
    const expiresAt = now + Math.max(left, LEAST_MS)
    this.#token = { text, refreshAt: expiresAt - early, expiresAt }
    this.#last = text
    return text
  }
}
