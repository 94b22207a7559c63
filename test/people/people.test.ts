import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPERATIONS, type Operation } from 'genjin-contract'
import { addApp, requireCorp } from 'genjin-server'
import { authenticate } from '../../packages/server/src/service/auth/recognize.ts'
import { followList, followListForSystem } from '../../packages/server/src/service/follow/list.ts'
import { genjinDone } from '../support/cli.ts'
import { assertRefused, TestClient } from '../support/client.ts'
import { KEY } from '../support/database.ts'
import { cookieOf, invited, PASSWORD, PersonClient, person, postAsPage, signIn } from '../support/people.ts'
import { sharedServer } from '../support/server.ts'

/** People as administrators see them, as they see themselves, and as the audit trail tells of them. */

const server = await sharedServer()
const { url, clock } = server

const DIRECTORY = [
  { kind: 'department', id: 1, name: '公司' },
  { kind: 'department', id: 10, name: '一组', parent_id: 1 },
  ...['amy', 'bob', 'cat', 'dan', 'eve', 'root', 'root2'].map((id) => ({
    kind: 'staff',
    user_id: id,
    name: `${id} 的姓名`,
    department_ids: [10],
  })),
]

async function company(id: string) {
  const app = await server.company(id, DIRECTORY)
  return { app, root: await person(server, id, 'root', 'admin') }
}

const HOUR = 3_600_000

// biome-ignore lint/suspicious/noExplicitAny: records of any operation
type Any = any

async function rowOf(root: PersonClient, userId: string): Promise<Any> {
  const { records } = await root.done('person/list')
  return records.find((one: Any) => one.user_id === userId)
}

test('person/list: in which state each person is, and what they come in by', async () => {
  const { app, root } = await company('list')
  await person(server, 'list', 'amy', 'manager', [10n])
  await signIn(url, 'list', 'amy')
  await invited(server, 'list', 'bob')
  await person(server, 'list', 'cat')
  await person(server, 'list', 'dan')
  await root.done('person/disable', { user_id: 'cat' })
  await app.done('department/user/leave', { user_ids: ['dan'] })
  const { total, records } = await root.done('person/list')
  assert.equal(total, 5)
  const lines = records.map((one: Any) =>
    [one.user_id, one.role, one.state, one.has_password, one.sessions, one.department_ids.join()].join(' '),
  )
  assert.deepEqual(lines, [
    'amy manager active true 2 10',
    'bob staff invited false 0 ',
    'cat staff disabled false 0 ',
    'dan staff left false 0 ',
    'root admin active true 1 ',
  ])
  const [amy, bob] = records
  assert.deepEqual(
    [amy.name, amy.passkeys, amy.seen_at, amy.invited_until],
    ['amy 的姓名', 0, clock.ms, null],
  )
  assert.equal(bob.invited_until, clock.ms + 24 * HOUR)
  const page = await root.done('person/list', { current_index: 2, page_size: 2 })
  assert.deepEqual([page.total, page.records.map((one: Any) => one.user_id)], [5, ['cat', 'dan']])
  clock.ms += 24 * HOUR
  const later = await rowOf(root, 'bob')
  assert.deepEqual([later.state, later.invited_until], ['active', null])
  assert.ok(!JSON.stringify(records).includes('scrypt'))
})

