import fc from 'fast-check'

/**
 * What a company's follow-ups are after any writes, and what the lists must answer: a plain filter-sort-slice over arrays.
 * Written from the rules, not from the server's code.
 */

/** A request, a line, a record: as JSON. */
export type Json = Record<string, unknown>

/** An id as it is sent: a number, or text where a double would round it. */
export type Id = number | string

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
export interface Change {
  readonly at: number
  readonly app: string | null
  readonly user: string | null
  readonly reason: string | null
}

/** One change of a follow-up, and the record after it; that of a deletion is the record that was deleted. */
export interface Version {
  readonly follow: Follow
  readonly op: 'create' | 'update' | 'delete' | 'restore'
  /** From 1, of this follow-up. */
  readonly version: number
  /** From 1, of the company. */
  readonly seq: number
  readonly change: Change
}

/** A company's data, by ids as text. */
export interface Environment {
  /** Those that are not deleted. */
  readonly follows: Map<string, Follow>
  /** Every change, in its order. */
  readonly feed: Version[]
  /** Follow-up → its versions, oldest first. */
  readonly versions: Map<string, Version[]>
  /** Department → parent. */
  readonly parents: Map<string, string | null>
  /** Staff → departments. */
  readonly members: Map<string, readonly Id[]>
  readonly methods: Map<string, { readonly name: string }>
}

const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
const SHANGHAI_MS = 8 * HOUR_MS

// Few values, so that requests find something: equal times, CJK, emoji, case, 19-digit ids. The last of the users is
// before the emoji by its bytes and after it by UTF-16 units.
export const USERS = ['zhang', 'Zhang', '李雷', '🙂', 'user123', '张%_', 'Ａ']
export const TARGETS = [
  'c1',
  'C1',
  '客户一',
  '客户一 ',
  '😀😀',
  '123',
  '1538877699425540097',
  "o'neil",
  '"引"',
]
export const TITLES = ['回访', '回访 ', '系统跟进', '🎉', 'Title', 'title']
export const METHOD_NAMES = ['电话跟进', '拜访', '展会', '拜访 ', '微信']
/** Of the methods that every company has, those that no import of the tests is in the way of. */
export const CALL = { id: 900_006, name: '打电话' }
export const MEETING = { id: 900_005, name: '线上会议' }
export const DEPARTMENTS = [1, 2, 3, 4, 5, 6, 1001, 2147483648]
export const TYPES = [1, 3, 4, 9, 10, 11, 12]
export const TARGET_KEYS = ['contact_id', 'external_id', 'company_id', 'chat_id', 'clue_id']

const json = JSON as unknown as { rawJSON(text: string): unknown; isRawJSON(value: unknown): boolean }

/** A number by its digits, past what a double can hold. */
export function rawNumber(digits: Id): unknown {
  return json.rawJSON(String(digits))
}

export function isRaw(value: unknown): boolean {
  return json.isRawJSON(value)
}

export const idArb = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }).map(String) },
  { weight: 1, arbitrary: fc.bigInt({ min: 1538877699425540000n, max: 1538877699425540020n }).map(String) },
)

const some = <T>(arb: fc.Arbitrary<T>, max: number) => fc.array(arb, { minLength: 0, maxLength: max })
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined, freq: 20 })

