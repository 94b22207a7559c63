import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPERATIONS, type Operation } from 'genjin-contract'
import { demoLines } from 'genjin-server'
import { type Answer, send, type TestClient } from './support/client.ts'
import { person } from './support/people.ts'
import { follow, sharedServer } from './support/server.ts'

/**
 * C10: two companies in one database. The one has data; the other asks for it by every operation and must get, byte for
 * byte, what a company alone in its database gets for ids that exist nowhere.
 */

const SHAPE = {
  seed: 3,
  staff: 5,
  departments: 6,
  followTypes: 10,
  targets: 20,
  follows: 60,
  firstDay: '2025-01-01',
  days: 30,
  systemShare: 0.3,
}
const OWN = [
  { kind: 'department', id: 77, name: '自己的部门' },
  { kind: 'staff', user_id: 'own', name: '自己', department_ids: [77] },
  follow({
    id: 4242,
    follow_user_id: 'own',
    follow_type: 900001,
    follow_type_desc: '拜访',
    business_id: 'own-target',
  }),
]

const server = await sharedServer()
const lonely = await sharedServer()
const owner = await server.company('owner', [...demoLines(SHAPE)])
const stranger = await server.company('stranger', OWN)
const reference = await lonely.company('stranger', OWN)

/** Asks as the stranger, and as the same company with nobody beside it: the answers must be the same bytes. */
async function sameAsAlone(ask: (client: TestClient) => Promise<Answer>): Promise<Answer> {
  const [besideOwner, alone] = [await ask(stranger), await ask(reference)]
  assert.equal(withoutOwn(besideOwner.text), withoutOwn(alone.text))
  assert.equal(besideOwner.status, alone.status)
  return besideOwner
}

