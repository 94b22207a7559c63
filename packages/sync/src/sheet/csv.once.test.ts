import assert from 'node:assert/strict'
import type { Writable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  csvRecords,
  csvRows,
  failingAfter,
  fieldWith,
  OPTIONS,
  recordWith,
  writeTable,
} from '../../../../test/support/sheets.ts'
import { openCsv } from './csv.ts'
import type { SheetOptions, SheetWriter } from './table.ts'

const csv =
  (options: Partial<SheetOptions> = {}) =>
  (stream: Writable): SheetWriter =>
    openCsv(stream, { ...OPTIONS, ...options })

test('BOM, CRLF, quotes where they are needed', async () => {
  const customFields = [fieldWith({ name: '备注' })]
  const record = recordWith({ content: '说:"好,行"\n再见', field_map: { k: '甲;乙' } })
  const { bytes, rows, shortened } = await writeTable(csv({ customFields }), [record])
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  const text = bytes.toString()
  assert.ok(text.startsWith('\ufeff跟进ID,跟进时间,跟进人ID,跟进人,部门,跟进内容,'))
  assert.ok(text.includes('备注,其他自定义字段\r\n1234567890,2025-01-15 10:30:00,zhangwei,张伟,销售部,'))
  assert.ok(text.includes(',"说:""好,行""\n再见",'))
  assert.ok(text.endsWith(',"甲;乙",\r\n'))
  assert.deepEqual([rows, shortened], [1, 0])
})

test('an empty table has its headings, once', async () => {
  for (const records of [[], [recordWith()]]) {
    const { bytes } = await writeTable(csv(), records)
    assert.equal(csvRows(bytes).length, records.length + 1)
  }
})

test('formulas are harmless in contents, names, options and headings; --raw leaves them', async () => {
  const formula = "=cmd|' /C calc'!A0"
  const customFields = [
    fieldWith({ name: formula }),
    fieldWith({ key: 'o', name: '@选', type: 'single', options: [{ id: '1', name: '+1+1' }] }),
  ]
  const record = recordWith({
    content: formula,
    business_id: '-1+1',
    follow_type_desc: '＝1',
    attachment_list: [{ name: '@x.pdf', cos_url: 'https://a' }],
    location: { location_lat: '=1', location_lng: '-116.40', location_address: '\t地址' },
    remind: { user_ids: ['+8613800000000'], content: '-' },
    field_map: { k: formula, o: '1' },
  })
  const columns = [
    '跟进内容',
    '对象ID',
    '跟进方式',
    '附件',
    '纬度',
    '经度',
    '地点名称',
    '提醒人ID',
    '提醒内容',
  ]
  const [safe = {}] = csvRecords((await writeTable(csv({ customFields }), [record])).bytes)
  const made = [...columns, `'${formula}`, "'@选"].map((name) => safe[name])
  assert.deepEqual(made, [
    ...[`'${formula}`, "'-1+1", "'＝1", "'@x.pdf https://a", "'=1", '-116.40', "'\t地址"],
    ...['+8613800000000', "'-", `'${formula}`, "'+1+1"],
  ])
  const [raw = {}] = csvRecords((await writeTable(csv({ customFields, raw: true }), [record])).bytes)
  const left = [...columns, formula, '@选'].map((name) => raw[name])
  assert.deepEqual(left, [
    ...[formula, '-1+1', '＝1', '@x.pdf https://a', '=1', '-116.40', '\t地址'],
    ...['+8613800000000', '-', formula, '+1+1'],
  ])
})

test('a long text is whole', async () => {
  const content = '跟'.repeat(100_000)
  const { bytes, shortened } = await writeTable(csv(), [recordWith({ content })])
  assert.equal(csvRecords(bytes)[0]?.跟进内容, content)
  assert.equal(shortened, 0)
})

test('an independent reader finds exactly what was written', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('"', ',', '\r', '\n', ';', '=', ' ', '\ufeff', '甲', '\t', "'"),
      maxLength: 12,
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), async (texts) => {
      const records = texts.map(([content, business_id]) => recordWith({ content, business_id }))
      const { bytes } = await writeTable(csv({ raw: true }), records)
      const read = csvRecords(bytes).map((row) => [row.跟进内容, row.对象ID])
      assert.deepEqual(read, texts)
    }),
    { numRuns: 500 },
  )
})

test('a stream that fails is told', async () => {
  const sheet = openCsv(failingAfter(1), OPTIONS)
  await assert.rejects(sheet.write([recordWith()]), /disk full/)
})