/** Requests to follow/list and listForSystem, for days and ids of the caller's. */
export function listRequestArb({
  day,
  id,
}: {
  day: fc.Arbitrary<string>
  id: fc.Arbitrary<string>
}): fc.Arbitrary<Record<string, unknown>> {
  return (
    fc
      .record({
        target_type: maybe(fc.constantFrom(...TYPES)),
        target_id_list: maybe(some(fc.constantFrom(...TARGETS, 'nothing'), 3)),
        id_list: maybe(some(id, 40)),
        follow_user_ids: maybe(some(fc.constantFrom(...USERS, 'nobody'), 3)),
        follow_dep_ids: maybe(some(fc.constantFrom(...DEPARTMENTS, 99), 3)),
        fetch_child: fc.option(fc.constantFrom(0, 1), { nil: undefined }),
        follow_type_list: maybe(some(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(CALL.id)), 3)),
        follow_type_name: maybe(fc.constantFrom(...METHOD_NAMES, CALL.name)),
        title: maybe(fc.constantFrom(...TITLES)),
        follow_time_start: maybe(day),
        follow_time_end: maybe(day),
        page_size: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
        current_index: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      })
      // Most requests use a few filters: with all of them at once nothing is ever found.
      .chain((all) =>
        fc
          .subarray(Object.keys(all), { maxLength: 4 })
          .map((keys) => Object.fromEntries(keys.map((key) => [key, (all as Record<string, unknown>)[key]]))),
      )
  )
}

export const targetArb = fc.dictionary(fc.constantFrom(...TARGET_KEYS), fc.constantFrom(...TARGETS), {
  maxKeys: 3,
})

/** Custom values with numbers that a double would change, and such that a definition can refuse. */
export const fieldMapArb = fc.constantFrom<Json[]>(
  {},
  { 等级: 'a' },
  { level: 5, '🙂': null },
  { 等级: 'a', '🙂': [1, null, false] },
  { long: rawNumber('1538877699425540097'), decimal: rawNumber('1.0'), deep: { e: rawNumber('1e3') } },
)

export function remindArb(time: fc.Arbitrary<unknown>): fc.Arbitrary<Json> {
  return fc.record(
    {
      is_remind: fc.constantFrom(0, 1),
      time,
      before: fc.constant(60_000),
      content: fc.constant('🙂'),
      user_ids: fc.constantFrom(['zhang'], ['李雷', '🙂']),
    },
    { requiredKeys: [] },
  )
}

const CONTENTS = ['内容', '🙂\n"引"', '客户一', '\\u0041', '<&>']

/** What create and update have in common, each of it given or not. */
function commonParts(time: fc.Arbitrary<unknown>) {
  return {
    title: fc.constantFrom(...TITLES),
    is_ai: fc.boolean(),
    follow_time: time,
    target: targetArb,
    field_map: fieldMapArb,
    remind: remindArb(time),
    location_lat: fc.constant('31.2'),
    location_name: fc.constantFrom('上海', ' '),
    attachment: fc.array(
      fc.record(
        {
          name: fc.constantFrom('合同.pdf', 'a'),
          type: fc.constantFrom('file', 'image'),
          cos_url: fc.constant('https://files.example.com/1'),
        },
        { requiredKeys: ['name'] },
      ),
      { minLength: 1, maxLength: 2 },
    ),
  }
}

/** What a request to write is made of that depends on the test. */
export interface WriteParts {
  readonly time: fc.Arbitrary<unknown>
  readonly user: fc.Arbitrary<string>
  /** Name of a method. */
  readonly method: fc.Arbitrary<string>
}

/** Requests to follow/create, and rows of follow/batchCreate. */
export function createBodyArb({ time, user, method }: WriteParts): fc.Arbitrary<Json> {
  return fc
    .record({
      what: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom<Json[]>({ type: 0 }, { type: 1 }, { type: 2, stage_id: 7 }) },
        { weight: 1, arbitrary: fc.constantFrom(...TYPES).map((type): Json => ({ target_type: type })) },
      ),
      always: fc.record({
        id: fc.constantFrom(...TARGETS),
        user_id: user,
        contact_type: method,
        follow_content: fc.constantFrom(...CONTENTS),
      }),
      often: fc.record(commonParts(time), { requiredKeys: [] }),
    })
    .map(({ what, always, often }): Json => ({ ...what, ...always, ...often }))
}

const CLEARABLE = ['target', 'field_map', 'attachment', 'location', 'remind', 'title', 'stage_id']

