import {
  compareIds,
  type Id,
  isBelow,
  listPage,
  type ModelFollow,
  midnight,
  pageOf,
  TARGET_KEYS,
  type World,
} from './model.ts'

/**
 * One company in memory, for the model run of equivalence.ts: what it holds, and the exact text or code that each
 * request must be answered with. Written from the rules, not from the server's code.
 */

/** A request, a line, a record: as JSON. */
export type Json = Record<string, unknown>

export interface Follow extends ModelFollow {
  readonly content: string
  readonly follow_type: Id | null
  readonly field_map: Json
  readonly attachment_list: readonly Json[]
  readonly location: Json | null
  readonly remind: Json | null
  readonly create_time: number
  readonly stage_id: string | null
}

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

export interface Company extends World<Follow> {
  readonly methods: Map<string, Method>
  readonly departments: Map<string, Json>
  readonly staff: Map<string, Json>
  /** `type id` → name. */
  readonly targets: Map<string, string>
  readonly apps: readonly App[]
  /** `app key` → what it was used for. */
  readonly keys: Map<string, { readonly body: string; readonly id: string; readonly at: number }>
  /** Requests that were sent with a key. */
  readonly sent: { readonly app: number; readonly key: string; readonly body: Json }[]
  /** Ids that the server has made. */
  readonly minted: string[]
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

/** @param day of its midnight, after 2025-01-01 */
export function newCompany(day: number, clock: { ms: number }, apps: readonly App[]): Company {
  const presets = BUILTIN.map(
    (name, index) => [`${900_001 + index}`, { name, builtin: true, enabled: true, preset: true }] as const,
  )
  return {
    follows: new Map(),
    parents: new Map(),
    members: new Map(),
    methods: new Map(presets),
    departments: new Map(),
    staff: new Map(),
    targets: new Map(),
    apps,
    keys: new Map(),
    sent: [],
    minted: [],
    base: midnight(day),
    clock,
  }
}

/**
 * A value with what depends on the company put in: `@day:2` and `@ms:5000` and `@s:5` count from its midnight, `@minted:0`
 * is the first id that the server made, `@next:1` the one after the last.
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

function resolvedText(text: string, { base, minted }: Company): unknown {
  const [kind, number = ''] = text.split(':')
  const count = Number(number)
  if (kind === '@day') return new Date(base + (8 + 24 * count) * 3_600_000).toISOString().slice(0, 10)
  if (kind === '@ms') return base + count
  if (kind === '@s') return base / 1000 + count
  if (kind === '@minted') return minted[count % minted.length] ?? '7'
  return String(BigInt(minted.at(-1) ?? '700') + BigInt(count))
}

const json = JSON as unknown as { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean }

/** A number by its digits, past what a double can hold. */
export function rawNumber(digits: Id): unknown {
  return json.rawJSON(String(digits))
}

function isRaw(value: unknown): boolean {
  return json.isRawJSON(value)
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

function commonRecord(follow: Follow): Json {
  const target: Json = Object.fromEntries(TARGET_KEYS.map((key) => [key, follow.target[key] ?? null]))
  return {
    id: rawNumber(follow.id),
    follow_user_id: follow.follow_user_id,
    content: follow.content,
    target: { ...target, is_ai: follow.target.is_ai ?? null },
    business_type: follow.business_type,
    business_id: follow.business_id,
  }
}

function staffRecord(company: Company, follow: Follow): Json {
  return {
    ...commonRecord(follow),
    follow_type: idOrNull(follow.follow_type),
    follow_type_desc: methodName(company, follow),
    field_map: follow.field_map,
    attachment_list: follow.attachment_list.map((file) =>
      keyed(file, ['cos_url', 'file_extension', 'material_id', 'name', 'type']),
    ),
    location: follow.location && keyed(follow.location, ['location_lat', 'location_lng', 'location_address']),
    follow_time: follow.follow_time,
    remind: follow.remind && {
      ...keyed(follow.remind, ['is_remind', 'time', 'before']),
      user_ids: follow.remind.user_ids ?? [],
      content: follow.remind.content ?? null,
    },
  }
}

function methodName(company: Company, follow: Follow): string | null {
  return (follow.follow_type !== null && company.methods.get(String(follow.follow_type))?.name) || null
}

/** These keys in this order, null where there is nothing (L13). */
function keyed(value: Json, keys: readonly string[]): Json {
  return Object.fromEntries(keys.map((key) => [key, value[key] ?? null]))
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
const MOST_SECONDS = 30 * 24 * 3600

/** customer/list and opportunity/list (O1-O6): what is answered, or the code of a refusal. */
export function olderListAnswer(
  company: Company,
  which: 'customer' | 'opportunity',
  body: Json,
): Expected | number {
  const { user_id: user, external_user_id: external } = body
  if (which === 'customer' && (user === undefined) !== (external === undefined)) return 40010
  const [start, end] = [body.start_time, body.end_time] as [number | undefined, number | undefined]
  if ((start === undefined) !== (end === undefined)) return 40010
  if (start !== undefined && end !== undefined) {
    if (start > end) return 40000
    if (end - start > MOST_SECONDS) return 40020
  }
  const types = which === 'customer' ? [CUSTOMER, CLUE] : [OPPORTUNITY]
  const written = (follow: Follow) => Math.floor(follow.create_time / 1000)
  const matching = [...company.follows.values()]
    .filter(
      (follow) =>
        !follow.system &&
        types.includes(follow.business_type) &&
        (user === undefined || follow.follow_user_id === user) &&
        (external === undefined || externalId(follow) === external) &&
        (body.follow_id === undefined || follow.id === String(body.follow_id)) &&
        (body.opportunity_id === undefined || follow.business_id === String(body.opportunity_id)) &&
        (start === undefined || written(follow) >= start) &&
        (end === undefined || written(follow) <= end),
    )
    .sort((a, b) => b.create_time - a.create_time || compareIds(b.id, a.id))
  const { total, records } = pageOf(matching, body)
  const record = which === 'customer' ? customerRecord : opportunityRecord
  return page({ total, records: records.map((follow) => record(company, follow)) })
}

function externalId(follow: Follow): string | null {
  const linked = follow.target.external_id as string | undefined
  return linked ?? (follow.business_type === CUSTOMER ? follow.business_id : null)
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

/** create (N1, N2): the id that it must answer, `new`, or the code of a refusal. */
export function createAnswer(
  company: Company,
  app: number,
  body: Json,
  key: string | undefined,
): { id: string | 'new' } | { code: number } {
  const kept = key === undefined ? undefined : company.keys.get(`${app} ${key}`)
  if (kept && company.clock.ms - kept.at < KEY_MS) {
    return kept.body === JSON.stringify(body) ? { id: kept.id } : { code: 40900 }
  }
  const known = methodNamed(company, body.contact_type as string) && company.staff.has(body.user_id as string)
  return known ? { id: 'new' } : { code: 40000 }
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

const TARGET_OF_TYPE: Record<number, number> = { 0: CLUE, 1: CUSTOMER, 2: OPPORTUNITY }
const OWN_KEY: Record<number, string> = {
  1: 'external_id',
  4: 'clue_id',
  10: 'chat_id',
  11: 'contact_id',
  12: 'company_id',
}

/** What create has written under this id. */
export function addCreated(
  company: Company,
  app: number,
  body: Json,
  key: string | undefined,
  id: string,
): void {
  const type = (body.target_type ?? TARGET_OF_TYPE[body.type as number]) as number
  const ownKey = OWN_KEY[type]
  const place = {
    location_lat: body.location_lat,
    location_lng: body.location_lng,
    location_address: body.location_name,
  }
  const now = company.clock.ms
  company.follows.set(id, {
    id,
    follow_user_id: body.user_id as string,
    content: body.follow_content as string,
    target: {
      ...(ownKey !== undefined && { [ownKey]: body.id as string }),
      is_ai: (body.is_ai as boolean | undefined) ?? false,
      ...(body.target as Record<string, string> | undefined),
    },
    business_type: type,
    business_id: body.id as string,
    follow_type: methodNamed(company, body.contact_type as string) as string,
    title: (body.title as string | undefined) ?? null,
    field_map: (body.field_map as Json | undefined) ?? {},
    attachment_list: (body.attachment as Json[] | undefined) ?? [],
    location: Object.values(place).some((part) => part !== undefined) ? place : null,
    remind: (body.remind as Json | undefined) ?? null,
    follow_time: (body.follow_time as number | undefined) ?? now,
    create_time: now,
    system: false,
    stage_id: type === OPPORTUNITY && body.stage_id !== undefined ? String(body.stage_id) : null,
  })
  company.minted.push(id)
  if (key !== undefined) company.keys.set(`${app} ${key}`, { body: JSON.stringify(body), id, at: now })
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
      takeLine(company, line)
      imported[line.kind as string] = (imported[line.kind as string] ?? 0) + 1
    }
  }
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
    case 'follow':
      takeFollow(company, line)
  }
}

function takeFollow(company: Company, line: Json): void {
  const method = (line.follow_type as Id | null | undefined) ?? null
  if (method !== null && !company.methods.has(String(method))) {
    const name = (line.follow_type_desc as string | undefined) ?? `跟进方式${method}`
    const builtin = makeWay(company, name, String(method))
    company.methods.set(String(method), { name, builtin, enabled: true, preset: false })
  }
  const time = line.follow_time as number
  company.follows.set(String(line.id), {
    id: String(line.id),
    follow_user_id: line.follow_user_id as string,
    content: line.content as string,
    target: (line.target as Follow['target'] | undefined) ?? {},
    business_type: line.business_type as number,
    business_id: line.business_id as string,
    follow_type: method,
    title: (line.title as string | undefined) ?? null,
    field_map: (line.field_map as Json | undefined) ?? {},
    attachment_list: (line.attachment_list as Json[] | undefined) ?? [],
    location: (line.location as Json | undefined) ?? null,
    remind: (line.remind as Json | undefined) ?? null,
    follow_time: time,
    create_time: (line.create_time as number | undefined) ?? time,
    system: (line.system as boolean | undefined) ?? false,
    stage_id: (line.stage_id as string | undefined) ?? null,
  })
}

/** Removes the method of this name that came with the company, unless it is in use; answers whether there was one. */
function makeWay(company: Company, name: string, except: string): boolean {
  const used = new Set([...company.follows.values()].map((follow) => String(follow.follow_type)))
  let removed = false
  for (const [id, method] of [...company.methods]) {
    if (!method.preset || method.name !== name || id === except || used.has(id)) continue
    company.methods.delete(id)
    removed = true
  }
  return removed
}
