import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  exactText,
  type FieldType,
  type FieldValues,
  isEmpty,
  joinNames,
  momentWall,
  optionName,
  readField,
} from './custom-field.ts'
import { parseExact } from './json.ts'
import { wallText, zoneOf } from './zone.ts'

/** JSON text → what it is, as its field's type. */
const EXPECTED: { [T in FieldType]: Record<string, FieldValues[T] | undefined> } = {
  text: {
    '"文字"': '文字',
    '""': '',
    '1.50': '1.50',
    '12345678901234567890': '12345678901234567890',
    true: undefined,
    '{"a":1}': undefined,
    '["a"]': undefined,
  },
  number: {
    '5': '5',
    '-1.50': '-1.50',
    '"12.5 "': '12.5',
    '"007"': '007',
    '1e400': '1e400',
    '123456789012345678901234567890.10': '123456789012345678901234567890.10',
    '"1e-5"': '1e-5',
    '"x"': undefined,
    '"Infinity"': undefined,
    '""': undefined,
    '"1,000"': undefined,
    '".5"': undefined,
    true: undefined,
    '[1]': undefined,
  },
  date: {
    '"2024-02-29"': '2024-02-29',
    '"0001-01-01"': '0001-01-01',
    '"9999-12-31"': '9999-12-31',
    '"2025-02-29"': undefined,
    '"0000-01-01"': undefined,
    '"10000-01-01"': undefined,
    '"2025-1-5"': undefined,
    '"2025-01-15 08:00"': undefined,
    '1736913600000': undefined,
  },
  datetime: {
    '"2025-01-15 08:30"': { wall: Date.UTC(2025, 0, 15, 8, 30) },
    '"2025-01-15 08:30:15"': { wall: Date.UTC(2025, 0, 15, 8, 30, 15) },
    '"0001-01-01 00:00"': { wall: Date.parse('0001-01-01') },
    '1736913600000': { instant: 1736913600000 },
    '"1736913600123"': { instant: 1736913600123 },
    '"0001736913600123"': { instant: 1736913600123 },
    // After the year 9999; microseconds look like that.
    '253402300800000': { instant: 253402300800000 },
    '"1736913600000000"': { instant: 1736913600000000 },
    '9007199254740991': { instant: 9007199254740991 },
    '100000000000': { instant: 100000000000 },
    // Seconds.
    '99999999999': undefined,
    '9007199254740993': undefined,
    '1736913600000.5': undefined,
    '1736913600000.0': undefined,
    '"2025-01-15 24:00"': undefined,
    '"2025-01-15 23:60"': undefined,
    '"2025-01-15 23:59:60"': undefined,
    '"2025-02-30 08:30"': undefined,
    '"2025-01-15"': undefined,
    '"2025-01-15T08:30:00"': undefined,
    '"-1736913600000"': undefined,
    true: undefined,
  },
  single: {
    '"o1"': { id: 'o1' },
    '7': { id: '7' },
    '12345678901234567890': { id: '12345678901234567890' },
    '{"id":"o1","name":"一"}': { id: 'o1', name: '一' },
    '{"id":7,"name":1}': { id: '7' },
    '""': undefined,
    '{"id":""}': undefined,
    '{}': undefined,
    '["o1"]': undefined,
    true: undefined,
  },
  multi: {
    '["o1",{"id":7}]': [{ id: 'o1' }, { id: '7' }],
    '[]': [],
    '["o1",null]': undefined,
    '"o1"': undefined,
  },
}

for (const [type, values] of Object.entries(EXPECTED)) {
  test(`what is a value of a ${type} field, and which`, () => {
    for (const [json, wanted] of Object.entries(values)) {
      assert.deepEqual(readField(type as FieldType, parseExact(json)), wanted, json)
    }
    assert.equal(readField(type as FieldType, null), undefined)
  })
}

test('a time without a zone is the one on the wall, an instant that of the zone', () => {
  const text = (value: unknown) => {
    const moment = readField('datetime', value)
    return moment && wallText(momentWall(moment, zoneOf('Asia/Shanghai')))
  }
  assert.equal(text('2025-01-15 08:30'), '2025-01-15 08:30:00')
  assert.equal(text(1736913600000), '2025-01-15 12:00:00')
  assert.equal(text(253402300800000), '10000-01-01 08:00:00')
  assert.equal(text('0001-01-01 00:00'), '0001-01-01 00:00:00')
})

test('an option is called as its definition says, else as the record does, else by its id', () => {
  const names = new Map([['o1', '一']])
  assert.equal(optionName({ id: 'o1', name: '旧' }, names), '一')
  assert.equal(optionName({ id: 'o9', name: '旧' }, names), '旧')
  assert.equal(optionName({ id: 'o9' }, names), 'o9')
  assert.equal(joinNames(['一', '旧']), '一、旧')
})

test('null, "" and [] are not given (C7); anything else has an exact text', () => {
  for (const value of [undefined, null, '', []]) assert.ok(isEmpty(value))
  for (const value of [0, false, ' ', [null], {}]) assert.ok(!isEmpty(value))
  assert.equal(exactText(undefined), null)
  assert.equal(exactText(null), null)
  assert.equal(exactText('1.0'), '1.0')
  assert.equal(exactText(parseExact('{"a":[1.0,9007199254740993]}')), '{"a":[1.0,9007199254740993]}')
})
