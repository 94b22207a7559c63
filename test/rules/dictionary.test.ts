import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DataOf } from 'genjin-contract'
import { exportText } from '../support/cli.ts'
import { type Answer, assertRefused, type TestClient } from '../support/client.ts'
import { follow, sharedServer } from '../support/server.ts'

const server = await sharedServer()

const STAFF = { kind: 'staff', user_id: 'zhang', name: '张' }
const CALL = { kind: 'follow_type', id: 1, name: '电话跟进' }
const CREATE = { type: 1, id: 'c1', user_id: 'zhang', contact_type: '电话跟进', follow_content: '内容' }
const CONFLICT = 40920
const NOT_FOUND = 40410
const INVALID = 40000
const MISSING = 40010

const CREATE_PATH = 'crm/follow/create'

async function followTypes(client: TestClient): Promise<DataOf<'followTypeList'>['records']> {
  return (await client.done('crm/follow/type/list', { page_size: 100 })).records
}

const type = (name: string) => `crm/follow/type/${name}`
const field = (name: string) => `crm/follow/field/${name}`

/** The lines of one kind in a company's export, and the whole of it. */
async function exported(corp: string, kind: string) {
  const text = await exportText(server.temp.database, corp)
  const all = text.split('\n').filter(Boolean)
  const lines: Record<string, unknown>[] = all.map((line) => JSON.parse(line))
  return { text, lines: lines.filter((line) => line.kind === kind) }
}

test('F1 a follow type that is added is listed, taken by create, and refused when its name is taken', async () => {
  const client = await server.company('follow-type-add', [STAFF])
  const before = await followTypes(client)
  const added = await client.done(type('add'), { name: '上门演示' })
  assert.deepEqual(added, { id: added.id, name: '上门演示', builtin: false, enabled: true })
  assert.ok(Number.isSafeInteger(added.id))
  const others = (await followTypes(client)).filter(({ id }) => !before.some((each) => each.id === id))
  assert.deepEqual(others, [added])
  await client.done(CREATE_PATH, { ...CREATE, contact_type: '上门演示' })
  assert.equal((await client.list()).records[0]?.follow_type, added.id)
  const taken = (name: string, names: RegExp) => client.refused(type('add'), { name }, CONFLICT, names)
  await taken('上门演示', new RegExp(`name.*${added.id}.*启用中`))
  // Full-width brackets and half-width ones are the same to create, and so they are here.
  await taken('加好友\uff08企微加好友\uff09', /加好友\(企微加好友\)/)
  await client.done(type('disable'), { id: added.id })
  await taken('上门演示', new RegExp(`${added.id}.*已停用.*type/enable`))
  assert.equal((await followTypes(client)).length, before.length + 1)
  await client.refused(type('add'), { name: '' }, MISSING, 'name')
})

test('F1 a company has at most 1,000 follow types', async () => {
  const client = await server.company('follow-type-limit')
  const preset = (await followTypes(client)).length
  const lines = Array.from({ length: 999 - preset }, (_, index) => ({
    kind: 'follow_type',
    id: index + 1,
    name: `方式${index + 1}`,
  }))
  assert.equal((await server.load('follow-type-limit', lines)).bad, 0)
  const added = await client.done(type('add'), { name: '第一千个' })
  assert.equal((await client.done(type('list'), {})).total, 1000)
  const oneMore = { name: '第一千零一个' }
  await client.refused(type('add'), oneMore, CONFLICT, /最多 1000 个.*type\/delete/)
  assert.equal((await client.done(type('list'), {})).total, 1000)
  await client.done(type('delete'), { id: added.id })
  await client.done(type('add'), oneMore)
})

test('F1 a rename shows at once in every list and filter, and create takes the new name only', async () => {
  const client = await server.company('follow-type-rename', [
    STAFF,
    CALL,
    { kind: 'follow_type', id: 2, name: '拜访客户' },
    follow({ id: 1 }),
  ])
  await client.done(type('rename'), { id: 1, name: '去电' })
  assert.equal((await client.list()).records[0]?.follow_type_desc, '去电')
  assert.equal((await client.list({ follow_type_name: '去电' })).total, 1)
  assert.equal((await client.list({ follow_type_name: '电话跟进' })).total, 0)
  const older = await client.done('crm/follow/customer/list', {})
  assert.equal(older.records[0].contact_type, '去电')
  await client.done(CREATE_PATH, { ...CREATE, contact_type: '去电' })
  assert.equal((await client.list({ follow_type_name: '去电' })).total, 2)
  await client.refused(CREATE_PATH, CREATE, INVALID, /contact_type.*电话跟进/)

  const again = await client.done(type('rename'), { id: 1, name: '去电' })
  assert.deepEqual(again, { id: 1, name: '去电', builtin: false, enabled: true })
  await client.refused(type('rename'), { id: 1, name: '拜访客户' }, CONFLICT, /name.*2.*拜访客户/)
  await client.refused(type('rename'), { id: 77, name: '新' }, NOT_FOUND, 'id')
  // Free again.
  assert.equal((await client.done(type('add'), { name: '电话跟进' })).name, '电话跟进')
})

