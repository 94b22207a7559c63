import fc from 'fast-check'

/**
 * What the lists must answer: a plain filter-sort-slice over arrays. Written from the rules (L1-L14), not from the
 * server's code.
 */

/** An id as it is sent: a number, or text where a double would round it. */
export type Id = number | string

export interface ModelFollow {
  readonly id: string
  readonly follow_user_id: string
  readonly business_type: number
  readonly business_id: string
  readonly target: Record<string, string | boolean>
  readonly follow_type: Id | null
  readonly title: string | null
  readonly follow_time: number
  readonly system: boolean
}

/** A company's data, by ids as text. */
export interface World<Follow extends ModelFollow = ModelFollow> {
  readonly follows: Map<string, Follow>
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
export const DEPARTMENTS = [1, 2, 3, 4, 5, 6, 1001, 2147483648]
export const TYPES = [1, 3, 4, 9, 10, 11, 12]
export const TARGET_KEYS = ['contact_id', 'external_id', 'company_id', 'chat_id', 'clue_id']

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
        follow_type_list: maybe(some(fc.integer({ min: 1, max: 6 }), 3)),
        follow_type_name: maybe(fc.constantFrom(...METHOD_NAMES)),
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
export function listPage<Follow extends ModelFollow>(
  world: World<Follow>,
  system: boolean,
  body: Record<string, unknown>,
): { total: number; records: Follow[] } {
  const matching = [...world.follows.values()]
    .filter((follow) => follow.system === system && matches(world, follow, body))
    .sort((a, b) => b.follow_time - a.follow_time || compareIds(b.id, a.id))
  return pageOf(matching, body)
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

function matches(world: World, follow: ModelFollow, body: Record<string, unknown>): boolean {
  // An empty list is "not given" (C7).
  const list = (field: string): string[] | undefined => {
    const values = body[field] as Id[] | undefined
    return values && values.length > 0 ? values.map(String) : undefined
  }
  const day = dayText(follow.follow_time)
  const targets = [follow.business_id, ...Object.values(follow.target)]
  const departments = list('follow_dep_ids')
  const memberOf = world.members.get(follow.follow_user_id) ?? []
  const below = body.fetch_child !== 0
  const inDepartments = (asked: string[]) =>
    memberOf.some((own) => asked.some((one) => (below ? isBelow(world, own, one) : String(own) === one)))
  const methodName = follow.follow_type === null ? undefined : methodOf(world, follow.follow_type)?.name
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

function methodOf(world: World, id: Id): { readonly name: string } | undefined {
  return world.methods.get(String(id))
}

/** Whether `department` is `of` or below it. */
export function isBelow(world: Pick<World, 'parents'>, department: Id, of: Id): boolean {
  const parent = world.parents.get(String(department))
  return String(department) === String(of) || (parent != null && isBelow(world, parent, of))
}

/** The day of an instant in Shanghai, which has had no summer time in these years. */
export function dayText(ms: number): string {
  return new Date(ms + SHANGHAI_MS).toISOString().slice(0, 10)
}

/** Midnight in Shanghai, `days` after 2025-01-01. */
export function midnight(days: number): number {
  return Date.UTC(2025, 0, 1) - SHANGHAI_MS + days * DAY_MS
}
