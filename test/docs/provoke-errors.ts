import { type ErrorName, OPERATIONS, type Role } from 'genjin-contract'
import { revokeToken, StoreError } from 'genjin-server'
import { failureText } from '../../packages/server/src/http/envelope.ts'
import { refusalOf } from '../../packages/server/src/http/errors.ts'
import { type Answer, type Envelope, envelopeIn, send, sendBytes, TestClient } from '../support/client.ts'
import { cookieOf, PersonClient, postAsPage, signIn } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const DAY_MS = 24 * 3600 * 1000

/** Errors that no request provokes: the exception that the server would turn into them. */
const UNPROVOKED = { internal: new Error('a defect'), notReady: new StoreError('busy', 'a busy database') }

type Provoke = (server: TestServer, client: TestClient) => Promise<Answer>

const CREATE = OPERATIONS.followCreate.example

/** The request that provokes each error; docs/errors describes it in words. */
const PROVOKE: Record<Exclude<ErrorName, keyof typeof UNPROVOKED | 'malformed'>, Provoke> = {
  tokenUnknown: (server) => listWith(server, ''),
  tokenExpired: async (server, client) => {
    const token = await client.token()
    server.clock.ms += 2 * 3600 * 1000
    client.forgetToken()
    return listWith(server, `?access_token=${token}`)
  },
  tokenRevoked: async (server, client) => {
    const token = await client.token()
    await revokeToken(server.core.context, client.credentials.appid)
    client.forgetToken()
    return listWith(server, `?access_token=${token}`)
  },
  credentialsWrong: (_, client) => client.askToken({ ...client.credentials, app_secret: 'gjs_wrong' }),
  sessionEnded: async (server) => {
    const person = await signedIn(server, 'staff')
    await postAsPage(server.url, '/sign-out', {}, { cookie: person.cookie })
    return person.post('crm/follow/list')
  },
  signInFailed: (server) => signIn(server.url, 'demo', 'user123', 'a wrong password'),
  forbidden: async (server) => (await signedIn(server, 'staff')).post('person/list'),
  paramInvalid: (_, client) => client.post('crm/follow/list', { follow_time_start: '2025-02-30' }),
  methodWrong: (_, client) => client.get('crm/follow/list'),
  paramMissing: (_, client) => client.post('crm/follow/get', {}),
  paramRange: (_, client) => client.post('crm/follow/list', { page_size: 101 }),
  pathUnknown: (_, client) => client.post('crm/follow/lists', {}),
  notFound: (_, client) => client.post('crm/follow/get', { follow_id: 404 }),
  versionConflict: (_, client) =>
    client.post('crm/follow/update', { follow_id: 789, user_id: 'user123', version: 2, title: '回访' }),
  conflict: (_, client) => client.post('crm/follow/type/delete', { id: 2 }),
  cursorExpired: async (server, client) => {
    const { envelope } = await client.post('crm/follow/changes', { limit: 1 })
    server.clock.ms += 91 * DAY_MS
    client.forgetToken()
    return client.post('crm/follow/changes', { cursor: envelope.data.cursor })
  },
  keyReused: async (_, client) => {
    const key = { 'idempotency-key': 'docs' }
    await client.post('crm/follow/create', CREATE, key)
    return client.post('crm/follow/create', { ...CREATE, follow_content: '另一条' }, key)
  },
  bodyTooLarge: (_, client) =>
    client.post('crm/follow/create', { ...CREATE, follow_content: 'x'.repeat(1024 * 1024) }),
  notJson: (_, client) => client.post('crm/follow/list', '{}', { 'content-type': 'text/plain' }),
  tooMany: async (server, client) => {
    server.clock.ms += 60_000
    for (let call = 1; call <= 100; call++) await client.askToken()
    return client.askToken()
  },
}

/** The response of each error, over HTTP from the demo corp where it can be provoked. */
export async function errorAnswers(): Promise<Map<ErrorName, Envelope>> {
  await using server = await startTestServer({ demo: true })
  if (!server.server.demo) throw new Error('the server has no demo company')
  const client = new TestClient(server.url, server.server.demo)
  const malformed = envelopeIn(await sendBytes(server.url, 'this is not HTTP\r\n\r\n'))
  const answers = new Map<ErrorName, Envelope>([['malformed', malformed]])
  for (const [name, provoke] of Object.entries(PROVOKE) as [ErrorName, Provoke][]) {
    answers.set(name, (await provoke(server, client)).envelope)
  }
  for (const [name, error] of Object.entries(UNPROVOKED) as [ErrorName, Error][]) {
    answers.set(name, JSON.parse(failureText(name, refusalOf(error, 0).message)))
  }
  return answers
}

/** Signs in to the demo company by one press. */
async function signedIn({ url }: TestServer, role: Role): Promise<PersonClient> {
  return new PersonClient(url, cookieOf(await postAsPage(url, '/sign-in/demo', { role })) as string)
}

function listWith(server: TestServer, query: string): Promise<Answer> {
  return send(server.url, {
    method: 'POST',
    path: `/openapi/crm/follow/list${query}`,
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
}