test('F1 a built-in follow type can be renamed and disabled, which export keeps, but not deleted', async () => {
  const client = await server.company('follow-type-builtin', [STAFF])
  const [first, second] = await followTypes(client)
  assert.ok(first?.builtin && second?.builtin)
  assert.deepEqual((await exported('follow-type-builtin', 'follow_type')).lines, [])
  await client.done(type('rename'), { id: first.id, name: '上门' })
  await client.done(type('disable'), { id: second.id })
  await client.refused(type('delete'), { id: first.id }, CONFLICT, /内置.*不能删除.*停用/)
  const { lines, text } = await exported('follow-type-builtin', 'follow_type')
  assert.deepEqual(lines, [
    { kind: 'follow_type', ...first, name: '上门' },
    { kind: 'follow_type', ...second, enabled: false },
  ])
  const other = await server.company('follow-type-builtin-copy', [text])
  const copied = await followTypes(other)
  assert.ok(copied.some(({ name, enabled }) => name === '上门' && enabled))
  assert.ok(copied.some(({ name, enabled }) => name === second.name && !enabled))
  assert.equal((await exported('follow-type-builtin-copy', 'follow_type')).text, text)
})

test('F1 a disabled follow type is refused by create and keeps its records; disabling and enabling twice is fine', async () => {
  const client = await server.company('follow-type-disable', [STAFF, CALL, follow({ id: 1 })])
  for (let time = 0; time < 2; time++) {
    assert.equal((await client.done(type('disable'), { id: 1 })).enabled, false)
    await client.refused(CREATE_PATH, CREATE, INVALID, 'contact_type')
    assert.equal((await client.list({ follow_type_name: '电话跟进' })).total, 1)
  }
  for (let time = 0; time < 2; time++) {
    const enabled = { id: 1, name: '电话跟进', builtin: false, enabled: true }
    assert.deepEqual(await client.done(type('enable'), { id: '1' }), enabled)
  }
  await client.done(CREATE_PATH, CREATE)
  for (const name of ['disable', 'enable', 'delete']) {
    await client.refused(type(name), { id: 404 }, NOT_FOUND, '404')
  }
})

test('F1 a follow type is deleted only when no record, and no earlier version of one, uses it', async () => {
  const client = await server.company('follow-type-delete', [
    STAFF,
    CALL,
    { kind: 'follow_type', id: 2, name: '从前的' },
    { kind: 'follow_type', id: 3, name: '没有用过' },
    follow({ id: 1, follow_type: 2, follow_type_desc: '从前的' }),
  ])
  await server.load('follow-type-delete', [follow({ id: 1, follow_type: 1 })])
  for (const id of [1, 2]) await client.refused(type('delete'), { id }, CONFLICT, /使用.*停用/)
  const deleted = { id: 3, name: '没有用过', builtin: false, enabled: true }
  assert.deepEqual(await client.done(type('delete'), { id: 3 }), deleted)
  await client.refused(type('delete'), { id: 3 }, NOT_FOUND, '3')
  const own = (await followTypes(client)).filter(({ builtin }) => !builtin)
  assert.deepEqual(
    own.map(({ id }) => id),
    [1, 2],
  )
})

const OPTIONS = [
  { id: 'a', name: '重点' },
  { id: 'b', name: '普通' },
]
const FIELDS = [
  { key: 'text', name: '备注', type: 'text' },
  { key: 'number', name: '金额', type: 'number' },
  { key: 'date', name: '生日', type: 'date' },
  { key: 'datetime', name: '约定时间', type: 'datetime' },
  { key: 'single', name: '等级', type: 'single', options: OPTIONS },
  { key: 'multi', name: '标签', type: 'multi', options: OPTIONS },
]

