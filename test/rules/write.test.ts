import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addApp, requireCorp } from 'genjin-server'
import { type Answer, assertRefused, TestClient } from '../support/client.ts'
import { follow, sharedServer } from '../support/server.ts'

const server = await sharedServer()
const client = await server.company('acme', [
  { kind: 'staff', user_id: 'zhang', name: '张伟', department_ids: [1] },
  { kind: 'staff', user_id: 'li', name: '李娜', department_ids: [2] },
  follow({ id: '1538877699425540097', content: '导入的', field_map: { a: 1 } }),
  follow({ id: '7', system: true, title: '新增客户' }),
])

const DAY_MS = 24 * 3600 * 1000

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return client.post(`crm/follow/${path}`, body, headers)
}

function done(path: string, body: unknown, headers: Record<string, string> = {}) {
  return client.done(`crm/follow/${path}`, body, headers)
}

function refused(path: string, body: unknown, code: number, names?: string | RegExp): Promise<void> {
  return client.refused(`crm/follow/${path}`, body, code, names)
}

function row(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 1, id: 'c1', user_id: 'zhang', contact_type: '拜访', follow_content: '内容', ...fields }
}

const created = (fields: Record<string, unknown> = {}): Promise<number> => done('create', row(fields))

async function recordOf(id: number): Promise<Record<string, unknown>> {
  const { total, records } = await client.list({ id_list: [id] })
  assert.equal(total, 1)
  return records[0] as Record<string, unknown>
}

/** How often an id is found by each of the filters that its record matches. */
async function found(id: number, filters: readonly object[]): Promise<number[]> {
  const totals = filters.map(async (filter) => {
    const { total, records } = await client.list({ ...filter, page_size: 100 })
    assert.equal(records.length, total)
    return records.filter((record) => record.id === id).length
  })
  return Promise.all(totals)
}

test('W1 an update changes what is given and leaves the rest; the record is found by what it is now', async () => {
  const time = server.clock.ms - 3 * DAY_MS
  const id = await created({
    target: { contact_id: 'k1' },
    title: '标题',
    follow_time: time,
    location_lat: '31.2',
    location_name: '上海',
    attachment: [{ name: 'a.png', type: 'image' }],
    remind: { is_remind: 1, time: time + DAY_MS, user_ids: ['li'] },
    field_map: { budget: '1.50', n: 2 },
    is_ai: true,
  })
  const before = await recordOf(id)
  const updated = await done('update', { follow_id: id, user_id: 'li', follow_content: '改过' })
  assert.deepEqual(updated, { id, version: 2 })
  assert.deepEqual(await recordOf(id), { ...before, content: '改过' })

  const moved = {
    follow_id: id,
    user_id: 'li',
    version: 2,
    contact_type: '电话联系',
    follow_time: time - 400 * DAY_MS,
    target_type: 4,
    id: 'x9',
    title: '新标题',
    field_map: { level: 'a' },
    attachment: [{ name: 'b.pdf', type: 'file' }],
    location_lng: '121',
    remind: { is_remind: 0 },
    is_ai: false,
  }
  assert.deepEqual(await done('update', moved), { id, version: 3 })
  assert.deepEqual(await recordOf(id), {
    ...before,
    content: '改过',
    target: { ...(before.target as object), external_id: null, clue_id: 'x9', is_ai: false },
    business_type: 4,
    business_id: 'x9',
    follow_type: (await recordOf(id)).follow_type,
    follow_type_desc: '电话联系',
    field_map: { level: 'a' },
    attachment_list: [
      { cos_url: null, file_extension: null, material_id: null, name: 'b.pdf', type: 'file' },
    ],
    location: { location_lat: null, location_lng: '121', location_address: null },
    follow_time: time - 400 * DAY_MS,
    remind: { is_remind: 0, time: null, before: null, user_ids: [], content: null },
  })
  const day = (ms: number) => new Date(ms + 8 * 3600 * 1000).toISOString().slice(0, 10)
  const [now, then] = [day(time - 400 * DAY_MS), day(time)]
  const fits = [
    { target_id_list: ['x9'] },
    { target_id_list: ['k1'] },
    { target_type: 4 },
    { title: '新标题' },
    { follow_type_name: '电话联系' },
    { follow_time_start: now, follow_time_end: now },
  ]
  const not = [
    { target_id_list: ['c1'] },
    { target_type: 1 },
    { title: '标题' },
    { follow_type_name: '拜访' },
    { follow_time_start: then, follow_time_end: then },
  ]
  assert.deepEqual(await found(id, fits), [1, 1, 1, 1, 1, 1])
  assert.deepEqual(await found(id, not), [0, 0, 0, 0, 0])
})

