import assert from 'node:assert/strict'
import { test } from 'node:test'
import { follow, sharedServer } from '../support/server.ts'

const NO_TYPE = { follow_type: null, follow_type_desc: null }
const NOON = Date.UTC(2025, 0, 15, 4) // 2025-01-15 12:00 in Shanghai

const server = await sharedServer()
const client = await server.company('list', [
  { kind: 'department', id: 1, name: '总部' },
  { kind: 'department', id: 10, name: '销售', parent_id: 1 },
  { kind: 'department', id: 11, name: '一组', parent_id: 10 },
  { kind: 'department', id: 20, name: '服务', parent_id: 1 },
  { kind: 'staff', user_id: 'zhang', name: '张', department_ids: [11] },
  { kind: 'staff', user_id: 'li', name: '李', department_ids: [10, 20] },
  { kind: 'staff', user_id: 'wang', name: '王', department_ids: [20] },
  { kind: 'follow_type', id: 1, name: '电话跟进' },
  { kind: 'follow_type', id: 2, name: '展会' },
  { kind: 'follow_type', id: 3, name: '展会 ' },
  follow({ id: 1, follow_user_id: 'zhang', follow_time: NOON, follow_type: 1 }),
  follow({ id: 2, follow_user_id: 'li', follow_time: NOON, follow_type: 2, follow_type_desc: '展会' }),
  follow({ id: 3, follow_user_id: 'wang', follow_time: NOON + 1, business_type: 3, business_id: '77' }),
  follow({
    id: 4,
    follow_user_id: 'li',
    follow_time: NOON - 86_400_000,
    business_type: 4,
    business_id: 'clue1',
    target: {
      external_id: 'c1',
      contact_id: 'contact1',
      company_id: 'company1',
      chat_id: 'chat1',
      clue_id: 'clue1',
    },
    title: '回访',
  }),
  follow({ id: 5, follow_user_id: 'gone', follow_time: NOON, title: '回访 ', ...NO_TYPE }),
  follow({ id: 90, system: true, title: '客户状态变更', ...NO_TYPE }),
])

async function ids(body: Record<string, unknown>): Promise<string> {
  const page = await client.ids(body)
  assert.equal(page.total, page.ids.length)
  return page.ids.join(' ')
}

test('L1 newest follow_time first, then the highest id', async () => {
  assert.equal(await ids({}), '3 5 2 1 4')
})

test('L2 filters combine with AND, the entries of one list with OR', async () => {
  assert.equal(await ids({ follow_user_ids: ['zhang', 'li'] }), '2 1 4')
  assert.equal(await ids({ follow_user_ids: ['zhang', 'li'], follow_type_list: [1] }), '1 4')
  assert.equal(await ids({ follow_user_ids: ['zhang', 'li'], follow_type_list: [1], target_type: 4 }), '4')
  assert.equal(await ids({ follow_user_ids: ['zhang'], target_type: 4 }), '')
})

test('L3 current_index ≥ 1, default 1; page_size 1..100, default 20; out of range is A0420, never clamped', async () => {
  const many = await server.company(
    'list-l3',
    Array.from({ length: 130 }, (_, index) => follow({ id: index + 1, follow_time: NOON + index })),
  )
  assert.equal((await many.list({})).records.length, 20)
  assert.equal((await many.list({ page_size: 100 })).records.length, 100)
  const second = await many.ids({ page_size: 100, current_index: 2 })
  assert.equal(second.total, 130)
  assert.deepEqual(
    second.ids,
    Array.from({ length: 30 }, (_, index) => String(30 - index)),
  )
  assert.deepEqual((await many.ids({ page_size: 1, current_index: 130 })).ids, ['1'])
  for (const [body, field] of [
    [{ page_size: 101 }, 'page_size'],
    [{ page_size: 0 }, 'page_size'],
    [{ page_size: -1 }, 'page_size'],
    [{ page_size: '9223372036854775808' }, 'page_size'],
    [{ current_index: 0 }, 'current_index'],
    [{ current_index: 2147483648 }, 'current_index'],
  ] as const) {
    await many.refused('crm/follow/list', body, 40020, field)
  }
})

test('L4 both days are included whole; one alone leaves the other side open', async () => {
  const day = 86_400_000
  const start = Date.UTC(2025, 0, 9, 16) // 2025-01-10 00:00 in Shanghai
  const edges = await server.company('list-l4', [
    follow({ id: 1, follow_time: start - 1 }),
    follow({ id: 2, follow_time: start }),
    follow({ id: 3, follow_time: start + 2 * day - 1 }),
    follow({ id: 4, follow_time: start + 2 * day }),
  ])
  const range = async (from?: string, to?: string) =>
    (await edges.ids({ follow_time_start: from, follow_time_end: to })).ids.join(' ')
  assert.equal(await range('2025-01-10', '2025-01-11'), '3 2')
  assert.equal(await range('2025-01-10', '2025-01-10'), '2')
  assert.equal(await range('2025-01-10'), '4 3 2')
  assert.equal(await range(undefined, '2025-01-11'), '3 2 1')
  assert.equal(await range('0001-01-01', '9999-12-31'), '4 3 2 1')
})

