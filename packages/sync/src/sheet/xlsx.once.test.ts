import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
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
import { tempFolder } from '../../../../test/support/temp-folder.ts'
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

test('headings are bold, stay in sight, have a filter and are printed on every page', async () => {
  const { bytes } = await writeTable(xlsx(), [recordWith(), recordWith()])
  const sheet = partOf(bytes, FIRST)
  assert.match(sheet, /<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"\/>/)
  assert.match(sheet, new RegExp(`<c r="A1" s="${STYLE.heading}" t="inlineStr"><is><t>跟进ID</t></is></c>`))
  assert.match(sheet, /<\/sheetData><autoFilter ref="A1:AA3"\/>/)
  const workbook = partOf(bytes, 'xl/workbook.xml')
  assert.match(workbook, /hidden="1">'跟进'!\$A\$1:\$AA\$3<\/definedName>/)
  assert.match(workbook, /Print_Titles" localSheetId="0">'跟进'!\$1:\$1</)
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
  assert.equal(styleOf(sheet, 'AA1'), STYLE.quotedHeading)
  assert.equal(styleOf(sheet, 'F2'), STYLE.quotedText)
  assert.equal(styleOf(sheet, 'J2'), STYLE.quotedId)
  assert.equal(styleOf(sheet, 'U2'), STYLE.quotedLink)
  assert.equal(styleOf(sheet, 'AA2'), STYLE.quotedText)
  assert.equal(styleOf(sheet, 'A2'), STYLE.id)
  const [row] = await xlsxRecords(bytes)
  const found = ['跟进内容', '对象ID', '附件', FORMULA].map((name) => row?.[name])
  assert.deepEqual(found, [FORMULA, '@1', '+1+1', '＝1'])
  const raw = partOf((await writeTable(xlsx({ customFields, raw: true }), [record])).bytes, FIRST)
  assert.deepEqual(
    ['AA1', 'F2', 'J2', 'U2'].map((at) => styleOf(raw, at)),
    [STYLE.heading, STYLE.text, STYLE.id, STYLE.link],
  )
})

test('the styles that are named are those of the list', async () => {
  const { bytes } = await writeTable(xlsx(), [])
  const [, list = ''] = /<cellXfs count="44">(.*)<\/cellXfs>/.exec(partOf(bytes, 'xl/styles.xml')) ?? []
  const formats = list.split('</xf>').slice(0, -1)
  assert.equal(formats.length, 44)
  for (const [name, index] of Object.entries(STYLE)) {
    assert.equal(formats[index]?.includes('quotePrefix="1"'), name.startsWith('quoted'), name)
    assert.equal(formats[index]?.includes('fontId="1"'), /heading/i.test(name), name)
    assert.equal(formats[index]?.includes('fontId="2"'), /link/i.test(name), name)
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
    assert.match(content, /😀…（全文 2000[01] 字，请用 csv 或 ndjson）$/)
  }
})

test('what XML forbids is written as the format has it, and what looks so too', async () => {
  const content = '\u0000\u0001\u000b\u001f\ufffe\uffff\ud800 _x0041_ _x004_ <&>"\' \r\n\t 。'
  const { bytes } = await writeTable(xlsx(), [recordWith({ content })])
  const [, text = ''] = /<c r="F2"[^>]*><is><t xml:space="preserve">([^<]*)</.exec(partOf(bytes, FIRST)) ?? []
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
  const sheet = openXlsx(stream, OPTIONS, { rows: 100_000, bytes: 500_000 })
  for (let id = 0; id < 20; id++)
    await sheet.write([recordWith({ id: String(id), content: '跟'.repeat(30_000) })])
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

test('a stream that fails or closes is told, at once or at the end', { timeout: 20_000 }, async () => {
  const many = Array.from({ length: 2000 }, (_, id) =>
    recordWith({ id: String(id), content: `${Math.sin(id)}`.repeat(50) }),
  )
  const failing = openXlsx(failingAfter(0), OPTIONS)
  await assert.rejects(async () => {
    for (;;) await failing.write(many)
  }, /disk full/)
  await assert.rejects(failing.end(), /disk full/)

  const later = openXlsx(failingAfter(8), OPTIONS)
  await later.write(many)
  await assert.rejects(later.end(), /disk full/)

  const closed = new PassThrough()
  const stuck = openXlsx(closed, OPTIONS)
  await stuck.write(many)
  setTimeout(() => closed.destroy(), 50)
  await assert.rejects(stuck.end(), /closed/)
})

test('a temporary folder that cannot be written to is told; nothing is left in one that can', async () => {
  using folder = tempFolder()
  const missing = openXlsx(new PassThrough(), { ...OPTIONS, scratch: join(folder.path, 'none') })
  await assert.rejects(missing.write([recordWith()]), /ENOENT/)
  const stopped = openXlsx(new PassThrough(), { ...OPTIONS, scratch: folder.path })
  await stopped.write([recordWith()])
  assert.deepEqual(readdirSync(folder.path), [])
  const stop = () => {
    throw new Error('interrupted')
  }
  await assert.rejects(stopped.end(stop), /interrupted/)
})

test('numbers are shown with the digits that were given, times without seconds where none were given', async () => {
  const shown = [
    ...['1000', '12.50', '100.00', '-0.300', '1e-7', '1.5E+3', '1e300'],
    ...['2025-03-01', '2025-01-15 10:30', '2025-01-15 10:30:05'],
  ]
  const formats = ['0', '0.00', '0.00', '0.000', '0.0000000', '0', '', 'yyyy\\-mm\\-dd']
  const customFields = shown.map((text, index) =>
    fieldWith({
      key: `k${index}`,
      name: `字段${index}`,
      type: /^\d{4}-/.test(text) ? (text.length > 10 ? 'datetime' : 'date') : 'number',
    }),
  )
  const field_map = Object.fromEntries(shown.map((text, index) => [`k${index}`, text]))
  const { bytes } = await writeTable(xlsx({ customFields }), [recordWith({ field_map })])
  const sheet = partOf(bytes, FIRST)
  const styles = partOf(bytes, 'xl/styles.xml')
  const formatOf = (index: number) => {
    const style = styleOf(sheet, `A${String.fromCharCode(65 + index)}2`)
    const xf = styles.split('<cellXfs')[1]?.match(/<xf [^>]*>/g)?.[style] ?? ''
    const id = /numFmtId="(\d+)"/.exec(xf)?.[1]
    return new RegExp(`numFmtId="${id}" formatCode="([^"]*)"`).exec(styles)?.[1] ?? ''
  }
  assert.deepEqual(
    shown.map((_, index) => formatOf(index)),
    [...formats, 'yyyy\\-mm\\-dd\\ hh:mm', 'yyyy\\-mm\\-dd\\ hh:mm:ss'],
  )
})

test('attachments can be clicked, each in a column; only addresses of the web, and the others are shown', async () => {
  const long = `https://files.example.com/${'x'.repeat(3000)}`
  const files = [
    { name: '报价&单.pdf', cos_url: 'https://files.example.com/1.pdf?a=1&b="2"' },
    { name: null, cos_url: 'HTTP://files.example.com/文件.png' },
    { name: '名片', cos_url: null, material_id: 'm3' },
    { name: '危险', cos_url: 'file:///C:/cmd.exe' },
    { name: '脚本', cos_url: 'javascript:alert(1)' },
    { name: '很长', cos_url: long },
  ]
  const { bytes, unlinked } = await writeTable(xlsx(), [recordWith(), recordWith({ attachment_list: files })])
  const [first, second] = await xlsxRecords(bytes)
  const names = ['附件', '附件2', '附件3', '附件4', '附件5', '附件6']
  assert.deepEqual(
    names.map((name) => second?.[name]),
    [
      '报价&单.pdf',
      'HTTP://files.example.com/文件.png',
      '名片 m3',
      '危险 file:///C:/cmd.exe',
      '脚本 javascript:alert(1)',
      `很长 ${long}`,
    ],
  )
  assert.equal(first?.附件, null)
  const links = [...partOf(bytes, FIRST).matchAll(/<hyperlink ref="(\w+)" r:id="(\w+)"\/>/g)]
  assert.deepEqual(
    links.map(([, at, id]) => [at, id]),
    [
      ['U3', 'rId1'],
      ['V3', 'rId2'],
    ],
  )
  const targets = partOf(bytes, 'xl/worksheets/_rels/sheet1.xml.rels').matchAll(/Target="([^"]*)"/g)
  assert.deepEqual(
    [...targets].map(([, target]) => target),
    ['https://files.example.com/1.pdf?a=1&amp;b=%222%22', 'http://files.example.com/%E6%96%87%E4%BB%B6.png'],
  )
  assert.equal(unlinked, 0)
})

test('a sheet has no more links than a spreadsheet opens; the others show their address, and are counted', async () => {
  const attachment_list = Array.from({ length: 100 }, (_, index) => ({
    name: 'a',
    cos_url: `https://f/${index}`,
  }))
  const records = Array.from({ length: 651 }, () => recordWith({ attachment_list }))
  const { bytes, unlinked } = await writeTable(xlsx(), records)
  assert.equal(unlinked, 100)
  const rows = await xlsxRecords(bytes)
  assert.deepEqual([rows[649]?.附件, rows[650]?.附件], ['a', 'a https://f/0'])
})

test('rows are as high as their texts, columns as wide; what is empty is hidden; pages are landscape', async () => {
  const { bytes } = await writeTable(xlsx(), [
    recordWith({ content: '短' }),
    recordWith({ content: '跟'.repeat(100) }),
    recordWith({ content: '一\n二\n三' }),
    recordWith({ content: '跟'.repeat(5_000) }),
  ])
  const sheet = partOf(bytes, FIRST)
  const heights = [...sheet.matchAll(/<row r="\d+" ht="(\d+)"/g)].map(([, height]) => Number(height))
  assert.deepEqual(heights.slice(1), [18, 50, 50, 402])
  assert.match(sheet, /<col min="6" max="6" width="80" customWidth="1"\/>/)
  assert.match(sheet, /<col min="12" max="12" width="\d+" hidden="1" customWidth="1"\/>/)
  assert.match(sheet, /fitToPage="1"/)
  assert.match(sheet, /<pageSetup paperSize="9" orientation="landscape" fitToWidth="1" fitToHeight="0"\/>/)
  const { bytes: forPrograms } = await writeTable(xlsx({ headings: 'fields' }), [recordWith()])
  assert.doesNotMatch(partOf(forPrograms, FIRST), /hidden/)
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
