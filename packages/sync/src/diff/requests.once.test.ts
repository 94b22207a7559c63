import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExact, toJson } from 'genjin-client'
import { LISTS, type ListName } from './request.ts'
import { fixedRequests, randomRequests } from './requests.ts'
import type { SampleRecord, Samples } from './samples.ts'
import { parametersOf } from './variants.ts'

const LONG = parseExact('1538877699425540097')

const follow: SampleRecord = {
  id: LONG,
  follow_user_id: 'zhang',
  business_type: 1,
  business_id: 'c1',
  target: { contact_id: 'k1', external_id: null },
  follow_type: 1,
  follow_type_desc: '拜访',
  title: '系统',
  follow_time: Date.UTC(2025, 0, 15),
}
const older: SampleRecord = {
  follow_id: LONG,
  user_id: 'zhang',
  external_user_id: 'c1',
  gmt_create: 1736900000,
  opportunity_id: 5,
}
const samples: Samples = {
  followList: { total: 5000, records: [follow] },
  followListForSystem: { total: 7, records: [follow] },
  customerFollowList: { total: 900, records: [older] },
  opportunityFollowList: { total: 900, records: [older] },
  staffList: { total: 44, records: [{ userId: 'zhang', department_id: '7,8' }] },
}

/** The requests as they are sent. */
function sent(seed: number, of: Samples = samples, lists: readonly ListName[] = LISTS): string[] {
  return [...randomRequests(seed, 3000, lists, of)].map(
    ({ operation, params }) => `${operation} ${toJson(params)}`,
  )
}

test('the same seed gives the same requests, another one others', () => {
  assert.deepEqual(sent(7), sent(7))
  assert.notDeepEqual(sent(7), sent(8))
})

test('every parameter that the platform documents is used, and no other', () => {
  const used = new Map<string, Set<string>>(LISTS.map((name) => [name, new Set()]))
  for (const { operation, params } of randomRequests(1, 3000, LISTS, samples)) {
    for (const key of Object.keys(params)) used.get(operation)?.add(key)
  }
  for (const name of LISTS)
    assert.deepEqual([...(used.get(name) ?? [])].sort(), parametersOf(name).sort(), name)
})

test('filters are about what is there, long ids to the digit; pages, lenient forms and mistakes are among them', () => {
  const all = sent(1).join('\n')
  for (const part of [
    '"id_list":[1538877699425540097]',
    '"id_list":["1538877699425540097"]',
    '"follow_id":1538877699425540097',
    '"follow_dep_ids":[7',
    '"target_id_list":["k1"',
    '"follow_type_name":"拜访"',
    '"follow_time_start":"2025-01-1',
    '"page_size":100',
    '"page_size":101',
    '"page_size":0',
    '"page_size":"',
    '"title":"系统"',
    ':null',
    ':""',
    ':[]',
    '"current_index":2147483647',
    '2025-02-30',
  ]) {
    assert.ok(all.includes(part), part)
  }
})

test('sides without data, or without some of the lists, are asked all the same', () => {
  const lists = sent(1, {}, ['followList', 'staffList'])
  assert.equal(lists.length, 3000)
  assert.ok(lists.every((line) => /^(followList|staffList) /.test(line)))
  assert.deepEqual(
    fixedRequests(['staffList']).map(({ operation, token }) => [operation, token]),
    [
      ['accessToken', undefined],
      ['staffList', 'none'],
      ['staffList', 'unknown'],
    ],
  )
})
