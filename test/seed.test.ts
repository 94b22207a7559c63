import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { TestClient } from './support/client.ts'
import { sharedServer } from './support/server.ts'

/** The sample request and the sample answer of the platform's document (员工跟进列表), letter by letter. */
const REQUEST = fixture('seed-request.json')
const ANSWER = JSON.parse(fixture('seed-answer.json'))

const server = await sharedServer({ demo: true })
assert.ok(server.server.demo)
const client = new TestClient(server.url, server.server.demo)

test("the document's request body, pasted as it is, finds one record of the demo company: 789", async () => {
  const answer = await client.post('crm/follow/list', REQUEST)
  assert.equal(answer.envelope.code, 0, answer.text)
  assert.equal(answer.envelope.data.total, 1)
  const [record] = answer.envelope.data.records
  const asked = JSON.parse(REQUEST)
  assert.equal(String(record.id), asked.id_list[0])
  assert.equal(record.business_type, asked.target_type)
  assert.ok(asked.target_id_list.includes(record.business_id))
  assert.ok(asked.follow_user_ids.includes(record.follow_user_id))
  assert.ok(asked.follow_type_list.includes(record.follow_type))
  assert.equal(record.follow_type_desc, asked.follow_type_name)
  assert.deepEqual(Object.keys(record), Object.keys(ANSWER.data.records[0]))
})

test('each filter of that body is needed: with any one changed it finds nothing', async () => {
  const asked = JSON.parse(REQUEST)
  const changed: Record<string, unknown> = {
    target_type: 3,
    target_id_list: ['456'],
    id_list: ['790'],
    follow_user_ids: ['user124'],
    follow_dep_ids: [1002],
    follow_type_list: [2],
    follow_type_name: '拜访',
    title: '系统',
    follow_time_start: '2025-02-01',
    follow_time_end: '2025-01-02',
    current_index: 2,
  }
  for (const [field, value] of Object.entries(changed)) {
    const { records, total } = await client.list({ ...asked, [field]: value })
    assert.deepEqual(records, [], field)
    assert.equal(total, field === 'current_index' ? 1 : 0, field)
  }
})

test("the document's sample answer is answered field by field for its id", async () => {
  const id = String(ANSWER.data.records[0].id)
  const answer = await client.post('crm/follow/list', { id_list: [id] })
  assert.deepEqual(answer.envelope, ANSWER)
  // The same text but for white space, so the same keys in the same order.
  assert.equal(answer.text, JSON.stringify(ANSWER))
})

test('the demo company has 5,000 follow-ups of staff over a year, all seven target types, system records', async () => {
  const { total } = await client.list({})
  assert.equal(total, 5000)
  for (const type of [1, 3, 4, 9, 10, 11, 12]) {
    assert.ok((await client.list({ target_type: type })).total > 10, `target_type ${type}`)
  }
  const system = await client.post('crm/follow/listForSystem', {})
  assert.ok(system.envelope.data.total > 100)
  const departments = await client.get('department/list', { page_size: '100' })
  assert.ok(depth(departments.envelope.data.records) >= 3)
})

function depth(departments: { id: number; parent_id: number | null }[]): number {
  const parents = new Map(departments.map(({ id, parent_id }) => [id, parent_id]))
  const level = (id: number): number => 1 + (parents.get(id) == null ? 0 : level(parents.get(id) as number))
  return Math.max(...departments.map(({ id }) => level(id)))
}

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
}