test('W1 null, "" and [] leave what is there; clear makes empty', async () => {
  const id = await created({
    title: '标题',
    location_name: '上海',
    attachment: [{ name: 'a' }],
    remind: { is_remind: 1 },
    field_map: { a: 1 },
    target: { contact_id: 'k' },
  })
  const before = await recordOf(id)
  const empty = { title: '', attachment: [], remind: null, field_map: null, clear: [], target: null }
  await done('update', { follow_id: id, user_id: 'li', follow_content: '改过', ...empty })
  assert.deepEqual(await recordOf(id), { ...before, content: '改过' })
  await done('update', { follow_id: id, user_id: 'li', follow_content: '内容' })
  assert.deepEqual(await recordOf(id), before)
  const clear = ['title', 'location', 'attachment', 'remind', 'field_map', 'target']
  await done('update', { follow_id: id, user_id: 'li', clear })
  assert.deepEqual(await recordOf(id), {
    ...before,
    target: { ...(before.target as object), contact_id: null },
    location: null,
    attachment_list: [],
    remind: null,
    field_map: {},
  })
  assert.equal((await client.list({ id_list: [id], title: '标题' })).total, 0)
  await refused('update', { follow_id: id, user_id: 'li', clear: ['title'], title: 'x' }, 40000, 'clear')
  await refused('update', { follow_id: id, user_id: 'li', clear: ['content'] }, 40020, 'clear[0]')
})

test('W1 numbers that are not changed stay as they were written', async () => {
  const body = JSON.stringify(row({ id: 'exact' })).replace(
    /}$/,
    ',"field_map":{"long":9007199254740993,"decimal":1.50,"e":1e3},"remind":{"before":9007199254740995}}',
  )
  const { envelope } = await post('create', body as never)
  const text = async () => (await post('list', { id_list: [envelope.data] })).text
  const before = await text()
  assert.match(before, /"long":9007199254740993,"decimal":1.50,"e":1e3/)
  await done('update', { follow_id: envelope.data, user_id: 'li', follow_content: '内容二' })
  assert.equal(await text(), before.replace('"content":"内容"', '"content":"内容二"'))
})

test('W1 a version that is not the present one is refused, of two at once one wins', async () => {
  const id = await created()
  const update = (content: string) =>
    post('update', { follow_id: id, user_id: 'li', version: 1, follow_content: content })
  const answers = await Promise.all(['甲', '乙', '丙'].map(update))
  assert.deepEqual(answers.map(({ envelope }) => envelope.code).sort(), [0, 40910, 40910])
  const won = answers.findIndex(({ envelope }) => envelope.code === 0)
  assert.equal((await recordOf(id)).content, ['甲', '乙', '丙'][won])
  const lost = answers.find(({ envelope }) => envelope.code !== 0) as Answer
  assertRefused(lost, 40910, /version（1）.*现在的版本（2）/)
})

test('W1 what cannot be changed is refused with the field, and nothing is written', async () => {
  const id = await created()
  const before = await recordOf(id)
  const refusals: [object, number, string][] = [
    [{ user_id: 'nobody' }, 40000, 'user_id'],
    [{ user_id: undefined }, 40010, 'user_id'],
    [{ contact_type: '飞鸽传书' }, 40000, 'contact_type'],
    [{ target_type: 2 }, 40020, 'target_type'],
    [{ target_type: 3 }, 40010, 'id'],
    [{ stage_id: 1 }, 40000, 'stage_id'],
    [{ follow_time: -1 }, 40020, 'follow_time'],
    [{ attachment: Array(10).fill({ name: 'a' }) }, 40020, 'attachment'],
    [{ version: 0 }, 40020, 'version'],
    [{ follow_id: 12345 }, 40410, 'follow_id'],
    [{ follow_id: undefined }, 40010, 'follow_id'],
    [{ follow_id: 7 }, 40920, '系统跟进'],
  ]
  for (const [fields, code, names] of refusals) {
    const body = { follow_id: id, user_id: 'li', follow_content: '不该写入', ...fields }
    await refused('update', body, code, names)
  }
  assert.deepEqual(await recordOf(id), before)
})

