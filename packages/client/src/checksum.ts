import { bareInteger, toJson } from './exact-json.ts'

/** A follow-up as follow/list, follow/changes or follow/get answer it; keys that do not count may be there too. */
type RecordLike = Readonly<Record<string, unknown>>

const TARGET = ['contact_id', 'external_id', 'company_id', 'chat_id', 'clue_id', 'is_ai']
const ATTACHMENT = ['cos_url', 'file_extension', 'material_id', 'name', 'type']
const LOCATION = ['location_lat', 'location_lng', 'location_address']
const REMIND = ['is_remind', 'time', 'before', 'user_ids', 'content']

/**
 * The text that a follow-up's checksum is taken of: the JSON that follow/list answers for it, without white space and
 * without `follow_type_desc` (a method's name can change without a change of the record). Ids may be numbers, bigints,
 * strings, or what `parseExact` made of them; field_map must be exact, so parse answers with `parseExact`.
 */
export function recordLine(record: object): string {
  return toJson(listed(record as RecordLike))
}

/** The same of a whole record, as follow/changes and follow/get answer it: what `whole_checksum` is of. */
export function wholeRecordLine(whole: object): string {
  const record = whole as RecordLike
  return toJson({
    ...listed(record),
    system: record.system,
    title: record.title ?? null,
    stage_id: record.stage_id ?? null,
    create_time: bareInteger(record.create_time),
    update_time: bareInteger(record.update_time),
    version: bareInteger(record.version),
  })
}

function listed(record: RecordLike): object {
  return {
    id: bareInteger(record.id),
    follow_user_id: record.follow_user_id,
    content: record.content,
    target: picked(record.target, TARGET),
    business_type: bareInteger(record.business_type),
    business_id: record.business_id,
    follow_type: bareInteger(record.follow_type ?? null),
    field_map: record.field_map ?? {},
    attachment_list: ((record.attachment_list ?? []) as unknown[]).map((file) => picked(file, ATTACHMENT)),
    location: picked(record.location, LOCATION),
    follow_time: bareInteger(record.follow_time),
    remind: remindOf(record.remind),
  }
}

function picked(value: unknown, keys: readonly string[]): object | null {
  if (value === null || value === undefined) return null
  return Object.fromEntries(keys.map((key) => [key, (value as RecordLike)[key] ?? null]))
}

function remindOf(value: unknown): object | null {
  const remind = picked(value, REMIND) as Record<string, unknown> | null
  if (!remind) return null
  for (const key of ['is_remind', 'time', 'before']) remind[key] = bareInteger(remind[key])
  return { ...remind, user_ids: remind.user_ids ?? [] }
}

/**
 * The checksum of one follow-up: the first 16 bytes of the SHA-256 of its line, as an unsigned big-endian integer.
 *
 * @param line `recordLine` of the record, or `wholeRecordLine` of it
 */
export async function lineChecksum(line: string): Promise<bigint> {
  const digest = new DataView(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(line)))
  return (digest.getBigUint64(0) << 64n) | digest.getBigUint64(8)
}

/**
 * The checksum of many follow-ups in any order: the sum of theirs modulo 2^128. One that changes is subtracted as it was
 * and added as it is.
 */
export class Checksum {
  #sum = 0n

  /** @param checksum what `lineChecksum` gives */
  add(checksum: bigint): void {
    this.#sum = BigInt.asUintN(128, this.#sum + checksum)
  }

  subtract(checksum: bigint): void {
    this.#sum = BigInt.asUintN(128, this.#sum - checksum)
  }

  /** 32 hexadecimal digits in lower case, as follow/reconcile answers them. */
  get hex(): string {
    return this.#sum.toString(16).padStart(32, '0')
  }
}
