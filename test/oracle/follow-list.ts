/**
 * What follow/list and listForSystem must answer (docs/rules.md L1-L14): filter, sort, slice. It is the only oracle of the
 * two, for tests and bench alike, and is written from the rules, not from the server's code.
 */

/** An object as JSON: a request, a line of a bundle, a record. */
export type Json = Record<string, unknown>

/** A number, its digits where a double would round it, or what an exact JSON parser keeps of it. */
export type Id = number | bigint | string | object

/** What the conditions and the order look at in a follow-up. */
export interface Listable {
  readonly id: Id
  readonly follow_user_id: string
  readonly target: Readonly<Json>
  readonly business_type: number
  readonly business_id: string
  readonly follow_type?: Id | null
  readonly title?: string | null
  readonly follow_time: number
  readonly system?: boolean
}

/** What the conditions look up beside the follow-ups. Ids of departments and follow types are texts. */
export interface Directory {
  /** Department → the one above it. */
  readonly parents: ReadonlyMap<string, string | null>
  /** Staff → departments. */
  readonly members: ReadonlyMap<string, readonly Id[]>
  /** Follow type → its present name. */
  readonly followTypes: ReadonlyMap<string, { readonly name: string; readonly enabled?: boolean }>
  /** Of the company, whose days are those of the request (C9). */
  readonly timeZone?: string
}

/** A body of follow/list, or of listForSystem. */
export interface ListRequest {
  readonly system: boolean
  readonly body: Readonly<Json>
}

export const SHANGHAI = 'Asia/Shanghai'

/** The page that a request asks for, and how many follow-ups match in all (L1-L3, L12). */
export function listPage<T extends Listable>(
  follows: Iterable<T>,
  request: ListRequest,
  directory: Directory,
): { total: number; records: T[] } {
  const matches = filterOf(request, directory)
  const matching = [...follows].filter(
    (follow) => (follow.system ?? false) === request.system && matches(follow),
  )
  return pageOf(matching.sort(newestFirst), request.body)
}

/** Newest first; of one time the highest id first (L1). */
export function newestFirst(a: Listable, b: Listable): number {
  return b.follow_time - a.follow_time || compareIds(b.id, a.id)
}

/** A page of what is already in order (L3). */
export function pageOf<T>(all: readonly T[], body: Readonly<Json>): { total: number; records: T[] } {
  const size = Number(body.page_size ?? 20)
  const from = (Number(body.current_index ?? 1) - 1) * size
  return { total: all.length, records: all.slice(from, from + size) }
}

/** Whether a follow-up of the request's kind meets its conditions: all of them (L2). */
export function filterOf(request: ListRequest, directory: Directory): (follow: Listable) => boolean {
  const { among, from, before } = conditionsOf(request, directory)
  return (follow) =>
    follow.follow_time >= from &&
    follow.follow_time < before &&
    among.every(([key, values]) => VALUES[key](follow).some((value) => values.has(value)))
}

/** What a condition compares: values of a follow-up, of which one must be among those that are asked for. */
const VALUES = {
  business_type: ({ business_type }) => [business_type],
  follow_user_id: ({ follow_user_id }) => [follow_user_id],
  follow_type: ({ follow_type }) => [follow_type == null ? null : idText(follow_type)],
  title: ({ title = null }) => [title],
  targets: ({ business_id, target }) => [business_id, ...Object.values(target)],
  id: ({ id }) => [idText(id)],
} as const satisfies Record<string, (follow: Listable) => readonly unknown[]>

export type Key = keyof typeof VALUES

export interface Conditions {
  /** The cheapest first. */
  readonly among: readonly (readonly [key: Key, values: ReadonlySet<unknown>])[]
  /** The first instant (ms) that counts, and the first that does not any more. */
  readonly from: number
  readonly before: number
}

/** The conditions of a request. What is empty is not given (C7). */
export function conditionsOf({ system, body }: ListRequest, directory: Directory): Conditions {
  const { timeZone = SHANGHAI } = directory
  const among: [Key, ReadonlySet<unknown>][] = []
  const list = (name: string) => {
    const values = body[name] as readonly Id[] | undefined
    return values && values.length > 0 ? values.map(idText) : undefined
  }
  const require = (key: Key, values: Iterable<unknown> | undefined) => {
    if (values !== undefined) among.push([key, new Set(values)])
  }
  // L5
  require('business_type', one(body.target_type))
  // L8
  require('follow_user_id', list('follow_user_ids'))
  // L9
  const departments = list('follow_dep_ids')
  require('follow_user_id', departments && membersOf(directory, departments, body.fetch_child !== 0))
  // L10; the list of system follow-ups does not know these two (L14).
  if (!system) {
    require('follow_type', list('follow_type_list'))
    require('follow_type', typesNamed(directory, body.follow_type_name))
  }
  // L11
  require('title', one(body.title))
  // L6
  require('targets', list('target_id_list'))
  // L7
  require('id', list('id_list'))
  // L4
  const { follow_time_start: first, follow_time_end: last } = body as Record<string, string | undefined>
  return {
    among,
    from: first === undefined ? Number.NEGATIVE_INFINITY : startOfDay(first, timeZone),
    before: last === undefined ? Number.POSITIVE_INFINITY : startOfDay(last, timeZone, 1),
  }
}