/** Requests to follow/update, but for the id and version of the follow-up. */
export function updateBodyArb({ time, user, method }: WriteParts): fc.Arbitrary<Json> {
  return fc
    .record({
      user_id: user,
      parts: fc
        .record({
          follow_content: fc.constantFrom(...CONTENTS),
          contact_type: method,
          target_type: fc.oneof(fc.constantFrom(1, 3, 4), fc.constantFrom(...TYPES)),
          id: fc.constantFrom(...TARGETS),
          stage_id: fc.constantFrom(7, 8),
          ...commonParts(time),
        })
        // Most change little: with all of it at once nothing of what was there is ever kept.
        .chain((all) => fc.subarray(Object.entries(all), { maxLength: 5 })),
      clear: fc.subarray(CLEARABLE, { maxLength: 2 }),
      both: fc.integer({ min: 0, max: 7 }).map((chance) => chance === 0),
    })
    .map(({ user_id, parts, clear, both }): Json => {
      const given: Json = Object.fromEntries(parts)
      const cleared = clear.filter((name) => both || !givesCleared(given, name))
      return { user_id, ...given, ...(cleared.length > 0 && { clear: cleared }) }
    })
}

/** Whether an update gives a value for what it clears. */
export function clearsWhatItGives(body: Json): boolean {
  return ((body.clear as string[] | undefined) ?? []).some((name) => givesCleared(body, name))
}

/** Whether an update gives a stage to what is no opportunity. */
export function givesWrongStage(follow: Follow, body: Json): boolean {
  return body.stage_id !== undefined && (body.target_type ?? follow.business_type) !== OPPORTUNITY
}

/** Whether an update gives nothing that it could change. */
export function changesNothing(body: Json): boolean {
  const others = ['user_id', 'follow_id', 'version', 'reason']
  return Object.entries(body).every(([name, value]) => others.includes(name) || !isGiven(value))
}

/** Whether an update gives an object with nothing in it. */
export function givesEmptyObject(body: Json): boolean {
  return [body.target, body.remind].some(
    (part) => typeof part === 'object' && part !== null && !Object.values(part).some(isGiven),
  )
}

/** As requests are read (C7). */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && JSON.stringify(value) !== '[]'
}

/** Whether an update makes the follow-up one of another kind without saying of what. */
export function lacksId(follow: Follow, body: Json): boolean {
  return (body.target_type ?? follow.business_type) !== follow.business_type && body.id === undefined
}

/** Whether a follow-up is after an update as it was before it, but for the time. */
export function isSameAfter(before: Follow, after: Follow): boolean {
  return wholeText({ ...after, update_time: before.update_time }) === wholeText(before)
}

/** Whether an update gives a value for what it can clear by this name. */
function givesCleared(body: Json, name: string): boolean {
  const fields = name === 'location' ? ['location_lat', 'location_lng', 'location_name'] : [name]
  return fields.some((field) => body[field] !== undefined)
}

/** Requests to customer/list and opportunity/list, for ids of the caller's and times of its (`start_time`, `end_time`). */
export function olderRequestArb({
  id,
  times,
}: {
  id: fc.Arbitrary<string>
  times: fc.Arbitrary<Json>
}): fc.Arbitrary<{ which: 'customer' | 'opportunity'; body: Json; filtered: boolean }> {
  return fc
    .record({
      which: fc.constantFrom('customer' as const, 'opportunity' as const),
      user: fc.record({ user_id: fc.constantFrom(...USERS) }),
      external: fc.record({ external_user_id: fc.constantFrom(...TARGETS) }),
      follow: fc.record({ follow_id: id }),
      opportunity: fc.record({ opportunity_id: fc.constantFrom('123', '1538877699425540097') }),
      times,
      paging: fc.record({
        page_size: fc.integer({ min: 1, max: 20 }),
        current_index: fc.integer({ min: 1, max: 3 }),
      }),
      kinds: fc.subarray(['pair', 'user', 'follow', 'opportunity', 'times', 'paging'] as const, {
        maxLength: 2,
      }),
    })
    .map(({ which, kinds, ...parts }) => {
      const body: Json = {}
      for (const kind of kinds) {
        if (kind === 'pair') Object.assign(body, parts.user, parts.external)
        else if (kind !== 'opportunity' || which === 'opportunity') Object.assign(body, parts[kind])
      }
      return { which, body, filtered: kinds.some((kind) => kind !== 'paging') }
    })
}