test('L4 impossible dates and a start after the end are errors', async () => {
  const impossible = ['2025-02-30', '2025-13-01', '2025-00-10', '0000-01-01']
  const unreadable = ['2025-1-1', '20250101', '2025-01-01 00:00:00', '２０２５-01-01']
  for (const text of [...impossible, ...unreadable]) {
    for (const field of ['follow_time_start', 'follow_time_end']) {
      await client.refused('crm/follow/list', { [field]: text }, 40000, field)
    }
  }
  assert.equal((await client.list({ follow_time_start: '2024-02-29' })).total, 5)
  const reversed = { follow_time_start: '2025-02-07', follow_time_end: '2025-01-01' }
  await client.refused('crm/follow/list', reversed, 40000, /follow_time_start.*follow_time_end/)
})

test('L5 target_type is the business_type; a value outside the enum is an error', async () => {
  assert.equal(await ids({ target_type: 1 }), '5 2 1')
  assert.equal(await ids({ target_type: 3 }), '3')
  assert.equal(await ids({ target_type: 4 }), '4')
  for (const none of [9, 10, 11, 12]) assert.equal(await ids({ target_type: none }), '')
  const message = /target_type.*1、3、4、9、10、11、12/
  for (const wrong of [0, 2, 5, 13, -1]) {
    await client.refused('crm/follow/list', { target_type: wrong }, 40020, message)
  }
})

test('L6 target_id_list matches business_id and any id inside target; without target_type the whole timeline', async () => {
  assert.equal(await ids({ target_id_list: ['c1'] }), '5 2 1 4')
  assert.equal(await ids({ target_id_list: ['c1'], target_type: 1 }), '5 2 1')
  for (const id of ['contact1', 'company1', 'chat1', 'clue1'])
    assert.equal(await ids({ target_id_list: [id] }), '4')
  assert.equal(await ids({ target_id_list: ['clue1', '77', 'contact1'] }), '3 4')
  const ofLi = { follow_time_start: '2025-01-15', follow_user_ids: ['li'] }
  assert.equal(await ids({ target_id_list: ['c1'], ...ofLi }), '2')
  assert.equal(await ids({ target_id_list: ['C1'] }), '')
})

test('L7 id_list: unknown ids simply match nothing', async () => {
  assert.equal(await ids({ id_list: [1, 4, 999] }), '1 4')
  assert.equal(await ids({ id_list: ['2'] }), '2')
  assert.equal(await ids({ id_list: [999, -5] }), '')
  assert.equal(await ids({ id_list: [1, 1, '1'] }), '1')
})

test('L8 follow_user_ids: who followed up, staff who left included', async () => {
  assert.equal(await ids({ follow_user_ids: ['li'] }), '2 4')
  assert.equal(await ids({ follow_user_ids: ['gone', 'zhang'] }), '5 1')
  assert.equal(await ids({ follow_user_ids: ['LI'] }), '')
})

test('L9 follow_dep_ids: staff now in the departments or below; fetch_child 0 keeps to the departments', async () => {
  assert.equal(await ids({ follow_dep_ids: [1] }), '3 2 1 4')
  assert.equal(await ids({ follow_dep_ids: [10] }), '2 1 4')
  assert.equal(await ids({ follow_dep_ids: [11] }), '1')
  assert.equal(await ids({ follow_dep_ids: [11, 20] }), '3 2 1 4')
  assert.equal(await ids({ follow_dep_ids: [10], fetch_child: 0 }), '2 4')
  assert.equal(await ids({ follow_dep_ids: [1], fetch_child: 0 }), '')
  assert.equal(await ids({ follow_dep_ids: [1], fetch_child: 1 }), '3 2 1 4')
  assert.equal(await ids({ follow_dep_ids: [999] }), '')
  assert.equal(await ids({ follow_dep_ids: [10], follow_user_ids: ['zhang', 'wang'] }), '1')
  await client.refused('crm/follow/list', { fetch_child: 2 }, 40020, 'fetch_child')
})