test('person/invite: a link for staff of the company, by which they begin again', async () => {
  const { app, root } = await company('invite')
  const given = await root.done('person/invite', { user_id: 'amy', role: 'manager', department_ids: [10] })
  assert.deepEqual(Object.keys(given), ['user_id', 'link', 'expires_at'])
  assert.match(given.link, /^\/invitation#gji_[\w-]+\.[\w-]{43}$/)
  assert.equal(given.expires_at, clock.ms + 24 * HOUR)
  const accept = (link: string, password: string) =>
    postAsPage(url, '/invitation/password', { invitation: link.split('#')[1], password })
  const first = new PersonClient(url, cookieOf(await accept(given.link, PASSWORD)) as string)
  assert.equal((await first.done('me')).person.role, 'manager')
  // Again without a role: it stays; nothing ends before the invitation is accepted.
  const again = await root.done('person/invite', { user_id: 'amy' })
  await first.done('me')
  assert.equal((await signIn(url, 'invite', 'amy')).envelope.code, 0)
  assert.equal((await accept(again.link, 'a new password')).envelope.code, 0)
  assertRefused(await first.post('me'), 40110)
  assertRefused(await signIn(url, 'invite', 'amy'), 40120)
  const row = await rowOf(root, 'amy')
  assert.deepEqual([row.role, row.department_ids, row.sessions], ['manager', [10], 1])
  // With another role, the present sessions end at once.
  await root.done('person/invite', { user_id: 'amy', role: 'staff' })
  assert.deepEqual(await rowOf(root, 'amy').then((one) => [one.role, one.department_ids, one.sessions]), [
    'staff',
    [],
    0,
  ])
  await root.refused('person/invite', { user_id: 'nobody' }, 40410, 'department/user/list')
  await root.refused('person/invite', { user_id: 'bob', role: 'chief' }, 40020, 'role')
  await root.refused('person/invite', { user_id: 'bob', role: 'manager' }, 40010, 'department_ids')
  await root.refused('person/invite', { user_id: 'bob', department_ids: [10] }, 40000, 'department_ids')
  const unknown = { user_id: 'bob', role: 'manager', department_ids: [10, 99] }
  await root.refused('person/invite', unknown, 40410, 'department_ids[1]')
  await app.done('department/user/leave', { user_ids: ['bob'] })
  await root.refused('person/invite', { user_id: 'bob' }, 40920, '通讯录')
  assert.equal(await rowOf(root, 'bob'), undefined, 'what is refused leaves nothing')
})

test('person/role and person/disable: at once, with the state after it', async () => {
  const { root } = await company('change')
  const amy = await person(server, 'change', 'amy')
  const changed = await root.done('person/role', { user_id: 'amy', role: 'manager', department_ids: [10] })
  assert.deepEqual([changed.role, changed.department_ids, changed.sessions], ['manager', [10], 0])
  assertRefused(await amy.post('me'), 40110)
  const back = new PersonClient(url, cookieOf(await signIn(url, 'change', 'amy')) as string)
  assert.equal((await back.done('me')).person.role, 'manager')
  const disabled = await root.done('person/disable', { user_id: 'amy' })
  assert.deepEqual([disabled.state, disabled.sessions, disabled.has_password], ['disabled', 0, false])
  assert.deepEqual(await root.done('person/disable', { user_id: 'amy' }), disabled)
  for (const path of ['person/role', 'person/disable', 'person/session/list', 'person/session/end']) {
    await root.refused(path, { user_id: 'nobody', role: 'staff' }, 40410, 'user_id')
  }
  await root.refused('person/role', { user_id: 'amy', role: 'manager' }, 40010, 'department_ids')
})

test('an administrator cannot lock themselves out, two cannot lock out each other, the operator lets one in', async () => {
  const { app, root } = await company('last')
  const own = { user_id: 'root' }
  await root.refused('person/role', { ...own, role: 'staff' }, 40920, '另一位管理员')
  await root.refused('person/disable', own, 40920, '另一位管理员')
  await root.refused('person/invite', { ...own, role: 'staff' }, 40920, '另一位管理员')
  const other = await person(server, 'last', 'root2', 'admin')
  const answers = await Promise.all([
    root.post('person/disable', { user_id: 'root2' }),
    other.post('person/role', { user_id: 'root', role: 'staff' }),
  ])
  assert.deepEqual(answers.map(({ envelope }) => envelope.code).sort(), [0, 40110])
  const survivor = answers[0]?.envelope.code === 0 ? root : other
  const { records } = await survivor.done('person/list')
  const admins = records.filter((one: Any) => one.role === 'admin' && one.state === 'active')
  assert.equal(admins.length, 1)
  // The directory can still take the last one: who holds the database lets another one in.
  await app.done('department/user/leave', { user_ids: [admins[0].user_id] })
  assertRefused(await survivor.post('person/list'), 40110)
  const args = ['user', 'invite', 'eve', '--role', 'admin', '--corp', 'last']
  const env = KEY === undefined ? {} : { env: { GENJIN_KEY: KEY } }
  const { stdout } = await genjinDone([...args, '--database', server.temp.database], env)
  const invitation = /#(\S+)/.exec(stdout)?.[1]
  const answer = await postAsPage(url, '/invitation/password', { invitation, password: PASSWORD })
  const eve = new PersonClient(url, cookieOf(answer) as string)
  assert.ok((await eve.done('person/list')).total > 0)
})

test('person/session/list and end: where a person is signed in, and everywhere out', async () => {
  const { root } = await company('sessions')
  const amy = await person(server, 'sessions', 'amy')
  clock.ms += 1000
  await signIn(url, 'sessions', 'amy', PASSWORD, { 'user-agent': 'A phone' })
  const { sessions } = await root.done('person/session/list', { user_id: 'amy' })
  assert.deepEqual(
    sessions.map((one: Any) => [one.way, one.address, one.agent, one.created_at, one.current]),
    [
      ['password', '127.0.0.1', 'A phone', clock.ms, false],
      ['password', '127.0.0.1', '', clock.ms - 1000, false],
    ],
  )
  assert.ok(sessions.every(({ id }: Any) => id.length === 16))
  assert.deepEqual(await root.done('person/session/end', { user_id: 'amy' }), { ended: 2 })
  assertRefused(await amy.post('me'), 40110)
  assert.deepEqual(await root.done('person/session/list', { user_id: 'amy' }), { sessions: [] })
})

test('me: who asks and what they may, of a person and of an app', async () => {
  const { app, root } = await company('me')
  const amy = await person(server, 'me', 'amy')
  const paths = (caller: string) =>
    (Object.values(OPERATIONS) as Operation[])
      .filter(({ callers }) => (callers as readonly string[]).includes(caller))
      .map(({ path }) => path.replace('/openapi/', ''))
  const told = await amy.done('me')
  assert.deepEqual([told.kind, told.app, told.may], ['person', null, paths('staff')])
  assert.deepEqual(told.corp, { id: 'me', name: 'me', time_zone: 'Asia/Shanghai' })
  const { sessions, ...me } = told.person
  assert.deepEqual(me, {
    user_id: 'amy',
    name: 'amy 的姓名',
    role: 'staff',
    department_ids: [],
    has_password: true,
    passkeys: [],
    preferences: { language: 'zh', appearance: 'auto' },
  })
  assert.deepEqual(
    sessions.map(({ current }: Any) => current),
    [true],
  )
  assert.deepEqual((await root.done('me')).may, paths('admin'))
  const ofApp = await app.done('me', {})
  assert.deepEqual([ofApp.kind, ofApp.person, ofApp.may], ['app', null, paths('app')])
  assert.equal(ofApp.app.appid, app.credentials.appid)
})

test('me/save: what is given, for oneself alone', async () => {
  const { root } = await company('save')
  const amy = await person(server, 'save', 'amy')
  assert.deepEqual(await amy.done('me/save', { language: 'en' }), { language: 'en', appearance: 'auto' })
  assert.deepEqual(await amy.done('me/save', { appearance: 'dark' }), { language: 'en', appearance: 'dark' })
  assert.deepEqual(await amy.done('me/save', {}), { language: 'en', appearance: 'dark' })
  assert.deepEqual((await amy.done('me')).person.preferences, { language: 'en', appearance: 'dark' })
  assert.deepEqual((await root.done('me')).person.preferences, { language: 'zh', appearance: 'auto' })
  await amy.refused('me/save', { language: 'fr' }, 40020, 'language')
})

test('me/session/end: one of one’s own, or all others', async () => {
  const { root } = await company('own')
  const amy = await person(server, 'own', 'amy')
  const more = async () => new PersonClient(url, cookieOf(await signIn(url, 'own', 'amy')) as string)
  const [phone, desk] = [await more(), await more()]
  const idOf = async (who: PersonClient) =>
    (await who.done('me')).person.sessions.find(({ current }: Any) => current).id
  const id = await idOf(phone)
  await root.refused('me/session/end', { id }, 40410, 'id')
  assert.deepEqual(await amy.done('me/session/end', { id }), { ended: 1 })
  assertRefused(await phone.post('me'), 40110)
  await amy.refused('me/session/end', { id }, 40410, '可能已结束')
  assert.deepEqual(await amy.done('me/session/end'), { ended: 1 })
  assertRefused(await desk.post('me'), 40110)
  assert.deepEqual(await amy.done('me/session/end', { id: await idOf(amy) }), { ended: 1 })
  assertRefused(await amy.post('me'), 40110)
})

test('me/password: the present one is asked for, and all other sessions end', async () => {
  await company('word')
  const amy = await person(server, 'word', 'amy')
  const elsewhere = new PersonClient(url, cookieOf(await signIn(url, 'word', 'amy')) as string)
  const next = { new_password: 'the next password' }
  await amy.refused('me/password', next, 40010, 'old_password')
  await amy.refused('me/password', { ...next, old_password: 'wrong password' }, 40120, 'old_password')
  await amy.refused('me/password', { old_password: PASSWORD, new_password: 'short' }, 40020, 'new_password')
  await elsewhere.done('me')
  assert.deepEqual(await amy.done('me/password', { ...next, old_password: PASSWORD }), { ended: 1 })
  await amy.done('me')
  assertRefused(await elsewhere.post('me'), 40110)
  assertRefused(await signIn(url, 'word', 'amy'), 40120)
  assert.equal((await signIn(url, 'word', 'amy', next.new_password)).envelope.code, 0)
  // Who has found an open session does not find out the password.
  for (let time = 2; time < 10; time++) {
    await amy.refused('me/password', { ...next, old_password: 'wrong password' }, 40120)
  }
  await amy.refused('me/password', { ...next, old_password: next.new_password }, 42900, '600 秒')
})

test('a passkey is added within 15 minutes of a sign-in: it outlasts the session', async () => {
  const { root } = await company('fresh')
  const page = { origin: url }
  clock.ms += 15 * 60_000
  assert.equal((await root.post('me/passkey/begin', {}, page)).envelope.code, 0)
  clock.ms += 1
  assertRefused(await root.post('me/passkey/begin', {}, page), 40120, '15 分钟')
})

test('a session that was let in before the role changed gets no list any more', async () => {
  const { root } = await company('late')
  const lead = await person(server, 'late', 'amy', 'manager', [10n])
  const { context } = server.core
  const session = await authenticate(context, { cookie: lead.cookie.slice(lead.cookie.indexOf('=') + 1) })
  await root.done('person/role', { user_id: 'amy', role: 'staff' })
  const call = { context, session, page: undefined, key: undefined, isGone: () => false }
  const ended = { kind: 'sessionEnded' }
  const input = { page_size: 20 }
  await assert.rejects(followList({ ...call, operation: 'followList', input }), ended)
  await assert.rejects(followListForSystem({ ...call, operation: 'followListForSystem', input }), ended)
})

test('department_ids given twice are one, and IDs of any length are audited', async () => {
  const { app, root } = await company('long')
  const manager = { user_id: 'amy', role: 'manager', department_ids: [10, 10] }
  await root.done('person/invite', manager)
  assert.deepEqual((await root.done('person/role', manager)).department_ids, [10])
  const ids = Array.from({ length: 5 }, (_, at) => `${at}`.padEnd(256, '长'))
  await app.done('department/user/save', {
    staff: ids.map((user_id) => ({ user_id, name: user_id, department_ids: [10] })),
  })
  await app.done('department/user/move', { user_ids: ids, department_ids: [1] })
  const { total, records } = await root.done('audit/list', { subject: ids[0], page_size: 1 })
  assert.equal(total, 2)
  assert.deepEqual(records[0].changes, [
    { field: 'department_ids', from: [10], to: [1] },
    { field: 'main_department_id', from: null, to: 1 },
  ])
})

test('an import that changes people is audited, and leaves who is disabled nothing to sign in by', async () => {
  const { root } = await company('imported')
  await person(server, 'imported', 'amy')
  await server.load('imported', [{ kind: 'person', user_id: 'amy', role: 'admin' }])
  const { records } = await root.done('audit/list', { subject: 'amy', page_size: 1 })
  const { actor, actor_id, operation, changes } = records[0]
  assert.deepEqual([actor, actor_id, operation], ['command', null, 'import/person'])
  assert.deepEqual(changes, [{ field: 'role', from: 'staff', to: 'admin' }])
  await server.load('imported', [{ kind: 'person', user_id: 'amy', role: 'admin', disabled: true }])
  await invited(server, 'imported', 'amy')
  assertRefused(await signIn(url, 'imported', 'amy'), 40120)
  assert.equal((await rowOf(root, 'amy')).has_password, false)
})

test('audit/list: who changed what, when, from what and to what; never a secret', async () => {
  const { app, root } = await company('audit')
  const corp = await requireCorp(server.core.context, 'audit')
  const writer = new TestClient(
    url,
    await addApp(server.core.context, corp, { label: '写入方', read_only: false }),
  )
  await person(server, 'audit', 'amy')
  const { total: before, records: first } = await root.done('audit/list', { page_size: 1 })
  assert.deepEqual(
    [first[0].operation, first[0].actor, first[0].actor_id, first[0].subject],
    ['invitation/accept', 'person', 'amy', 'amy'],
  )
  const change = async (who: PersonClient | TestClient, path: string, body: object): Promise<Any> => {
    clock.ms += 1000
    const made = await who.done(path, body)
    const { records } = await root.done('audit/list', { page_size: 1 })
    const [{ id, time, actor_id, ...entry }] = records
    assert.equal(time, clock.ms, path)
    assert.equal(entry.operation, path)
    const isPerson = who instanceof PersonClient
    assert.deepEqual(
      [entry.actor, actor_id],
      isPerson ? ['person', 'root'] : ['app', writer.credentials.appid],
    )
    const fields = entry.changes.map(({ field, from, to }: Any) => [field, from, to])
    return { made, subject: entry.subject, fields }
  }
  const type = await change(writer, 'crm/follow/type/add', { name: '回访' })
  assert.deepEqual(type.fields, [
    ['name', null, '回访'],
    ['enabled', null, true],
  ])
  const { id } = type.made
  assert.equal(type.subject, String(id))
  const fieldsOf = async (...args: Parameters<typeof change>) => (await change(...args)).fields
  assert.deepEqual(await fieldsOf(root, 'crm/follow/type/rename', { id, name: '电话回访' }), [
    ['name', '回访', '电话回访'],
  ])
  assert.deepEqual(await fieldsOf(root, 'crm/follow/type/disable', { id }), [['enabled', true, false]])
  assert.deepEqual(await fieldsOf(writer, 'crm/follow/type/enable', { id }), [['enabled', false, true]])
  assert.deepEqual(await fieldsOf(root, 'crm/follow/type/delete', { id }), [
    ['name', '电话回访', null],
    ['enabled', true, null],
  ])
  const field = await change(root, 'crm/follow/field/save', { key: 'k1', name: '预算', type: 'text' })
  assert.equal(field.subject, 'k1')
  assert.ok(field.fields.some(([name, from, to]: Any) => name === 'name' && from === null && to === '预算'))
  const renamed = { key: 'k1', name: '预算（元）', type: 'text' }
  assert.deepEqual(await fieldsOf(writer, 'crm/follow/field/save', renamed), [['name', '预算', '预算（元）']])
  assert.ok((await fieldsOf(root, 'crm/follow/field/delete', { key: 'k1' })).length > 0)
  const department = { id: 20, name: '二组', parent_id: 1 }
  const made = await change(root, 'department/save', { departments: [department] })
  assert.equal(made.subject, '20')
  assert.ok(made.fields.some(([name, , to]: Any) => name === 'name' && to === '二组'))
  assert.deepEqual(await fieldsOf(writer, 'department/move', { id: 20, parent_id: 10 }), [
    ['parent_id', 1, 10],
  ])
  const staff = [{ user_id: 'new', name: '新人', department_ids: [20] }]
  assert.equal((await change(writer, 'department/user/save', { staff })).subject, 'new')
  assert.equal(
    (await change(root, 'department/user/move', { user_ids: ['new'], department_ids: [10] })).subject,
    'new',
  )
  assert.equal((await change(root, 'department/user/leave', { user_ids: ['new'] })).subject, 'new')
  const invitation = await change(root, 'person/invite', { user_id: 'bob', role: 'staff' })
  assert.deepEqual(invitation.fields.at(-1), ['invited_until', null, clock.ms + 24 * HOUR])
  const role = await change(root, 'person/role', { user_id: 'amy', role: 'manager', department_ids: [10] })
  assert.deepEqual(
    [role.subject, role.fields],
    [
      'amy',
      [
        ['role', 'staff', 'manager'],
        ['department_ids', [], [10]],
      ],
    ],
  )
  assert.equal((await signIn(url, 'audit', 'amy')).envelope.code, 0)
  assert.deepEqual(await fieldsOf(root, 'person/session/end', { user_id: 'amy' }), [['sessions', 1, 0]])
  assert.deepEqual(await fieldsOf(root, 'person/disable', { user_id: 'amy' }), [['disabled', false, true]])
  const created = await change(root, 'app/create', { label: '新应用', read_only: true })
  const { appid } = created.made
  assert.deepEqual(
    [created.subject, created.fields],
    [
      appid,
      [
        ['label', null, '新应用'],
        ['read_only', null, true],
      ],
    ],
  )
  assert.deepEqual(await fieldsOf(root, 'app/rename', { appid, label: '改名' }), [
    ['label', '新应用', '改名'],
  ])
  const rotated = await change(root, 'app/rotate', { appid, old_secret_hours: 3 })
  assert.deepEqual(rotated.fields, [['old_secret_until', null, clock.ms + 3 * HOUR]])
  assert.deepEqual(await fieldsOf(root, 'app/revoke', { appid }), [['revoked', false, true]])
  const password = 'the next password'
  const own = await change(root, 'me/password', { old_password: PASSWORD, new_password: password })
  assert.deepEqual([own.subject, own.fields], ['root', []])

  const { total } = await root.done('audit/list')
  assert.equal(total, before + 22)
  const ofBob = await root.done('audit/list', { subject: 'bob' })
  assert.deepEqual(
    ofBob.records.map(({ operation }: Any) => operation),
    ['person/invite'],
  )
  const ofApp = await root.done('audit/list', { actor_id: writer.credentials.appid, page_size: 100 })
  assert.ok(ofApp.total === 5 && ofApp.records.every(({ actor }: Any) => actor === 'app'))
  const all: Any[] = []
  for (let index = 1; all.length < total; index++) {
    all.push(...(await root.done('audit/list', { current_index: index, page_size: 7 })).records)
  }
  assert.deepEqual(
    all.map(({ id }) => id),
    all.map((_, at) => total - at),
  )
  assert.ok(all.some(({ actor, actor_id }) => actor === 'command' && actor_id === null))
  const text = JSON.stringify(all)
  const { app_secret } = created.made
  const link = invitation.made.link.split('#')[1]
  for (const secret of [PASSWORD, password, app_secret, rotated.made.app_secret, link, 'scrypt', 'gji_']) {
    assert.ok(!text.includes(secret))
  }
  // A refused change leaves no entry; nor does what changes nothing of the directory.
  await root.refused('person/role', { user_id: 'nobody', role: 'staff' }, 40410)
  await app.done('department/user/save', {
    staff: [{ user_id: 'bob', name: 'bob 的姓名', department_ids: [10] }],
  })
  assert.equal((await root.done('audit/list')).total, total)
})
