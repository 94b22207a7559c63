import { exactText, joinNames, zoneOf } from 'genjin-record'
import { customColumns } from './custom-columns.ts'
import { harmless } from './harmless.ts'
import { attachmentLine } from './links.ts'
import type { FollowSheetRecord } from './record.ts'
import type { Column, SheetOptions } from './table.ts'
import { type Cell, integerText } from './values.ts'

export function columnsOf(options: SheetOptions): readonly Column[] {
  const zone = zoneOf(options.timeZone)
  const columns = ROWS.map(([field, zh, kind, width, value]): Column => {
    if (kind !== 'time') return { field, zh, kind, width, value: value as Column['value'] }
    return {
      ...{ field, zh, kind, width },
      value: (record, to) => {
        const ms = value(record, to)
        return typeof ms === 'number' ? { wall: zone.wall(ms), form: 'second' } : null
      },
    }
  })
  return [...columns, ...customColumns(options.customFields, zone)]
}

/**
 * One for each column, all different: programs find columns by them. Built-in columns keep theirs; custom fields that are
 * called like one of them, or alike, are told apart by their keys.
 */
export function headingsOf(columns: readonly Column[], options: SheetOptions): string[] {
  if (options.headings === 'fields') return columns.map(({ field }) => field)
  const custom = columns.filter(({ key }) => key !== undefined)
  const times = Map.groupBy(custom, ({ zh }) => sameHeading(zh))
  const taken = new Set(columns.flatMap(({ key, zh }) => (key === undefined ? [sameHeading(zh)] : [])))
  return columns.map(({ key, zh }) => {
    if (key === undefined) return zh
    const isAlone = zh.trim() !== '' && times.get(sameHeading(zh))?.length === 1
    let heading = isAlone && !taken.has(sameHeading(zh)) ? zh : `${zh}（${key}）`
    for (let more = 2; taken.has(sameHeading(heading)); more++) heading = `${zh}（${key}）${more}`
    taken.add(sameHeading(heading))
    return heading
  })
}

/** Spreadsheets hold headings for the same that differ in case or in spaces around them; CSV puts an apostrophe in front of some. */
function sameHeading(text: string): string {
  return harmless(text).trim().toLowerCase()
}

type Row = readonly [
  field: string,
  zh: string,
  kind: Column['kind'],
  width: number,
  /** Of a time: ms since 1970. */
  value: (record: FollowSheetRecord, options: SheetOptions) => Cell | number,
]

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
  ['id', '跟进ID', 'id', 36, ({ id }) => integerText(id)],
  ['follow_time', '跟进时间', 'time', 20, ({ follow_time }) => follow_time],
  ['follow_user_id', '跟进人ID', 'id', 36, ({ follow_user_id }) => follow_user_id],
  ['follow_user_name', '跟进人', 'text', 16, nameOf],
  ['follow_user_department', '部门', 'text', 20, departmentOf],
  ['content', '跟进内容', 'text', 80, ({ content }) => content],
  ['follow_type', '跟进方式ID', 'id', 36, ({ follow_type }) => integerText(follow_type)],
  ['follow_type_desc', '跟进方式', 'text', 16, ({ follow_type_desc }) => exactText(follow_type_desc)],
  ['business_type', '对象类型', 'label', 10, (of, to) => label(of.business_type, BUSINESS_TYPES, to)],
  ['business_id', '对象ID', 'id', 36, ({ business_id }) => business_id],
  ['business_name', '对象名称', 'text', 30, ({ business_name }) => business_name ?? null],
  ['target.contact_id', '联系人ID', 'id', 36, ({ target }) => exactText(target?.contact_id)],
  ['target.external_id', '外部联系人ID', 'id', 36, ({ target }) => exactText(target?.external_id)],
  ['target.company_id', '企业ID', 'id', 36, ({ target }) => exactText(target?.company_id)],
  ['target.chat_id', '群聊ID', 'id', 36, ({ target }) => exactText(target?.chat_id)],
  ['target.clue_id', '线索ID', 'id', 36, ({ target }) => exactText(target?.clue_id)],
  ['target.is_ai', 'AI跟进', 'label', 8, (of, to) => label(of.target?.is_ai, YES_NO, to)],
  ['location.location_lat', '纬度', 'number', 20, ({ location }) => exactText(location?.location_lat)],
  ['location.location_lng', '经度', 'number', 20, ({ location }) => exactText(location?.location_lng)],
  [
    'location.location_address',
    '地点名称',
    'text',
    30,
    ({ location }) => exactText(location?.location_address),
  ],
  ['attachment_list', '附件', 'links', 40, attachments],
  ['remind.is_remind', '提醒', 'label', 8, (of, to) => label(of.remind?.is_remind, YES_NO, to)],
  ['remind.time', '下次跟进时间', 'time', 20, ({ remind }) => remind?.time ?? null],
  ['remind.before', '提前（分钟）', 'number', 20, before],
  ['remind.user_ids', '提醒人ID', 'id', 36, ({ remind }) => joinNames(remind?.user_ids ?? [])],
  ['remind.content', '提醒内容', 'text', 30, ({ remind }) => exactText(remind?.content)],
]

function nameOf({ follow_user_id }: FollowSheetRecord, { staffNames }: SheetOptions): Cell {
  return staffNames.get(follow_user_id) ?? null
}

function departmentOf({ follow_user_id }: FollowSheetRecord, { departmentNames }: SheetOptions): Cell {
  return departmentNames.get(follow_user_id) ?? null
}

function label(value: unknown, words: Readonly<Record<string, string>>, { headings }: SheetOptions): Cell {
  const text = exactText(value)
  return text === null || headings === 'fields' ? text : (words[text] ?? text)
}

/** One per line. */
function attachments({ attachment_list }: FollowSheetRecord): Cell {
  return (attachment_list ?? []).map(attachmentLine).join('\n')
}

/** In minutes under Chinese headings, in milliseconds as on the wire under the wire's names. */
function before({ remind }: FollowSheetRecord, { headings }: SheetOptions): Cell {
  const text = integerText(remind?.before)
  if (text === null || headings === 'fields') return text
  // As many digits as a spreadsheet holds: a third of a minute does not make texts of the column.
  return String(Number((Number(text) / 60_000).toPrecision(15)))
}