function one(value: unknown): unknown[] | undefined {
  return value === undefined || value === null || value === '' ? undefined : [value]
}

/** Staff of these departments and, with children, of those below them (L9). */
export function membersOf(
  directory: Pick<Directory, 'parents' | 'members'>,
  departments: readonly string[],
  withChildren = true,
): string[] {
  const isAmong = (own: string): boolean =>
    departments.some((each) => (withChildren ? isBelow(directory, own, each) : own === each))
  return [...directory.members]
    .filter(([, all]) => all.some((id) => isAmong(idText(id))))
    .map(([user]) => user)
}

/** Whether a department is another one or below it. */
export function isBelow({ parents }: Pick<Directory, 'parents'>, department: Id, other: Id): boolean {
  const parent = parents.get(idText(department))
  return idText(department) === idText(other) || (parent != null && isBelow({ parents }, parent, other))
}

function typesNamed({ followTypes }: Directory, name: unknown): string[] | undefined {
  if (one(name) === undefined) return undefined
  const types = [...followTypes]
  const exact = types.filter(([, type]) => type.name === name)
  // N1
  const key = String(name).normalize('NFKC')
  const isEnabled = exact.some(([, { enabled = true }]) => enabled)
  const found = isEnabled ? exact : types.filter(([, type]) => type.name.normalize('NFKC') === key)
  return found.map(([id]) => id)
}

export function idText(id: Id): string {
  return typeof id === 'object' ? JSON.stringify(id) : String(id)
}

export function compareIds(a: Id, b: Id): number {
  const [left, right] = [BigInt(idText(a)), BigInt(idText(b))]
  return left < right ? -1 : left > right ? 1 : 0
}

export const DAY_MS = 86_400_000
const calendars = new Map<string, Intl.DateTimeFormat>()
const starts = new Map<string, number>()

/** The day of an instant (ms) in a zone, as `yyyy-MM-dd`. */
export function dayOf(ms: number, timeZone = SHANGHAI): string {
  const calendar = calendars.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone })
  calendars.set(timeZone, calendar)
  return calendar.format(ms)
}

/**
 * The first instant (ms) in a zone of a day, or of one so many days later: by halving, so that it takes nothing but the
 * zone's calendar.
 */
export function startOfDay(day: string, timeZone = SHANGHAI, later = 0): number {
  const midnight = Date.parse(day) + later * DAY_MS
  const key = `${timeZone} ${midnight}`
  let start = starts.get(key)
  if (start === undefined) {
    let low = midnight - DAY_MS
    start = midnight + DAY_MS
    while (low + 1 < start) {
      const middle = Math.floor((low + start) / 2)
      if (dayNumber(middle, timeZone) < dayNumber(midnight, 'UTC')) low = middle
      else start = middle
    }
    starts.set(key, start)
  }
  return start
}

/** Days as numbers, since years after 9999 have more digits. */
function dayNumber(ms: number, timeZone: string): number {
  return Number(dayOf(ms, timeZone).replaceAll('-', ''))
}

/** The keys of a record in their order, by the list (L13, L14). */
export const RECORD_KEYS = {
  list: [
    ...['id', 'follow_user_id', 'content', 'target', 'business_type', 'business_id'],
    ...[
      'follow_type',
      'follow_type_desc',
      'field_map',
      'attachment_list',
      'location',
      'follow_time',
      'remind',
    ],
  ],
  listForSystem: [
    ...['id', 'follow_user_id', 'content', 'target', 'business_type', 'business_id'],
    ...['title', 'follow_time', 'create_time'],
  ],
} as const

/** A whole record, as the change feed has it, as a list answers it: with the present name of its follow type (L10, L13). */
export function listedRecord(whole: Readonly<Json>, system: boolean, { followTypes }: Directory): Json {
  const type = whole.follow_type as Id | null | undefined
  const name = (type != null && followTypes.get(idText(type))?.name) || null
  const keys = system ? RECORD_KEYS.listForSystem : RECORD_KEYS.list
  return keyed({ ...whole, follow_type_desc: name }, keys)
}

/** These keys in this order, null where there is nothing (L13). */
export function keyed(value: Readonly<Json>, keys: readonly string[]): Json {
  return Object.fromEntries(keys.map((key) => [key, value[key] ?? null]))
}
