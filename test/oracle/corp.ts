import { createHash } from 'node:crypto'
import {
  compareIds,
  DAY_MS,
  dayOf,
  type Id,
  idText,
  isBelow,
  type Json,
  keyed,
  listedRecord,
  listPage,
  pageOf,
  RECORD_KEYS,
  startOfDay,
} from './follow-list.ts'

export interface Follow {
  readonly id: string
  readonly follow_user_id: string
  readonly content: string
  readonly target: Record<string, string | boolean>
  readonly business_type: number
  readonly business_id: string
  readonly follow_type: Id | null
  readonly title: string | null
  readonly field_map: Json
  readonly attachment_list: readonly Json[]
  readonly location: Json | null
  readonly remind: Json | null
  readonly follow_time: number
  readonly create_time: number
  readonly update_time: number
  readonly system: boolean
  readonly stage_id: string | null
}

/** Who changes a follow-up, when (ms) and why. Without an app: an import. */
interface Change {
  readonly at: number
  readonly app: string | null
  readonly user: string | null
  readonly reason: string | null
}

/** One change of a follow-up, and the record after it; that of a deletion is the record that was deleted. */
interface Version {
  readonly follow: Follow
  readonly op: 'create' | 'update' | 'delete' | 'restore'
  /** From 1, of this follow-up. */
  readonly version: number
  /** From 1, of the company. */
  readonly seq: number
  readonly change: Change
}

interface FollowType {
  readonly name: string
  readonly builtin: boolean
  readonly enabled: boolean
  /** Made with the company, and not named by an import so far. */
  readonly preset: boolean
}

export interface App {
  readonly appid: string
  readonly app_secret: string
  readonly tokens: { readonly text: string; readonly createdAt: number }[]
  /** How many of the tokens are revoked. */
  revoked: number
  disabled: boolean
}

const BUILTIN = [
  '拜访',
  '企微联系',
  '电话联系',
  '其他跟进',
  '线上会议',
  '打电话',
  '加好友(企微加好友)',
  '加好友(发短信加好友)',
]

/** Midnight in Shanghai, `days` after 2025-01-01. */
export function midnight(days: number): number {
  return startOfDay('2025-01-01') + days * DAY_MS
}

/**
 * A company in memory for the model run (test/support/equivalence.ts): what it holds, and the exact text or code that each
 * request must be answered with. Written from the rules, not from the server's code.
 */
export type Corp = ReturnType<typeof newCorp>

/**
 * @param day of the midnight that its times count from
 * @param otherCursor a cursor of another company
 */
export function newCorp(
  day: number,
  clock: { ms: number },
  apps: readonly App[],
  otherCursor: string | undefined,
) {
  const presets = BUILTIN.map(
    (name, index) => [`${900_001 + index}`, { name, builtin: true, enabled: true, preset: true }] as const,
  )
  return {
    /** Those that are not deleted, by id. */
    follows: new Map<string, Follow>(),
    /** Every change, in its order. */
    feed: [] as Version[],
    /** Follow-up → its versions, oldest first. */
    versions: new Map<string, Version[]>(),
    parents: new Map<string, string | null>(),
    members: new Map<string, readonly Id[]>(),
    followTypes: new Map<string, FollowType>(presets),
    /** Custom fields by their keys. */
    fields: new Map<string, Json>(),
    departments: new Map<string, Json>(),
    staff: new Map<string, Json>(),
    /** `type id` → name. */
    targets: new Map<string, string>(),
    apps,
    /** `app key` → what it was used for, and what was answered. */
    keys: new Map<string, { readonly request: string; readonly data: string; readonly at: number }>(),
    /** Requests that were answered under a key. */
    sent: [] as (Sent & { readonly key: string })[],
    /** Ids that the server has made. */
    minted: [] as string[],
    /** Cursors of the change feed that the server has given out, and the change that each is after. */
    cursors: [] as { readonly text: string; readonly seq: number }[],
    otherCursor,
    base: midnight(day),
    clock,
  }
}

const json = JSON as unknown as { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean }

/** A number by its digits, past what a double can hold. */
export function rawNumber(digits: Id): unknown {
  return json.rawJSON(idText(digits))
}

export function isRaw(value: unknown): boolean {
  return json.isRawJSON(value)
}

/** Which follow-up a request names: one that is there, one that is deleted, or one that there never was. */
export interface Which {
  readonly state: 'present' | 'deleted' | 'unknown'
  readonly at: number
}

/** An id that no import and no server of the tests makes. */
const UNKNOWN_ID = '999'

export function idOf(corp: Corp, { state, at }: Which): string {
  const ids = [...corp.versions.keys()].filter((id) => (state === 'present') === corp.follows.has(id))
  return (state !== 'unknown' && ids[at % ids.length]) || UNKNOWN_ID
}

