import { createHash } from 'node:crypto'
import {
  type Change,
  changesNothing,
  clearsWhatItGives,
  commit,
  commonRecord,
  compareIds,
  created,
  DAY_MS,
  dayText,
  type Environment,
  externalId,
  type Follow,
  followOfLine,
  givesEmptyObject,
  givesWrongStage,
  type Id,
  isBelow,
  isGiven,
  isRaw,
  isSameAfter,
  type Json,
  keyed,
  lacksId,
  lineOf,
  listPage,
  midnight,
  newestVersion,
  olderCode,
  olderPage,
  pageOf,
  rawNumber,
  recordOf,
  takeFollows,
  updated,
  type Version,
} from './model.ts'

/**
 * One company in memory, for the model run of equivalence.ts: what it holds, and the exact text or code that each
 * request must be answered with. Written from the rules, not from the server's code.
 */

interface Method {
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

export interface Company extends Environment {
  readonly methods: Map<string, Method>
  /** Custom fields by their keys. */
  readonly fields: Map<string, Json>
  readonly departments: Map<string, Json>
  readonly staff: Map<string, Json>
  /** `type id` → name. */
  readonly targets: Map<string, string>
  readonly apps: readonly App[]
  /** `app key` → what it was used for, and what was answered. */
  readonly keys: Map<string, { readonly request: string; readonly data: string; readonly at: number }>
  /** Requests that were answered under a key. */
  readonly sent: {
    readonly app: number
    readonly key: string
    readonly name: WriteName
    readonly body: Json
  }[]
  /** Ids that the server has made. */
  readonly minted: string[]
  /** Cursors of the change feed that the server has given out, and the change that each is after. */
  readonly cursors: { readonly text: string; readonly seq: number }[]
  /** A cursor of another company. */
  readonly otherCursor: string | undefined
  /** Midnight that its times count from. */
  readonly base: number
  readonly clock: { ms: number }
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

/** The operations that write, below /openapi/crm/follow/. */
export type WriteName = 'create' | 'batchCreate' | 'update' | 'delete' | 'restore'

/** @param day of its midnight, after 2025-01-01 */
export function newCorp(
  day: number,
  clock: { ms: number },
  apps: readonly App[],
  otherCursor: string | undefined,
): Company {
  const presets = BUILTIN.map(
    (name, index) => [`${900_001 + index}`, { name, builtin: true, enabled: true, preset: true }] as const,
  )
  return {
    follows: new Map(),
    feed: [],
    versions: new Map(),
    parents: new Map(),
    members: new Map(),
    methods: new Map(presets),
    fields: new Map(),
    departments: new Map(),
    staff: new Map(),
    targets: new Map(),
    apps,
    keys: new Map(),
    sent: [],
    minted: [],
    cursors: [],
    otherCursor,
    base: midnight(day),
    clock,
  }
}

/** Which follow-up a request names: one that is there, one that is deleted, or one that there never was. */
export interface Which {
  readonly state: 'present' | 'deleted' | 'unknown'
  readonly at: number
}

/** An id that no import and no server of the tests makes. */
const UNKNOWN_ID = '999'

export function idOf(company: Company, { state, at }: Which): string {
  const ids = [...company.versions.keys()].filter((id) => (state === 'present') === company.follows.has(id))
  return (state !== 'unknown' && ids[at % ids.length]) || UNKNOWN_ID
}

/**
 * A value with what depends on the company put in: `@day:2` and `@ms:5000` and `@s:5` count from its midnight, `@minted:0`
 * is the first id that the server made, `@next:1` the one after the last. `@again:is:present:3` is the line of a follow-up.
 */
export function resolved<T>(value: T, company: Company): T {
  return walk(value, company) as T
}

function walk(value: unknown, company: Company): unknown {
  if (typeof value === 'string') return value.startsWith('@') ? resolvedText(value, company) : value
  if (Array.isArray(value)) return value.map((entry) => walk(entry, company))
  if (typeof value !== 'object' || value === null || isRaw(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, walk(entry, company)]))
}

function resolvedText(text: string, company: Company): unknown {
  const { base, minted } = company
  const [kind, number = ''] = text.split(':')
  if (kind === '@again') return lineAgain(text, company)
  const count = Number(number)
  if (kind === '@day') return new Date(base + (8 + 24 * count) * 3_600_000).toISOString().slice(0, 10)
  if (kind === '@ms') return base + count
  if (kind === '@s') return base / 1000 + count
  if (kind === '@minted') return minted[count % minted.length] ?? '7'
  return String(BigInt(minted.at(-1) ?? '700') + BigInt(count))
}

/** A line for a follow-up of the company; no line when it has none such. */
function lineAgain(text: string, company: Company): Line {
  const [, how, state, at] = text.split(':')
  const versions = company.versions.get(idOf(company, { state: state as Which['state'], at: Number(at) }))
  const version = how === 'was' ? versions?.[Number(at) % versions.length] : versions?.at(-1)
  if (!version) return ''
  return { ...lineOf(version.follow), ...(how === 'other' && { title: `${version.follow.title ?? ''}+` }) }
}

function idOrNull(id: unknown): unknown {
  return id === null || id === undefined ? null : rawNumber(id as Id)
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

/** follow/list and listForSystem (L1-L14). */
export function followListAnswer(company: Company, system: boolean, body: Json): Expected {
  const { total, records } = listPage(company, system, body)
  return page({
    total,
    records: records.map((follow) => (system ? systemRecord(follow) : staffRecord(company, follow))),
  })
}

/** A record as follow/list answers it. */
function staffRecord(company: Company, follow: Follow): Json {
  const entries = Object.entries(recordOf(follow))
  const at = entries.findIndex(([key]) => key === 'field_map')
  entries.splice(at, 0, ['follow_type_desc', methodName(company, follow)])
  return Object.fromEntries(entries)
}

function methodName(company: Company, follow: Follow): string | null {
  return (follow.follow_type !== null && company.methods.get(String(follow.follow_type))?.name) || null
}

function systemRecord(follow: Follow): Json {
  return {
    ...commonRecord(follow),
    title: follow.title,
    follow_time: follow.follow_time,
    create_time: follow.create_time,
  }
}

const CUSTOMER = 1
const OPPORTUNITY = 3
const CLUE = 4

/** customer/list and opportunity/list (O1-O6): what is answered, or the code of a refusal. */
export function olderListAnswer(
  company: Company,
  which: 'customer' | 'opportunity',
  body: Json,
): Expected | number {
  const code = olderCode(which, body)
  if (code !== 0) return code
  const { total, records } = olderPage(company, which, body)
  const record = which === 'customer' ? customerRecord : opportunityRecord
  return page({ total, records: records.map((follow) => record(company, follow)) })
}

function customerRecord(company: Company, follow: Follow): Json {
  const external = externalId(follow)
  return {
    follow_id: rawNumber(follow.id),
    external_user_id: external,
    external_user_name: (external !== null && company.targets.get(`${CUSTOMER} ${external}`)) || null,
    ...olderRecord(company, follow),
  }
}

function opportunityRecord(company: Company, follow: Follow): Json {
  const id = follow.business_id
  const isLong = /^[1-9]\d{0,18}$/.test(id) && BigInt(id) < 2n ** 63n
  return {
    follow_id: rawNumber(follow.id),
    stage_id: follow.stage_id,
    opportunity_id: isLong ? rawNumber(id) : null,
    opportunity_name: company.targets.get(`${OPPORTUNITY} ${id}`) ?? null,
    ...olderRecord(company, follow),
  }
}

function olderRecord(company: Company, follow: Follow): Json {
  const clue = follow.target.external_id === undefined ? 4 : 8
  return {
    record_type: follow.business_type === CLUE ? clue : follow.business_type,
    contact_type: methodName(company, follow),
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
export function staffListAnswer(company: Company, query: Json): Expected {
  const staff = [...company.staff.values()].sort((a, b) => compareBytes(a.user_id, b.user_id))
  const { total, records } = pageOf(staff, query)
  return page({
    total,
    records: records.map((member) => ({
      userId: member.user_id,
      username: member.name,
      ...keyed(member, ['alias', 'mobile', 'position', 'email', 'avatar']),
      main_department_id: member.main_department_id?.toString() ?? null,
      department_id: (company.members.get(member.user_id as string) ?? []).join(','),
      status: String(member.status ?? 1),
    })),
  })
}

function compareBytes(a: unknown, b: unknown): number {
  return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
}

/** GET department/list (O8). */
export function departmentListAnswer(company: Company, query: Json): Expected {
  const all = [...company.departments.values()].sort((a, b) => compareIds(a.id as Id, b.id as Id))
  const { total, records } = pageOf(all, query)
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
export function methodListAnswer(company: Company, body: Json): Expected {
  const all = [...company.methods].sort(([a], [b]) => compareIds(a, b))
  const { total, records } = pageOf(all, body)
  return page({
    total,
    records: records.map(([id, { name, builtin, enabled }]) => ({
      id: rawNumber(id),
      name,
      builtin,
      enabled,
    })),
  })
}

const TOKEN_MS = 7_200_000
const KEY_MS = 24 * 3_600_000

/** What a token of an app is answered with: 0 when it holds (C5, T1, T2). No such token: 10001. */
export function tokenCode(company: Company, app: App, at: number): number {
  const token = app.tokens[at]
  if (!token) return 10001
  if (app.disabled || at < app.revoked) return 10011
  return at < app.tokens.length - 1 || company.clock.ms >= token.createdAt + TOKEN_MS ? 10010 : 0
}

/** A token asked for: what must be answered, `text` being the one that was. */
export function tokenAnswer(company: Company, app: App, text: string): string {
  if (tokenCode(company, app, app.tokens.length - 1) !== 0) {
    app.tokens.push({ text, createdAt: Math.floor(company.clock.ms / 1000) * 1000 })
  }
  const { text: token, createdAt } = app.tokens.at(-1) as App['tokens'][number]
  const data = { access_token: token, expires_in: TOKEN_MS / 1000, create_at: createdAt / 1000 }
  return ok(JSON.stringify(data), 'ok')
}

/** Which app asks for a write, with which of its keys. */
export interface Sent {
  readonly app: number
  readonly key: string | undefined
  readonly name: WriteName
  readonly body: Json
}

/** What a write under a key that was used must be answered with: the first answer, or the code of a refusal (N2). */
export function keptAnswer(company: Company, { app, key, name, body }: Sent): string | number | undefined {
  const kept = key === undefined ? undefined : company.keys.get(`${app} ${key}`)
  if (!kept || company.clock.ms - kept.at >= KEY_MS) return undefined
  return kept.request === requestText(name, body) ? kept.data : 40900
}

export function keepAnswer(company: Company, { app, key, name, body }: Sent, data: string): void {
  if (key === undefined) return
  const kept = { request: requestText(name, body), data, at: company.clock.ms }
  company.keys.set(`${app} ${key}`, kept)
}

function requestText(name: WriteName, body: Json): string {
  return `${name} ${JSON.stringify(body)}`
}

function changeBy(company: Company, app: number, body: Json): Change {
  return {
    at: company.clock.ms,
    app: company.apps[app]?.appid as string,
    user: body.user_id as string,
    reason: (body.reason as string | undefined) ?? null,
  }
}

/** The code that create, or a row of batchCreate, must be refused with; 0: none. */
export function createCode(company: Company, body: Json): number {
  if (!methodNamed(company, body.contact_type as string)) return 40000
  if (!company.staff.has(body.user_id as string)) return 40000
  return fieldMapCode(company, (body.field_map as Json | undefined) ?? {})
}

/** What create has written under this id. */
export function addCreated(company: Company, app: number, body: Json, id: string): void {
  const method = methodNamed(company, body.contact_type as string) as string
  const change = changeBy(company, app, body)
  commit(company, 'create', created(body, { id, method, now: change.at }), change)
  company.minted.push(id)
}

/** update (W1): changes the follow-up. Like the next two: the data of the answer, or the code of a refusal. */
export function update(company: Company, app: number, body: Json): string | number {
  const present = presentVersion(company, body)
  if (typeof present === 'number') return present
  if (present.follow.system) return 40920
  if (changesNothing(body)) return 40010
  if (givesEmptyObject(body)) return 40000
  if (!company.staff.has(body.user_id as string)) return 40000
  if (clearsWhatItGives(body)) return 40000
  const clearsFields = (body.clear as string[] | undefined)?.includes('field_map')
  const fieldMap = clearsFields ? {} : (body.field_map as Json | undefined)
  const code = fieldMap ? fieldMapCode(company, fieldMap, present.follow.field_map) : 0
  if (code !== 0) return code
  if (lacksId(present.follow, body)) return 40010
  const method =
    body.contact_type === undefined ? undefined : methodNamed(company, body.contact_type as string)
  if (body.contact_type !== undefined && method === undefined) return 40000
  if (givesWrongStage(present.follow, body)) return 40000
  const change = changeBy(company, app, body)
  const after = updated(present.follow, body, { method, now: change.at })
  return versionText(isSameAfter(present.follow, after) ? present : commit(company, 'update', after, change))
}

/** delete (W2): the deletion is a version too, of the record as it was. */
export function remove(company: Company, app: number, body: Json): string | number {
  const present = presentVersion(company, body)
  if (typeof present === 'number') return present
  if (!company.staff.has(body.user_id as string)) return 40000
  const change = changeBy(company, app, body)
  return versionText(commit(company, 'delete', { ...present.follow, update_time: change.at }, change))
}

/** restore (W3). */
export function restore(company: Company, app: number, body: Json): string | number {
  const newest = newestVersion(company, idText(body.follow_id))
  if (!newest) return 40410
  if (!newest.deleted) return 40920
  if (body.version !== undefined && body.version !== newest.version) return 40910
  if (!company.staff.has(body.user_id as string)) return 40000
  const change = changeBy(company, app, body)
  return versionText(commit(company, 'restore', { ...newest.follow, update_time: change.at }, change))
}

function presentVersion(company: Company, { follow_id, version }: Json): Version | number {
  const newest = newestVersion(company, idText(follow_id))
  if (!newest) return 40410
  if (newest.deleted) return 40920
  return version === undefined || version === newest.version ? newest : 40910
}

function idText(id: unknown): string {
  return isRaw(id) ? (id as { rawJSON: string }).rawJSON : String(id)
}

function versionText({ follow, version }: Version): string {
  return `{"id":${follow.id},"version":${version}}`
}

/** The code that custom values must be refused with, as the company has defined its fields (F2); 0: none. */
function fieldMapCode(company: Company, fieldMap: Json, before: Json = {}): number {
  if (company.fields.size === 0) return 0
  const fits = ([key, value]: [string, unknown]) => {
    if (Object.hasOwn(before, key) && JSON.stringify(value) === JSON.stringify(before[key])) return true
    const field = company.fields.get(key)
    return field !== undefined && (!isGiven(value) || fitsType(field, value))
  }
  if (!Object.entries(fieldMap).every(fits)) return 40000
  const missing = [...company.fields.values()].some((field) => {
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
function wholeRecord(company: Company, { follow, version }: Version): Json {
  const { system, title, stage_id, create_time, update_time } = follow
  return { ...staffRecord(company, follow), system, title, stage_id, create_time, update_time, version }
}

/** get (W5): the exact text, or the code of a refusal. */
export function getAnswer(company: Company, body: Json): string | number {
  const id = idText(body.follow_id)
  const newest = newestVersion(company, id)
  if (!newest) return 40410
  const versions = company.versions.get(id) as Version[]
  const before = (body.history_before as number | undefined) ?? Number.POSITIVE_INFINITY
  const history = versions
    .filter(({ version }) => version < before)
    .map((version) => historyEntry(company, versions[version.version - 2], version))
    .reverse()
  const record = wholeRecord(company, newest)
  return ok(JSON.stringify({ deleted: newest.deleted, record, history, has_more: false }))
}

function historyEntry(company: Company, before: Version | undefined, version: Version): Json {
  const { op, change } = version
  return {
    version: version.version,
    op,
    time: change.at,
    appid: change.app,
    user_id: change.user,
    reason: change.reason,
    changes: before ? differences(comparedFields(company, before), comparedFields(company, version)) : [],
  }
}

function differences(from: Json, to: Json): Json[] {
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .map((field) => ({ field, from: from[field] ?? null, to: to[field] ?? null }))
    .filter((each) => JSON.stringify(each.from) !== JSON.stringify(each.to))
}

/** What a history compares, in its order: the record's keys, what stands beside it, those of field_map one by one. */
function comparedFields(company: Company, { follow }: Version): Json {
  const { id: _id, field_map: fieldMap, ...record } = recordOf(follow)
  const own = Object.entries(fieldMap as Json).map(([key, value]) => [`field_map.${key}`, value])
  return {
    ...record,
    follow_type_desc: methodName(company, follow),
    system: follow.system,
    title: follow.title,
    stage_id: follow.stage_id,
    create_time: follow.create_time,
    ...Object.fromEntries(own),
  }
}

/** changes (F4): what it must answer but for the cursor, and the change that this one is after. */
export function changesAnswer(
  company: Company,
  after: number,
  limit: number,
): { text(cursor: string): string; seq: number; found: number; more: boolean } {
  const changes = company.feed.slice(after, after + limit)
  const seq = after + changes.length
  const more = seq < company.feed.length
  const records = changes.map((version) => ({
    seq: version.seq,
    op: version.op,
    record: wholeRecord(company, version),
  }))
  return {
    text: (cursor) => ok(JSON.stringify({ records, cursor, has_more: more })),
    seq,
    found: changes.length,
    more,
  }
}

const MOST_DAYS = 31

/** reconcile (F6): the exact text, or the code of a refusal. */
export function reconcileAnswer(company: Company, body: Json): { text: string; count: number } | number {
  const days = daysBetween(body.follow_time_start as string, body.follow_time_end as string)
  if (days.length === 0) return 40000
  if (days.length > MOST_DAYS) return 40020
  const follows = [...company.follows.values()].filter(
    ({ system }) => body.system === undefined || system === (body.system === 1),
  )
  const byDay = days.map((day) => follows.filter((follow) => dayText(follow.follow_time) === day))
  const all = sums(company, byDay.flat())
  const data = {
    seq: company.feed.length,
    ...all,
    days: days.map((day, index) => ({ day, ...sums(company, byDay[index] as Follow[]) })),
  }
  return { text: ok(JSON.stringify(data)), count: all.count }
}

function daysBetween(start: string, end: string): string[] {
  const days: string[] = []
  for (let ms = Date.parse(start); ms <= Date.parse(end); ms += DAY_MS) {
    days.push(new Date(ms).toISOString().slice(0, 10))
  }
  return days
}

function sums(
  company: Company,
  follows: readonly Follow[],
): { count: number; checksum: string; whole_checksum: string } {
  const wholeLine = (follow: Follow) => {
    const newest = newestVersion(company, follow.id) as Version
    const { follow_type_desc: _name, ...record } = wholeRecord(company, newest)
    return JSON.stringify(record)
  }
  return {
    count: follows.length,
    checksum: checksumOf(follows.map((follow) => JSON.stringify(recordOf(follow)))),
    whole_checksum: checksumOf(follows.map(wholeLine)),
  }
}

function checksumOf(lines: readonly string[]): string {
  const total = lines.map(numberOf).reduce((sum, number) => sum + number, 0n)
  return (total % 2n ** 128n).toString(16).padStart(32, '0')
}

function numberOf(line: string): bigint {
  const digest = createHash('sha256').update(line).digest()
  return (digest.readBigUInt64BE(0) << 64n) + digest.readBigUInt64BE(8)
}

/** The enabled method of this name, or else of one that differs in full and half width only (N1). */
function methodNamed(company: Company, name: string): string | undefined {
  const enabled = [...company.methods]
    .filter(([, method]) => method.enabled)
    .sort(([a], [b]) => compareIds(a, b))
  const same = (text: string) => text.normalize('NFKC')
  const found =
    enabled.find(([, method]) => method.name === name) ??
    enabled.find(([, method]) => same(method.name) === same(name))
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
export function importLines(company: Company, lines: readonly Line[], strict: boolean): Imported {
  const imported: Record<string, number> = {
    department: 0,
    staff: 0,
    follow_type: 0,
    custom_field: 0,
    target: 0,
    follow: 0,
  }
  const bad: number[] = []
  /** Follow-ups that are yet to be written, together. */
  const follows: Follow[] = []
  const write = () => takeFollows(company, follows.splice(0), company.clock.ms)
  /** Departments that would be above themselves: a later line may put that right. */
  const waiting = new Map<string, { readonly line: Json; readonly number: number }>()
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    if (typeof line === 'string' || line.bad !== undefined) {
      bad.push(index + 1)
      if (strict) break
    } else if (line.kind === 'department' && isCircle(company, line)) {
      waiting.set(String(line.id), { line, number: index + 1 })
    } else {
      if (line.kind === 'department') waiting.delete(String(line.id))
      // What makes way for a method depends on what uses it.
      if (line.kind === 'follow_type' || (line.kind === 'follow' && isNewMethod(company, line))) write()
      takeLine(company, line)
      if (line.kind === 'follow') follows.push(followOfLine(line))
      imported[line.kind as string] = (imported[line.kind as string] ?? 0) + 1
    }
  }
  write()
  for (let before = -1; waiting.size > 0 && waiting.size !== before; ) {
    before = waiting.size
    for (const [id, { line }] of [...waiting]) {
      if (isCircle(company, line)) continue
      waiting.delete(id)
      takeLine(company, line)
      imported.department = (imported.department ?? 0) + 1
    }
  }
  for (const { number } of waiting.values()) bad.push(number)
  return { imported, bad, complete: !(strict && bad.length > 0) }
}

function isCircle(company: Company, { id, parent_id: parent }: Json): boolean {
  return parent !== undefined && parent !== null && isBelow(company, parent as Id, id as Id)
}

function takeLine(company: Company, line: Json): void {
  switch (line.kind) {
    case 'department':
      company.departments.set(String(line.id), line)
      company.parents.set(String(line.id), (line.parent_id as Id | null | undefined)?.toString() ?? null)
      return
    case 'staff':
      company.staff.set(line.user_id as string, line)
      company.members.set(line.user_id as string, [...new Set((line.department_ids as Id[]) ?? [])])
      return
    case 'follow_type': {
      makeWay(company, line.name as string, String(line.id))
      const { name, builtin = false, enabled = true } = line as unknown as Method
      company.methods.set(String(line.id), { name, builtin, enabled, preset: false })
      return
    }
    case 'target':
      company.targets.set(`${line.type} ${line.id}`, line.name as string)
      return
    case 'custom_field':
      company.fields.set(line.key as string, line)
      return
    case 'follow':
      takeMethod(company, line)
  }
}

function isNewMethod(company: Company, line: Json): boolean {
  const method = (line.follow_type as Id | null | undefined) ?? null
  return method !== null && !company.methods.has(String(method))
}

/** Makes the method that a follow-up names unless there is one. */
function takeMethod(company: Company, line: Json): void {
  if (!isNewMethod(company, line)) return
  const id = String(line.follow_type)
  const name = (line.follow_type_desc as string | undefined) ?? `跟进方式${id}`
  const builtin = makeWay(company, name, id)
  company.methods.set(id, { name, builtin, enabled: true, preset: false })
}

/** Removes the method of this name that came with the company, unless it is in use; answers whether there was one. */
function makeWay(company: Company, name: string, except: string): boolean {
  const used = new Set(company.feed.map(({ follow }) => String(follow.follow_type)))
  let removed = false
  for (const [id, method] of [...company.methods]) {
    if (!method.preset || method.name !== name || id === except || used.has(id)) continue
    company.methods.delete(id)
    removed = true
  }
  return removed
}