const FILTERS = new Set([
  'target_type',
  'target_id_list',
  'id_list',
  'follow_user_ids',
  'follow_dep_ids',
  'follow_type_list',
  'follow_type_name',
  'title',
  'follow_time_start',
  'follow_time_end',
])

/** Whether a request asks for anything but a page. */
export function isFiltered(body: Record<string, unknown>): boolean {
  return Object.keys(body).some((key) => FILTERS.has(key))
}

/** Whether a request must be refused for days that end before they begin (L4). */
export function endsBeforeItBegins(body: Record<string, unknown>): boolean {
  const { follow_time_start: start, follow_time_end: end } = body as Record<string, string | undefined>
  return start !== undefined && end !== undefined && start > end
}

/** The page that a request asks for, and how many match in all. */
export function listPage(
  environment: Environment,
  system: boolean,
  body: Record<string, unknown>,
): { total: number; records: Follow[] } {
  const matching = [...environment.follows.values()]
    .filter((follow) => follow.system === system && matches(environment, follow, body))
    .sort((a, b) => b.follow_time - a.follow_time || compareIds(b.id, a.id))
  return pageOf(matching, body)
}

const CUSTOMER = 1
const OPPORTUNITY = 3
const CLUE = 4
const MOST_SECONDS = 30 * 24 * 3600

/** The code that customer/list or opportunity/list must refuse a request with; 0: none (O1-O6). */
export function olderCode(which: 'customer' | 'opportunity', body: Json): number {
  const { user_id: user, external_user_id: external } = body
  if (which === 'customer' && (user === undefined) !== (external === undefined)) return 40010
  const [start, end] = [body.start_time, body.end_time] as [number | undefined, number | undefined]
  if ((start === undefined) !== (end === undefined)) return 40010
  if (start === undefined || end === undefined) return 0
  if (start > end) return 40000
  return end - start > MOST_SECONDS ? 40020 : 0
}

/** The page that a request to customer/list or opportunity/list asks for, and how many match in all. */
export function olderPage(
  environment: Environment,
  which: 'customer' | 'opportunity',
  body: Json,
): { total: number; records: Follow[] } {
  const { user_id: user, external_user_id: external } = body
  const [start, end] = [body.start_time, body.end_time] as [number | undefined, number | undefined]
  const types = which === 'customer' ? [CUSTOMER, CLUE] : [OPPORTUNITY]
  const written = (follow: Follow) => Math.floor(follow.create_time / 1000)
  const matching = [...environment.follows.values()]
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
  return pageOf(matching, body)
}

export function externalId(follow: Follow): string | null {
  const linked = follow.target.external_id as string | undefined
  return linked ?? (follow.business_type === CUSTOMER ? follow.business_id : null)
}

/** A page of what is already in order (L3). */
export function pageOf<T>(all: readonly T[], body: Record<string, unknown>): { total: number; records: T[] } {
  const size = Number(body.page_size ?? 20)
  const from = (Number(body.current_index ?? 1) - 1) * size
  return { total: all.length, records: all.slice(from, from + size) }
}