/** A cursor holds what only its own company's feed has; appids, sessions and invitations are random. */
function withoutOwn(text: string): string {
  return text
    .replace(/"cursor":"[^"]+"/, '"cursor":"…"')
    .replaceAll(/"(appid|subject)":"gj\w{18}"/g, '"$1":"gj…"')
    .replaceAll(/"sessions":\[\{"id":"[^"]+"/g, '"sessions":[{"id":"…"')
}

test('what an administrator sees and finds is of their own company only', async () => {
  const [one, alone] = await Promise.all([
    person(server, 'stranger', 'own', 'admin'),
    person(lonely, 'stranger', 'own', 'admin'),
  ])
  await person(server, 'owner', 'user123', 'admin')
  const same = async (path: string, body: object = {}) => {
    const [answer, wanted] = [await one.post(path, body), await alone.post(path, body)]
    assert.equal(withoutOwn(answer.text), withoutOwn(wanted.text), path)
    return answer.envelope
  }
  for (const path of ['me', 'person/list', 'app/list', 'audit/list', 'crm/follow/list']) {
    assert.equal((await same(path)).code, 0, path)
  }
  const theirs = { appid: owner.credentials.appid, label: 'x', user_id: 'user123', role: 'staff' }
  for (const path of ['rename', 'rotate', 'revoke'].map((name) => `app/${name}`)) {
    assert.equal((await same(path, theirs)).code, 40410, path)
  }
  for (const path of ['invite', 'role', 'disable', 'session/list', 'session/end']) {
    assert.equal((await same(`person/${path}`, theirs)).code, 40410, path)
  }
  const filters = [{ actor_id: theirs.appid }, { subject: theirs.appid }, { subject: 'user123' }]
  for (const filter of filters) assert.equal((await same('audit/list', filter)).data.total, 0)
})

test('unfiltered, every list of the stranger holds its own data only', async () => {
  for (const operation of Object.values(OPERATIONS) as Operation[]) {
    if (!operation.auth || operation.path.endsWith('/create')) continue
    await sameAsAlone((client) => client.call(operation))
  }
  assert.deepEqual((await stranger.ids()).ids, ['4242'])
})

test('every id of the owner answers the stranger as an unknown one, on every list', async () => {
  const { records } = await owner.list({ page_size: 100 })
  assert.equal(records.length, 60)
  const types = (await owner.post('crm/follow/type/list', { page_size: 100 })).envelope.data.records
  const departments = (await owner.get('department/list', { page_size: '100' })).envelope.data.records
  const filters: Record<string, unknown>[] = [
    { id_list: records.map((record) => String(record.id)) },
    { follow_user_ids: [...new Set(records.map((record) => record.follow_user_id))] },
    { target_id_list: [...new Set(records.map((record) => record.business_id))] },
    { follow_type_list: types.map((type: { id: number }) => type.id).filter((id: number) => id !== 900001) },
    { follow_dep_ids: departments.map((department: { id: number }) => department.id) },
    { title: '系统跟进' },
    { follow_type_name: '电话跟进' },
  ]
  for (const filter of filters) {
    const mine = await sameAsAlone((client) => client.post('crm/follow/list', filter))
    assert.equal(mine.envelope.data.total, 0, JSON.stringify(filter))
    assert.ok((await owner.list(filter)).total > 0, JSON.stringify(filter))
    await sameAsAlone((client) => client.post('crm/follow/listForSystem', filter))
  }
  for (const record of records.slice(0, 20)) {
    for (const path of ['crm/follow/customer/list', 'crm/follow/opportunity/list']) {
      await sameAsAlone((client) => client.post(path, { follow_id: String(record.id) }))
      const pair = { user_id: record.follow_user_id, external_user_id: record.business_id }
      await sameAsAlone((client) => client.post(path, pair))
    }
  }
})

test("the owner's staff and follow types cannot be written with", async () => {
  const { records } = await owner.list({ page_size: 1 })
  const body = {
    type: 1,
    id: 'c',
    user_id: records[0]?.follow_user_id,
    contact_type: '拜访',
    follow_content: 'x',
  }
  const refused = await sameAsAlone((client) => client.post('crm/follow/create', body))
  assert.equal(refused.envelope.code, 40000)
  await sameAsAlone((client) =>
    client.post('crm/follow/create', { ...body, user_id: 'own', contact_type: '电话跟进' }),
  )
})

test("the owner's directory and dictionaries cannot be written, and their ids are free", async () => {
  const lists = ['crm/follow/type/list', 'crm/follow/field/list']
  const page = { page_size: 100 }
  const everything = async (client: TestClient) => [
    (await client.get('department/list', { page_size: '100' })).text,
    (await client.get('department/user/list', { page_size: '100' })).text,
    ...(await Promise.all(lists.map((path) => client.post(path, page)))).map(({ text }) => text),
    (await client.post('crm/follow/list', page)).text,
  ]
  const field = { key: 'level', name: '等级', type: 'text' }
  await owner.done('crm/follow/field/save', field)
  const idsOf = async (client: TestClient): Promise<number[]> => {
    const { records } = await client.done('crm/follow/type/list', page)
    return records.map(({ id }: { id: number }) => id)
  }
  const own = new Set(await idsOf(stranger))
  const followType = (await idsOf(owner)).find((id) => !own.has(id))
  const [department] = (await owner.get('department/list')).envelope.data.records
  const [member] = (await owner.get('department/user/list')).envelope.data.records
  assert.ok(followType && department.id && member.userId)
  const before = await everything(owner)

  const departments = [{ id: department.id, name: '同号', parent_id: 77 }]
  const staff = [{ user_id: member.userId, name: '同号', department_ids: [department.id] }]
  for (const [path, body, code] of [
    ['crm/follow/type/rename', { id: followType, name: '新名称' }, 40410],
    ['crm/follow/type/disable', { id: followType }, 40410],
    ['crm/follow/type/enable', { id: followType }, 40410],
    ['crm/follow/type/delete', { id: followType }, 40410],
    ['crm/follow/field/delete', { key: field.key }, 40410],
    ['department/user/leave', { user_ids: [member.userId] }, 40410],
    ['department/user/move', { user_ids: [member.userId], department_ids: [77] }, 40410],
    ['department/move', { id: department.id, parent_id: 0 }, 40410],
    ['department/move', { id: 77, parent_id: department.id }, 40410],
    ['crm/follow/field/save', { ...field, type: 'number' }, 0],
    ['department/user/save', { staff }, 0],
    ['department/save', { departments }, 0],
    ['department/replace', { departments, staff }, 0],
  ] as const) {
    const { envelope, text } = await sameAsAlone((client) => client.post(path, body))
    assert.equal(envelope.code, code, `${path} ${text}`)
  }
  for (const path of lists) await sameAsAlone((client) => client.post(path, page))
  for (const path of ['department/list', 'department/user/list'])
    await sameAsAlone((client) => client.get(path))
  assert.deepEqual(await everything(owner), before)
})

test('the same id can be in both companies, and a key of one is none of the other', async () => {
  const { records } = await owner.list({ page_size: 1 })
  const before = (await owner.post('crm/follow/list', {})).text
  await server.load('stranger', [follow({ id: records[0]?.id, follow_user_id: 'own', content: '同号' })])
  assert.equal((await owner.post('crm/follow/list', {})).text, before)
  assert.equal((await stranger.list({ id_list: [records[0]?.id] })).records[0]?.content, '同号')
  await server.load('owner', [{ kind: 'staff', user_id: 'own', name: '同名' }])
  const body = { type: 1, id: 'c', user_id: 'own', contact_type: '拜访', follow_content: 'x' }
  const key = { 'idempotency-key': 'shared-key' }
  await owner.done('crm/follow/create', body, key)
  await stranger.done('crm/follow/create', { ...body, follow_content: 'y' }, key)
})

test("a token is its company's: an appid put into another's token is unknown", async () => {
  const [a, b] = [await owner.token(), await stranger.token()]
  const mixed = a.replace(owner.credentials.appid, stranger.credentials.appid)
  assert.notEqual(mixed, b)
  const answer = await send(server.url, {
    method: 'POST',
    path: `/openapi/crm/follow/list?access_token=${mixed}`,
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  assert.equal(answer.envelope.code, 10001)
  const crossed = await stranger.askToken({
    appid: owner.credentials.appid,
    app_secret: stranger.credentials.app_secret,
  })
  assert.equal(crossed.envelope.code, 40100)
})
