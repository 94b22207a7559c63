import assert from 'node:assert/strict'
import type { Operation, Role } from 'genjin-contract'
import { byCommand, invitePerson, requireCorp } from 'genjin-server'
import { type Answer, assertRefused, send } from './client.ts'
import { noteSecret } from './recording.ts'
import type { TestServer } from './server.ts'

export const PASSWORD = 'correct horse battery'

/** What a browser sends with a request of a page of the server itself. */
export const OWN_PAGE = { 'sec-fetch-site': 'same-origin' }

/** Posts JSON as a page of the server itself does. */
export function postAsPage(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return send(url, {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...OWN_PAGE, ...headers },
    body: JSON.stringify(body),
  })
}

/** The session cookie that an answer sets, as `name=value`; '' when it takes one away. */
export function cookieOf({ headers }: Answer): string | undefined {
  const set = [headers['set-cookie'] ?? []].flat().find((one) => /^(__Host-)?genjin=/.test(one))
  const cookie = set?.split(';')[0]
  if (cookie === undefined) return undefined
  const value = cookie.slice(cookie.indexOf('=') + 1)
  if (value === '') return ''
  noteSecret(value)
  return cookie
}

/** Calls the server as a person who has signed in. */
export class PersonClient {
  readonly url: string
  readonly cookie: string

  constructor(url: string, cookie: string) {
    this.url = url
    this.cookie = cookie
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return postAsPage(this.url, `/openapi/${path}`, body, { cookie: this.cookie, ...headers })
  }

  get(path: string, query: Record<string, unknown> = {}): Promise<Answer> {
    const search = new URLSearchParams(query as Record<string, string>)
    return send(this.url, {
      path: `/openapi/${path}?${search}`,
      headers: { cookie: this.cookie, ...OWN_PAGE },
    })
  }

  call({ method, path }: Operation, input: Record<string, unknown> = {}): Promise<Answer> {
    const short = path.slice('/openapi/'.length)
    return method === 'GET' ? this.get(short, input) : this.post(short, input)
  }

  /** POSTs, must succeed, returns `data`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any response
  async done(path: string, body: unknown = {}): Promise<any> {
    const answer = await this.post(path, body)
    assert.equal(answer.envelope.code, 0, answer.text)
    return answer.envelope.data
  }

  async refused(path: string, body: unknown, code: number, names?: string | RegExp): Promise<void> {
    assertRefused(await this.post(path, body), code, names)
  }
}

/** Invites a person as the command does, and returns what the link holds. */
export async function invited(
  { core }: Pick<TestServer, 'core'>,
  corpId: string,
  userId: string,
  role: Role = 'staff',
  departments: readonly bigint[] = [],
): Promise<string> {
  const corp = await requireCorp(core.context, corpId)
  const { link } = await byCommand(core.context, corp, (tx, session) =>
    invitePerson(core.context, tx, session, { user_id: userId, role, department_ids: [...departments] }),
  )
  const token = link.slice(link.indexOf('#') + 1)
  noteSecret(token)
  return token
}

/** Invites a person, who accepts with PASSWORD. */
export async function person(
  server: Pick<TestServer, 'core' | 'url'>,
  corpId: string,
  userId: string,
  role: Role = 'staff',
  departments: readonly bigint[] = [],
): Promise<PersonClient> {
  const invitation = await invited(server, corpId, userId, role, departments)
  const answer = await postAsPage(server.url, '/invitation/password', { invitation, password: PASSWORD })
  assert.equal(answer.envelope.code, 0, answer.text)
  return new PersonClient(server.url, cookieOf(answer) as string)
}

/** Signs in with a password. */
export function signIn(
  url: string,
  corp: string,
  userId: string,
  password: string = PASSWORD,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return postAsPage(url, '/sign-in/password', { corp, user_id: userId, password }, headers)
}
