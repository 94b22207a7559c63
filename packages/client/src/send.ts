import { nodeSend } from './node-send.ts'
import type { Send } from './send-types.ts'

/** Sends with the given fetch; else with the runtime's fastest client, unless the global fetch has been replaced (by a test). */
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
