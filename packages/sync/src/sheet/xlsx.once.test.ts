import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, type Writable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  failingAfter,
  fieldWith,
  OPTIONS,
  partOf,
  recordWith,
  writeTable,
  xlsxRecords,
  xlsxSheets,
} from '../../../../test/support/sheets.ts'
import type { SheetOptions, SheetWriter } from './table.ts'
import { openXlsx } from './xlsx.ts'
import { STYLE } from './xlsx-styles.ts'

const FIRST = 'xl/worksheets/sheet1.xml'
const FORMULA = "=cmd|' /C calc'!A0"

const xlsx =
  (options: Partial<SheetOptions> = {}) =>
  (stream: Writable): SheetWriter =>
    openXlsx(stream, { ...OPTIONS, ...options })

test('the same records give the same bytes', async () => {
  const records = [recordWith({ content: '甲' }), recordWith({ content: '乙' })]
  const [one, two] = [await writeTable(xlsx(), records), await writeTable(xlsx(), records)]
  assert.ok(one.bytes.equals(two.bytes))
  assert.equal(one.rows, 2)
})

test('headings are bold, stay in sight and have a filter', async () => {
  const { bytes } = await writeTable(xlsx(), [recordWith(), recordWith()])
  const sheet = partOf(bytes, FIRST)
  assert.match(sheet, /<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"\/>/)
  assert.match(sheet, /<col min="5" max="5" width="60" customWidth="1"\/>/)
  assert.match(sheet, /<c r="A1" s="5" t="inlineStr"><is><t>跟进ID<\/t><\/is><\/c>/)
  assert.match(sheet, /<\/sheetData><autoFilter ref="A1:Y3"\/>/)
  assert.match(partOf(bytes, 'xl/workbook.xml'), /hidden="1">'跟进'!\$A\$1:\$Y\$3<\/definedName>/)
})

test('an empty table has its headings', async () => {
  const { bytes, rows } = await writeTable(xlsx(), [])
  const sheets = await xlsxSheets(bytes)
  assert.deepEqual(
    sheets.map(({ sheet, data }) => [sheet, data.length, data[0]?.[0]]),
    [['跟进', 1, '跟进ID']],
  )
  assert.equal(rows, 0)
})

test('formulas are texts that stay texts when they are edited; --raw leaves the style out', async () => {
  const customFields = [fieldWith({ name: FORMULA })]
  const record = recordWith({
    content: FORMULA,
    business_id: '@1',
    attachment_list: [{ name: '+1+1', cos_url: 'https://a' }],
    field_map: { k: '＝1' },
  })
  const { bytes } = await writeTable(xlsx({ customFields }), [record])
  const sheet = partOf(bytes, FIRST)
  assert.doesNotMatch(sheet, /<f>|<f /)
  assert.equal(styleOf(sheet, 'Y1'), STYLE.quotedHeading)
  assert.equal(styleOf(sheet, 'E2'), STYLE.quotedText)
  assert.equal(styleOf(sheet, 'I2'), STYLE.quotedId)
  assert.equal(styleOf(sheet, 'S2'), STYLE.quotedText)
  assert.equal(styleOf(sheet, 'Y2'), STYLE.quotedText)
  assert.equal(styleOf(sheet, 'A2'), STYLE.id)
  const [row] = await xlsxRecords(bytes)
  const found = ['跟进内容', '对象ID', '附件', FORMULA].map((name) => row?.[name])
  assert.deepEqual(found, [FORMULA, '@1', '+1+1 https://a', '＝1'])
  const raw = partOf((await writeTable(xlsx({ customFields, raw: true }), [record])).bytes, FIRST)
  assert.deepEqual(
    ['Y1', 'E2', 'I2', 'S2'].map((at) => styleOf(raw, at)),
    [STYLE.heading, STYLE.text, STYLE.id, STYLE.text],
  )
})

test('the styles that are named are those of the list', async () => {
  const { bytes } = await writeTable(xlsx(), [])
  const [, list = ''] = /<cellXfs count="7">(.*)<\/cellXfs>/.exec(partOf(bytes, 'xl/styles.xml')) ?? []
  const formats = list.split('</xf>')
  for (const [name, index] of Object.entries(STYLE)) {
    assert.equal(formats[index]?.includes('quotePrefix="1"'), name.startsWith('quoted'), name)
    assert.equal(formats[index]?.includes('fontId="1"'), /heading/i.test(name), name)
    assert.equal(formats[index]?.includes('numFmtId="49"'), /id/i.test(name) && !/head/i.test(name), name)
  }
})

test('a text that does not fit is cut, with a note, and counted', async () => {
  const fits = '跟'.repeat(32_767)
  const long = `${'跟'.repeat(32_766)}进了`
  const { bytes, shortened } = await writeTable(xlsx(), [
    recordWith({ content: fits }),
    recordWith({ content: long, business_id: long }),
  ])
  const rows = await xlsxRecords(bytes)
  assert.equal(rows[0]?.跟进内容, fits)
  const note = '…（全文 32768 字，请用 csv 或 ndjson）'
  assert.equal(rows[1]?.跟进内容, `${'跟'.repeat(32_767 - note.length)}${note}`)
  assert.equal(shortened, 2)
})

test('never in the middle of a character', async () => {
  for (const before of ['', '跟']) {
    const { bytes } = await writeTable(xlsx(), [recordWith({ content: before + '😀'.repeat(20_000) })])
    const [row] = await xlsxRecords(bytes)
    const content = String(row?.跟进内容)
    assert.ok(content.isWellFormed())
    assert.ok(content.length <= 32_767 && content.length >= 32_766)
    assert.match(content, /😀…（全文 4000[01] 字，请用 csv 或 ndjson）$/)
  }
})

test('what XML forbids is written as the format has it, and what looks so too', async () => {
  const content = '\u0000\u0001\u000b\u001f\ufffe\uffff\ud800 _x0041_ _x004_ <&>"\' \r\n\t 。'
  const { bytes } = await writeTable(xlsx(), [recordWith({ content })])
  const [, text = ''] = /<c r="E2"[^>]*><is><t xml:space="preserve">([^<]*)</.exec(partOf(bytes, FIRST)) ?? []
  assert.equal(
    text,
    '_x0000__x0001__x000B__x001F__xFFFE__xFFFF__xD800_ _x005F_x0041_ _x004_ &lt;&amp;&gt;"\' &#13;\n\t 。',
  )
  const [row] = await xlsxRecords(bytes)
  assert.equal(row?.跟进内容, content)
})

test('an independent reader finds exactly what was written', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('_', 'x', '0', 'A', '\r', '\n', ' ', '<', '&', ']', '>', '甲', '\t', '\0'),
      minLength: 1,
      maxLength: 16,
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
      const records = texts.map((content) => recordWith({ content }))
      const { bytes } = await writeTable(xlsx(), records)
      const read = (await xlsxRecords(bytes)).map((row) => row.跟进内容)
      assert.deepEqual(read, texts)
    }),
    { numRuns: 100 },
  )
})

