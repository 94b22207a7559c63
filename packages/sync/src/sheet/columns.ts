import { exactText, joinNames, zoneOf } from 'genjin-record'
import { customColumns } from './custom-columns.ts'
import type { FollowSheetRecord } from './record.ts'
import type { Column, SheetOptions } from './table.ts'
import { type Cell, exactNumber, integerText } from './values.ts'

export function columnsOf(options: SheetOptions): readonly Column[] {
  const zone = zoneOf(options.timeZone)
  const columns = COLUMNS.map((column): Column => {
    if (column.kind !== 'time') return column
    return {
      ...column,
      value: (record, to) => {
        const ms = column.value(record, to)
        return typeof ms === 'number' ? zone.wall(ms) : ms
      },
    }
  })
  return [...columns, ...customColumns(options.customFields, zone)]
}

export function headingsOf(columns: readonly Column[], { headings }: SheetOptions): string[] {
  return columns.map(({ field, zh }) => (headings === 'zh' ? zh : field))
}

type Row = readonly [field: string, zh: string, kind: Column['kind'], width: number, value: Column['value']]

const BUSINESS_TYPES: Readonly<Record<string, string>> = {
  1: '客户',
  3: '商机',
  4: '线索',
  9: '订单',
  10: '群',
  11: '联系人',
  12: '企业',
}
const YES_NO: Readonly<Record<string, string>> = { true: '是', false: '否', 1: '是', 0: '否' }

const ROWS: readonly Row[] = [
  ['id', '跟进ID', 'id', 22, ({ id }) => integerText(id)],
  ['follow_time', '跟进时间', 'time', 20, ({ follow_time }) => follow_time],
  ['follow_user_id', '跟进人ID', 'id', 16, ({ follow_user_id }) => follow_user_id],
  ['follow_user_name', '跟进人', 'text', 12, nameOf],
  ['content', '跟进内容', 'text', 60, ({ content }) => content],
  ['follow_type', '跟进方式ID', 'id', 12, ({ follow_type }) => integerText(follow_type)],
  ['follow_type_desc', '跟进方式', 'text', 14, ({ follow_type_desc }) => exactText(follow_type_desc)],
  ['business_type', '对象类型', 'label', 10, (of, to) => label(of.business_type, BUSINESS_TYPES, to)],
  ['business_id', '对象ID', 'id', 22, ({ business_id }) => business_id],
  ['target.contact_id', '联系人ID', 'id', 18, ({ target }) => exactText(target?.contact_id)],
  ['target.external_id', '外部联系人ID', 'id', 18, ({ target }) => exactText(target?.external_id)],
  ['target.company_id', '企业ID', 'id', 18, ({ target }) => exactText(target?.company_id)],
  ['target.chat_id', '群聊ID', 'id', 18, ({ target }) => exactText(target?.chat_id)],
  ['target.clue_id', '线索ID', 'id', 18, ({ target }) => exactText(target?.clue_id)],
  ['target.is_ai', 'AI跟进', 'label', 8, (of, to) => label(of.target?.is_ai, YES_NO, to)],
  ['location.location_lat', '纬度', 'number', 12, ({ location }) => exactNumber(location?.location_lat)],
  ['location.location_lng', '经度', 'number', 12, ({ location }) => exactNumber(location?.location_lng)],
  [
    'location.location_address',
    '地点名称',
    'text',
    30,
    ({ location }) => exactText(location?.location_address),
  ],
  ['attachment_list', '附件', 'text', 40, attachments],
  ['remind.is_remind', '提醒', 'label', 8, (of, to) => label(of.remind?.is_remind, YES_NO, to)],
  ['remind.time', '下次跟进时间', 'time', 20, ({ remind }) => remind?.time ?? null],
  ['remind.before', '提前（分钟）', 'number', 12, before],
  ['remind.user_ids', '提醒人ID', 'id', 18, ({ remind }) => joinNames(remind?.user_ids ?? [])],
  ['remind.content', '提醒内容', 'text', 30, ({ remind }) => exactText(remind?.content)],
]

const COLUMNS: readonly Column[] = ROWS.map(([field, zh, kind, width, value]) => ({
  field,
  zh,
  kind,
  width,
  value,
}))

function nameOf({ follow_user_id }: FollowSheetRecord, { staffNames }: SheetOptions): Cell {
  return staffNames.get(follow_user_id) ?? null
}

function label(value: unknown, words: Readonly<Record<string, string>>, { headings }: SheetOptions): Cell {
  const text = exactText(value)
  return text === null || headings === 'fields' ? text : (words[text] ?? text)
}

/** One per line. */
function attachments({ attachment_list }: FollowSheetRecord): Cell {
  const lines = (attachment_list ?? []).map(({ name, cos_url, material_id }) =>
    [name, cos_url ?? material_id].filter(Boolean).join(' '),
  )
  return lines.join('\n')
}

/** In minutes under Chinese headings, in milliseconds as on the wire under the wire's names. */
function before({ remind }: FollowSheetRecord, { headings }: SheetOptions): Cell {
  const text = integerText(remind?.before)
  if (text === null || headings === 'fields') return exactNumber(text)
  return exactNumber(String(Number(text) / 60_000))
}