test('L9 a department that is only named by its members or its children is one all the same', async () => {
  const partial = await server.company('list-l9-partial', [
    { kind: 'department', id: 8, name: '子部门', parent_id: 7 },
    { kind: 'staff', user_id: 'zhang', name: '张', department_ids: [6] },
    { kind: 'staff', user_id: 'li', name: '李', department_ids: [8] },
    follow({ id: 1 }),
    follow({ id: 2, follow_user_id: 'li' }),
  ])
  assert.deepEqual((await partial.ids({ follow_dep_ids: [6] })).ids, ['1'])
  assert.deepEqual((await partial.ids({ follow_dep_ids: [7] })).ids, ['2'])
  assert.equal((await partial.list({ follow_dep_ids: [7], fetch_child: 0 })).total, 0)
})

test('L9 goes by where staff are now: moving a member or a department moves the records', async () => {
  const moving = await server.company('list-l9', [
    { kind: 'department', id: 1, name: '总部' },
    { kind: 'department', id: 2, name: '一部', parent_id: 1 },
    { kind: 'department', id: 3, name: '二部', parent_id: 1 },
    { kind: 'department', id: 4, name: '一部一组', parent_id: 2 },
    { kind: 'staff', user_id: 'zhang', name: '张', department_ids: [4] },
    follow({ id: 1 }),
  ])
  const total = async (department: number) => (await moving.list({ follow_dep_ids: [department] })).total
  assert.deepEqual([await total(2), await total(3)], [1, 0])
  await server.load('list-l9', [{ kind: 'department', id: 4, name: '二部一组', parent_id: 3 }])
  assert.deepEqual([await total(2), await total(3)], [0, 1])
  await server.load('list-l9', [{ kind: 'staff', user_id: 'zhang', name: '张', department_ids: [2] }])
  assert.deepEqual([await total(2), await total(3), await total(1)], [1, 0, 1])
})

test('L10 follow_type_list by id, follow_type_name exactly; both given, both must hold', async () => {
  assert.equal(await ids({ follow_type_list: [2] }), '2')
  assert.equal(await ids({ follow_type_list: [1, 2] }), '3 2 1 4')
  assert.equal(await ids({ follow_type_name: '展会' }), '2')
  assert.equal(await ids({ follow_type_name: '展' }), '')
  assert.equal(await ids({ follow_type_name: '电话跟进', follow_type_list: [1, 2] }), '3 1 4')
  assert.equal(await ids({ follow_type_name: '展会', follow_type_list: [1] }), '')
  assert.equal(await ids({ follow_type_list: [999] }), '')
})

test('L10 a name finds what follow/create takes it for: widths are one name unless one is exact and enabled', async () => {
  const types = [
    [1, '电话（外呼）', true],
    [2, '上门(初访)', true],
    [3, '上门（初访）', true],
    [4, '会议(线上)', false],
    [5, '会议（线上）', true],
  ] as const
  const client = await server.company('list-widths', [
    { kind: 'staff', user_id: 'zhang', name: '张' },
    ...types.map(([id, name, enabled]) => ({ kind: 'follow_type', id, name, enabled })),
    follow({ id: 4, follow_type: 4 }),
  ])
  const names = [
    '电话(外呼)',
    '电话（外呼）',
    '上门(初访)',
    '上门（初访）',
    '会议(线上)',
    '会议（线上）',
    'ＷＸ',
  ]
  const found = async (name: string) =>
    (await client.list({ follow_type_name: name })).records.map(({ id }) => id)
  for (const name of names.slice(0, -1)) {
    const body = { type: 1, id: 'c', user_id: 'zhang', contact_type: name, follow_content: name }
    const id = await client.done('crm/follow/create', body)
    assert.ok((await found(name)).includes(id), name)
  }
  const count = async (name: string) => (await client.list({ follow_type_name: name })).total
  assert.deepEqual(await Promise.all(names.map(count)), [2, 2, 1, 1, 3, 2, 0])
})

test('an imported follow type takes the place of the preset one that differs in width only', async () => {
  const name = '加好友（企微加好友）'
  const client = await server.company('list-preset', [{ kind: 'follow_type', id: 77, name }])
  const { records } = await client.done('crm/follow/type/list', { page_size: 100 })
  const found = records.filter(
    (type: { name: string }) => type.name.normalize('NFKC') === name.normalize('NFKC'),
  )
  assert.deepEqual(
    found.map(({ id }: { id: number }) => id),
    [77],
  )
})

test('L10 follow_type_desc and follow_type_name go by the present name', async () => {
  const renamed = await server.company('list-l10', [
    { kind: 'follow_type', id: 5, name: '旧名' },
    follow({ id: 1, follow_type: 5 }),
  ])
  assert.equal((await renamed.list({ follow_type_name: '旧名' })).records[0]?.follow_type_desc, '旧名')
  await server.load('list-l10', [{ kind: 'follow_type', id: 5, name: '新名"\\' }])
  assert.equal((await renamed.list({ follow_type_name: '旧名' })).total, 0)
  assert.equal((await renamed.list({ follow_type_name: '新名"\\' })).records[0]?.follow_type_desc, '新名"\\')
})