test('W1 nothing to change is an error that says what can be; what is there already makes no version', async () => {
  const id = await created({ field_map: { a: 1.5 }, title: '同' })
  const version = async () => (await done('get', { follow_id: id })).record.version
  const unknown = { content: 'x', attachment_list: [], business_id: 'q' }
  for (const nothing of [{}, unknown, { title: '' }, { clear: [] }]) {
    await refused('update', { follow_id: id, user_id: 'li', ...nothing }, 40010, 'follow_content')
  }
  const same = {
    follow_content: '内容',
    contact_type: '拜访',
    field_map: { a: 1.5 },
    title: '同',
    id: 'c1',
    target_type: 1,
  }
  assert.deepEqual(await done('update', { follow_id: id, user_id: 'li', ...same }), { id, version: 1 })
  assert.equal(await version(), 1)
  const other = { follow_id: id, user_id: 'li', ...same, title: '异', reason: '改错字' }
  assert.equal((await done('update', other)).version, 2)
  const { reason, changes } = (await done('get', { follow_id: id })).history[0]
  assert.deepEqual([reason, changes], ['改错字', [{ field: 'title', from: '同', to: '异' }]])
})

test('W1 an object of which no name is known is an error; the same object named again moves nothing', async () => {
  await server.load('acme', [follow({ id: '70', content: '没有 target' })])
  for (const part of [{ remind: { tiem: 5 } }, { target: { contactId: 'k' } }]) {
    await refused('update', { follow_id: 70, user_id: 'li', ...part }, 40000, Object.keys(part)[0])
  }
  const same = { follow_id: 70, user_id: 'li', target_type: 1, id: 'c1' }
  assert.deepEqual(await done('update', same), { id: 70, version: 1 })
  await server.load('acme', [
    follow({ id: '70', content: '没有 target', create_time: 94694400005, update_time: 94694400006 }),
  ])
  const { changes } = (await done('get', { follow_id: 70 })).history[0]
  assert.deepEqual([changes.length, changes[0].field], [1, 'create_time'])
})

test('W1 a record stays short enough to be exported and imported again', async () => {
  const id = await created({ follow_content: '长'.repeat(100_000) })
  const fieldMap = (kib: number) => ({ a: 'x'.repeat(kib * 1024) })
  await done('update', { follow_id: id, user_id: 'li', field_map: fieldMap(700) })
  await refused('update', { follow_id: id, user_id: 'li', field_map: fieldMap(900) }, 40020, 'field_map')
})

test('W1 a stage belongs to opportunities: it follows the record there and goes when it leaves', async () => {
  const id = await created({ type: 2, id: '5', stage_id: 3 })
  const stage = async () => (await done('get', { follow_id: id })).record.stage_id
  await done('update', { follow_id: id, user_id: 'li', stage_id: 4 })
  assert.equal(await stage(), '4')
  const { records } = await done('opportunity/list', { follow_id: id })
  assert.equal(records[0].stage_id, '4')
  await done('update', { follow_id: id, user_id: 'li', clear: ['stage_id'], title: '谈判' })
  assert.equal(await stage(), null)
  const { history } = await done('get', { follow_id: id })
  assert.deepEqual(history[0].changes, [
    { field: 'title', from: null, to: '谈判' },
    { field: 'stage_id', from: '4', to: null },
  ])
  await done('update', { follow_id: id, user_id: 'li', stage_id: 5 })
  await done('update', { follow_id: id, user_id: 'li', target_type: 1, id: 'c1' })
  assert.equal(await stage(), null)
})

test('W2 a deleted follow-up is gone from every list and total at once, with who and why kept', async () => {
  const id = await created({ title: '删', target: { contact_id: 'k7' }, follow_time: server.clock.ms })
  const filters = [
    {},
    { id_list: [id] },
    { target_id_list: ['k7'] },
    { title: '删' },
    { follow_user_ids: ['zhang'] },
    { follow_dep_ids: [1] },
    { follow_type_name: '拜访' },
    { target_type: 1 },
  ]
  assert.deepEqual(await found(id, filters), Array(8).fill(1))
  const { total } = await client.list()
  const older = (await done('customer/list', {})).total
  const removed = await done('delete', { follow_id: id, user_id: 'li', reason: '重复录入' })
  assert.deepEqual(removed, { id, version: 2 })
  assert.deepEqual(await found(id, filters), Array(8).fill(0))
  assert.equal((await client.list()).total, total - 1)
  assert.equal((await done('customer/list', {})).total, older - 1)
  const { deleted, history } = await done('get', { follow_id: id })
  assert.equal(deleted, true)
  assert.deepEqual(
    [history[0].op, history[0].user_id, history[0].reason, history[0].appid],
    ['delete', 'li', '重复录入', client.credentials.appid],
  )
  const again = { follow_id: id, user_id: 'li', reason: '再删' }
  await refused('delete', again, 40920, 'restore')
  await refused('update', again, 40920, 'restore')
  await refused('delete', { ...again, follow_id: await created(), reason: '  ' }, 40010, 'reason')
  for (const missing of ['user_id', 'reason', 'follow_id']) {
    await refused('delete', { ...again, [missing]: null }, 40010, missing)
  }
  await refused('delete', { ...again, follow_id: await created(), version: 2 }, 40910, 'version')
})