/**
 * A value with what depends on the company put in: `@day:2` and `@ms:5000` and `@s:5` count from its midnight, `@minted:0`
 * is the first id that the server made, `@next:1` the one after the last. `@again:is:present:3` is the line of a follow-up.
 */
export function resolved<T>(value: T, corp: Corp): T {
  return walk(value, corp) as T
}

function walk(value: unknown, corp: Corp): unknown {
  if (typeof value === 'string') return value.startsWith('@') ? resolvedText(value, corp) : value
  if (Array.isArray(value)) return value.map((entry) => walk(entry, corp))
  if (typeof value !== 'object' || value === null || isRaw(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, walk(entry, corp)]))
}

function resolvedText(text: string, corp: Corp): unknown {
  const { base, minted } = corp
  const [kind, number = ''] = text.split(':')
  if (kind === '@again') return lineAgain(text, corp)
  const count = Number(number)
  if (kind === '@day') return dayOf(base + count * DAY_MS)
  if (kind === '@ms') return base + count
  if (kind === '@s') return base / 1000 + count
  if (kind === '@minted') return minted[count % minted.length] ?? '7'
  return String(BigInt(minted.at(-1) ?? '700') + BigInt(count))
}

/** A line for a follow-up of the company; no line when it has none such. */
function lineAgain(text: string, corp: Corp): Line {
  const [, how, state, at] = text.split(':')
  const versions = corp.versions.get(idOf(corp, { state: state as Which['state'], at: Number(at) }))
  const version = how === 'was' ? versions?.[Number(at) % versions.length] : versions?.at(-1)
  if (!version) return ''
  const { follow } = version
  return { kind: 'follow', ...follow, ...(how === 'other' && { title: `${follow.title ?? ''}+` }) }
}

/** The answer's text when all is well (C2). */
export function ok(data: string, msg = '请求成功'): string {
  return `{"code":0,"msg":"${msg}","data":${data},"sub_code":"00000"}`
}

export interface Expected {
  readonly text: string
  readonly total: number
  readonly found: number
}

function page({ total, records }: { total: number; records: readonly Json[] }): Expected {
  return { text: ok(JSON.stringify({ total, records })), total, found: records.length }
}

/** follow/list and listForSystem (L1-L14): what must be answered, or the code of a refusal. */
export function followListAnswer(corp: Corp, system: boolean, body: Json): Expected | number {
  const { follow_time_start: start, follow_time_end: end } = body as Record<string, string | undefined>
  if (start !== undefined && end !== undefined && start > end) return 40000
  const { total, records } = listPage(corp.follows.values(), { system, body }, corp)
  return page({ total, records: records.map((follow) => listedRecord(wholeOf(follow), system, corp)) })
}

/** A follow-up as the change feed has it, but for its version and the name of its follow type. */
function wholeOf(follow: Follow): Json {
  const { target, follow_type: type, attachment_list: files, location, remind } = follow
  const whole = {
    ...follow,
    id: rawNumber(follow.id),
    target: keyed(target, [...TARGET_KEYS, 'is_ai']),
    follow_type: type === null ? null : rawNumber(type),
    attachment_list: files.map((file) =>
      keyed(file, ['cos_url', 'file_extension', 'material_id', 'name', 'type']),
    ),
    location: location && keyed(location, ['location_lat', 'location_lng', 'location_address']),
    remind: remind && {
      ...keyed(remind, ['is_remind', 'time', 'before']),
      user_ids: remind.user_ids ?? [],
      content: remind.content ?? null,
    },
  }
  return keyed(whole, [...RECORD_KEYS.list, 'system', 'title', 'stage_id', 'create_time', 'update_time'])
}

export const TARGET_KEYS = ['contact_id', 'external_id', 'company_id', 'chat_id', 'clue_id']

const CUSTOMER = 1
const OPPORTUNITY = 3
const CLUE = 4
const MAX_SECONDS = 30 * 24 * 3600

/** The code that customer/list or opportunity/list must refuse a request with; 0: none (O4, O5). */
function olderCode(which: 'customer' | 'opportunity', body: Json): number {
  const { user_id: user, external_user_id: external } = body
  if (which === 'customer' && (user === undefined) !== (external === undefined)) return 40010
  const [start, end] = [body.start_time, body.end_time] as [number | undefined, number | undefined]
  if ((start === undefined) !== (end === undefined)) return 40010
  if (start === undefined || end === undefined) return 0
  if (start > end) return 40000
  return end - start > MAX_SECONDS ? 40020 : 0
}

