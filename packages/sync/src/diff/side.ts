import { AsyncLocalStorage } from 'node:async_hooks'
import { AnswerError, ApiError, GenjinClient, GenjinError, toJson } from 'genjin-client'
import { SyncError } from '../error.ts'
import type { Credentials } from '../source.ts'
import { envelopeOf, isTokenRefusal, type RawAnswer } from './compare.ts'
import { type DiffRequest, operationOf, queryOf, UNKNOWN_TOKEN } from './request.ts'

/** Temporary failures are waited for. 500 is not one of them: an internal error is a response to compare like others. */
const RETRY = { attempts: 8, maxMs: 30_000, statuses: [408, 429, 502, 503, 504] }

/** At the start a server that cannot be reached is reported soon: the address is wrong more often than the server restarts. */
const GREETINGS = 3

/** What the client is given in place of responses that are none of its business. */
const TAKEN = '{"code":0,"msg":"","data":null,"sub_code":""}'

/** One request in flight. */
interface Asked {
  readonly request: DiffRequest
  answer: RawAnswer | undefined
}

/**
 * One of the two servers. The client gets tokens, waits and retries; requests and responses are exchanged at its `fetch`,
 * because the client normalizes what it sends and receives, and here every character counts.
 */
export class Side {
  readonly name: 'a' | 'b'
  readonly url: string
  readonly #credentials: Credentials
  readonly #client: GenjinClient
  readonly #asked = new AsyncLocalStorage<Asked>()
  readonly #secrets: Set<string>

  /** Throws when the URL cannot be used. */
  constructor(name: 'a' | 'b', url: string, credentials: Credentials, signal: AbortSignal) {
    this.name = name
    this.url = url
    this.#credentials = credentials
    this.#secrets = new Set([credentials.app_secret])
    const { appid, app_secret: appSecret } = credentials
    const fetch = (...args: Parameters<typeof globalThis.fetch>) => this.#fetch(...args)
    this.#client = new GenjinClient({ baseUrl: url, appid, appSecret, signal, retry: RETRY, fetch })
  }

  /** Throws when the server cannot be reached, or does not know the app. */
  async greet(): Promise<void> {
    try {
      await this.#client.call('accessToken', this.#credentials, { retry: { attempts: GREETINGS } })
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** The response, whatever it is. Throws when there is none. */
  async ask(request: DiffRequest): Promise<RawAnswer> {
    const asked: Asked = { request, answer: undefined }
    const { operation } = request
    const params = operation === 'accessToken' ? this.#credentials : {}
    try {
      await this.#asked.run(asked, () => this.#client.call(operation, params as Credentials))
    } catch (error) {
      // Refusing a token, and the next one too, is this server's response.
      const refused = asked.answer && envelopeOf(asked.answer)
      if (!(error instanceof ApiError && refused && isTokenRefusal(refused))) throw this.#failure(error)
    }
    return asked.answer as RawAnswer
  }

  /** The text without secrets. */
  redact(text: string): string {
    return [...this.#secrets].reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  }

  async #fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const asked = this.#asked.getStore()
    const url = new URL(String(input))
    const isToken = url.pathname.endsWith('/openapi/access_token')
    const own = asked && isToken === (asked.request.operation === 'accessToken') ? asked : undefined
    const response = own
      ? await fetch(addressed(url, own.request), { ...init, ...bodyOf(own.request) })
      : await fetch(url, init)
    const { status, headers } = response
    const text = await response.text()
    if (isToken) this.#noteToken(text)
    if (!own) return new Response(text, { status, headers })
    own.answer = { status, text }
    return isForClient(own.request, own.answer)
      ? new Response(text, { status, headers })
      : new Response(TAKEN)
  }

  #noteToken(text: string): void {
    const { data } = envelopeOf({ status: 200, text }) ?? {}
    const token = (data as { access_token?: unknown } | null)?.access_token
    if (typeof token === 'string' && token !== '') this.#secrets.add(token)
  }

  /** Puts the side in front of what went wrong. */
  #failure(error: unknown): unknown {
    if (!(error instanceof GenjinError)) return error
    const kind = error instanceof ApiError || error instanceof AnswerError ? 'refused' : 'unavailable'
    return new SyncError(kind, this.redact(`--${this.name} ${this.url}: ${error.message}`), error)
  }
}

/** The client's address with the request's query, and without or with another token where the request wants that. */
function addressed(url: URL, request: DiffRequest): URL {
  if (request.operation === 'accessToken') return url
  if (operationOf(request).method === 'GET') {
    for (const [key, value] of queryOf(request.params)) url.searchParams.set(key, value)
  }
  if (request.token === 'none') url.searchParams.delete('access_token')
  if (request.token === 'unknown') url.searchParams.set('access_token', UNKNOWN_TOKEN)
  return url
}

function bodyOf(request: DiffRequest): { body?: string } {
  return operationOf(request).method === 'POST' ? { body: toJson(request.params) } : {}
}

/** Whether the client has to act on a response: get a token, or wait and retry. */
function isForClient({ token }: DiffRequest, answer: RawAnswer): boolean {
  if (RETRY.statuses.includes(answer.status)) return true
  const envelope = envelopeOf(answer)
  if (!envelope) return false
  if (isTokenRefusal(envelope)) return token === undefined
  return envelope.code === 42900 || envelope.sub_code === 'A0501' || envelope.code === 50300
}