test('W2 a system follow-up can be deleted too', async () => {
  await server.load('acme', [follow({ id: '8', system: true, title: '删' })])
  await done('delete', { follow_id: 8, user_id: 'li', reason: '测试数据' })
  assert.equal((await done('listForSystem', { id_list: [8] })).total, 0)
})

test('W2 the id of a deleted follow-up is not given out again', async () => {
  // The clock does not move: the next id is one more.
  const id = await created()
  await server.load('acme', [follow({ id: String(id + 1), content: '别处来的' })])
  await done('delete', { follow_id: id + 1, user_id: 'li', reason: '误导入' })
  const { results } = await done('batchCreate', { records: [row(), row()] })
  const made = [await created(), ...results.map((result: { id: number }) => result.id)]
  assert.ok(!made.includes(id + 1), `${made}`)
  await done('restore', { follow_id: id + 1, user_id: 'li' })
  assert.equal((await recordOf(id + 1)).content, '别处来的')
})

test('W3 restored is as before: the same record, found by the same filters, a version on', async () => {
  const id = await created({ title: '还', target: { contact_id: 'k8' }, type: 2, stage_id: 1, id: '77' })
  const before = await done('get', { follow_id: id })
  const listed = await recordOf(id)
  await done('delete', { follow_id: id, user_id: 'li', reason: '误删' })
  server.clock.ms += 5
  await refused('restore', { follow_id: id, user_id: 'zhang', version: 1 }, 40910, 'version')
  const restored = await done('restore', { follow_id: id, user_id: 'zhang', reason: '删错了' })
  assert.deepEqual(restored, { id, version: 3 })
  assert.deepEqual(await recordOf(id), listed)
  const targets = [{ target_id_list: ['k8'] }, { target_id_list: ['77'] }, { target_type: 3 }]
  assert.deepEqual(await found(id, [...targets, { title: '还' }]), [1, 1, 1, 1])
  const { deleted, record, history } = await done('get', { follow_id: id })
  assert.equal(deleted, false)
  assert.deepEqual([history[0].op, history[0].user_id, history[0].reason], ['restore', 'zhang', '删错了'])
  assert.deepEqual(record, { ...before.record, update_time: server.clock.ms, version: 3 })
  await refused('restore', { follow_id: id, user_id: 'zhang' }, 40920, '没有删除')
  await refused('restore', { follow_id: 4321, user_id: 'zhang' }, 40410, 'follow_id')
})

test('W3 what is imported again after it was deleted is back, a version on', async () => {
  const line = follow({ id: '99', content: '导入两次' })
  await server.load('acme', [line])
  await done('delete', { follow_id: 99, user_id: 'li', reason: '误删' })
  await server.load('acme', [line])
  const { record, history } = await done('get', { follow_id: 99 })
  assert.equal(record.version, 3)
  assert.deepEqual(
    history.map(({ op, appid, user_id: user }: Record<string, string>) => [op, appid, user]),
    [
      ['restore', null, null],
      ['delete', client.credentials.appid, 'li'],
      ['create', null, null],
    ],
  )
  await server.load('acme', [line])
  const { version } = (await done('get', { follow_id: 99 })).record
  assert.equal(version, 3, 'imported unchanged, nothing changes')
})