/** customer/list and opportunity/list (O1-O6): what is answered, or the code of a refusal. */
export function olderListAnswer(
  corp: Corp,
  which: 'customer' | 'opportunity',
  body: Json,
): Expected | number {
  const code = olderCode(which, body)
  if (code !== 0) return code
  const { user_id: user, external_user_id: external } = body
  const { start_time: start = 0, end_time: end = Number.POSITIVE_INFINITY } = body as Record<string, number>
  const types = which === 'customer' ? [CUSTOMER, CLUE] : [OPPORTUNITY]
  const written = (follow: Follow) => Math.floor(follow.create_time / 1000)
  const matching = [...corp.follows.values()]
    .filter(
      (follow) =>
        !follow.system &&
        types.includes(follow.business_type) &&
        (user === undefined || follow.follow_user_id === user) &&
        (external === undefined || externalId(follow) === external) &&
        (body.follow_id === undefined || follow.id === String(body.follow_id)) &&
        (body.opportunity_id === undefined || follow.business_id === String(body.opportunity_id)) &&
        written(follow) >= start &&
        written(follow) <= end,
    )
    .sort((a, b) => b.create_time - a.create_time || compareIds(b.id, a.id))
  const record = which === 'customer' ? customerRecord : opportunityRecord
  const { total, records } = pageOf(matching, body)
  return page({ total, records: records.map((follow) => record(corp, follow)) })
}

function externalId(follow: Follow): string | null {
  const linked = follow.target.external_id as string | undefined
  return linked ?? (follow.business_type === CUSTOMER ? follow.business_id : null)
}

function customerRecord(corp: Corp, follow: Follow): Json {
  const external = externalId(follow)
  return {
    follow_id: rawNumber(follow.id),
    external_user_id: external,
    external_user_name: (external !== null && corp.targets.get(`${CUSTOMER} ${external}`)) || null,
    ...olderRecord(corp, follow),
  }
}

function opportunityRecord(corp: Corp, follow: Follow): Json {
  const id = follow.business_id
  const isLong = /^[1-9]\d{0,18}$/.test(id) && BigInt(id) < 2n ** 63n
  return {
    follow_id: rawNumber(follow.id),
    stage_id: follow.stage_id,
    opportunity_id: isLong ? rawNumber(id) : null,
    opportunity_name: corp.targets.get(`${OPPORTUNITY} ${id}`) ?? null,
    ...olderRecord(corp, follow),
  }
}

function olderRecord(corp: Corp, follow: Follow): Json {
  const clue = follow.target.external_id === undefined ? 4 : 8
  return {
    record_type: follow.business_type === CLUE ? clue : follow.business_type,
    contact_type: listedRecord(wholeOf(follow), false, corp).follow_type_desc,
    follow_content: follow.content,
    location_lat: follow.location?.location_lat ?? null,
    location_lng: follow.location?.location_lng ?? null,
    location_name: follow.location?.location_address ?? null,
    user_id: follow.follow_user_id,
    gmt_create: Math.floor(follow.create_time / 1000),
    attachment: follow.attachment_list.map((file) =>
      keyed(file, ['cos_url', 'file_extension', 'name', 'type']),
    ),
    field_map: follow.field_map,
  }
}

/** GET department/user/list (O7). */
export function staffListAnswer(corp: Corp, query: Json): Expected {
  const staff = [...corp.staff.values()].sort((a, b) => compareBytes(a.user_id, b.user_id))
  const { total, records } = pageOf(staff, query)
  return page({
    total,
    records: records.map((member) => ({
      userId: member.user_id,
      username: member.name,
      ...keyed(member, ['alias', 'mobile', 'position', 'email', 'avatar']),
      main_department_id: member.main_department_id?.toString() ?? null,
      department_id: (corp.members.get(member.user_id as string) ?? []).join(','),
      status: String(member.status ?? 1),
    })),
  })
}

function compareBytes(a: unknown, b: unknown): number {
  return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
}

/** GET department/list (O8). */
export function departmentListAnswer(corp: Corp, query: Json): Expected {
  const all = [...corp.departments.values()].sort((a, b) => compareIds(a.id as Id, b.id as Id))
  const { total, records } = pageOf(all, query)
  const idOrNull = (id: unknown) => (id === null || id === undefined ? null : rawNumber(id as Id))
  return page({
    total,
    records: records.map(({ id, name, parent_id, order }) => ({
      id: rawNumber(id as Id),
      name,
      parent_id: idOrNull(parent_id),
      order: idOrNull(order),
    })),
  })
}

/** type/list (O9). */
export function followTypeListAnswer(corp: Corp, body: Json): Expected {
  const all = [...corp.followTypes].sort(([a], [b]) => compareIds(a, b))
  const { total, records } = pageOf(all, body)
  return page({
    total,
    records: records.map(([id, { preset: _preset, ...type }]) => ({ id: rawNumber(id), ...type })),
  })
}

const TOKEN_MS = 7_200_000
const KEY_MS = 24 * 3_600_000

