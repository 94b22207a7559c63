import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, assertRefused } from '../support/client.ts'
import { sharedServer } from '../support/server.ts'

const server = await sharedServer()
const client = await server.company('create', [
  { kind: 'staff', user_id: 'zhang', name: '张' },
  { kind: 'follow_type', id: 1, name: '电话跟进' },
  { kind: 'follow_type', id: 2, name: '停用的', enabled: false },
])

const BODY = { type: 1, id: 'c1', user_id: 'zhang', contact_type: '电话跟进', follow_content: '跟进一下客户' }
const NO_TARGET = { contact_id: null, external_id: null, company_id: null, chat_id: null, clue_id: null }

function create(body: unknown, key?: string): Promise<Answer> {
  return client.post('crm/follow/create', body, key === undefined ? {} : { 'idempotency-key': key })
}

async function created(body: unknown): Promise<Record<string, unknown>> {
  const id = await client.done('crm/follow/create', body)
  const { records } = await client.list({ id_list: [id] })
  return records[0] as Record<string, unknown>
}

test('N1 what is written is listed, every documented parameter in its place', async () => {
  const file = {
    cos_url: 'https://files.example.com/a.pdf',
    file_extension: 'pdf',
    name: 'a.pdf',
    type: 'file',
  }
  const record = await created({
    ...BODY,
    type: '1',
    location_lat: '39.9',
    location_lng: 116.4,
    location_name: '北京市朝阳区',
    field_map: { custom_field_1: '值', n: 12 },
    attachment: [file],
  })
  assert.equal(typeof record.id, 'number')
  assert.deepEqual(record, {
    id: record.id,
    follow_user_id: 'zhang',
    content: '跟进一下客户',
    target: { ...NO_TARGET, external_id: 'c1', is_ai: false },
    business_type: 1,
    business_id: 'c1',
    follow_type: 1,
    follow_type_desc: '电话跟进',
    field_map: { custom_field_1: '值', n: 12 },
    attachment_list: [{ ...file, material_id: null }],
    location: { location_lat: '39.9', location_lng: '116.4', location_address: '北京市朝阳区' },
    follow_time: server.clock.ms,
    remind: null,
  })
})

test("N1 the platform's own sample body is taken as it is", async () => {
  await server.load('create', [
    { kind: 'staff', user_id: 'chen-di', name: '陈' },
    { kind: 'follow_type', id: 3, name: '企微联系' },
  ])
  const record =
    await created(`{"type":2,"id":"1532234063232437057","user_id":"chen-di","contact_type":"企微联系",
    "follow_content":"跟进一下客户","location_lat":"","location_lng":"","location_name":"",
    "stage_id":1531601499997297665,"attachment":[{"cos_url":"https://files.example.com/x.pdf","file_extension":"pdf"}],
    "field_map":{}}`)
  assert.equal(record.business_type, 3)
  assert.equal(record.business_id, '1532234063232437057')
  assert.equal(record.location, null)
  const older = await client.post('crm/follow/opportunity/list', { opportunity_id: '1532234063232437057' })
  assert.match(older.text, /"stage_id":"1531601499997297665","opportunity_id":1532234063232437057/)
})

test('N1 every built-in follow type of a new company is taken by its name', async () => {
  const fresh = await server.company('create-builtin', [{ kind: 'staff', user_id: 'zhang', name: '张' }])
  const names = [
    ...['拜访', '企微联系', '电话联系', '其他跟进', '线上会议', '打电话'],
    ...['加好友(企微加好友)', '加好友(发短信加好友)'],
  ]
  for (const name of names) await fresh.done('crm/follow/create', { ...BODY, contact_type: name })
  const { records } = await fresh.done('crm/follow/type/list', {})
  const listed = records.map((type: { name: string }) => type.name)
  assert.deepEqual(listed, names)
})

test('N1 a follow type is found whether its brackets are full-width or half-width', async () => {
  const fresh = await server.company('create-width', [{ kind: 'staff', user_id: 'zhang', name: '张' }])
  await fresh.done('crm/follow/create', { ...BODY, contact_type: '加好友\uff08企微加好友\uff09' })
  assert.equal((await fresh.list()).records[0]?.follow_type_desc, '加好友(企微加好友)')
})

