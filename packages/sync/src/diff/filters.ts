import { TARGET_ID_KEYS, TARGET_TYPES } from 'genjin-contract'
import { addDays, utcDay } from 'genjin-record'
import type { Random } from './random.ts'
import type { ListName, Params } from './request.ts'
import type { SampleRecord, Samples } from './samples.ts'

/** What a random request is made from: all its filters are about one record, so that together they find something. */
export interface Draw {
  readonly random: Random
  readonly record: SampleRecord
  /** All records of the list. */
  readonly records: readonly SampleRecord[]
  readonly samples: Samples
}

/** One filter, or several that belong together. */
export type Filter = (draw: Draw) => Params

const DAY_MS = 86_400_000
const DAY_S = 86_400

/** For lists whose records have no time. */
const SOME_MS = Date.UTC(2025, 0, 15)

/** Ids that do not exist; the last three do not fit into a double. */
const UNKNOWN_LONGS = [1n, 9007199254740993n, 1538877699425540001n, 9223372036854775807n]
const UNKNOWN_TEXTS = ['nobody', '没有这个', "x' OR '1'='1", '%', '9007199254740993']

const days: Filter = ({ random, record }) => {
  const time = Number(record.follow_time ?? SOME_MS)
  const day = utcDay(Math.max(0, time + random.pick([-1, 0, 0, 0, 1]) * DAY_MS))
  const far = random.pick([1, 7, 31, 366])
  return random.pick<() => Params>([
    () => ({ follow_time_start: day }),
    () => ({ follow_time_end: day }),
    () => ({ follow_time_start: day, follow_time_end: day }),
    () => ({ follow_time_start: day, follow_time_end: addDays(day, far) }),
    () => ({ follow_time_start: addDays(day, -far), follow_time_end: day }),
    () => ({ follow_time_start: '1970-01-01', follow_time_end: random.pick(['2024-02-29', '9999-12-31']) }),
  ])()
}

const targetIds: Filter = (draw) => ({
  target_id_list: several(draw, UNKNOWN_TEXTS, ({ business_id, target }) => {
    const ids = (target ?? {}) as SampleRecord
    return [business_id, ...TARGET_ID_KEYS.map((key) => ids[key])]
  }),
})

const departments: Filter = (draw) => {
  const staff = draw.samples.staffList?.records ?? []
  const own = staff.find(({ userId }) => userId === draw.record.follow_user_id) ?? {}
  return {
    follow_dep_ids: several({ ...draw, record: own, records: staff }, UNKNOWN_LONGS, ({ department_id }) =>
      String(department_id ?? '')
        .split(',')
        .filter((id) => /^\d+$/.test(id))
        .map(BigInt),
    ),
  }
}

const title: Filter = ({ random, record, samples }) => {
  const others = samples.followListForSystem?.records ?? []
  return { title: record.title ?? (others.length > 0 && random.pick(others).title) ?? '没有这个' }
}

const FOLLOWS: readonly Filter[] = [
  ({ random, record }) => ({
    target_type: random.chance(0.8) ? (record.business_type ?? 1) : random.pick(TARGET_TYPES),
  }),
  targetIds,
  (draw) => ({ id_list: several(draw, UNKNOWN_LONGS, ({ id }) => [id]) }),
  (draw) => ({
    follow_user_ids: several(draw, UNKNOWN_TEXTS, ({ follow_user_id }) => [follow_user_id]),
  }),
  departments,
  days,
]

const writingTimes: Filter = ({ random, record }) => {
  const time = Number(record.gmt_create ?? SOME_MS / 1000)
  const span = random.pick([0, 1, 3600, DAY_S, 30 * DAY_S])
  const start = Math.max(0, time - random.pick([0, span, random.below(span + 1)]))
  return { start_time: start, end_time: start + span }
}

/** Mostly the record's own value, sometimes one that does not exist. */
function ownValue(name: string, otherwise: unknown, unknown: readonly unknown[], key = name): Filter {
  return ({ random, record }) => ({
    [name]: random.chance(0.85) ? (record[key] ?? otherwise) : random.pick(unknown),
  })
}

const followId = ownValue('follow_id', 1, UNKNOWN_LONGS)
const userId = ownValue('user_id', 'nobody', UNKNOWN_TEXTS)

/** The filters of each list: all parameters that the platform documents. */
export const FILTERS: Readonly<Record<ListName, readonly Filter[]>> = {
  followList: [
    ...FOLLOWS,
    title,
    (draw) => ({ follow_type_list: several(draw, UNKNOWN_LONGS, ({ follow_type }) => [follow_type]) }),
    ownValue('follow_type_name', '拜访', UNKNOWN_TEXTS, 'follow_type_desc'),
  ],
  followListForSystem: [...FOLLOWS, title],
  customerFollowList: [
    // Only valid together (O4).
    (draw) => ({ ...userId(draw), external_user_id: draw.record.external_user_id ?? 'nobody' }),
    followId,
    writingTimes,
  ],
  opportunityFollowList: [
    userId,
    ({ record }) => ({ external_user_id: record.external_user_id ?? 'nobody' }),
    followId,
    writingTimes,
    ownValue('opportunity_id', 1, UNKNOWN_LONGS),
  ],
  staffList: [],
}

/** Ids for a list: mostly the record's own, with some of others and some that do not exist. */
function several(
  { random, record, records }: Draw,
  unknown: readonly unknown[],
  idsOf: (record: SampleRecord) => readonly unknown[],
): unknown[] {
  const isId = (id: unknown) => id !== undefined && id !== null && id !== ''
  const own = idsOf(record).filter(isId)
  const ids = random.chance(0.9) ? random.some(own, 2) : []
  if (random.chance(0.4)) ids.push(...random.some(records, 5).flatMap((other) => idsOf(other).filter(isId)))
  if (ids.length === 0 || random.chance(0.15)) ids.push(random.pick(unknown))
  return ids
}
