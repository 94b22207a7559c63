import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused } from '../support/client.ts'
import { follow, sharedServer } from '../support/server.ts'

const SECOND = 1_736_913_600

const server = await sharedServer()
const client = await server.company('older', [
  { kind: 'target', type: 1, id: 'wm1', name: '吴陈迪' },
  { kind: 'target', type: 3, id: '1535988810946098178', name: '裤子' },
  { kind: 'department', id: 20, name: '二部', parent_id: 3, order: 2 },
  { kind: 'department', id: 3, name: '一部' },
  {
    kind: 'staff',
    user_id: 'chen-di',
    name: '陈迪',
    department_ids: [20, 3],
    main_department_id: 3,
    status: 1,
    mobile: '13800138000',
  },
  { kind: 'staff', user_id: 'Zhou', name: '周', status: 5 },
  follow({
    id: '1538877699425540097',
    business_id: 'wm1',
    follow_user_id: 'chen-di',
    create_time: SECOND * 1000 + 999,
    location: { location_lat: '1', location_lng: '2' },
    attachment_list: [{ cos_url: 'https://files.example.com/a.pdf', file_extension: 'pdf', name: 'a.pdf' }],
    field_map: { a: 1 },
  }),
  follow({ id: 2, business_type: 4, business_id: 'clue', create_time: (SECOND - 1) * 1000 }),
  follow({
    id: 3,
    business_type: 4,
    business_id: 'clue',
    target: { external_id: 'wm1' },
    create_time: (SECOND + 5) * 1000,
  }),
  follow({
    id: '1537309758273788929',
    business_type: 3,
    business_id: '1535988810946098178',
    target: { external_id: 'wm1' },
    stage_id: '1531601499997297665',
    create_time: SECOND * 1000,
  }),
  follow({ id: 5, business_type: 3, business_id: 'not-a-number', create_time: (SECOND - 9) * 1000 }),
  follow({ id: 6, business_type: 10, business_id: 'chat' }),
  follow({ id: 7, system: true }),
])

async function ids(path: string, body: unknown): Promise<string> {
  const answer = await client.post(path, body)
  assert.equal(answer.envelope.code, 0, answer.text)
  const found = [...answer.text.matchAll(/"follow_id":(\d+)/g)].map((match) => match[1])
  assert.equal(answer.envelope.data.total, found.length)
  return found.join(' ')
}

const customers = (body: unknown) => ids('crm/follow/customer/list', body)
const opportunities = (body: unknown) => ids('crm/follow/opportunity/list', body)

test('O1 customer/list answers customers and clues, newest written first, in the documented shape', async () => {
  assert.equal(await customers({}), '3 1538877699425540097 2')
  const answer = await client.post('crm/follow/customer/list', { follow_id: '1538877699425540097' })
  assert.equal(
    answer.text,
    '{"code":0,"msg":"请求成功","data":{"total":1,"records":[{"follow_id":1538877699425540097,' +
      '"external_user_id":"wm1","external_user_name":"吴陈迪","record_type":1,"contact_type":"电话跟进",' +
      '"follow_content":"内容","location_lat":"1","location_lng":"2","location_name":null,"user_id":"chen-di",' +
      `"gmt_create":${SECOND},"attachment":[{"cos_url":"https://files.example.com/a.pdf","file_extension":"pdf",` +
      '"name":"a.pdf","type":null}],"field_map":{"a":1}}]},"sub_code":"00000"}',
  )
})

test('O1 a record whose time of writing is not known has its follow_time as gmt_create', async () => {
  const unknown = await server.company('older-unknown', [follow({ id: 1, follow_time: SECOND * 1000 + 500 })])
  const range = { start_time: SECOND, end_time: SECOND }
  const { records } = await unknown.done('crm/follow/customer/list', range)
  assert.equal(records[0].gmt_create, SECOND)
})

test('O2 record_type: 1 customer, 3 opportunity, 4 a clue of no customer, 8 a clue of one', async () => {
  const types = async (path: string) =>
    (await client.done(path, {})).records.map((record: { record_type: number }) => record.record_type)
  assert.deepEqual(await types('crm/follow/customer/list'), [8, 1, 4])
  assert.deepEqual(await types('crm/follow/opportunity/list'), [3, 3])
})

test('O3 opportunity/list answers opportunities in the documented shape', async () => {
  assert.equal(await opportunities({}), '1537309758273788929 5')
  assert.equal(await opportunities({ opportunity_id: '1535988810946098178' }), '1537309758273788929')
  assert.equal(await opportunities({ external_user_id: 'wm1' }), '1537309758273788929')
  assert.equal(await opportunities({ user_id: 'zhang', external_user_id: null }), '1537309758273788929 5')
  const answer = await client.post('crm/follow/opportunity/list', { follow_id: '1537309758273788929' })
  assert.match(
    answer.text,
    /\{"follow_id":1537309758273788929,"stage_id":"1531601499997297665","opportunity_id":1535988810946098178,"opportunity_name":"裤子","record_type":3,"contact_type":"电话跟进","follow_content":"内容","location_lat":null,"location_lng":null,"location_name":null,"user_id":"zhang","gmt_create":1736913600,"attachment":\[\],"field_map":\{\}\}/,
  )
  const foreign = await client.post('crm/follow/opportunity/list', { follow_id: 5 })
  assert.equal(foreign.envelope.data.records[0].opportunity_id, null)
})