/** What a token of an app is answered with: 0 when it holds (C5, T1, T2). No such token: 10001. */
export function tokenCode(corp: Corp, app: App, at: number): number {
  const token = app.tokens[at]
  if (!token) return 10001
  if (app.disabled || at < app.revoked) return 10011
  return at < app.tokens.length - 1 || corp.clock.ms >= token.createdAt + TOKEN_MS ? 10010 : 0
}

/** A token asked for: what must be answered, `text` being the one that was. */
export function tokenAnswer(corp: Corp, app: App, text: string): string {
  if (tokenCode(corp, app, app.tokens.length - 1) !== 0) {
    app.tokens.push({ text, createdAt: Math.floor(corp.clock.ms / 1000) * 1000 })
  }
  const { text: token, createdAt } = app.tokens.at(-1) as App['tokens'][number]
  const data = { access_token: token, expires_in: TOKEN_MS / 1000, create_at: createdAt / 1000 }
  return ok(JSON.stringify(data), 'ok')
}

/** The operations that write, below /openapi/crm/follow/. */
export type WriteName = 'create' | 'batchCreate' | 'update' | 'delete' | 'restore'

/** Which app asks for a write, with which of its keys. */
export interface Sent {
  readonly app: number
  readonly key: string | undefined
  readonly name: WriteName
  readonly body: Json
}

/** What a write under a key that was used must be answered with: the first answer, or the code of a refusal (N2). */
export function keptAnswer(corp: Corp, { app, key, name, body }: Sent): string | number | undefined {
  const kept = key === undefined ? undefined : corp.keys.get(`${app} ${key}`)
  if (!kept || corp.clock.ms - kept.at >= KEY_MS) return undefined
  return kept.request === requestText(name, body) ? kept.data : 40900
}

export function keepAnswer(corp: Corp, { app, key, name, body }: Sent, data: string): void {
  if (key === undefined) return
  const kept = { request: requestText(name, body), data, at: corp.clock.ms }
  corp.keys.set(`${app} ${key}`, kept)
}

function requestText(name: WriteName, body: Json): string {
  return `${name} ${JSON.stringify(body)}`
}

function changeBy(corp: Corp, app: number, body: Json): Change {
  return {
    at: corp.clock.ms,
    app: corp.apps[app]?.appid as string,
    user: body.user_id as string,
    reason: (body.reason as string | undefined) ?? null,
  }
}

/** Makes a change; answers the version that it is. */
function commit(corp: Corp, op: Version['op'], follow: Follow, change: Change): Version {
  const versions = corp.versions.get(follow.id) ?? []
  const version = { follow, op, version: versions.length + 1, seq: corp.feed.length + 1, change }
  corp.versions.set(follow.id, [...versions, version])
  corp.feed.push(version)
  if (op === 'delete') corp.follows.delete(follow.id)
  else corp.follows.set(follow.id, follow)
  return version
}

/** The code that create, or a row of batchCreate, must be refused with; 0: none (N1). */
export function createCode(corp: Corp, body: Json): number {
  if (!typeNamed(corp, body.contact_type as string)) return 40000
  if (!corp.staff.has(body.user_id as string)) return 40000
  return fieldMapCode(corp, (body.field_map as Json | undefined) ?? {})
}

const TARGET_OF_TYPE: Record<number, number> = { 0: CLUE, 1: CUSTOMER, 2: OPPORTUNITY }

/** What create has written under this id (N1, N2). */
export function addCreated(corp: Corp, app: number, body: Json, id: string): void {
  const change = changeBy(corp, app, body)
  const type = (body.target_type ?? TARGET_OF_TYPE[body.type as number]) as number
  const follow: Follow = {
    id,
    follow_user_id: body.user_id as string,
    content: body.follow_content as string,
    target: {
      ...ownEntry(type, body.id as string),
      is_ai: (body.is_ai as boolean | undefined) ?? false,
      ...(body.target as Record<string, string> | undefined),
    },
    business_type: type,
    business_id: body.id as string,
    follow_type: typeNamed(corp, body.contact_type as string) as string,
    title: (body.title as string | undefined) ?? null,
    field_map: (body.field_map as Json | undefined) ?? {},
    attachment_list: (body.attachment as Json[] | undefined) ?? [],
    location: locationOf(body) ?? null,
    remind: (body.remind as Json | undefined) ?? null,
    follow_time: (body.follow_time as number | undefined) ?? change.at,
    create_time: change.at,
    update_time: change.at,
    system: false,
    stage_id: type === OPPORTUNITY && body.stage_id !== undefined ? String(body.stage_id) : null,
  }
  commit(corp, 'create', follow, change)
  corp.minted.push(id)
}