test('F2 create checks field_map against the definitions: types, options, unknown keys', async () => {
  const client = await server.company('fields-checked', [STAFF, CALL])
  for (const definition of FIELDS) await client.done(field('save'), definition)
  const good = {
    text: '好',
    number: 12.5,
    date: '2025-02-28',
    datetime: '2025-02-28 12:30:00',
    single: 'a',
    multi: ['a', 'b'],
  }
  await client.done(CREATE_PATH, { ...CREATE, field_map: good })
  assert.deepEqual((await client.list()).records[0]?.field_map, good)
  const refusals: [Record<string, unknown>, RegExp][] = [
    [{ text: {} }, /field_map\.text.*备注.*文字/],
    [{ number: 'x' }, /field_map\.number.*数字/],
    [{ date: '2025-02-30' }, /field_map\.date.*yyyy-MM-dd/],
    [{ datetime: '2025-02-28' }, /field_map\.datetime.*HH:mm:ss/],
    [{ single: 'c' }, /field_map\.single.*a（重点）.*"c"/],
    [{ multi: 'a' }, /field_map\.multi.*列表/],
    [{ multi: ['a', 'c'] }, /field_map\.multi/],
    [{ other: 1 }, /field_map\.other.*没有定义.*field\/list/],
  ]
  for (const [fieldMap, names] of refusals) {
    await client.refused(CREATE_PATH, { ...CREATE, field_map: fieldMap }, INVALID, names)
  }
  assert.equal((await client.list()).total, 1)
})

test('F2 a required field must be given; without definitions everything is kept', async () => {
  const client = await server.company('fields-required', [STAFF, CALL])
  const free = { 任何键: [1, { a: null }], n: 1 }
  await client.done(CREATE_PATH, { ...CREATE, field_map: free })
  assert.deepEqual((await client.list()).records[0]?.field_map, free)
  await client.done(field('save'), { key: 'level', name: '等级', type: 'text', required: true })
  for (const field_map of [undefined, {}, { level: '' }, { level: null }]) {
    await client.refused(CREATE_PATH, { ...CREATE, field_map }, MISSING, /field_map\.level.*等级/)
  }
  await client.done(CREATE_PATH, { ...CREATE, field_map: { level: '高' } })
  await client.done(field('save'), { key: 'level', name: '等级', type: 'text' })
  await client.done(CREATE_PATH, CREATE)
})

test('F2 an option by its id as text or number, or an object with it; a time as text or in milliseconds', async () => {
  const first = { id: '1', name: '甲' }
  const client = await server.company('fields-forms', [
    STAFF,
    CALL,
    {
      kind: 'custom_field',
      key: 'one',
      name: '单',
      type: 'single',
      options: [first, { id: 'b', name: '乙' }],
    },
    { kind: 'custom_field', key: 'many', name: '多', type: 'multi', options: [first] },
    { kind: 'custom_field', key: 'at', name: '时', type: 'datetime' },
    { kind: 'custom_field', key: 'free', name: '无选项', type: 'single' },
    { kind: 'custom_field', key: 'constructor', name: '名', type: 'text', required: true },
  ])
  const create = (fieldMap: object) =>
    client.post(CREATE_PATH, { ...CREATE, field_map: { constructor: 'x', ...fieldMap } })
  const good = [
    { one: 1 },
    { one: 'b' },
    { one: { id: 'b', name: '乙' } },
    { many: [1, { id: '1' }] },
    { at: 1_736_913_600_000 },
    { at: '1736913600000' },
    { at: '2025-01-15 12:00' },
    { free: '随便' },
  ]
  for (const fieldMap of good) {
    const { envelope, text } = await create(fieldMap)
    assert.equal(envelope.code, 0, text)
    const { records } = await client.list({ id_list: [envelope.data] })
    assert.deepEqual(records[0]?.field_map, { constructor: 'x', ...fieldMap })
  }
  const bad = [
    { one: 2 },
    { one: { name: '乙' } },
    { one: null, many: [2] },
    { at: 1_736_913_600 },
    { at: '2025-01-15T12:00' },
  ]
  for (const fieldMap of bad) assertRefused(await create(fieldMap), INVALID, 'field_map.')
  await client.refused(CREATE_PATH, { ...CREATE, field_map: {} }, MISSING, 'field_map.constructor')
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`k${index}`, 1]))
  assertRefused(await create(many), 40020, 'field_map')
})

