import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeRecordLine } from 'genjin-record'
import { BASE_COLUMNS, recordText } from './record-columns.ts'

test('a record is put together with the keys in their one order, at every depth', () => {
  const texts = Object.fromEntries(BASE_COLUMNS.map(({ name }) => [name, 'null']))
  const full = { ...texts, has_location: 'true', remind_user_ids: '[]', field_map: '{}', attachments: '[]' }
  assert.equal(recordText(full, false), wholeRecordLine({ location: {}, remind: {} }))
  const empty = { ...full, has_location: 'false', remind_user_ids: 'null' }
  assert.equal(recordText(empty, false), wholeRecordLine({}))
  const named = Object.keys(JSON.parse(recordText(full, true)))
  assert.equal(named.indexOf('follow_type_desc'), named.indexOf('follow_type') + 1)
})