const OWN_KEY: Record<number, string> = {
  1: 'external_id',
  4: 'clue_id',
  10: 'chat_id',
  11: 'contact_id',
  12: 'company_id',
}

/** The entry of target that stands for the object itself. */
function ownEntry(type: number, id: string): Record<string, string> {
  const key = OWN_KEY[type]
  return key === undefined ? {} : { [key]: id }
}

/** update (W1): changes the follow-up. Like the next two: the data of the answer, or the code of a refusal. */
export function update(corp: Corp, app: number, body: Json): string | number {
  const present = presentVersion(corp, body)
  if (typeof present === 'number') return present
  const { follow } = present
  if (follow.system) return 40920
  if (changesNothing(body)) return 40010
  if (givesEmptyObject(body)) return 40000
  if (!corp.staff.has(body.user_id as string)) return 40000
  const cleared = (body.clear as string[] | undefined) ?? []
  if (cleared.some((name) => givesCleared(body, name))) return 40000
  const fieldMap = cleared.includes('field_map') ? {} : (body.field_map as Json | undefined)
  const code = fieldMap ? fieldMapCode(corp, fieldMap, follow.field_map) : 0
  if (code !== 0) return code
  const type = body.target_type ?? follow.business_type
  if (type !== follow.business_type && body.id === undefined) return 40010
  const followType =
    body.contact_type === undefined ? undefined : typeNamed(corp, body.contact_type as string)
  if (body.contact_type !== undefined && followType === undefined) return 40000
  // A stage is one of an opportunity.
  if (body.stage_id !== undefined && type !== OPPORTUNITY) return 40000
  const change = changeBy(corp, app, body)
  const after = updated(follow, body, followType)
  if (isSame(follow, after)) return versionText(present)
  return versionText(commit(corp, 'update', { ...after, update_time: change.at }, change))
}

/** Whether an update gives nothing that it could change. */
function changesNothing(body: Json): boolean {
  const others = ['user_id', 'follow_id', 'version', 'reason']
  return Object.entries(body).every(([name, value]) => others.includes(name) || !isGiven(value))
}

/** Whether an update gives an object with nothing in it. */
function givesEmptyObject(body: Json): boolean {
  return [body.target, body.remind].some(
    (part) => typeof part === 'object' && part !== null && !Object.values(part).some(isGiven),
  )
}

/** Whether an update gives a value for what it can clear by this name. */
export function givesCleared(body: Json, name: string): boolean {
  const fields = name === 'location' ? ['location_lat', 'location_lng', 'location_name'] : [name]
  return fields.some((field) => body[field] !== undefined)
}

/** As requests are read (C7). */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && JSON.stringify(value) !== '[]'
}

function locationOf(body: Json): Json | undefined {
  if (!givesCleared(body, 'location')) return undefined
  const { location_lat, location_lng, location_name } = body
  return { location_lat, location_lng, location_address: location_name }
}

function isSame(a: Follow, b: Follow): boolean {
  return JSON.stringify(wholeOf(a)) === JSON.stringify(wholeOf(b))
}

/** A follow-up after an update, but for the time: what is given or cleared changes, the rest stays. */
function updated(follow: Follow, body: Json, followType: Id | undefined): Follow {
  const cleared = new Set(body.clear as string[] | undefined)
  const given = <T>(name: string, value: unknown, empty: T, old: T) =>
    cleared.has(name) ? empty : ((value as T | undefined) ?? old)
  const type = (body.target_type as number | undefined) ?? follow.business_type
  const id = (body.id as string | undefined) ?? follow.business_id
  const stage = given('stage_id', body.stage_id, null, follow.stage_id)
  return {
    ...follow,
    content: (body.follow_content as string | undefined) ?? follow.content,
    target: targetAfter(follow, body, { type, id, cleared: cleared.has('target') }),
    business_type: type,
    business_id: id,
    follow_type: followType ?? follow.follow_type,
    title: given('title', body.title, null, follow.title),
    field_map: given<Json>('field_map', body.field_map, {}, follow.field_map),
    attachment_list: given('attachment', body.attachment, [], follow.attachment_list),
    location: given('location', locationOf(body), null, follow.location),
    remind: given('remind', body.remind, null, follow.remind),
    follow_time: (body.follow_time as number | undefined) ?? follow.follow_time,
    // What is no opportunity any more is at no stage.
    stage_id:
      (follow.business_type === OPPORTUNITY && type !== OPPORTUNITY) || stage === null ? null : String(stage),
  }
}

/**
 * The ids inside target. That of the object itself follows the object; target given takes the place of the others, and
 * without anything about the object they stay as they are.
 */
