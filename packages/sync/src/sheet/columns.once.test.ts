import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExact } from 'genjin-client'
import {
  csvRecords,
  fieldWith,
  OPTIONS,
  recordWith,
  writeTable,
  xlsxRecords,
} from '../../../../test/support/sheets.ts'
import { openCsv } from './csv.ts'
import type { CustomField, FollowSheetRecord } from './record.ts'
import { openSheet } from './sheet.ts'
import type { SheetOptions } from './table.ts'

const FULL = recordWith({
  business_name: '示例科技',
  id: '9007199254740993',
  content: '约定周一演示\n带合同',
  target: {
    contact_id: 'contact1',
    external_id: 'wm1',
    company_id: 'company1',
    chat_id: 'chat1',
    clue_id: 'clue1',
    is_ai: true,
  },
  business_type: 12,
  business_id: '1849712345678901251',
  follow_type: '9223372036854775807',
  follow_type_desc: '拜访',
  attachment_list: [
    { name: '报价.pdf', cos_url: 'https://files.example.com/1.pdf' },
    { name: null, cos_url: 'https://files.example.com/2.png' },
    { name: '名片', cos_url: null, material_id: 'm3' },
  ],
  location: { location_lat: '39.9042', location_lng: '-116.40', location_address: '北京市朝阳区' },
  follow_time: Date.UTC(2024, 1, 7, 8, 0, 1, 999),
  remind: {
    is_remind: 1,
    time: Date.UTC(2024, 1, 8, 8),
    before: '5400000',
    user_ids: ['zhangwei', 'lina'],
    content: '回访',
  },
})

const CHINESE = {
  跟进ID: '9007199254740993',
  跟进时间: '2024-02-07 16:00:01',
  跟进人ID: 'zhangwei',
  跟进人: '张伟',
  部门: '销售部',
  跟进内容: '约定周一演示\n带合同',
  跟进方式ID: '9223372036854775807',
  跟进方式: '拜访',
  对象类型: '企业',
  对象ID: '1849712345678901251',
  对象名称: '示例科技',
  联系人ID: 'contact1',
  外部联系人ID: 'wm1',
  企业ID: 'company1',
  群聊ID: 'chat1',
  线索ID: 'clue1',
  AI跟进: '是',
  纬度: '39.9042',
  经度: '-116.40',
  地点名称: '北京市朝阳区',
  附件: '报价.pdf https://files.example.com/1.pdf\nhttps://files.example.com/2.png\n名片 m3',
  提醒: '是',
  下次跟进时间: '2024-02-08 16:00:00',
  '提前（分钟）': '90',
  提醒人ID: 'zhangwei、lina',
  提醒内容: '回访',
  其他自定义字段: '',
}

test('every column, in Chinese', async () => {
  assert.deepEqual(await csvOf([FULL]), [CHINESE])
  const utc = await csvOf([FULL], { timeZone: 'America/New_York' })
  assert.equal(utc[0]?.跟进时间, '2024-02-07 03:00:01')
})

test("every column, under the wire's names and with its values", async () => {
  assert.deepEqual(await csvOf([FULL], { headings: 'fields' }), [
    {
      id: '9007199254740993',
      follow_time: '2024-02-07 16:00:01',
      follow_user_id: 'zhangwei',
      follow_user_name: '张伟',
      follow_user_department: '销售部',
      content: '约定周一演示\n带合同',
      follow_type: '9223372036854775807',
      follow_type_desc: '拜访',
      business_type: '12',
      business_id: '1849712345678901251',
      business_name: '示例科技',
      'target.contact_id': 'contact1',
      'target.external_id': 'wm1',
      'target.company_id': 'company1',
      'target.chat_id': 'chat1',
      'target.clue_id': 'clue1',
      'target.is_ai': 'true',
      'location.location_lat': '39.9042',
      'location.location_lng': '-116.40',
      'location.location_address': '北京市朝阳区',
      attachment_list: CHINESE.附件,
      'remind.is_remind': '1',
      'remind.time': '2024-02-08 16:00:00',
      'remind.before': '5400000',
      'remind.user_ids': 'zhangwei、lina',
      'remind.content': '回访',
      field_map: '',
    },
  ])
})

