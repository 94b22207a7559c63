import { nodeSend } from './node-send.ts'

export interface HttpRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  /**
   * HTTP status; that of a redirect too (0 in a browser), which is not followed: the query holds the token, and goes nowhere
   * else.
   */
  readonly status: number
  readonly text: string
  readonly header: (name: string) => string | null
}

/** Sends one request and takes its whole answer. Throws when none came, and when the signal is aborted. */
export type Send = (url: string, request: HttpRequest) => Promise<HttpAnswer>

/** With the fetch that was given; else with what is best where this runs, or the fetch that was put in place of the global one. */
export function sendBy(given: typeof fetch | undefined): Send {
  if (given) return fetchSend(given)
  const byFetch = fetchSend((...args) => fetch(...args))
  const byNode = nodeSend() ?? byFetch
  return (url, request) => (globalThis.fetch === FETCH ? byNode : byFetch)(url, request)
}

const FETCH = globalThis.fetch

function fetchSend(fetchWith: typeof fetch): Send {
  return async (url, { method, headers, body, signal }) => {
    const init: RequestInit = { method, headers, signal, redirect: 'manual' }
    if (body !== undefined) init.body = body
    const response = await fetchWith(url, init)
    return {
      status: response.status,
      text: await response.text(),
      header: (name) => response.headers.get(name),
    }
  }
}
