import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TSchema } from 'typebox'
import { Attachment, FollowRecord, Target } from '../../contract/src/follow.ts'
import { WholeFollowRecord } from '../../contract/src/follow-write.ts'
import { parseExact } from './json.ts'
import { recordLine, wholeRecordLine } from './record.ts'

function keysOf(schema: TSchema): string[] {
  const { properties, anyOf } = schema as TSchema & { properties?: object; anyOf?: TSchema[] }
  return properties ? Object.keys(properties) : keysOf(anyOf?.[0] as TSchema)
}

test('keys are in the order of the contract, at every depth', () => {
  const empty = JSON.parse(wholeRecordLine({ attachment_list: [{}], location: {}, remind: {} }))
  const unnamed = keysOf(WholeFollowRecord).filter((key) => key !== 'follow_type_desc')
  assert.deepEqual(Object.keys(empty), unnamed)
  assert.deepEqual(Object.keys(JSON.parse(recordLine({}))), unnamed.slice(0, keysOf(FollowRecord).length - 1))
  const { location, remind } = FollowRecord.properties
  assert.deepEqual(Object.keys(empty.target), keysOf(Target))
  assert.deepEqual(Object.keys(empty.attachment_list[0]), keysOf(Attachment))
  assert.deepEqual(Object.keys(empty.location), keysOf(location))
  assert.deepEqual(Object.keys(empty.remind), keysOf(remind))
})

test('what is absent is null, [] or {} (L13), at every depth', () => {
  assert.equal(
    recordLine({ id: 1n, target: {}, attachment_list: [{}], location: {}, remind: {} }),
    '{"id":1,"follow_user_id":null,"content":null,' +
      '"target":{"contact_id":null,"external_id":null,"company_id":null,"chat_id":null,"clue_id":null,"is_ai":null},' +
      '"business_type":null,"business_id":null,"follow_type":null,"field_map":{},' +
      '"attachment_list":[{"cos_url":null,"file_extension":null,"material_id":null,"name":null,"type":null}],' +
      '"location":{"location_lat":null,"location_lng":null,"location_address":null},"follow_time":null,' +
      '"remind":{"is_remind":null,"time":null,"before":null,"user_ids":[],"content":null}}',
  )
})

test('ids are the same digits however they were read, and custom fields keep their text', () => {
  const id = '9007199254740993'
  const rest = '"follow_type":7,"remind":{"before":5400000},"field_map":{"a":1.10,"b":12345678901234567890}'
  const exact = parseExact(`{"id":${id},${rest}}`) as object
  const line = recordLine(exact)
  assert.equal(recordLine({ ...exact, id }), line)
  assert.equal(recordLine({ ...exact, id: BigInt(id), follow_type: '7' }), line)
  assert.match(line, /^\{"id":9007199254740993,.*"field_map":\{"a":1.10,"b":12345678901234567890\}/)
})