test('in xlsx times are dates, numbers are numbers where they are held, and ids are texts', async () => {
  const { bytes } = await writeTable((stream) => openSheet('xlsx', stream, OPTIONS), [FULL])
  const [record] = await xlsxRecords(bytes)
  const empty = Object.fromEntries(Object.entries(CHINESE).map(([key, text]) => [key, text || null]))
  assert.deepEqual(record, {
    ...empty,
    跟进时间: new Date('2024-02-07T16:00:01Z'),
    下次跟进时间: new Date('2024-02-08T16:00:00Z'),
    纬度: 39.9042,
    经度: -116.4,
    '提前（分钟）': 90,
    附件: '报价.pdf',
    附件2: 'https://files.example.com/2.png',
    附件3: '名片 m3',
  })
})

test('what is not there is empty', async () => {
  const bare = recordWith({ follow_user_id: 'gone', target: null, attachment_list: null, field_map: null })
  const [row] = await csvOf([bare])
  const filled = Object.entries(row ?? {}).filter(([, text]) => text !== '')
  assert.deepEqual(Object.fromEntries(filled), {
    跟进ID: '1234567890',
    跟进时间: '2025-01-15 10:30:00',
    跟进人ID: 'gone',
    跟进内容: '电话沟通',
    对象类型: '客户',
    对象ID: 'wm123',
  })
})

test('each kind of object has its word, and an unknown one keeps its number', async () => {
  const types = [1, 3, 4, 9, 10, 11, 12, 99]
  const rows = await csvOf(types.map((business_type) => recordWith({ business_type })))
  const words = rows.map((row) => row.对象类型)
  assert.deepEqual(words, ['客户', '商机', '线索', '订单', '群', '联系人', '企业', '99'])
})

test('custom fields: names of options, times, exact numbers, JSON of the rest', async () => {
  const options = [
    { id: 'o1', name: '高' },
    { id: '9007199254740993', name: '中' },
  ]
  const fields = [
    fieldWith({ key: 'text', name: '文字' }),
    fieldWith({ key: 'number', name: '数字', type: 'number' }),
    fieldWith({ key: 'date', name: '日期', type: 'date' }),
    fieldWith({ key: 'at', name: '时间', type: 'datetime' }),
    fieldWith({ key: 'one', name: '单选', type: 'single', options }),
    fieldWith({ key: 'many', name: '多选', type: 'multi', options }),
    fieldWith({ key: 'constructor', name: '没有' }),
  ]
  const maps = [
    '{"text":"甲","number":12.50,"date":"2025-01-02","at":1736908200000,"one":"o1","many":["o1",9007199254740993]}',
    '{"text":12345678901234567890,"number":-3,"at":"2025-01-15 10:30","one":{"id":"o1"},"many":[{"id":"o9","name":"旧名"},{"id":9007199254740993}],"其他":[1.0,{"甲":"乙"}]}',
    '{"text":{"a":1.10},"number":"1e400","at":"1736908200000","one":"o9","many":[],"__proto__":9007199254740993}',
    '{"text":null,"number":0.1,"at":1736908200,"many":"o1","one":true}',
  ]
  const records = maps.map((map) => recordWith({ field_map: parseExact(map) as Record<string, unknown> }))
  const names = fields.map(({ name }) => name)
  const rows = await csvOf(records, { customFields: fields })
  const picked = rows.map((row) => [...names, '其他自定义字段'].map((name) => row[name]))
  assert.deepEqual(picked, [
    ['甲', '12.50', '2025-01-02', '2025-01-15 10:30:00', '高', '高、中', '', ''],
    [
      '12345678901234567890',
      '-3',
      '',
      '2025-01-15 10:30:00',
      '高',
      '旧名、中',
      '',
      '{"其他":[1.0,{"甲":"乙"}]}',
    ],
    ['{"a":1.10}', '1e400', '', '2025-01-15 10:30:00', 'o9', '', '', '{"__proto__":9007199254740993}'],
    ['', '0.1', '', '1736908200', 'true', '高', '', ''],
  ])
})

/** The cells of one column of an xlsx file, and its columns that are texts. */
async function xlsxColumn(type: CustomField['type'], values: string) {
  const { bytes, textColumns } = await writeTable(
    (stream) => openSheet('xlsx', stream, { ...OPTIONS, customFields: [fieldWith({ name: '值', type })] }),
    (parseExact(values) as unknown[]).map((k) => recordWith({ field_map: { k } })),
  )
  return { cells: (await xlsxRecords(bytes)).map(({ 值 }) => 值), textColumns }
}

test('xlsx: numbers however they are written are numbers', async () => {
  const { cells, textColumns } = await xlsxColumn(
    'number',
    '[12.50, 100.00, 1000, "7.10", "-0.30", " 5 ", 1E+3, 1.5e-7, 0.0, "1e300", 123456789012345, 1234567890123450, null]',
  )
  assert.deepEqual(cells, [
    ...[12.5, 100, 1000, 7.1, -0.3, 5, 1000, 1.5e-7, 0, 1e300],
    ...[123456789012345, 1234567890123450, null],
  ])
  assert.deepEqual(textColumns, [])
})

