import { bareInteger, toJson } from './json.ts'

/** A follow-up as an operation returns it. Keys that are not part of the record are ignored. */
type RecordLike = Readonly<Record<string, unknown>>

/** Keys in the order of the wire, each with how its value is written. Absent values are null, [] or {} (L13). */
type Shape = Readonly<Record<string, (value: unknown) => unknown>>

const TARGET_KEYS = ['contact_id', 'external_id', 'company_id', 'chat_id', 'clue_id', 'is_ai']
const LOCATION_KEYS = ['location_lat', 'location_lng', 'location_address']
const REMIND_KEYS = ['is_remind', 'time', 'before', 'user_ids', 'content']
const ATTACHMENT_KEYS = ['cos_url', 'file_extension', 'material_id', 'name', 'type']

/** follow/list's record up to `follow_type_desc`, which is not stored with it: a follow type can be renamed. */
const HEAD: Shape = {
  id: integer,
  follow_user_id: orNull,
  content: orNull,
  target: (value) => picked(value ?? {}, TARGET_KEYS),
  business_type: integer,
  business_id: orNull,
  follow_type: integer,
}

/** The rest of follow/list's record. */
const TAIL: Shape = {
  field_map: (value) => value ?? {},
  attachment_list: (value) =>
    ((value ?? []) as unknown[]).map((attachment) => picked(attachment, ATTACHMENT_KEYS)),
  location: (value) => picked(value, LOCATION_KEYS),
  follow_time: integer,
  remind: remindOf,
}

/** What a whole record has after follow/list's keys. */
const REST: Shape = {
  system: orNull,
  title: orNull,
  stage_id: orNull,
  create_time: integer,
  update_time: integer,
  version: integer,
}

/** JSON of the keys before `follow_type_desc`. */
export function recordHead(record: object): string {
  // No bigint is left in it, and without toJson's replacer JSON.stringify takes a tenth of the time.
  return JSON.stringify(shaped(record, HEAD))
}

/** JSON of the keys after `follow_type_desc`. */
export function recordTail(record: object): string {
  return toJson(shaped(record, TAIL))
}

/** JSON of the keys that a whole record has beside those of follow/list. */
export function recordRest(record: object): string {
  return JSON.stringify(shaped(record, REST))
}

/** One JSON object of the keys of both. Neither may be empty. */
export function joinObjects(one: string, other: string): string {
  return `${one.slice(0, -1)},${other.slice(1)}`
}

/**
 * The text that a follow-up's `checksum` is taken of (G5): the JSON of follow/list without white space and without
 * `follow_type_desc`. Ids may be numbers, bigints, strings or RawNumbers; numbers inside `field_map` have to be exact, so
 * parse responses with `parseExact`.
 */
export function recordLine(record: object): string {
  return joinObjects(recordHead(record), recordTail(record))
}

/** The text that `whole_checksum` is taken of: the record of follow/changes and follow/get without `follow_type_desc`. */
export function wholeRecordLine(whole: object): string {
  return joinObjects(recordLine(whole), recordRest(whole))
}

function shaped(record: object, shape: Shape): object {
  const out: Record<string, unknown> = {}
  for (const key in shape) out[key] = shape[key]?.((record as RecordLike)[key])
  return out
}

function orNull(value: unknown): unknown {
  return value ?? null
}

function integer(value: unknown): unknown {
  return bareInteger(value ?? null)
}

function picked(value: unknown, keys: readonly string[]): Record<string, unknown> | null {
  if (value === null || value === undefined) return null
  const out: Record<string, unknown> = {}
  for (const key of keys) out[key] = (value as RecordLike)[key] ?? null
  return out
}

function remindOf(value: unknown): object | null {
  const remind = picked(value, REMIND_KEYS)
  if (!remind) return null
  for (const key of ['is_remind', 'time', 'before']) remind[key] = bareInteger(remind[key])
  remind.user_ids ??= []
  return remind
}
