import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { Operation } from 'genjin-contract'
import type { Credentials } from 'genjin-server'
import { noteSecret } from './recording.ts'

/** A response as it came. The envelope is parsed by JSON.parse, which rounds large numbers. */
export interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
  readonly envelope: Envelope
}

export interface Envelope {
  readonly code: number
  readonly msg: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read any response
  readonly data: any
  readonly sub_code: string
  readonly field?: string
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

/** Sends a request exactly as given. Without a response in time it fails with the code TIMEOUT, its socket destroyed. */
export function send(url: string, raw: RawRequest, timeoutMs?: number): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method: raw.method ?? 'GET', path: raw.path, headers: raw.headers ?? {} },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            envelope: text && isJson(response.headers['content-type']) ? JSON.parse(text) : undefined,
          })
        })
      },
    )
    request.on('error', reject)
    if (timeoutMs !== undefined) {
      const late = Object.assign(new Error('no answer'), { code: 'TIMEOUT' })
      const timer = setTimeout(() => request.destroy(late), timeoutMs)
      request.on('close', () => clearTimeout(timer))
    }
    request.end(raw.body)
  })
}

function isJson(type: string | undefined): boolean {
  return type?.startsWith('application/json') ?? false
}

/** Sends bytes over a bare connection; returns what came back before its end. `hangUp` closes it right after sending. */
export function sendBytes(
  url: string,
  message: string,
  { hangUp = false, allowHalfOpen = false } = {},
): Promise<string> {
  const { hostname: host, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), allowHalfOpen })
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', reject)
    for (const event of ['end', 'close']) socket.on(event, () => resolve(text))
    socket.write(message, () => hangUp && socket.destroy())
  })
}

/** The envelope in what `sendBytes` returns. */
export function envelopeIn(response: string): Envelope {
  return JSON.parse(response.slice(response.indexOf('\r\n\r\n')))
}

/** Calls the server as an app of one corp. */
export class TestClient {
  readonly url: string
  readonly credentials: Credentials
  #token: string | undefined

  constructor(url: string, credentials: Credentials) {
    this.url = url
    this.credentials = credentials
    noteSecret(credentials.app_secret)
  }

  askToken(credentials: Partial<Credentials> = this.credentials): Promise<Answer> {
    const query = new URLSearchParams(credentials as Record<string, string>)
    return send(this.url, { path: `/openapi/access_token?${query}` })
  }

  async token(): Promise<string> {
    if (this.#token === undefined) {
      const { envelope, text } = await this.askToken()
      assert.equal(envelope.code, 0, text)
      this.#token = envelope.data.access_token as string
      noteSecret(this.#token)
    }
    return this.#token
  }

  forgetToken(): void {
    this.#token = undefined
  }

  /** POSTs JSON. A string is sent unchanged. */
  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return send(this.url, {
      method: 'POST',
      path: `/openapi/${path}?access_token=${await this.token()}`,
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  /** POSTs, must succeed, returns `data`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any response
  async done(path: string, body: unknown, headers: Record<string, string> = {}): Promise<any> {
    const answer = await this.post(path, body, headers)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.envelope.code, 0, answer.text)
    return answer.envelope.data
  }

  /** POSTs, must be refused (see assertRefused). */
  async refused(path: string, body: unknown, code: number, names?: string | RegExp): Promise<void> {
    assertRefused(await this.post(path, body), code, names)
  }

  async get(path: string, query: Record<string, unknown> = {}): Promise<Answer> {
    const parameters = { access_token: await this.token(), ...query } as Record<string, string>
    return send(this.url, { path: `/openapi/${path}?${new URLSearchParams(parameters)}` })
  }

  /** Calls an operation by its own method. */
  call({ method, path }: Operation, input: Record<string, unknown> = {}): Promise<Answer> {
    const short = path.slice('/openapi/'.length)
    return method === 'GET' ? this.get(short, input) : this.post(short, input)
  }

  /** The `data` of follow/list, which must succeed. */
  list(body: unknown = {}): Promise<{ total: number; records: Record<string, unknown>[] }> {
    return this.done('crm/follow/list', body)
  }

  /** The total and the exact IDs of a page of follow/list, in its order. */
  async ids(body: unknown = {}): Promise<{ total: number; ids: string[] }> {
    const answer = await this.post('crm/follow/list', body)
    assert.equal(answer.envelope.code, 0, answer.text)
    return { total: answer.envelope.data.total, ids: recordIds(answer.text) }
  }
}

/** The exact IDs of the records in a response's text. */
export function recordIds(text: string): string[] {
  return [...text.matchAll(/\{"id":(\d+),"follow_user_id"/g)].map((match) => match[1] as string)
}

/** The sub_code and, where it is not 200, the status of each code: written again, so that no change of a code passes. */
const REFUSALS: Record<number, readonly [subCode: string, status?: number]> = {
  10001: ['A0220'],
  10010: ['A0230'],
  10011: ['A0311'],
  40000: ['A0400'],
  40005: ['A0400'],
  40010: ['A0410'],
  40020: ['A0420'],
  40100: ['A0210'],
  40110: ['A0230'],
  40120: ['A0210'],
  40300: ['A0301'],
  40400: ['A0404', 404],
  40410: ['A0404'],
  40900: ['A0506'],
  40910: ['A0507'],
  40920: ['A0508'],
  40930: ['A0510'],
  41300: ['A0413', 413],
  41500: ['A0415', 415],
  42900: ['A0501'],
  50000: ['B0001', 500],
  50300: ['C0300', 503],
}

/** Codes whose messages name a parameter that is not at fault by itself: tokens may come in a header, a secret is not told from an appid. */
const WITHOUT_FIELD = [10001, 40100]

const NAMED = /^(records\[\d+\]：)?(?:参数|缺少(?:必填)?参数|缺少必填的自定义字段) (?!请求体)([^\s（：，]+)/

/** The parameter that a message begins with, as `field` has to say it (C3). */
function namedField({ code, msg }: Envelope): string | undefined {
  const [, row, name] = NAMED.exec(msg) ?? []
  if (name === undefined || WITHOUT_FIELD.includes(code)) return undefined
  return row === undefined ? name : `${row.slice(0, -1)}.${name}`
}

/** Asserts a refusal: status, code, sub_code, null data, and what the message names, with its `field`. */
export function assertRefused(answer: Answer, code: number, names?: string | RegExp): void {
  const [subCode, status = 200] = REFUSALS[code] ?? []
  assert.equal(answer.status, status, answer.text)
  const { field } = answer.envelope
  const keys = ['code', 'msg', 'data', 'sub_code', ...(field === undefined ? [] : ['field'])]
  assert.deepEqual(Object.keys(answer.envelope), keys, answer.text)
  const named = namedField(answer.envelope)
  if (named !== undefined && !named.endsWith('…')) assert.equal(field, named, answer.text)
  assert.equal(answer.envelope.code, code, answer.text)
  assert.equal(answer.envelope.sub_code, subCode, answer.text)
  assert.equal(answer.envelope.data, null, answer.text)
  if (names instanceof RegExp) assert.match(answer.envelope.msg, names)
  else if (names) assert.ok(answer.envelope.msg.includes(names), answer.text)
}