export function compareIds(a: Id, b: Id): number {
  const [left, right] = [BigInt(a), BigInt(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function matches(environment: Environment, follow: Follow, body: Record<string, unknown>): boolean {
  // An empty list is "not given" (C7).
  const list = (field: string): string[] | undefined => {
    const values = body[field] as Id[] | undefined
    return values && values.length > 0 ? values.map(String) : undefined
  }
  const day = dayText(follow.follow_time)
  const targets = [follow.business_id, ...Object.values(follow.target)]
  const departments = list('follow_dep_ids')
  const memberOf = environment.members.get(follow.follow_user_id) ?? []
  const below = body.fetch_child !== 0
  const inDepartments = (asked: string[]) =>
    memberOf.some((own) =>
      asked.some((one) => (below ? isBelow(environment, own, one) : String(own) === one)),
    )
  const methodName = follow.follow_type === null ? undefined : methodOf(environment, follow.follow_type)?.name
  const staffOnly = !follow.system
  return (
    (body.target_type === undefined || body.target_type === follow.business_type) &&
    (list('target_id_list')?.some((id) => targets.includes(id)) ?? true) &&
    (list('id_list')?.includes(follow.id) ?? true) &&
    (list('follow_user_ids')?.includes(follow.follow_user_id) ?? true) &&
    (departments === undefined || inDepartments(departments)) &&
    (!staffOnly || (list('follow_type_list')?.includes(String(follow.follow_type)) ?? true)) &&
    (!staffOnly || body.follow_type_name === undefined || body.follow_type_name === methodName) &&
    (body.title === undefined || body.title === follow.title) &&
    (body.follow_time_start === undefined || day >= (body.follow_time_start as string)) &&
    (body.follow_time_end === undefined || day <= (body.follow_time_end as string))
  )
}

function methodOf(environment: Environment, id: Id): { readonly name: string } | undefined {
  return environment.methods.get(String(id))
}

/** Whether `department` is `of` or below it. */
export function isBelow(environment: Pick<Environment, 'parents'>, department: Id, of: Id): boolean {
  const parent = environment.parents.get(String(department))
  return String(department) === String(of) || (parent != null && isBelow(environment, parent, of))
}

/** The day of an instant in Shanghai, which has had no summer time in these years. */
export function dayText(ms: number): string {
  return new Date(ms + SHANGHAI_MS).toISOString().slice(0, 10)
}

/** Midnight in Shanghai, `days` after 2025-01-01. */
export function midnight(days: number): number {
  return Date.UTC(2025, 0, 1) - SHANGHAI_MS + days * DAY_MS
}

/** A record as follow/list answers it, but for the present name of its method (L13). */
export function recordOf(follow: Follow): Json {
  return {
    ...commonRecord(follow),
    follow_type: follow.follow_type === null ? null : rawNumber(follow.follow_type),
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

/** What every record begins with. */
export function commonRecord(follow: Follow): Json {
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

/** These keys in this order, null where there is nothing (L13). */
export function keyed(value: Json, keys: readonly string[]): Json {
  return Object.fromEntries(keys.map((key) => [key, value[key] ?? null]))
}

/** Makes a change; answers the version that it is. */
export function commit(environment: Environment, op: Version['op'], follow: Follow, change: Change): Version {
  const versions = environment.versions.get(follow.id) ?? []
  const version = { follow, op, version: versions.length + 1, seq: environment.feed.length + 1, change }
  environment.versions.set(follow.id, [...versions, version])
  environment.feed.push(version)
  if (op === 'delete') environment.follows.delete(follow.id)
  else environment.follows.set(follow.id, follow)
  return version
}

/** The newest version of a follow-up, and whether that is its deletion. */
export function newestVersion(
  environment: Environment,
  id: string,
): (Version & { readonly deleted: boolean }) | undefined {
  const newest = environment.versions.get(id)?.at(-1)
  return newest && { ...newest, deleted: newest.op === 'delete' }
}

const IMPORT = { app: null, user: null, reason: null }

/**
 * Takes in the follow-ups of an import that are written together. Of those with one id the last one holds; one that says
 * what is there already changes nothing; one that was deleted is back.
 */
export function takeFollows(environment: Environment, follows: readonly Follow[], at: number): void {
  for (const follow of new Map(follows.map((each) => [each.id, each])).values()) {
    const newest = newestVersion(environment, follow.id)
    const there = newest && !newest.deleted
    if (there && wholeText(newest.follow) === wholeText(follow)) continue
    commit(environment, there ? 'update' : newest ? 'restore' : 'create', follow, { at, ...IMPORT })
  }
}

/** A follow-up with what stands beside it, but for its version and the present name of its method. */
export function wholeText(follow: Follow): string {
  const { system, title, stage_id, create_time, update_time } = follow
  return JSON.stringify({ ...recordOf(follow), system, title, stage_id, create_time, update_time })
}

/** The follow-up that a line of a bundle says. */
export function followOfLine(line: Json): Follow {
  const time = line.follow_time as number
  const createTime = (line.create_time as number | undefined) ?? time
  return {
    id: String(line.id),
    follow_user_id: line.follow_user_id as string,
    content: line.content as string,
    target: (line.target as Follow['target'] | undefined) ?? {},
    business_type: line.business_type as number,
    business_id: line.business_id as string,
    follow_type: (line.follow_type as Id | null | undefined) ?? null,
    title: (line.title as string | undefined) ?? null,
    field_map: (line.field_map as Json | undefined) ?? {},
    attachment_list: (line.attachment_list as Json[] | undefined) ?? [],
    location: (line.location as Json | undefined) ?? null,
    remind: (line.remind as Json | undefined) ?? null,
    follow_time: time,
    create_time: createTime,
    update_time: (line.update_time as number | undefined) ?? createTime,
    system: (line.system as boolean | undefined) ?? false,
    stage_id: (line.stage_id as string | undefined) ?? null,
  }
}

/** The line of a bundle that says a follow-up as it is. */
export function lineOf(follow: Follow): Json {
  return { kind: 'follow', ...follow }
}

const TARGET_OF_TYPE: Record<number, number> = { 0: CLUE, 1: CUSTOMER, 2: OPPORTUNITY }
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

/** What create writes (N1, N2). */
export function created(body: Json, made: { id: string; method: Id; now: number }): Follow {
  const type = (body.target_type ?? TARGET_OF_TYPE[body.type as number]) as number
  return {
    id: made.id,
    follow_user_id: body.user_id as string,
    content: body.follow_content as string,
    target: {
      ...ownEntry(type, body.id as string),
      is_ai: (body.is_ai as boolean | undefined) ?? false,
      ...(body.target as Record<string, string> | undefined),
    },
    business_type: type,
    business_id: body.id as string,
    follow_type: made.method,
    title: (body.title as string | undefined) ?? null,
    field_map: (body.field_map as Json | undefined) ?? {},
    attachment_list: (body.attachment as Json[] | undefined) ?? [],
    location: locationOf(body) ?? null,
    remind: (body.remind as Json | undefined) ?? null,
    follow_time: (body.follow_time as number | undefined) ?? made.now,
    create_time: made.now,
    update_time: made.now,
    system: false,
    stage_id: type === OPPORTUNITY && body.stage_id !== undefined ? String(body.stage_id) : null,
  }
}

function locationOf(body: Json): Json | undefined {
  if (!givesCleared(body, 'location')) return undefined
  const { location_lat, location_lng, location_name } = body
  return { location_lat, location_lng, location_address: location_name }
}

/** A follow-up after an update: what is given or cleared changes, the rest stays. */
export function updated(follow: Follow, body: Json, { method, now }: { method?: Id; now: number }): Follow {
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
    follow_type: method ?? follow.follow_type,
    title: given('title', body.title, null, follow.title),
    field_map: given<Json>('field_map', body.field_map, {}, follow.field_map),
    attachment_list: given('attachment', body.attachment, [], follow.attachment_list),
    location: given('location', locationOf(body), null, follow.location),
    remind: given('remind', body.remind, null, follow.remind),
    follow_time: (body.follow_time as number | undefined) ?? follow.follow_time,
    update_time: now,
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
