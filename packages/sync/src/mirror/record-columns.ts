import { hash } from 'node:crypto'
import { numberText, wholeRecordLine } from 'genjin-record'
import type { Cell, Column, Engine, Kind, Read } from './engine.ts'
import type { WholeRecord } from './mirror.ts'

const BUSINESS_TYPES = '1-客户，3-商机，4-线索，9-订单，10-群，11-联系人，12-企业'

type Row = readonly [
  name: string,
  kind: Kind | `${Kind}!`,
  comment: string,
  of: (record: WholeRecord) => Cell,
]

/**
 * The columns of every table, `!` those that are never NULL: a record taken apart so that it can be put together again to the
 * byte. Times are `timestamptz` in PostgreSQL. SQLite has no such type: there they are ISO 8601 text in UTC with milliseconds,
 * which sorts by time and which its date functions and the tools that read SQLite files understand.
 */
const ROWS: readonly Row[] = [
  ['id', 'bigint!', '跟进ID', ({ id }) => digits(id)],
  ['follow_user_id', 'text!', '跟进人ID', (r) => r.follow_user_id],
  ['content', 'text!', '跟进内容', ({ content }) => content],
  ['business_type', 'smallint!', `关联业务类型：${BUSINESS_TYPES}`, (r) => digits(r.business_type)],
  ['business_id', 'text!', '关联业务ID', (r) => r.business_id],
  ['contact_id', 'text', '联系人ID', ({ target }) => target.contact_id],
  ['external_id', 'text', '外部联系人ID', ({ target }) => target.external_id],
  ['company_id', 'text', '企业ID', ({ target }) => target.company_id],
  ['chat_id', 'text', '群聊ID', ({ target }) => target.chat_id],
  ['clue_id', 'text', '线索ID', ({ target }) => target.clue_id],
  ['is_ai', 'boolean', '是否 AI 跟进', ({ target }) => target.is_ai],
  ['follow_type', 'bigint', '跟进方式ID', (r) => digits(r.follow_type)],
  ['follow_type_desc', 'text', '跟进方式的名称（同步时的名称）', (r) => r.follow_type_desc],
  ['has_location', 'boolean!', '是否有跟进地址', ({ location }) => location !== null],
  ['location_lat', 'text', '跟进地址纬度', ({ location }) => location?.location_lat ?? null],
  ['location_lng', 'text', '跟进地址经度', ({ location }) => location?.location_lng ?? null],
  ['location_address', 'text', '地点名称', ({ location }) => location?.location_address ?? null],
  ['attachments', 'json!', '附件列表', (r) => JSON.stringify(r.attachment_list)],
  ['follow_time', 'time!', '跟进时间', (r) => iso(r.follow_time)],
  ['remind_is_remind', 'smallint', '是否提醒', ({ remind }) => remind?.is_remind ?? null],
  ['remind_time', 'time', '下次跟进时间', ({ remind }) => iso(remind?.time ?? null)],
  ['remind_before_ms', 'bigint', '开始前提醒时间间隔（毫秒）', (r) => digits(r.remind?.before ?? null)],
  [
    'remind_user_ids',
    'json',
    '提醒人ID列表；没有提醒时为 NULL',
    ({ remind }) => remind && JSON.stringify(remind.user_ids),
  ],
  ['remind_content', 'text', '提醒内容', ({ remind }) => remind?.content ?? null],
  ['field_map', 'json!', '全部自定义字段，原样', (r) => JSON.stringify(r.field_map)],
  ['system', 'boolean!', '是否系统跟进', ({ system }) => system],
  ['title', 'text', '标题', ({ title }) => title],
  ['stage_id', 'text', '商机阶段ID', (r) => r.stage_id],
  ['create_time', 'time!', '创建时间', (r) => iso(r.create_time)],
  ['update_time', 'time!', '更新时间', (r) => iso(r.update_time)],
  ['version', 'integer!', '版本号', ({ version }) => digits(version)],
  ['whole_checksum', 'text!', '完整记录的校验和（G5）', (r) => lineSum(wholeRecordLine(r))],
]

export const BASE_COLUMNS: readonly Column[] = ROWS.map(([name, kind, comment]) => ({
  name,
  kind: kind.replace('!', '') as Kind,
  comment,
  notNull: kind.endsWith('!'),
}))

/** What a record is put together from again. */
const KEPT_COLUMNS = BASE_COLUMNS.filter(({ name }) => name !== 'whole_checksum')

/** A record's values, in the order of BASE_COLUMNS. */
export function baseCells(record: WholeRecord): Cell[] {
  return ROWS.map(([, , , of]) => of(record))
}

/** The checksum of one line (G5) as 32 hexadecimal digits. */
export function lineSum(line: string): string {
  return hash('sha256', line, 'hex').slice(0, 32)
}

export function digits(value: string | number): string
export function digits(value: string | number | null): string | null
export function digits(value: string | number | null): string | null {
  return value === null ? null : numberText(value)
}

export function iso(ms: number): string
export function iso(ms: number | null): string | null
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/** The select list that `recordText` reads. */
export function recordSelect(engine: Engine): string {
  return KEPT_COLUMNS.map((column) => engine.select(column)).join(', ')
}

/** A row of `recordSelect`: the JSON text of each column by its name. */
export function rowTexts(engine: Engine, row: readonly Read[]): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [index, { name, kind }] of KEPT_COLUMNS.entries()) texts[name] = engine.json(kind, row[index])
  return texts
}

/**
 * The record as the feed returned it, to the byte, except for the name of its follow type, which is the present one.
 *
 * A literal, although genjin-record knows the order of the keys (a test compares them): put together from a list of keys it
 * takes 2.9 µs instead of 1.3, and a check reads every record.
 *
 * @param t what `rowTexts` gives
 * @param withFollowTypeDesc without it, this is the line that `whole_checksum` is taken of
 */
export function recordText(t: Readonly<Record<string, string>>, withFollowTypeDesc: boolean): string {
  const location =
    t.has_location === 'true'
      ? `{"location_lat":${t.location_lat},"location_lng":${t.location_lng},"location_address":${t.location_address}}`
      : 'null'
  const remind =
    t.remind_user_ids === 'null'
      ? 'null'
      : `{"is_remind":${t.remind_is_remind},"time":${t.remind_time},"before":${t.remind_before_ms},"user_ids":${t.remind_user_ids},"content":${t.remind_content}}`
  const desc = withFollowTypeDesc ? `"follow_type_desc":${t.follow_type_desc},` : ''
  return `{"id":${t.id},"follow_user_id":${t.follow_user_id},"content":${t.content},"target":{"contact_id":${t.contact_id},"external_id":${t.external_id},"company_id":${t.company_id},"chat_id":${t.chat_id},"clue_id":${t.clue_id},"is_ai":${t.is_ai}},"business_type":${t.business_type},"business_id":${t.business_id},"follow_type":${t.follow_type},${desc}"field_map":${t.field_map},"attachment_list":${t.attachments},"location":${location},"follow_time":${t.follow_time},"remind":${remind},"system":${t.system},"title":${t.title},"stage_id":${t.stage_id},"create_time":${t.create_time},"update_time":${t.update_time},"version":${t.version}}`
}