function targetAfter(
  follow: Follow,
  body: Json,
  { type, id, cleared }: { type: number; id: string; cleared: boolean },
): Follow['target'] {
  const isAi = (body.is_ai as boolean | undefined) ?? follow.target.is_ai
  const flag: Record<string, boolean> = isAi === undefined ? {} : { is_ai: isAi as boolean }
  const target = body.target as Record<string, string> | undefined
  if (cleared || target) return { ...ownEntry(type, id), ...flag, ...target }
  if (type === follow.business_type && id === follow.business_id) return { ...follow.target, ...flag }
  const own = OWN_KEY[follow.business_type]
  const others = Object.entries(follow.target).filter(
    ([key, value]) => !(key === own && value === follow.business_id),
  )
  return { ...Object.fromEntries(others), ...ownEntry(type, id), ...flag }
}

/** delete (W2): the deletion is a version too, of the record as it was. */
export function remove(corp: Corp, app: number, body: Json): string | number {
  const present = presentVersion(corp, body)
  if (typeof present === 'number') return present
  if (!corp.staff.has(body.user_id as string)) return 40000
  const change = changeBy(corp, app, body)
  return versionText(commit(corp, 'delete', { ...present.follow, update_time: change.at }, change))
}

/** restore (W3). */
export function restore(corp: Corp, app: number, body: Json): string | number {
  const newest = newestVersion(corp, idText(body.follow_id as Id))
  if (!newest) return 40410
  if (!newest.deleted) return 40920
  if (body.version !== undefined && body.version !== newest.version) return 40910
  if (!corp.staff.has(body.user_id as string)) return 40000
  const change = changeBy(corp, app, body)
  return versionText(commit(corp, 'restore', { ...newest.follow, update_time: change.at }, change))
}

/** The newest version of a follow-up, and whether that is its deletion. */
export function newestVersion(corp: Corp, id: string): (Version & { readonly deleted: boolean }) | undefined {
  const newest = corp.versions.get(id)?.at(-1)
  return newest && { ...newest, deleted: newest.op === 'delete' }
}

function presentVersion(corp: Corp, { follow_id, version }: Json): Version | number {
  const newest = newestVersion(corp, idText(follow_id as Id))
  if (!newest) return 40410
  if (newest.deleted) return 40920
  return version === undefined || version === newest.version ? newest : 40910
}

function versionText({ follow, version }: Version): string {
  return `{"id":${follow.id},"version":${version}}`
}

/** The code that custom values must be refused with, as the company has defined its fields (F2); 0: none. */
function fieldMapCode(corp: Corp, fieldMap: Json, before: Json = {}): number {
  if (corp.fields.size === 0) return 0
  const fits = ([key, value]: [string, unknown]) => {
    if (Object.hasOwn(before, key) && JSON.stringify(value) === JSON.stringify(before[key])) return true
    const field = corp.fields.get(key)
    return field !== undefined && (!isGiven(value) || fitsType(field, value))
  }
  if (!Object.entries(fieldMap).every(fits)) return 40000
  const missing = [...corp.fields.values()].some((field) => {
    return field.required === true && !isGiven(fieldMap[field.key as string])
  })
  return missing ? 40010 : 0
}

/** Types of custom fields that the commands use. */
function fitsType({ type, options = [] }: Json, value: unknown): boolean {
  const isNumber = typeof value === 'number' || isRaw(value)
  if (type === 'text') return typeof value === 'string' || isNumber
  if (type === 'number') return isNumber
  const ids = (options as { id: string }[]).map(({ id }) => id)
  return ids.length === 0 || ids.includes(value as string)
}

/** A whole record: what the change feed and get answer. */
function wholeRecord(corp: Corp, { follow, version }: Version): Json {
  const whole = wholeOf(follow)
  return { ...whole, ...listedRecord(whole, false, corp), version }
}

/** get (W5): the exact text, or the code of a refusal. */
export function getAnswer(corp: Corp, body: Json): string | number {
  const id = idText(body.follow_id as Id)
  const newest = newestVersion(corp, id)
  if (!newest) return 40410
  const versions = corp.versions.get(id) as Version[]
  const before = (body.history_before as number | undefined) ?? Number.POSITIVE_INFINITY
  const history = versions
    .filter(({ version }) => version < before)
    .map((version) => historyEntry(corp, versions[version.version - 2], version))
    .reverse()
  const record = wholeRecord(corp, newest)
  return ok(JSON.stringify({ deleted: newest.deleted, record, history, has_more: false }))
}

function historyEntry(corp: Corp, before: Version | undefined, version: Version): Json {
  const { op, change } = version
  return {
    version: version.version,
    op,
    time: change.at,
    appid: change.app,
    user_id: change.user,
    reason: change.reason,
    changes: before ? differences(comparedFields(corp, before), comparedFields(corp, version)) : [],
  }
}

function differences(from: Json, to: Json): Json[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .map((field) => ({ field, from: from[field] ?? null, to: to[field] ?? null }))
    .filter((each) => JSON.stringify(each.from) !== JSON.stringify(each.to))
}

