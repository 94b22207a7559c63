import { type DataOf, type FollowLine, TARGET_ID_KEYS, type TargetType } from 'genjin-contract'
import { joinObjects, parseExact, recordHead, recordRest, recordTail } from 'genjin-record'
import type { FollowCopy, FollowRow, FollowText } from '../../store/follow/row.ts'
import type { JsonText } from '../json-text.ts'

export type FollowRecord = DataOf<'followList'>['records'][number]
export type WholeFollowRecord = DataOf<'followGet'>['record']

/**
 * A follow-up's fields by their names on the wire: a bundle's line, with what it may leave out filled in. Undefined and null
 * both mean "absent". Times in ms.
 */
export type FollowFields = Omit<FollowLine, Filled | 'follow_type'> &
  Required<Pick<FollowLine, Filled>> & { readonly follow_type?: bigint | null }
type Filled = 'system' | 'create_time' | 'update_time'

/**
 * A follow-up as it is stored. Its text is made once, when it is written, with every key in the order of the wire and null,
 * [] or {} for what is absent (L13): a page is joined from columns.
 */
export function followRow(fields: FollowFields): FollowRow {
  return {
    id: fields.id,
    system: fields.system,
    followTime: fields.follow_time,
    followUserId: fields.follow_user_id,
    businessType: fields.business_type,
    businessId: fields.business_id,
    followType: fields.follow_type ?? null,
    title: fields.title ?? null,
    externalId: externalIdOf(fields),
    stageId: fields.stage_id ?? null,
    createTime: fields.create_time,
    updateTime: fields.update_time,
    head: withoutLast(recordHead(fields)),
    tail: recordTail(fields).slice(1),
    targetIds: targetIdsOf(fields.business_id, fields.target ?? {}),
  }
}

/** The customer that a follow-up belongs to: what the older lists call external_user_id. */
function externalIdOf(fields: FollowFields): string | null {
  const linked = fields.target?.external_id
  if (typeof linked === 'string') return linked
  return fields.business_type === 1 ? fields.business_id : null
}

/** The fields of a stored follow-up: the inverse of `followRow`. */
export function fieldsOfRow(row: FollowCopy): FollowFields {
  const record = parseExact(`${row.head},${row.tail}`) as StoredRecord
  return {
    id: row.id,
    follow_user_id: row.followUserId,
    content: record.content,
    target: withoutNulls(record.target),
    business_type: row.businessType as TargetType,
    business_id: row.businessId,
    follow_type: row.followType,
    field_map: record.field_map,
    attachment_list: record.attachment_list.map(withoutNulls),
    location: record.location === null ? undefined : withoutNulls(record.location),
    follow_time: row.followTime,
    remind: record.remind === null ? undefined : withoutNulls(record.remind),
    system: row.system,
    title: row.title ?? undefined,
    create_time: row.createTime,
    update_time: row.updateTime,
    stage_id: row.stageId ?? undefined,
  }
}

/** A parsed record: null for what is absent. */
type StoredRecord = Pick<
  FollowRecord,
  'content' | 'target' | 'field_map' | 'attachment_list' | 'location' | 'remind'
>

function withoutNulls(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null))
}

/** Every id that a record is about: business_id and any id inside target (L6), each once. */
function targetIdsOf(businessId: string, target: Readonly<Record<string, unknown>>): string[] {
  const ids = new Set([businessId])
  for (const key of TARGET_ID_KEYS) {
    const id = target[key]
    if (typeof id === 'string') ids.add(id)
  }
  return [...ids]
}

/** The same, read back from a stored record. */
export function targetIdsOfHead(head: string): string[] {
  const record = JSON.parse(`${head}}`) as { business_id: string; target: Record<string, unknown> }
  return targetIdsOf(record.business_id, record.target)
}

/** Length of a record, without its follow type's name. At most BUNDLE_RECORD_BYTES, so that it can be exported and imported. */
export function recordBytes({ head, tail }: Pick<FollowText, 'head' | 'tail'>): number {
  return Buffer.byteLength(head) + Buffer.byteLength(tail)
}

/** The record's JSON text as follow/list returns it. */
export function recordText(text: FollowText): JsonText<FollowRecord> {
  const name = JSON.stringify(text.typeName)
  return `${text.head},"follow_type_desc":${name},${text.tail}` as JsonText<FollowRecord>
}

/** A record with what stands beside it. Times in ms. */
export type WholeFollow = FollowText &
  Pick<FollowRow, 'system' | 'title' | 'stageId' | 'createTime' | 'updateTime'> & { readonly version: number }

/** The JSON text of a whole record, as the change feed and follow/get return it: follow/list's keys first. */
export function wholeRecordText(follow: WholeFollow): JsonText<WholeFollowRecord> {
  return joinObjects(recordText(follow), restText(follow)) as JsonText<WholeFollowRecord>
}

/** The line of a record that its checksum is taken of (G5): follow/list's record without the follow type's present name. */
export function checksumLine(text: Pick<FollowText, 'head' | 'tail'>): string {
  return `${text.head},${text.tail}`
}

/** The same of a whole record. */
export function wholeChecksumLine(follow: Omit<WholeFollow, 'typeName'>): string {
  return joinObjects(checksumLine(follow), restText(follow))
}

function restText(follow: Omit<WholeFollow, keyof FollowText>): string {
  const {
    system,
    title,
    stageId: stage_id,
    createTime: create_time,
    updateTime: update_time,
    version,
  } = follow
  return recordRest({ system, title, stage_id, create_time, update_time, version })
}

/** A JSON object's text, open at its end. */
export function withoutLast(text: string): string {
  return text.slice(0, -1)
}