test('W4 a batch answers a result for each row in order; a bad row does not lose the rest', async () => {
  const rows = [
    row({ follow_content: '第一条' }),
    row({ user_id: 'nobody' }),
    row({ attachment: Array(10).fill({ name: 'a' }) }),
    'rubbish',
    null,
    row({ follow_content: '第六条', follow_time: 94694400000 }),
    row({ type: 2 }),
  ]
  const { created: count, failed, results } = await done('batchCreate', { records: rows })
  assert.deepEqual([count, failed], [2, 5])
  const valuesOf = (name: string) => results.map((result: Record<string, unknown>) => result[name])
  assert.deepEqual(valuesOf('code'), [0, 40000, 40020, 40000, 40000, 0, 40010])
  const subCodes = ['00000', 'A0400', 'A0420', 'A0400', 'A0400', '00000', 'A0410']
  assert.deepEqual(valuesOf('sub_code'), subCodes)
  const fields = [undefined, 'user_id', 'attachment', '', '', undefined, 'stage_id']
  assert.deepEqual(
    valuesOf('field'),
    fields.map((field, index) =>
      field === undefined ? undefined : `records[${index}]${field && `.${field}`}`,
    ),
  )
  assert.match(results[1].msg, /user_id/)
  assert.match(results[2].msg, /attachment/)
  assert.equal((await recordOf(results[0].id)).content, '第一条')
  assert.equal((await recordOf(results[5].id)).content, '第六条')
  assert.equal(results[1].id, null)
})

test('W4 atomic: one bad row refuses all; limits', async () => {
  const { total } = await client.list()
  const rows = [row(), row({ contact_type: '飞鸽传书' })]
  await refused('batchCreate', { records: rows, atomic: true }, 40000, /records\[1\].*contact_type/)
  assert.equal((await client.list()).total, total)
  const good = await done('batchCreate', { records: Array(100).fill(row()), atomic: true })
  assert.equal(good.created, 100)
  assert.equal(new Set(good.results.map(({ id }: { id: number }) => id)).size, 100)
  assert.equal((await client.list()).total, total + 100)
  await refused('batchCreate', { records: Array(101).fill(row()) }, 40020, 'records')
  for (const records of [undefined, [], null]) await refused('batchCreate', { records }, 40010, 'records')
})

test('W5 history: who, when, what from and to, newest first', async () => {
  const id = await created({ field_map: { a: 1, b: 2 }, follow_time: server.clock.ms - DAY_MS })
  const writtenAt = server.clock.ms
  server.clock.ms += 1000
  const fields = { follow_content: '改过', contact_type: '电话联系', field_map: { a: 1, b: 3, c: 'x' } }
  await done('update', { follow_id: id, user_id: 'li', ...fields })
  const { record, history, has_more: more } = await done('get', { follow_id: id })
  assert.deepEqual(
    [record.version, record.create_time, record.update_time, record.follow_time],
    [2, writtenAt, server.clock.ms, writtenAt - DAY_MS],
  )
  assert.equal(more, false)
  const [second, first] = history
  const { appid } = client.credentials
  const written = { version: 1, op: 'create', time: writtenAt, appid, user_id: 'zhang', reason: null }
  assert.deepEqual(first, { ...written, changes: [] })
  const { changes, ...update } = second
  assert.deepEqual(update, { ...written, version: 2, op: 'update', time: server.clock.ms, user_id: 'li' })
  const { follow_type: from } = await recordOf(await created())
  const { follow_type: to } = await recordOf(id)
  assert.deepEqual(changes, [
    { field: 'content', from: '内容', to: '改过' },
    { field: 'follow_type', from, to },
    { field: 'follow_type_desc', from: '拜访', to: '电话联系' },
    { field: 'field_map.b', from: 2, to: 3 },
    { field: 'field_map.c', from: null, to: 'x' },
  ])
})

test('W5 very many fields that differ at once are told as one', async () => {
  const many = (value: string) =>
    Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, value]))
  const id = await created({ field_map: many('a') })
  await done('update', { follow_id: id, user_id: 'li', field_map: many('b') })
  assert.deepEqual((await done('get', { follow_id: id })).history[0].changes, [
    { field: 'field_map', from: many('a'), to: many('b') },
  ])
  await done('update', { follow_id: id, user_id: 'li', field_map: { ...many('b'), k0: 'c' } })
  assert.deepEqual((await done('get', { follow_id: id })).history[0].changes, [
    { field: 'field_map.k0', from: 'b', to: 'c' },
  ])
})