test('L11 title: exact match', async () => {
  assert.equal(await ids({ title: '回访' }), '4')
  assert.equal(await ids({ title: '回访 ' }), '5')
  assert.equal(await ids({ title: '回' }), '')
  assert.equal(await ids({ title: '客户状态变更' }), '')
})

test('L12 total is exact and includes every acknowledged write; past the last page records are empty', async () => {
  assert.deepEqual(await client.list({ current_index: 100 }), { total: 5, records: [] })
  const farthest = await client.list({ current_index: 2147483647, page_size: 100 })
  assert.deepEqual(farthest, { total: 5, records: [] })
  const writing = await server.company('list-l12', [{ kind: 'staff', user_id: 'zhang', name: '张' }])
  const body = { type: 1, id: 'c1', user_id: 'zhang', contact_type: '拜访', follow_content: '内容' }
  for (let written = 1; written <= 25; written++) {
    const id = await writing.done('crm/follow/create', body)
    const list = await writing.ids({ page_size: 1 })
    assert.equal(list.total, written)
    assert.deepEqual(list.ids, [String(id)])
    server.clock.ms += 1
  }
})

test('L12 total and page are of one instant while records are written in batches of 7', async () => {
  const batched = await server.company('list-batched')
  let done = false
  const writer = (async () => {
    for (let batch = 0; batch < 40; batch++) {
      await server.load(
        'list-batched',
        Array.from({ length: 7 }, (_, index) =>
          follow({ id: batch * 7 + index + 1, follow_time: NOON + batch }),
        ),
      )
    }
    done = true
  })()
  let asked = 0
  while (!done) {
    const { total, records } = await batched.list({ page_size: 100, current_index: 1 })
    assert.equal(total % 7, 0)
    assert.equal(records.length, Math.min(total, 100))
    asked++
  }
  await writer
  assert.ok(asked > 5)
  assert.equal((await batched.list({})).total, 280)
})

test('L13 every key is always there: null, [] or {} where something is absent', async () => {
  const answer = await client.post('crm/follow/list', { id_list: [5] })
  assert.equal(
    answer.text,
    '{"code":0,"msg":"请求成功","data":{"total":1,"records":[{"id":5,"follow_user_id":"gone","content":"内容",' +
      '"target":{"contact_id":null,"external_id":null,"company_id":null,"chat_id":null,"clue_id":null,"is_ai":null},' +
      '"business_type":1,"business_id":"c1","follow_type":null,"follow_type_desc":null,"field_map":{},' +
      `"attachment_list":[],"location":null,"follow_time":${NOON},"remind":null}]},"sub_code":"00000"}`,
  )
  const partly = await server.company('list-l13', [
    follow({
      id: 1,
      location: { location_lat: '1' },
      remind: { is_remind: 1 },
      attachment_list: [{ name: 'a' }],
    }),
  ])
  const [record] = (await partly.list({})).records
  assert.deepEqual(record?.location, { location_lat: '1', location_lng: null, location_address: null })
  assert.deepEqual(record?.remind, { is_remind: 1, time: null, before: null, user_ids: [], content: null })
  assert.deepEqual(record?.attachment_list, [
    { cos_url: null, file_extension: null, material_id: null, name: 'a', type: null },
  ])
})

test('L14 only staff records; what the system wrote is at listForSystem', async () => {
  assert.equal(await ids({ id_list: [90] }), '')
  const system = await client.post('crm/follow/listForSystem', { id_list: [90, 1] })
  assert.equal(
    system.text,
    '{"code":0,"msg":"请求成功","data":{"total":1,"records":[{"id":90,"follow_user_id":"zhang","content":"内容",' +
      '"target":{"contact_id":null,"external_id":null,"company_id":null,"chat_id":null,"clue_id":null,"is_ai":null},' +
      `"business_type":1,"business_id":"c1","title":"客户状态变更","follow_time":${NOON},"create_time":${NOON}}]},"sub_code":"00000"}`,
  )
  const total = async (body: unknown) => (await client.done('crm/follow/listForSystem', body)).total
  assert.equal(await total({ title: '客户状态变更' }), 1)
  assert.equal(await total({ title: '回访' }), 0)
  const ofZhang = { target_id_list: ['c1'], follow_user_ids: ['zhang'], follow_dep_ids: [10] }
  assert.equal(await total({ target_type: 1, ...ofZhang }), 1)
  assert.equal(await total({ follow_time_start: '2025-01-15', follow_time_end: '2025-01-15' }), 1)
  assert.equal(await total({ follow_time_start: '2025-01-16' }), 0)
  // Parameters of the sister endpoint are unknown fields here.
  assert.equal(await total({ follow_type_list: [999], follow_type_name: '没有' }), 1)
})
