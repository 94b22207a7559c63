export interface HttpRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
}

export interface HttpResponse {
  /**
   * HTTP status. Redirects are not followed, because the query holds the token: their status is returned (0 in a browser).
   */
  readonly status: number
  readonly text: string
  readonly header: (name: string) => string | null
}

/** Sends one request and reads the whole response. Throws when there is none, and when the signal is aborted. */
export type Send = (url: string, request: HttpRequest) => Promise<HttpResponse>
