import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byCommand, changeRole, requireCorp } from 'genjin-server'
import { assertRefused, type TestClient } from '../support/client.ts'
import { cookieOf, PersonClient, person, postAsPage, signIn } from '../support/people.ts'
import { follow, sharedServer } from '../support/server.ts'

/** Idempotency keys of people, and what a process remembers of a session. */

const server = await sharedServer({ demo: true })

const STAFF = ['amy', 'bob', 'root'].map((userId) => ({ kind: 'staff', user_id: userId, name: userId }))
const KEY = { 'idempotency-key': 'one-key-for-all' }

async function company(id: string) {
  const app = await server.company(id, [...STAFF, follow({ id: 1, follow_user_id: 'amy' })])
  const people = {
    amy: await person(server, id, 'amy'),
    bob: await person(server, id, 'bob'),
    root: await person(server, id, 'root', 'admin'),
  }
  return { app, ...people }
}

async function setRole(corpId: string, userId: string, role: 'staff' | 'admin'): Promise<void> {
  const { context } = server.core
  const corp = await requireCorp(context, corpId)
  await byCommand(context, corp, (tx, session) =>
    changeRole(context, tx, session, { user_id: userId, role, department_ids: [] }),
  )
}

const body = (user_id: string) => ({
  ...{ type: 1, id: 'c', user_id, contact_type: '电话跟进', follow_content: '一次' },
})

async function created(who: TestClient | PersonClient, userId: string): Promise<number> {
  const { envelope, text } = await who.post('crm/follow/create', body(userId), KEY)
  assert.equal(envelope.code, 0, text)
  return envelope.data
}

test('N2 a key belongs to who gave it: an app and each person have one effect of their own under the same key', async () => {
  const { app, amy, bob, root } = await company('keys')
  // Together, so that they share a transaction.
  const twice = [app, amy, bob, root, app, amy, bob, root]
  const users = ['amy', 'amy', 'bob', 'root', 'amy', 'amy', 'bob', 'root']
  const ids = await Promise.all(twice.map((who, index) => created(who, users[index] as string)))
  assert.equal(new Set(ids).size, 4)
  assert.deepEqual(ids.slice(4), ids.slice(0, 4))
  // Another session of the same person gives the same key.
  const again = new PersonClient(server.url, cookieOf(await signIn(server.url, 'keys', 'amy')) as string)
  assert.equal(await created(again, 'amy'), ids[1])
  assertRefused(await again.post('crm/follow/create', { ...body('amy'), id: 'd' }, KEY), 40900)
  assert.equal((await app.list()).total, 5)
})

test('a key opens nothing to who has lost the right, and a refused request keeps none', async () => {
  const { amy, root } = await company('lost')
  await root.refused('person/role', { user_id: 'nobody', role: 'staff' }, 40410)
  const change = { user_id: 'bob', role: 'admin' }
  assert.equal((await root.post('person/role', change, KEY)).envelope.code, 0)
  const remove = { follow_id: 1, user_id: 'root', reason: '重复' }
  const removed = await root.post('crm/follow/delete', remove, KEY)
  assertRefused(removed, 40900)
  const own = { 'idempotency-key': 'delete' }
  assert.equal((await root.post('crm/follow/delete', remove, own)).envelope.code, 0)
  await setRole('lost', 'root', 'staff')
  for (const [path, asked] of [
    ['person/role', change],
    ['crm/follow/delete', remove],
  ] as const) {
    assertRefused(await root.post(path, asked, path === 'person/role' ? KEY : own), 40110)
  }
  const demoted = new PersonClient(server.url, cookieOf(await signIn(server.url, 'lost', 'root')) as string)
  assertRefused(await demoted.post('person/role', change, KEY), 40300)
  // What amy may not do is refused each time, and does not become an answer.
  for (const reason of ['一', '一']) {
    const answer = await amy.post('crm/follow/update', { follow_id: 1, user_id: 'bob', title: reason }, KEY)
    assert.notEqual(answer.envelope.code, 0)
  }
})

test('a process that remembers a session notices each change before its next answer', async () => {
  const { amy } = await company('remembered')
  const list = async (who: PersonClient) => (await who.post('crm/follow/list', {})).envelope
  let present = amy
  for (const role of ['admin', 'staff', 'admin'] as const) {
    assert.equal((await list(present)).code, 0)
    await setRole('remembered', 'amy', role)
    assert.equal((await list(present)).code, 40110)
    assertRefused(await present.post('crm/follow/create', body('bob')), 40110)
    present = new PersonClient(server.url, cookieOf(await signIn(server.url, 'remembered', 'amy')) as string)
    assertRefused(
      await present.post('crm/follow/create', { ...body('bob'), contact_type: '没有' }),
      role === 'admin' ? 40000 : 40300,
    )
  }
})

test('who is made something else by a press of the demo page has no session of the other role any more', async () => {
  const before = await person(server, 'demo', 'user123', 'admin')
  assert.equal((await before.done('person/list')).total, 1)
  const pressed = await postAsPage(server.url, '/sign-in/demo', { role: 'staff' })
  const staff = new PersonClient(server.url, cookieOf(pressed) as string)
  assert.equal((await staff.done('me')).person.role, 'staff')
  await before.refused('crm/follow/list', {}, 40110)
  await before.refused('person/list', {}, 40110)
})