test('O4 customer/list: user_id and external_user_id are both empty or both given', async () => {
  assert.equal(await customers({ user_id: 'chen-di', external_user_id: 'wm1' }), '1538877699425540097')
  assert.equal(await customers({ user_id: 'zhang', external_user_id: 'wm1' }), '3')
  assert.equal(await customers({ user_id: '', external_user_id: '' }), '3 1538877699425540097 2')
  await client.refused('crm/follow/customer/list', { user_id: 'zhang' }, 40010, 'external_user_id')
  await client.refused('crm/follow/customer/list', { external_user_id: 'wm1' }, 40010, 'user_id')
})

test('O5 the older lists go by seconds, both ends included, at most 30 days apart', async () => {
  assert.equal(await customers({ start_time: SECOND, end_time: SECOND }), '1538877699425540097')
  const wider = { start_time: SECOND - 1, end_time: String(SECOND + 5) }
  assert.equal(await customers(wider), '3 1538877699425540097 2')
  const widest = { start_time: SECOND - 30 * 86400, end_time: SECOND }
  assert.equal(await customers(widest), '1538877699425540097 2')
  for (const [body, code, field] of [
    [{ start_time: SECOND - 30 * 86400 - 1, end_time: SECOND }, 40020, '30 天'],
    [{ start_time: SECOND + 1, end_time: SECOND }, 40000, 'start_time'],
    [{ start_time: SECOND }, 40010, 'end_time'],
    [{ end_time: SECOND }, 40010, 'start_time'],
    [{ start_time: -1, end_time: 1 }, 40020, 'start_time'],
    [{ start_time: SECOND * 1000, end_time: SECOND * 1000 }, 40020, /start_time .*以毫秒为单位/],
  ] as const) {
    for (const path of ['crm/follow/customer/list', 'crm/follow/opportunity/list']) {
      await client.refused(path, body, code, field)
    }
  }
})

test('O6 the older lists page as L3 says', async () => {
  const page = async (body: unknown) => (await client.post('crm/follow/customer/list', body)).envelope
  assert.equal((await page({ page_size: 2, current_index: 2 })).data.records.length, 1)
  assert.deepEqual((await page({ page_size: 2, current_index: 3 })).data, { total: 3, records: [] })
  assert.equal((await page({ page_size: 101 })).code, 40020)
  assert.equal((await page({ current_index: 0 })).code, 40020)
})

test('O7 staff: every value a string, by user id, paged', async () => {
  const answer = await client.get('department/user/list', { current_index: '1', page_size: '20' })
  assert.equal(answer.envelope.data.total, 2)
  const nothing = { alias: null, mobile: null, position: null, email: null, avatar: null }
  assert.deepEqual(answer.envelope.data.records, [
    { userId: 'Zhou', username: '周', ...nothing, main_department_id: null, department_id: '', status: '5' },
    {
      ...nothing,
      userId: 'chen-di',
      username: '陈迪',
      mobile: '13800138000',
      main_department_id: '3',
      department_id: '20,3',
      status: '1',
    },
  ])
  const second = await client.get('department/user/list', { current_index: '2', page_size: '1' })
  assert.equal(second.envelope.data.records[0].userId, 'chen-di')
  assertRefused(await client.get('department/user/list', { page_size: '1000' }), 40020, 'page_size')
  assertRefused(await client.get('department/user/list', { page_size: 'x' }), 40000, 'page_size')
})

test('O8 departments by id, paged', async () => {
  const page = async (query: object) => (await client.get('department/list', { ...query })).envelope.data
  const records = [
    { id: 3, name: '一部', parent_id: null, order: null },
    { id: 20, name: '二部', parent_id: 3, order: 2 },
  ]
  assert.deepEqual(await page({}), { total: 2, records })
  assert.equal((await page({ current_index: 2, page_size: 1 })).records[0].id, 20)
})

test('O9 follow types by id, with builtin and enabled', async () => {
  const answer = await client.post('crm/follow/type/list', { page_size: 2 })
  assert.equal(answer.envelope.data.total, 9)
  assert.deepEqual(answer.envelope.data.records, [
    { id: 1, name: '电话跟进', builtin: false, enabled: true },
    { id: 900001, name: '拜访', builtin: true, enabled: true },
  ])
})
