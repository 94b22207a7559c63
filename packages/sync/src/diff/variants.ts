import { isRawNumber, toJson } from 'genjin-client'
import type { Random } from './random.ts'
import { type DiffRequest, type ListName, operationOf, type Params } from './request.ts'

/** Values that mean the same as leaving a parameter out. */
const NOTHING = [null, '', []] as const

const DAY_S = 86_400

type Wrong = Readonly<Record<string, readonly unknown[]>>

const WRONG_PAGES: Wrong = {
  page_size: [0, 101, -1, 1000, 1.5, 'abc', true, { a: 1 }],
  current_index: [0, -1, 2147483648, 'abc', false, [1]],
}

const WRONG_FOLLOWS: Wrong = {
  target_type: [0, 2, 5, 99, -1, 'abc', [1]],
  target_id_list: [{ a: 1 }, [{}], [null], [['a']]],
  id_list: [['abc'], [1.5], [{}], { a: 1 }, [9223372036854775808n]],
  follow_user_ids: [{ a: 1 }, ['a', null], [true]],
  follow_dep_ids: [['abc'], [{}], { a: 1 }],
  title: [{ a: 1 }, [{}]],
  follow_time_start: ['2025-02-30', '2025-13-01', '2025/01/01', '2025-1-1', 'abc', { a: 1 }],
  follow_time_end: ['2025-02-29', '2025-00-10', '20250101', '2025-01-01 00:00:00', true],
}

const WRONG_OLDER: Wrong = {
  follow_id: ['abc', 1.5, {}, 9223372036854775808n],
  user_id: [{ a: 1 }, true],
  start_time: ['abc', -1, 1735660800000],
  end_time: ['abc', 1.5, {}],
}

const WRONG: Readonly<Record<ListName, Wrong>> = {
  followList: { ...WRONG_PAGES, ...WRONG_FOLLOWS, follow_type_list: [['abc'], [{}], { a: 1 }] },
  followListForSystem: { ...WRONG_PAGES, ...WRONG_FOLLOWS },
  customerFollowList: { ...WRONG_PAGES, ...WRONG_OLDER },
  opportunityFollowList: { ...WRONG_PAGES, ...WRONG_OLDER, opportunity_id: ['abc', {}, [1]] },
  // Parameters of a query have no types.
  staffList: { page_size: [0, 101, -1, 'abc'], current_index: [0, -1, 'abc', 2147483648] },
}

/** Valid one by one, and invalid together. */
const CONFLICTS: Readonly<Partial<Record<ListName, readonly Params[]>>> = {
  followList: [{ follow_time_start: '2025-02-01', follow_time_end: '2025-01-31' }],
  followListForSystem: [{ follow_time_start: '2025-02-01', follow_time_end: '2025-01-31' }],
  customerFollowList: [
    { start_time: 1738252800, end_time: 1735660800 },
    { start_time: 1735660800, end_time: 1735660800 + 31 * DAY_S },
    { start_time: 1735660800, end_time: null },
    { user_id: 'nobody', external_user_id: '' },
    { user_id: null, external_user_id: 'nobody' },
  ],
  opportunityFollowList: [
    { start_time: 1738252800, end_time: 1735660800 },
    { start_time: 1735660800, end_time: 1735660800 + 31 * DAY_S },
    { start_time: null, end_time: 1735660800 },
  ],
}

/** The same request with something in it that must be refused. */
export function invalid(operation: ListName, params: Params, random: Random): Params {
  const conflicts = CONFLICTS[operation] ?? []
  if (conflicts.length > 0 && random.chance(0.3)) return { ...params, ...random.pick(conflicts) }
  const [key, values] = random.pick(Object.entries(WRONG[operation]))
  return { ...params, [key]: random.pick(values) }
}

/** The same request in another form: numbers as text, digits as numbers, absent parameters as null, "" or []. */
export function lenient(operation: ListName, params: Params, random: Random): Params {
  const other: Params = {}
  for (const [key, value] of Object.entries(params))
    other[key] = random.chance(0.6) ? rewritten(value) : value
  for (const key of parametersOf(operation)) {
    if (!(key in params) && random.chance(0.15)) other[key] = random.pick<unknown>(NOTHING)
  }
  return other
}

/** The parameters that the platform documents. */
export function parametersOf(operation: ListName): string[] {
  const { body, query } = operationOf({ operation } satisfies Pick<DiffRequest, 'operation'>)
  const properties = Object.entries({ ...query?.properties, ...body?.properties })
  return properties.filter(([, schema]) => !('x-origin' in schema)).map(([key]) => key)
}

function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten)
  if (typeof value === 'number' || typeof value === 'bigint' || isRawNumber(value)) return toJson(value)
  return typeof value === 'string' && /^[1-9]\d{0,17}$/.test(value) ? BigInt(value) : value
}
