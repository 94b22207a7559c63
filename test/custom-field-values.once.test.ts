import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type FieldType, isEmpty, parseExact, zoneOf } from 'genjin-record'
import { createFieldChecker } from '../packages/server/src/service/follow/custom-field-values.ts'
import type { ReadTx } from '../packages/server/src/store/port.ts'
import { converterOf } from '../packages/sync/src/mirror/custom-values.ts'
import { customColumns } from '../packages/sync/src/sheet/custom-columns.ts'
import { recordWith, OPTIONS as SHEET_OPTIONS } from './support/sheets.ts'

const OPTIONS = [
  { id: 'o1', name: '一' },
  { id: '7', name: '七' },
]
const ZONE = SHEET_OPTIONS.timeZone

const upTo = (max: number) => fc.integer({ min: 0, max })

/** JSON that is a value of some type, or nearly one. */
const scalar = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom(
    '1.0',
    '1e400',
    '-0',
    '9007199254740993',
    '"12.5 "',
    '"007"',
    '"x"',
    'true',
    '"o1"',
    '7',
    '"o9"',
  ),
  upTo(Number.MAX_SAFE_INTEGER).map(String),
  upTo(Number.MAX_SAFE_INTEGER).map((ms) => `"${ms}"`),
  fc
    .tuple(upTo(9999), upTo(13), upTo(32))
    .map(([year, month, day]) => [String(year).padStart(4, '0'), ...[month, day].map(twoDigits)].join('-'))
    .chain((day) =>
      fc.tuple(upTo(24), upTo(60), upTo(60)).chain(([hour, minute, second]) => {
        const time = `${twoDigits(hour)}:${twoDigits(minute)}`
        return fc.constantFrom(`"${day}"`, `"${day} ${time}"`, `"${day} ${time}:${twoDigits(second)}"`)
      }),
    ),
)
const value = fc.oneof(
  scalar,
  scalar.map((id) => `{"id":${id},"name":"旧"}`),
  fc.array(fc.constantFrom('"o1"', '7', '{"id":"7"}'), { minLength: 1 }).map((list) => `[${list.join(',')}]`),
  fc.array(scalar, { maxLength: 3 }).map((list) => `[${list.join(',')}]`),
)

function isMoment(cell: unknown): boolean {
  return typeof cell === 'object' && cell !== null
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}

for (const type of ['text', 'number', 'date', 'datetime', 'single', 'multi'] as const) {
  test(`what the server accepts of a ${type} field, the mirror and the sheet understand`, async () => {
    const accepts = await acceptance(type)
    const convert = converterOf(type, OPTIONS, ZONE)
    const [column] = customColumns([{ key: 'k', name: '字段', type, options: OPTIONS }], zoneOf(ZONE))
    let accepted = 0
    const agree = (json: string) => {
      const given = parseExact(json)
      if (isEmpty(given)) return
      const inColumn = convert(given)
      const cell = column?.value(recordWith({ field_map: { k: given } }), SHEET_OPTIONS)
      if (!accepts(given)) {
        // Imports are not checked: an option that is not defined any more, and any value of a text field, still show.
        if (type === 'number' || type === 'date' || type === 'datetime') assert.equal(inColumn, null, json)
        if (type === 'datetime') assert.equal(isMoment(cell), false, json)
        return
      }
      accepted++
      // 1e400 is a number that no column of the mirror holds.
      if (json !== '1e400' || type !== 'number') assert.notEqual(inColumn, null, json)
      if (type === 'datetime') assert.equal(isMoment(cell), true, json)
      assert.ok(cell !== null && cell !== '', json)
    }
    fc.assert(fc.property(value, agree), { numRuns: 2000 })
    for (const json of EXAMPLES[type]) {
      assert.ok(accepts(parseExact(json)), json)
      agree(json)
    }
    assert.ok(accepted > EXAMPLES[type].length)
  })
}

/** The differences that there were: each accepted by the server, and not understood everywhere. */
const EXAMPLES: Readonly<Record<FieldType, readonly string[]>> = {
  text: ['"文字"', '1.50'],
  number: ['"12.5 "', '"007"', '1e-400'],
  date: ['"0001-01-01"', '"9999-12-31"'],
  datetime: [
    '"2025-01-15 08:30"',
    '253402300799999',
    '253402300800000',
    '9007199254740991',
    '"0001736913600000"',
  ],
  single: ['{"id":7}', '{"id":"o1","name":"旧"}'],
  multi: ['["o1",{"id":7}]'],
}

/** Whether the server takes a value for the field `k` of a corp that has defined it. */
async function acceptance(type: FieldType): Promise<(given: unknown) => boolean> {
  const row = ['k', '字段', type, JSON.stringify(OPTIONS), 0]
  const check = await createFieldChecker({ all: async () => [row] } as unknown as ReadTx)
  return (given) => {
    try {
      check({ k: given })
      return true
    } catch {
      return false
    }
  }
}