test('xlsx: one number that a cell does not hold makes its column texts, exactly as they are', async () => {
  for (const odd of ['12345678901234567', '0.1234567890123456', '"1e400"', '"007"', '"约三百"', 'true']) {
    const { cells, textColumns } = await xlsxColumn('number', `[12.50, ${odd}, 7]`)
    assert.deepEqual(cells, ['12.50', odd.replaceAll('"', ''), '7'], odd)
    assert.deepEqual(textColumns, ['值'])
  }
})

test('xlsx: a reminder of a third of a minute is a number', async () => {
  const remind = { before: 20_000 }
  const { bytes, textColumns } = await writeTable(
    (stream) => openSheet('xlsx', stream, OPTIONS),
    [recordWith({ remind })],
  )
  assert.deepEqual(textColumns, [])
  assert.equal((await xlsxRecords(bytes))[0]?.['提前（分钟）'], 0.333333333333333)
})

test('xlsx: dates and times are dates, as exact as they were given', async () => {
  const dates = await xlsxColumn('date', '["2025-03-01", "1900-03-01", null, "9999-12-31"]')
  assert.deepEqual(dates.cells, [
    ...[new Date('2025-03-01'), new Date('1900-03-01'), null, new Date('9999-12-31')],
  ])
  const times = await xlsxColumn('datetime', '["2025-01-15 10:30", "2025-01-15 10:30:05", 1736908200123]')
  assert.deepEqual(times.cells, [
    new Date('2025-01-15T10:30:00Z'),
    new Date('2025-01-15T10:30:05Z'),
    new Date('2025-01-15T10:30:00.123Z'),
  ])
  assert.deepEqual([dates.textColumns, times.textColumns], [[], []])
})

test('xlsx: one date that a cell does not hold makes its column texts', async () => {
  for (const odd of ['1900-02-28', '0001-01-01', '待定']) {
    const { cells, textColumns } = await xlsxColumn('date', `["2025-03-01", "${odd}"]`)
    assert.deepEqual([cells, textColumns], [['2025-03-01', odd], ['值']])
  }
  const { cells } = await xlsxColumn('datetime', '[1736908200000, "2025-01-15 10:30", 1736908200]')
  assert.deepEqual(cells, ['2025-01-15 10:30:00', '2025-01-15 10:30:00', '1736908200'])
})

test('headings are all different: built-in ones keep theirs, custom fields of the same name are told apart by key', async () => {
  const names = [
    '跟进内容',
    '金额',
    '金额',
    ' 金额 ',
    'ABC',
    'abc',
    '',
    '其他自定义字段',
    '跟进人ID（k0）',
    '跟进人ID',
  ]
  const customFields = names.map((name, index) => fieldWith({ key: `k${index}`, name }))
  const field_map = Object.fromEntries(names.map((_, index) => [`k${index}`, `值${index}`]))
  for (const format of ['csv', 'xlsx'] as const) {
    const { bytes } = await writeTable(
      (stream) => openSheet(format, stream, { ...OPTIONS, customFields }),
      [recordWith({ field_map })],
    )
    const [row = {}] = format === 'csv' ? csvRecords(bytes) : await xlsxRecords(bytes)
    const headings = Object.keys(row)
    assert.equal(headings.length, 27 + names.length)
    assert.equal(new Set(headings.map((heading) => heading.trim().toLowerCase())).size, headings.length)
    assert.deepEqual([row.跟进内容, row['跟进内容（k0）'], row.跟进人ID], ['电话沟通', '值0', 'zhangwei'])
    for (const index of names.keys()) assert.ok(Object.values(row).includes(`值${index}`))
    assert.equal(row['金额（k1）'], '值1')
  }
})

test("custom fields under the wire's names", async () => {
  const customFields = [fieldWith({ key: 'custom_field_1', name: '竞争对手' })]
  const [row] = await csvOf([recordWith({ field_map: { custom_field_1: '甲', other: 1 } })], {
    customFields,
    headings: 'fields',
  })
  assert.equal(row?.['field_map.custom_field_1'], '甲')
  assert.equal(row?.field_map, '{"other":1}')
})

async function csvOf(records: readonly FollowSheetRecord[], options: Partial<SheetOptions> = {}) {
  const { bytes } = await writeTable((stream) => openCsv(stream, { ...OPTIONS, ...options }), records)
  return csvRecords(bytes)
}