/** What a history compares, in its order: the record's keys, what stands beside it, those of field_map one by one. */
function comparedFields(corp: Corp, whole: Version): Json {
  const { follow_type_desc, system, title, stage_id, create_time, ...rest } = wholeRecord(corp, whole)
  const { id: _id, field_map: fieldMap, update_time: _updated, version: _version, ...record } = rest
  const own = Object.entries(fieldMap as Json).map(([key, value]) => [`field_map.${key}`, value])
  return {
    ...record,
    ...{ follow_type_desc, system, title, stage_id, create_time },
    ...Object.fromEntries(own),
  }
}

/** changes (G1): what it must answer but for the cursor, and the change that this one is after. */
export function changesAnswer(corp: Corp, after: number, limit: number) {
  const changes = corp.feed.slice(after, after + limit)
  const seq = after + changes.length
  const more = seq < corp.feed.length
  const records = changes.map((version) => ({
    seq: version.seq,
    op: version.op,
    record: wholeRecord(corp, version),
  }))
  const text = (cursor: string) => ok(JSON.stringify({ records, cursor, has_more: more }))
  return { text, seq, found: changes.length, more }
}

const MAX_DAYS = 31

/** reconcile (G4): the exact text, or the code of a refusal. */
export function reconcileAnswer(corp: Corp, body: Json): { text: string; count: number } | number {
  const days = daysBetween(body.follow_time_start as string, body.follow_time_end as string)
  if (days.length === 0) return 40000
  if (days.length > MAX_DAYS) return 40020
  const follows = [...corp.follows.values()].filter(
    ({ system }) => body.system === undefined || system === (body.system === 1),
  )
  const byDay = Map.groupBy(follows, (follow) => dayOf(follow.follow_time))
  const ofDays = days.map((day) => byDay.get(day) ?? [])
  const all = sums(corp, ofDays.flat())
  const data = {
    seq: corp.feed.length,
    ...all,
    days: days.map((day, index) => ({ day, ...sums(corp, ofDays[index] as Follow[]) })),
  }
  return { text: ok(JSON.stringify(data)), count: all.count }
}

function daysBetween(start: string, end: string): string[] {
  const days: string[] = []
  for (let ms = Date.parse(start); ms <= Date.parse(end); ms += DAY_MS) days.push(dayOf(ms, 'UTC'))
  return days
}

function sums(corp: Corp, follows: readonly Follow[]) {
  const whole = follows.map((follow) => wholeRecord(corp, newestVersion(corp, follow.id) as Version))
  return {
    count: follows.length,
    checksum: checksumOf(follows.map((follow) => listedRecord(wholeOf(follow), false, corp))),
    whole_checksum: checksumOf(whole),
  }
}

/** Of each record's line, without the follow type's name, the first 16 bytes of its SHA-256, added up (G5). */
export function checksumOf(records: readonly Json[]): string {
  return sumOfLines(records.map(({ follow_type_desc: _name, ...rest }) => JSON.stringify(rest)))
}

export function sumOfLines(lines: readonly string[]): string {
  const total = lines
    .map((line) => createHash('sha256').update(line).digest())
    .map((digest) => (digest.readBigUInt64BE(0) << 64n) + digest.readBigUInt64BE(8))
    .reduce((sum, number) => sum + number, 0n)
  return BigInt.asUintN(128, total).toString(16).padStart(32, '0')
}

/** The enabled follow type of this name, or else of one that differs in full and half width only (N1). */
function typeNamed(corp: Corp, name: string): string | undefined {
  const enabled = [...corp.followTypes]
    .filter(([, type]) => type.enabled)
    .sort(([a], [b]) => compareIds(a, b))
  const same = (text: string) => text.normalize('NFKC')
  const found =
    enabled.find(([, type]) => type.name === name) ??
    enabled.find(([, type]) => same(type.name) === same(name))
  return found?.[0]
}

/** A line of a bundle: an object, or text that is no good line; an empty text is no line at all. */
export type Line = Json | string

export interface Imported {
  readonly imported: Record<string, number>
  /** Numbers of the bad lines, in the order in which they are reported. */
  readonly bad: number[]
  readonly complete: boolean
}

