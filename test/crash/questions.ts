import type { Json, ListRequest } from '../oracle/follow-list.ts'
import {
  anyDay,
  CONTACTS,
  DAYS,
  DEPARTMENTS,
  FOLLOW_TYPES,
  oneOf,
  STAFF,
  some,
  TITLES,
  TYPES,
} from './test-data.ts'

/** A random request to a list, but for the page. */
export interface Question extends ListRequest {
  /** Under which it is counted. */
  readonly kind: string
  readonly body: Json
  /** Total when it was last asked. */
  total: number
}

/** What there is to ask for beside the company's directory. */
export interface Askable {
  readonly targets: readonly string[]
  /** Random ids of follow-ups. */
  readonly ids: () => readonly number[]
  /** Follow types that are renamed during the test, and the names they alternate between. */
  readonly renamed?: { readonly ids: readonly number[]; readonly names: readonly string[] }
}

/** Makes random questions of all kinds. */
export class Questions {
  readonly #conditions: Readonly<Record<string, () => Json>>

  constructor({ targets, ids, renamed = { ids: [], names: [] } }: Askable) {
    const types = [...FOLLOW_TYPES.map(({ id }) => id), ...renamed.ids]
    const names = [...FOLLOW_TYPES.map(({ name }) => name), ...renamed.names, ...renamed.names]
    this.#conditions = {
      type: () => ({ target_type: oneOf(TYPES) }),
      'follow type': () => ({ follow_type_list: [oneOf(types)] }),
      'follow types': () => ({ follow_type_list: some(types, oneOf([2, 3])) }),
      'follow type name': () => ({ follow_type_name: oneOf(names) }),
      'one of staff': () => ({ follow_user_ids: [oneOf(STAFF)] }),
      'several of staff': () => ({ follow_user_ids: some(STAFF, 3) }),
      department: () => ({
        follow_dep_ids: some(DEPARTMENTS, oneOf([1, 1, 2])),
        ...oneOf([{}, {}, { fetch_child: 0 }]),
      }),
      day: () => {
        const day = anyDay()
        return { follow_time_start: day, follow_time_end: day }
      },
      days: () => {
        const [from, to] = [anyDay(), anyDay()].sort()
        return { follow_time_start: from, follow_time_end: to }
      },
      'days from': () => ({ follow_time_start: anyDay() }),
      'days to': () => ({ follow_time_end: oneOf(DAYS) }),
      title: () => ({ title: oneOf(TITLES) }),
      'shared target': () => ({ target_id_list: [oneOf(CONTACTS)] }),
      target: () => ({ target_id_list: some(targets, 3) }),
      // More than are looked up for each record, the busiest among them.
      'many targets': () => ({
        target_id_list: [...some(targets, oneOf([21, 80, 300])), ...CONTACTS.slice(0, 2)],
      }),
      ids: () => ({ id_list: ids() }),
    }
  }

  /** Without a condition, and of each kind some, of system follow-ups too. */
  ofEachKind(): Question[] {
    const all = Object.entries(this.#conditions).flatMap(([kind, make]) =>
      [false, false, true].map((system) => ({ system, kind, body: make(), total: 0 })),
    )
    return [false, true].map((system): Question => ({ system, kind: 'none', body: {}, total: 0 })).concat(all)
  }

  /** Most often one condition or two, sometimes none, sometimes many. */
  random(): Question {
    const chosen = some(Object.entries(this.#conditions), oneOf([0, 1, 1, 1, 1, 2, 2, 2, 3, 4]))
    const bodies = chosen.map(([, make]) => make())
    const body: Json = Object.assign({}, ...bodies)
    // Two of one field would be the last alone.
    const fields = bodies.flatMap((each) => Object.keys(each))
    if (fields.length > Object.keys(body).length) return this.random()
    const { follow_time_start: from, follow_time_end: to } = body as Record<string, string | undefined>
    // Refused (L4).
    if (from !== undefined && to !== undefined && from > to) return this.random()
    const kind = chosen.length > 2 ? 'many' : chosen.length === 2 ? 'two' : (chosen[0]?.[0] ?? 'none')
    return { system: Math.random() < 0.15, kind, body, total: 0 }
  }
}

/** What a test must have found something by. */
export const KINDS = [
  ...['none', 'type', 'follow type', 'follow types', 'follow type name', 'one of staff', 'several of staff'],
  ...[
    'department',
    'day',
    'days',
    'days from',
    'days to',
    'title',
    'shared target',
    'target',
    'many targets',
  ],
  ...['ids', 'two', 'many'],
]
