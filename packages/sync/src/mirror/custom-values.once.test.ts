import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldType, parseExact } from 'genjin-record'
import { converterOf } from './custom-values.ts'

const OPTIONS = [
  { id: 'o1', name: '一' },
  { id: '7', name: '七' },
]

/** JSON text → what stands in the column. */
const EXPECTED: Record<FieldType, Record<string, string | null>> = {
  text: {
    '"文字"': '文字',
    '""': '',
    '1.50': '1.50',
    '{"a":1.0}': '{"a":1.0}',
    null: null,
    '"a\\u0000b"': null,
  },
  number: {
    '5': '5',
    '-1.50': '-1.50',
    '"12.5 "': '12.5',
    '123456789012345678901234567890.10': '123456789012345678901234567890.10',
    '1e300': '1e300',
    '1e400': null,
    '1e-400': '1e-400',
    '1e-401': null,
    [`0.${'0'.repeat(500)}1`]: null,
    '"x"': null,
    '"Infinity"': null,
    '"NaN"': null,
    '""': null,
    true: null,
    '[1]': null,
  },
  date: {
    '"2024-02-29"': '2024-02-29',
    '"2025-02-29"': null,
    '"9999-12-31"': '9999-12-31',
    '"9999-99-99"': null,
    '"0000-01-01"': null,
    '"0001-01-01"': '0001-01-01',
    '"300000-01-01"': null,
    '"2025-1-5"': null,
    '"2025-01-15 08:00"': null,
    '"infinity"': null,
    '1736913600000': null,
  },
  datetime: {
    '"2025-01-15 08:30"': '2025-01-15 08:30:00',
    '"2025-01-15 08:30:15"': '2025-01-15 08:30:15',
    '"2025-01-15 24:00"': null,
    '"2025-01-15 23:60"': null,
    '"2025-02-30 08:30"': null,
    '1736913600000': '2025-01-15 12:00:00',
    '"1736913600123"': '2025-01-15 12:00:00.123',
    '1736913600': null,
    // Still 9999 in UTC, but not on the wall in Shanghai.
    '253402300799999': '10000-01-01 07:59:59.999',
    // After the last instant of Date. Microseconds look like that: they are seen, and the mirror does not hide them.
    '8640000000000001': '275760-09-13 08:00:00.001',
    '9007199254740991': '287396-10-12 16:59:00.991',
    '"now"': null,
  },
  single: {
    '"o1"': '一',
    '7': '七',
    '{"id":"o1","name":"旧"}': '一',
    '"gone"': 'gone',
    '12345678901234567890': '12345678901234567890',
    '{"id":"gone","name":"旧"}': '旧',
    '""': null,
    true: null,
    '{}': null,
    '["o1"]': null,
  },
  multi: {
    '["o1",{"id":7}]': '一、七',
    '["o1","gone"]': '一、gone',
    '[]': null,
    '["o1",null]': null,
    '"o1"': null,
  },
}

for (const [type, values] of Object.entries(EXPECTED)) {
  test(`values of ${type} fields in their columns`, () => {
    const convert = converterOf(type as FieldType, OPTIONS, 'Asia/Shanghai')
    for (const [json, wanted] of Object.entries(values)) {
      assert.equal(convert(parseExact(json)), wanted, json)
    }
  })
}

test('a field that was imported without options has any value as text', () => {
  for (const options of [null, []]) {
    const single = converterOf('single', options, 'UTC')
    const singles = ['o1', true, parseExact('{"a":1.0}'), '', null].map(single)
    assert.deepEqual(singles, ['o1', 'true', '{"a":1.0}', null, null])
    const multi = converterOf('multi', options, 'UTC')
    const multis = [['o1', { id: 2 }], ['o1', true], 'o1', []].map(multi)
    assert.deepEqual(multis, ['o1、2', '["o1",true]', null, null])
  }
})