test('N1 unknown follow type, unknown staff, a 10th attachment, type 2 without stage_id: a clear error, nothing written', async () => {
  const before = (await client.list()).total
  const tenFiles = Array(10).fill({ cos_url: 'https://files.example.com/a' })
  const refusals: [Record<string, unknown>, number, RegExp][] = [
    [{ contact_type: '飞鸽' }, 40000, /contact_type.*飞鸽.*电话跟进/],
    [{ contact_type: '停用的' }, 40000, /contact_type/],
    [{ user_id: 'nobody' }, 40000, /user_id.*nobody/],
    [{ attachment: tenFiles }, 40020, /attachment.*10 项.*9/],
    [{ attachment: [{ type: 'exe' }] }, 40020, /attachment\[0\]\.type.*web、file、video、image/],
    [{ type: 2 }, 40010, /stage_id/],
    [{ type: 3 }, 40020, /type/],
    [{ type: null }, 40010, /type/],
    [{ follow_content: '字'.repeat(100_001) }, 40020, /follow_content.*100000/],
    [{ id: 'x'.repeat(257) }, 40020, /id.*256/],
    [{ field_map: [1] }, 40000, /field_map/],
    [{ id: '' }, 40010, /id/],
    [{ user_id: '' }, 40010, /user_id/],
    [{ contact_type: '' }, 40010, /contact_type/],
    [{ follow_content: '' }, 40010, /follow_content/],
  ]
  for (const [fields, code, names] of refusals) {
    await client.refused('crm/follow/create', { ...BODY, ...fields }, code, names)
  }
  assert.equal((await client.list()).total, before)
})

test('N2 follow_time, remind, target_type, target, title and is_ai are taken', async () => {
  const remind = { time: 1737000000000, before: 3600000, user_ids: ['zhang'], content: '再打一次' }
  const record = await created({
    ...BODY,
    type: undefined,
    target_type: 11,
    id: 'contact9',
    target: { company_id: 'company9', is_ai: true },
    title: '回访',
    follow_time: 1736913600000,
    remind: { is_remind: '1', ...remind },
  })
  const target = { ...NO_TARGET, contact_id: 'contact9', company_id: 'company9', is_ai: true }
  assert.deepEqual(record.target, target)
  assert.equal(record.business_type, 11)
  assert.equal(record.follow_time, 1736913600000)
  assert.deepEqual(record.remind, { is_remind: 1, ...remind })
  assert.equal((await client.list({ title: '回访', target_id_list: ['company9'] })).total, 1)
  const ai = await created({ ...BODY, is_ai: true })
  assert.equal((ai.target as { is_ai: boolean }).is_ai, true)
  assertRefused(await create({ ...BODY, target_type: 4 }), 40000, /type.*target_type/)
})

test('N2 Idempotency-Key: one key, one record; the first answer again; another body is refused; apps do not share keys', async () => {
  const before = (await client.list()).total
  const answers = await Promise.all(Array.from({ length: 20 }, () => create(BODY, 'key-1')))
  assert.equal(new Set(answers.map((answer) => answer.text)).size, 1)
  assert.equal(answers[0]?.envelope.code, 0)
  assert.equal((await client.list()).total, before + 1)
  assertRefused(await create({ ...BODY, follow_content: '别的' }, 'key-1'), 40900, 'Idempotency-Key')
  // A refused request does not use up its key.
  assert.notEqual((await create({ ...BODY, user_id: 'nobody' }, 'key-2')).envelope.code, 0)
  assert.equal((await create(BODY, 'key-2')).envelope.code, 0)
  for (const key of ['含中文'.normalize(), 'a b', 'x'.repeat(256)]) {
    const sent = Buffer.from(key).toString('latin1')
    assertRefused(await create(BODY, sent), 40000, 'Idempotency-Key')
    // What is wrong in the body is told first.
    assertRefused(await create({}, sent), 40010)
  }
  server.clock.ms += 24 * 3600 * 1000
  client.forgetToken()
  const later = await create(BODY, 'key-1')
  assert.equal(later.envelope.code, 0)
  assert.notEqual(later.text, answers[0]?.text)
})

test('N2 times that can only be in seconds are refused on create, update and in a batch', async () => {
  const seconds = 1736913600
  for (const [wrong, field] of [
    [{ follow_time: seconds }, 'follow_time'],
    [{ follow_time: String(seconds) }, 'follow_time'],
    [{ follow_time: Date.UTC(1973, 0, 1) - 1 }, 'follow_time'],
    [{ remind: { is_remind: 1, time: seconds } }, 'remind.time'],
  ] as const) {
    const hint = new RegExp(`${field} .*以秒为单位.*毫秒.*${wrong.follow_time ?? seconds}`)
    assertRefused(await create({ ...BODY, ...wrong }), 40020, hint)
    const [batched] = (await client.done('crm/follow/batchCreate', { records: [{ ...BODY, ...wrong }] }))
      .results
    assert.equal(batched.code, 40020)
    assert.match(batched.msg, hint)
    const { id } = await created(BODY)
    assertRefused(
      await client.post('crm/follow/update', { follow_id: id, user_id: 'zhang', ...wrong }),
      40020,
      hint,
    )
  }
  // No unit makes these right.
  for (const time of [0, -1]) {
    assertRefused(
      await create({ ...BODY, follow_time: time }),
      40020,
      /follow_time 超出范围：允许 94694400000 到/,
    )
  }
  const early = await created({
    ...BODY,
    follow_time: Date.UTC(1973, 0, 1),
    remind: { time: Date.UTC(1973, 0, 1), before: 5 },
  })
  assert.equal(early.follow_time, Date.UTC(1973, 0, 1))
  const none = await created({ ...BODY, remind: { is_remind: 0, time: 0 } })
  assert.equal((none.remind as { time: number }).time, 0)
})