/** Takes a bundle in, as docs/bundle.md says. A line with `bad` in it is one that must be refused. */
export function importLines(corp: Corp, lines: readonly Line[], strict: boolean): Imported {
  const kinds = ['department', 'staff', 'person', 'follow_type', 'custom_field', 'target', 'follow']
  const imported: Record<string, number> = Object.fromEntries(kinds.map((kind) => [kind, 0]))
  const bad: number[] = []
  /** Follow-ups that are yet to be written, together. */
  const follows: Follow[] = []
  const write = () => takeFollows(corp, follows.splice(0))
  const take = (line: Json) => {
    takeLine(corp, line)
    imported[line.kind as string] = (imported[line.kind as string] ?? 0) + 1
  }
  /** Departments that would be above themselves: a later line may put that right. */
  const waiting = new Map<string, { readonly line: Json; readonly number: number }>()
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    if (typeof line === 'string' || line.bad !== undefined) {
      bad.push(index + 1)
      if (strict) break
    } else if (line.kind === 'department' && isCircle(corp, line)) {
      waiting.set(String(line.id), { line, number: index + 1 })
    } else {
      if (line.kind === 'department') waiting.delete(String(line.id))
      // Which presets a follow type replaces depends on what uses them.
      if (line.kind === 'follow_type' || (line.kind === 'follow' && hasNewType(corp, line))) write()
      take(line)
      if (line.kind === 'follow') follows.push(followOfLine(line))
    }
  }
  write()
  for (let before = -1; waiting.size > 0 && waiting.size !== before; ) {
    before = waiting.size
    for (const [id, { line }] of [...waiting]) {
      if (isCircle(corp, line)) continue
      waiting.delete(id)
      take(line)
    }
  }
  for (const { number } of waiting.values()) bad.push(number)
  return { imported, bad, complete: !(strict && bad.length > 0) }
}

function isCircle(corp: Corp, { id, parent_id: parent }: Json): boolean {
  return parent !== undefined && parent !== null && isBelow(corp, parent as Id, id as Id)
}

function takeLine(corp: Corp, line: Json): void {
  switch (line.kind) {
    case 'department':
      corp.departments.set(String(line.id), line)
      corp.parents.set(String(line.id), (line.parent_id as Id | null | undefined)?.toString() ?? null)
      return
    case 'staff':
      corp.staff.set(line.user_id as string, line)
      corp.members.set(line.user_id as string, [...new Set((line.department_ids as Id[]) ?? [])])
      return
    case 'follow_type': {
      replacePreset(corp, line.name as string, String(line.id))
      const { name, builtin = false, enabled = true } = line as unknown as FollowType
      corp.followTypes.set(String(line.id), { name, builtin, enabled, preset: false })
      return
    }
    case 'target':
      corp.targets.set(`${line.type} ${line.id}`, line.name as string)
      return
    case 'custom_field':
      corp.fields.set(line.key as string, line)
      return
    case 'follow':
      takeType(corp, line)
  }
}

function hasNewType(corp: Corp, line: Json): boolean {
  const type = (line.follow_type as Id | null | undefined) ?? null
  return type !== null && !corp.followTypes.has(idText(type))
}

/** Makes the follow type that a follow-up names unless there is one (L10). */
function takeType(corp: Corp, line: Json): void {
  if (!hasNewType(corp, line)) return
  const id = String(line.follow_type)
  const name = (line.follow_type_desc as string | undefined) ?? `跟进方式${id}`
  const builtin = replacePreset(corp, name, id)
  corp.followTypes.set(id, { name, builtin, enabled: true, preset: false })
}

/** Removes the preset follow type of this name unless it is in use; answers whether there was one. */
function replacePreset(corp: Corp, name: string, except: string): boolean {
  const used = new Set(corp.feed.map(({ follow }) => String(follow.follow_type)))
  const key = name.normalize('NFKC')
  let removed = false
  for (const [id, type] of [...corp.followTypes]) {
    if (!type.preset || type.name.normalize('NFKC') !== key || id === except || used.has(id)) continue
    corp.followTypes.delete(id)
    removed = true
  }
  return removed
}

/**
 * Takes in the follow-ups of an import that are written together. Of those with one id the last one holds; one that says
 * what is there already changes nothing; one that was deleted is restored.
 */
function takeFollows(corp: Corp, follows: readonly Follow[]): void {
  const change = { at: corp.clock.ms, app: null, user: null, reason: null }
  for (const follow of new Map(follows.map((each) => [each.id, each])).values()) {
    const newest = newestVersion(corp, follow.id)
    const there = newest && !newest.deleted
    if (there && isSame(newest.follow, follow)) continue
    commit(corp, there ? 'update' : newest ? 'restore' : 'create', follow, change)
  }
}

/** The follow-up that a line of a bundle says. */
function followOfLine(line: Json): Follow {
  const { kind: _kind, follow_type_desc: _name, ...given } = line as unknown as Follow & Json
  const { follow_time, create_time = follow_time } = given
  const missing = {
    target: {},
    follow_type: null,
    title: null,
    field_map: {},
    attachment_list: [],
    location: null,
    remind: null,
    create_time,
    update_time: create_time,
    system: false,
    stage_id: null,
  }
  return { ...missing, ...given, id: String(line.id) }
}