test('F2 update checks what is new; what the record has already stays, whatever became of its definition', async () => {
  const client = await server.company('fields-updated', [
    STAFF,
    CALL,
    { kind: 'custom_field', key: 'level', name: '等级', type: 'number' },
    follow({ id: 1, field_map: { 旧: { a: 1 }, level: '不是数字' } }),
  ])
  const update = (fieldMap: object) =>
    client.post('crm/follow/update', { follow_id: 1, user_id: 'zhang', field_map: fieldMap })
  for (const fieldMap of [{ level: '也不是' }, { 旧: { a: 2 } }, { 新: 1 }]) {
    assertRefused(await update(fieldMap), INVALID, 'field_map.')
  }
  const kept = { 旧: { a: 1 }, level: 3 }
  assert.equal((await update(kept)).envelope.code, 0)
  assert.deepEqual((await client.list()).records[0]?.field_map, kept)
})

test('F2 import keeps values under keys that have no definition', async () => {
  const client = await server.company('fields-import', [
    STAFF,
    { kind: 'custom_field', key: 'level', name: '等级', type: 'number', required: true },
    follow({ id: 1, field_map: { level: '不是数字', 其他: 1 } }),
  ])
  assert.deepEqual((await client.list()).records[0]?.field_map, { level: '不是数字', 其他: 1 })
})

test('F3 custom fields are saved by key, listed by key and page, and deleted', async () => {
  const client = await server.company('fields-saved', [STAFF, CALL])
  const saved = { key: 'b', name: '等级', type: 'single', options: OPTIONS, required: true }
  assert.deepEqual(await client.done(field('save'), saved), saved)
  const a = await client.done(field('save'), { key: 'a', name: '备注', type: 'text' })
  assert.deepEqual(a, { key: 'a', name: '备注', type: 'text', options: null, required: false })
  assert.deepEqual(await client.done(field('list'), {}), { total: 2, records: [a, saved] })
  const second = await client.done(field('list'), { current_index: 2, page_size: 1 })
  assert.deepEqual(second, { total: 2, records: [saved] })
  const changed = { ...saved, name: '客户等级', options: [{ id: 'c', name: '新' }], required: false }
  assert.deepEqual(await client.done(field('save'), changed), changed)
  assert.deepEqual((await client.done(field('list'), {})).records, [a, changed])

  await client.done(CREATE_PATH, { ...CREATE, field_map: { a: '值' } })
  assert.deepEqual(await client.done(field('delete'), { key: 'a' }), a)
  await client.refused(field('delete'), { key: 'a' }, NOT_FOUND, /key.*a/)
  assert.deepEqual((await client.done(field('list'), {})).records, [changed])
  assert.deepEqual((await client.list()).records[0]?.field_map, { a: '值' })
})

test('F3 a type stays; options belong to single and multi, each once; 200 fields at most', async () => {
  const client = await server.company('fields-refused')
  await client.done(field('save'), { key: 'k', name: '键', type: 'text' })
  const refused = (body: Record<string, unknown>, code: number, names: string | RegExp) =>
    client.refused(field('save'), { key: 'x', name: '名', ...body }, code, names)
  await refused({ key: 'k', type: 'number' }, CONFLICT, /k.*text.*number/)
  await refused({ type: 'single' }, MISSING, 'options')
  await refused({ type: 'multi', options: [] }, MISSING, 'options')
  await refused({ type: 'text', options: OPTIONS }, INVALID, /options.*single.*multi/)
  const twice = [...OPTIONS, { id: 'a', name: '又一个' }]
  await refused({ type: 'single', options: twice }, INVALID, /options\[2\]\.id.*a/)
  await refused({ type: 'colour' }, 40020, 'type')
  assert.equal((await client.done(field('list'), {})).total, 1)

  const lines = Array.from({ length: 199 }, (_, at) => ({
    kind: 'custom_field',
    key: `f${at}`,
    name: '名',
    type: 'text',
  }))
  await server.load('fields-refused', lines)
  await refused({ type: 'text' }, CONFLICT, '200')
  await client.done(field('save'), { key: 'f1', name: '改名', type: 'text' })
  await client.done(field('delete'), { key: 'f1' })
  await client.done(field('save'), { key: 'x', name: '名', type: 'text' })
})

test('F3 required survives export and import', async () => {
  const client = await server.company('fields-out')
  for (const required of [true, false]) {
    const definition = { key: `k${required}`, name: '名', type: 'multi', options: OPTIONS, required }
    await client.done(field('save'), definition)
  }
  const { text, lines } = await exported('fields-out', 'custom_field')
  const kept = lines.map(({ key, required }) => [key, required])
  assert.deepEqual(kept.flat(), ['kfalse', false, 'ktrue', true])
  const copy = await server.company('fields-in', [text])
  const answers: Answer[] = [await client.post(field('list'), {}), await copy.post(field('list'), {})]
  assert.equal(answers[1]?.text, answers[0]?.text)
})