test('rows that a sheet does not hold go to the next, with its headings', async () => {
  for (const [count, lengths] of [
    [4, [5]],
    [5, [5, 2]],
    [11, [5, 5, 4]],
  ] as const) {
    const records = Array.from({ length: count }, (_, index) => recordWith({ id: String(index) }))
    const limits = { rows: 5, bytes: 1e9 }
    const { bytes, rows } = await writeTable((stream) => openXlsx(stream, OPTIONS, limits), records)
    const sheets = await xlsxSheets(bytes)
    assert.deepEqual(
      sheets.map(({ data }) => data.length),
      lengths,
    )
    assert.deepEqual(
      sheets.map(({ sheet }) => sheet),
      ['跟进', '跟进2', '跟进3'].slice(0, lengths.length),
    )
    assert.ok(sheets.every(({ data }) => data[0]?.[0] === '跟进ID'))
    const ids = sheets.flatMap(({ data }) => data.slice(1).map(([id]) => id))
    assert.deepEqual(
      ids,
      records.map(({ id }) => id),
    )
    assert.equal(rows, count)
  }
})

test('a sheet whose XML has become large is followed by another', async () => {
  const stream = new PassThrough()
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk))
  const sheet = openXlsx(stream, OPTIONS, { rows: 1000, bytes: 5000 })
  for (let id = 0; id < 20; id++)
    await sheet.write([recordWith({ id: String(id), content: '跟'.repeat(500) })])
  await sheet.end()
  stream.end()
  await once(stream, 'end')
  const lengths = (await xlsxSheets(Buffer.concat(chunks))).map(({ data }) => data.length - 1)
  assert.ok(lengths.length > 1)
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    20,
  )
})

test('a time beyond what a spreadsheet knows is a text', async () => {
  const { bytes } = await writeTable(xlsx(), [recordWith({ follow_time: 253_402_300_799_999 })])
  assert.match(partOf(bytes, FIRST), /<c r="B2" s="0" t="inlineStr"><is><t>10000-01-01 07:59:59</)
})

test('a stream that fails or closes is told, while it is full and at the end', {
  timeout: 10_000,
}, async () => {
  const many = Array.from({ length: 2000 }, (_, id) =>
    recordWith({ id: String(id), content: `${Math.sin(id)}`.repeat(50) }),
  )
  const failing = openXlsx(failingAfter(2), OPTIONS)
  await assert.rejects(async () => {
    for (;;) await failing.write(many)
  }, /disk full/)
  await assert.rejects(failing.end(), /disk full/)

  const closed = new PassThrough()
  const stuck = openXlsx(closed, OPTIONS)
  setTimeout(() => closed.destroy(), 50)
  await assert.rejects(async () => {
    for (;;) await stuck.write(many)
  }, /closed/)

  const last = openXlsx(failingAfter(0), OPTIONS)
  await assert.rejects(last.end(), /disk full/)
})

test('the stream stays open and has no listeners left', async () => {
  const stream = new PassThrough()
  stream.resume()
  const before = stream.listenerCount('error') + stream.listenerCount('close')
  const sheet = openXlsx(stream, OPTIONS)
  await sheet.write([recordWith()])
  await sheet.end()
  assert.equal(stream.writableEnded, false)
  assert.equal(stream.listenerCount('error') + stream.listenerCount('close'), before)
})

function styleOf(sheet: string, at: string): number {
  const [, style] = new RegExp(`<c r="${at}" s="(\\d+)"`).exec(sheet) ?? []
  return Number(style)
}