test('W5 a long history comes in parts', async () => {
  const id = await created({ follow_content: '0' })
  for (let version = 2; version <= 130; version++) {
    await done('update', { follow_id: id, user_id: 'li', follow_content: String(version) })
  }
  const all: { version: number; changes: unknown[] }[] = []
  let before: number | undefined
  for (let more = true; more; ) {
    const page = await done('get', { follow_id: id, history_before: before })
    assert.equal(page.history.length, before === undefined ? 100 : 30)
    assert.equal(page.record.content, '130')
    all.push(...page.history)
    before = page.history.at(-1).version
    more = page.has_more
  }
  assert.equal(all.length, 130)
  // The first of the older part is compared with the version before it, too.
  for (const [index, { version, changes }] of all.entries()) {
    assert.equal(version, 130 - index)
    const from = version === 2 ? '0' : String(version - 1)
    assert.deepEqual(changes, version === 1 ? [] : [{ field: 'content', from, to: String(version) }])
  }
  await refused('get', { follow_id: 4321 }, 40410, 'follow_id')
})

test('W6 what is compared is what was understood, in the rows of a batch too', async () => {
  const headers = { 'idempotency-key': 'understood' }
  const create = (body: object) => post('batchCreate', body, headers)
  const first = await create({ records: [row(), 'rubbish'] })
  const again = await create({ records: [{ ...row(), trace: 1, title: null }, 'rubbish'], x: 1 })
  assert.equal(again.text, first.text)
  assert.equal((await create({ records: [row(), 'other'] })).envelope.code, 40900)
})

test('W6 apps do not share keys; an empty header is refused', async () => {
  const app = await addApp(server.core.context, await requireCorp(server.core.context, 'acme'))
  const other = new TestClient(server.url, app)
  const headers = { 'idempotency-key': 'shared' }
  const mine = await done('create', row(), headers)
  assert.notEqual(await other.done('crm/follow/create', row(), headers), mine)
  assertRefused(await post('create', row(), { 'idempotency-key': '' }), 40000, 'Idempotency-Key')
})

test('W6 a key can be used again once it has expired, also while others that expired earlier are still there', async () => {
  const keys = ['first', 'second', 'third']
  const write = (key: string) => done('create', row(), { 'idempotency-key': `expired-${key}` })
  const ids: unknown[] = []
  for (const key of keys) {
    ids.push(await write(key))
    server.clock.ms += 5_000
  }
  assert.equal(await write('third'), ids[2])
  server.clock.ms += DAY_MS
  client.forgetToken()
  // The last first: each write deletes the oldest keys only.
  for (const key of keys.toReversed()) {
    const again = await write(key)
    assert.ok(!ids.includes(again))
    assert.equal(await write(key), again)
    ids.push(again)
  }
  const kept = await server.temp.query('SELECT key FROM write_key')
  assert.equal(kept.filter((one) => String(one.key).startsWith('expired-')).length, 3)
})

test('W6 one key, one effect: the first answer again, another body refused, what is refused keeps no key', async () => {
  const id = await created()
  const writes: [string, Record<string, unknown>][] = [
    ['create', row({ follow_content: '只一次' })],
    ['batchCreate', { records: [row(), { type: 1 }] }],
    ['update', { follow_id: id, user_id: 'li', follow_content: '一次' }],
    ['delete', { follow_id: id, user_id: 'li', reason: '一次' }],
    ['restore', { follow_id: id, user_id: 'li' }],
  ]
  for (const [path, body] of writes) {
    const headers = { 'idempotency-key': `w6-${path}` }
    const first = await post(path, body, headers)
    assert.equal(first.envelope.code, 0, first.text)
    const { total } = await client.list()
    for (const again of await Promise.all([1, 2, 3].map(() => post(path, body, headers)))) {
      assert.equal(again.text, first.text)
    }
    assert.equal((await client.list()).total, total, path)
    const other = { ...body, user_id: 'zhang', reason: '别的', extra: 1, atomic: true, id: 'x' }
    assertRefused(await post(path, other, headers), 40900, 'Idempotency-Key')
  }
  assert.equal((await done('get', { follow_id: id })).record.version, 4)
  // A key belongs to one operation: the same body under it elsewhere is another request.
  const crossed = await post('restore', { follow_id: id, user_id: 'li' }, { 'idempotency-key': 'w6-delete' })
  assertRefused(crossed, 40900)
  const headers = { 'idempotency-key': 'w6-refused' }
  const unknown = await post('delete', { follow_id: id, user_id: 'nobody', reason: 'x' }, headers)
  assert.equal(unknown.envelope.code, 40000)
  await done('delete', { follow_id: id, user_id: 'li', reason: 'x' }, headers)
})
