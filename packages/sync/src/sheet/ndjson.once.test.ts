import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExact } from 'genjin-client'
import { failingAfter, OPTIONS, recordWith, writeTable } from '../../../../test/support/sheets.ts'
import { followLine, openNdjson } from './ndjson.ts'
import type { FollowSheetRecord } from './record.ts'

const WIRE =
  '{"id":9007199254740993,"follow_user_id":"张伟","content":"=1+1\\n\\u0000\\ud800\\"","target":{"contact_id":"007",' +
  '"external_id":null,"company_id":null,"chat_id":null,"clue_id":null,"is_ai":true},"business_type":1,' +
  '"business_id":"1849712345678901251","follow_type":9223372036854775807,"follow_type_desc":"拜访","field_map":' +
  '{"b":1.0,"a":[1e3,0.10,12345678901234567890],"id":"7","__proto__":{"c":null}},"attachment_list":[{"cos_url":null,' +
  '"file_extension":null,"material_id":null,"name":"=x","type":null}],"location":{"location_lat":"39.90",' +
  '"location_lng":null,"location_address":null},"follow_time":1707292800000,"remind":{"is_remind":1,"time":null,' +
  '"before":9007199254740995,"user_ids":["1"],"content":"2"}}'

test('a line is what follow/list answered, byte for byte, with its kind in front', async () => {
  const parsed = parseExact(WIRE) as FollowSheetRecord
  const asTexts = {
    ...parsed,
    id: '9007199254740993',
    follow_type: '9223372036854775807',
    remind: { ...parsed.remind, before: '9007199254740995' },
  }
  const asBigints = { ...parsed, id: 9007199254740993n }
  const { bytes, rows, shortened } = await writeTable(
    (stream) => openNdjson(stream, OPTIONS),
    [parsed, asTexts, asBigints],
  )
  assert.equal(bytes.toString(), `{"kind":"follow",${WIRE.slice(1)}\n`.repeat(3))
  assert.deepEqual([rows, shortened], [3, 0])
})

test('no rows, no bytes', async () => {
  const { bytes, rows } = await writeTable((stream) => openNdjson(stream, OPTIONS), [])
  assert.deepEqual([bytes.length, rows], [0, 0])
})

test('remind is null', () => {
  assert.match(followLine(recordWith()), /"remind":null\}$/)
})

test('a stream that fails is told', async () => {
  const sheet = openNdjson(failingAfter(1), OPTIONS)
  await sheet.write([recordWith()])
  await assert.rejects(sheet.write([recordWith()]), /disk full/)
})
