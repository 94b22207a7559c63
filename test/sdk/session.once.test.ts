import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import {
  ApiError,
  ERROR_CODES,
  GenjinClient,
  NetworkError,
  type OperationName,
  type Operations,
} from 'genjin-client'
import { OPERATIONS } from 'genjin-contract'
import { cookieOf, PASSWORD, person, postAsPage } from '../support/people.ts'
import { noteSecret } from '../support/recording.ts'
import { OK, scriptedServer } from '../support/scripted-server.ts'
import { follow, sharedServer } from '../support/server.ts'

/** The client as a person who has signed in. */

const server = await sharedServer()

const LINES = [
  ...['root', 'amy'].map((userId) => ({ kind: 'staff', user_id: userId, name: userId })),
  { kind: 'department', id: '9007199254740993', name: '销售部' },
  ...[1, 2, 3].map((id) => follow({ id, follow_user_id: id === 1 ? 'root' : 'amy' })),
].map((line) => JSON.stringify(line).replace('"9007199254740993"', '9007199254740993'))

/** A company with an administrator, who uses the client over node:http or by a given fetch. */
async function signedIn(corp: string, ways: Partial<{ fetch: typeof fetch }> = {}) {
  await server.company(corp, LINES)
  const { cookie } = await person(server, corp, 'root', 'admin')
  return { cookie, client: new GenjinClient({ baseUrl: server.url, session: cookie, ...ways }) }
}

/** The cookie of who accepts an invitation. */
async function acceptedBy(link: string): Promise<string> {
  const invitation = link.split('#')[1] as string
  noteSecret(invitation)
  return cookieOf(
    await postAsPage(server.url, '/invitation/password', { invitation, password: PASSWORD }),
  ) as string
}

for (const [way, ways] of Object.entries({ 'node:http': {}, fetch: { fetch: globalThis.fetch } })) {
  test(`${way}: a session stands in place of a token, for lists, writes and what only people have`, async () => {
    const corp = way.replace(':', '-')
    const { client, cookie } = await signedIn(corp, ways)
    assert.equal((await client.follow.list().page(1)).total, 3)
    const { person: self, app, may } = await client.me.get()
    assert.deepEqual([self?.user_id, self?.role, app], ['root', 'admin', null])
    assert.ok(may.includes('person/list'))
    const key = { idempotencyKey: randomUUID() }
    assert.deepEqual(await client.me.save({ language: 'en' }, key), { language: 'en', appearance: 'auto' })
    assert.deepEqual(await client.me.save({ language: 'en' }, key), { language: 'en', appearance: 'auto' })

    const invited = await client.person.invite({
      user_id: 'amy',
      role: 'manager',
      department_ids: ['9007199254740993'],
    })
    const people = await Array.fromAsync(client.person.list())
    assert.deepEqual(
      people.map(({ user_id, role, department_ids }) => [user_id, role, department_ids]),
      [
        ['amy', 'manager', ['9007199254740993']],
        ['root', 'admin', []],
      ],
    )
    const led = ['9007199254740993']
    await client.person.role({ user_id: 'amy', role: 'staff' })
    const manager = await client.person.role({ user_id: 'amy', role: 'manager', department_ids: led })
    assert.deepEqual(manager.department_ids, led)
    const amy = new GenjinClient({ baseUrl: server.url, session: await acceptedBy(invited.link), ...ways })
    assert.deepEqual((await amy.me.get()).person?.department_ids, led)
    assert.equal((await client.person.disable({ user_id: 'amy' })).state, 'disabled')
    const { sessions } = await client.person.sessions({ user_id: 'root' })
    assert.deepEqual(
      sessions.map(({ current }) => current),
      [true],
    )

    const made = await client.app.create({ label: '同步', read_only: true })
    noteSecret(made.app_secret)
    await client.app.rename({ appid: made.appid, label: '同步程序' })
    const rotated = await client.app.rotate({ appid: made.appid, old_secret_hours: 1 })
    noteSecret(rotated.app_secret)
    assert.equal((await client.app.revoke({ appid: made.appid })).label, '同步程序')
    const trail = await Array.fromAsync(client.audit.list({ actor_id: 'root' }))
    assert.deepEqual(
      trail.map(({ operation }) => operation),
      [
        'app/revoke',
        'app/rotate',
        'app/rename',
        'app/create',
        'person/disable',
        'person/role',
        'person/role',
        'person/invite',
        'invitation/accept',
      ],
    )
    const id: string = trail[0]?.id as string
    assert.equal(id, String(Number(id)), 'an id is text')
    assert.ok(!inspect(client, { depth: 10, showHidden: true }).includes(cookie))

    assert.deepEqual(await client.person.endSessions({ user_id: 'root' }), { ended: 1 })
    const ended = await client.me.get().catch((error: unknown) => error)
    assert.ok(ended instanceof ApiError && ended.code === ERROR_CODES.sessionEnded, String(ended))
    assert.ok(!inspect(ended, { depth: 10, showHidden: true }).includes(cookie))
  })
}

/** Writes whose answers hold a secret, with something that they take. */
const SECRET = {
  mePassword: { new_password: 'correct horse battery' },
  mePasskeyBegin: {},
  mePasskeyAdd: { name: 'k', challenge: 'c', response: {} },
  personInvite: { user_id: 'amy' },
  appCreate: { label: 'x' },
  appRotate: { appid: 'x' },
} as const satisfies { [N in OperationName]?: Operations[N]['params'] }

test('a write whose answer holds a secret is sent once, whatever becomes of it, and takes no key', async () => {
  const secret = Object.entries(OPERATIONS).filter(([, operation]) => 'secret' in operation)
  assert.deepEqual(
    Object.keys(SECRET),
    secret.map(([name]) => name),
  )
  await using side = await scriptedServer([() => 'cut', OK])
  const client = new GenjinClient({ baseUrl: side.url, session: 'genjin=x', retry: { baseMs: 1 } })
  let sent = 0
  for (const [name, params] of Object.entries(SECRET) as [keyof typeof SECRET, never][]) {
    await using unclear = await scriptedServer([() => 'cut', OK])
    const once = new GenjinClient({ baseUrl: unclear.url, session: 'genjin=x', retry: { baseMs: 1 } })
    await assert.rejects(once.call(name, params), NetworkError, name)
    assert.equal(unclear.requests(), 1, name)
    await assert.rejects(client.call(name, params, { idempotencyKey: 'k' }), /takes no idempotencyKey/, name)
    sent++
  }
  assert.deepEqual([sent, side.requests()], [6, 0])
  // The others are sent again as ever.
  await client.call('followList', {})
  assert.equal(side.requests(), 2)
})
