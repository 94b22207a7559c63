import { nodeSend } from './node-send.ts'

export interface HttpRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  /** HTTP status; that of a redirect too, which is not followed: the query holds the token, and goes nowhere else. */
  readonly status: number
  readonly text: string
  readonly header: (name: string) => string | null
}

/** Sends one request and takes its whole answer. Throws when none came, and when the signal is aborted. */
export type Send = (url: string, request: HttpRequest) => Promise<HttpAnswer>

/** With the fetch that was given; else with what is best where this runs. */
export function sendBy(given: typeof fetch | undefined): Send {
  // The global one is looked up each time: programs put another in its place.
  return (given && fetchSend(given)) ?? nodeSend() ?? fetchSend((...args) => fetch(...args))
}

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
