import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { type ClientOptions, GenjinClient } from 'genjin-client'

/** A client that records the paths it requests, with a given fetch or with node:http. */
export function clientOf(
  side: {
    readonly url: string
    readonly credentials: { readonly appid: string; readonly app_secret: string }
  },
  options: Partial<ClientOptions> = {},
) {
  const asked: string[] = []
  const note = (address: string) => asked.push(new URL(address).pathname.slice('/openapi/'.length))
  const { fetch: given } = options
  if (!given) {
    const host = new URL(side.url).host
    subscribe('http.client.request.start', (message) => {
      const { request } = message as { request: ClientRequest }
      if (request.host && request.getHeader('host') === host) note(side.url + request.path)
    })
  }
  const noting: typeof fetch = (address, init) => {
    note(String(address))
    return (given as typeof fetch)(address, init)
  }
  const { appid, app_secret: appSecret } = side.credentials
  const client = new GenjinClient({
    baseUrl: side.url,
    appid,
    appSecret,
    ...options,
    ...(given && { fetch: noting }),
  })
  return { client, asked, tokens: () => asked.filter((path) => path === 'access_token').length }
}
