import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPasskey } from '../support/authenticator.ts'
import { assertRefused, TestClient } from '../support/client.ts'
import { cookieOf, invited, PASSWORD, PersonClient, person, postAsPage, signIn } from '../support/people.ts'
import { sharedServer } from '../support/server.ts'

/** What docs/rules says of people, sentence by sentence; the other files here try it out as attackers would. */

const server = await sharedServer()
const { url, clock } = server
const HOUR_MS = 3_600_000

const STAFF = ['amy', 'bob', 'root'].map((id) => ({ kind: 'staff', user_id: id, name: id }))

function accept(invitation: string) {
  return postAsPage(url, '/invitation/password', { invitation, password: PASSWORD })
}

test('P6 an invitation is good once, until another one, for 24 hours; roles and leaving end sessions at once', async () => {
  const app = await server.company('roles', STAFF)
  const root = await person(server, 'roles', 'root', 'admin')
  const first = await invited(server, 'roles', 'amy')
  const second = await invited(server, 'roles', 'amy')
  assertRefused(await accept(first), 40120, '邀请不可用')
  const amy = new PersonClient(url, cookieOf(await accept(second)) as string)
  assertRefused(await accept(second), 40120, '邀请不可用')
  await root.done('person/role', { user_id: 'amy', role: 'admin' })
  await amy.refused('me', {}, 40110)
  const late = await invited(server, 'roles', 'bob')
  clock.ms += 24 * HOUR_MS
  assertRefused(await accept(late), 40120, '邀请不可用')
  const bob = await person(server, 'roles', 'bob')
  await app.done('department/user/leave', { user_ids: ['bob'] })
  await bob.refused('me', {}, 40110)
  for (const [path, body] of [
    ['person/role', { user_id: 'root', role: 'staff' }],
    ['person/disable', { user_id: 'root' }],
  ] as const) {
    await root.refused(path, body, 40920, '自己')
  }
})

test('P7 a session lasts 30 days, 7 without use; a sign-in ends the one before; other sites are refused', async () => {
  await server.company('lasting', STAFF)
  const amy = await person(server, 'lasting', 'amy')
  assertRefused(await amy.post('me', {}, { 'sec-fetch-site': 'cross-site' }), 40300, '其他网站')
  const next = await signIn(url, 'lasting', 'amy', PASSWORD, { cookie: amy.cookie })
  await amy.refused('me', {}, 40110)
  const again = new PersonClient(url, cookieOf(next) as string)
  for (let days = 0; days < 30; days += 6) {
    await again.done('me')
    clock.ms += 6 * 24 * HOUR_MS
  }
  await again.refused('me', {}, 40110)
  const idle = new PersonClient(url, cookieOf(await signIn(url, 'lasting', 'amy')) as string)
  clock.ms += 7 * 24 * HOUR_MS
  await idle.refused('me', {}, 40110)
})

test('P8 after 5 wrong passwords one waits, and an unknown account is told nothing else', async () => {
  await server.company('guessed', STAFF)
  await person(server, 'guessed', 'amy')
  const wrong = await signIn(url, 'guessed', 'amy', 'a wrong password')
  assertRefused(wrong, 40120, '密码')
  assert.equal((await signIn(url, 'guessed', 'nobody', 'a wrong password')).text, wrong.text)
  for (let count = 0; count < 3; count++) await signIn(url, 'guessed', 'amy', 'a wrong password')
  const waiting = await signIn(url, 'guessed', 'amy')
  assertRefused(waiting, 42900, /请 \d+ 秒后再试/)
  clock.ms += Number(waiting.headers['retry-after']) * 1000
  assert.equal((await signIn(url, 'guessed', 'amy')).envelope.code, 0)
})

test('P9 a passkey is of the page and the session that began it, and its challenge is good once, for 5 minutes', async () => {
  await server.company('passkeys', STAFF)
  const [amy, bob] = [await person(server, 'passkeys', 'amy'), await person(server, 'passkeys', 'bob')]
  const page = url.replace('127.0.0.1', 'localhost')
  const own = { host: new URL(page).host, origin: page }
  const begin = async () => (await amy.post('me/passkey/begin', {}, own)).envelope.data
  const add = (
    who: PersonClient,
    { options, challenge }: Awaited<ReturnType<typeof begin>>,
    origin = page,
  ) => {
    const response = createPasskey(options.challenge, origin)
    return who.post('me/passkey/add', { name: '手机', challenge, response }, own)
  }
  const begun = await begin()
  assert.equal((await add(amy, begun)).envelope.code, 0)
  assertRefused(await add(amy, begun), 40120)
  assertRefused(await add(bob, await begin()), 40120)
  assertRefused(await add(amy, await begin(), 'http://localhost:1'), 40120)
  const late = await begin()
  clock.ms += 300_000
  assertRefused(await add(amy, late), 40120)
  assertRefused(await postAsPage(url, '/sign-in/demo', { role: 'admin' }), 40120, '演示企业')
})

test('P10 what is changed outside follow-ups is noted: who, when, from what to what', async () => {
  const app = await server.company('noted', STAFF)
  const root = await person(server, 'noted', 'root', 'admin')
  await root.done('person/invite', { user_id: 'amy' })
  await root.done('person/role', { user_id: 'amy', role: 'admin' })
  const { id } = await app.done('crm/follow/type/add', { name: '上门' })
  const { records } = await root.done('audit/list', { page_size: 3 })
  const shown = records.map(({ actor, operation, subject }: Record<string, string>) => [
    actor,
    operation,
    subject,
  ])
  assert.deepEqual(shown, [
    ['app', 'crm/follow/type/add', String(id)],
    ['person', 'person/role', 'amy'],
    ['person', 'person/invite', 'amy'],
  ])
  assert.deepEqual(records[1].changes, [{ field: 'role', from: 'staff', to: 'admin' }])
  assert.doesNotMatch(JSON.stringify(records), /gj[is]_|scrypt/)
})

test('T5 after a rotation the old secret is good for the hours given; read-only apps read', async () => {
  const { credentials: first, ...app } = await server.company('rotated', STAFF)
  const root = await person(server, 'rotated', 'root', 'admin')
  const { appid } = first
  const asks = async (secret: string) =>
    (await new TestClient(url, { appid, app_secret: secret }).askToken()).envelope.code
  const { app_secret: next } = await root.done('app/rotate', { appid, old_secret_hours: 2 })
  assert.deepEqual([await asks(first.app_secret), await asks(next)], [0, 0])
  clock.ms += 2 * HOUR_MS
  assert.deepEqual([await asks(first.app_secret), await asks(next)], [40100, 0])
  const held = new TestClient(url, { appid, app_secret: next })
  await held.done('crm/follow/list', {})
  const { app_secret: last } = await root.done('app/rotate', { appid, old_secret_hours: 0 })
  assert.deepEqual([await asks(next), await asks(last)], [40100, 0])
  await held.refused('crm/follow/list', {}, 10011)
  const reader = new TestClient(app.url, await root.done('app/create', { label: '只读', read_only: true }))
  await reader.done('crm/follow/list', {})
  await reader.refused('crm/follow/type/add', { name: '上门' }, 40300, '应用是只读的')
})
