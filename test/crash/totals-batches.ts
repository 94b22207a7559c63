import { dayOf, oneOf, timeOn, times } from './fleet.ts'

/** The batches of 7 that the totals test writes: all of one batch are found by the same filters. */

export const BATCH = 7

export const TYPES = [1, 3, 4, 12]
export const METHODS = [
  { id: 1, name: '上门' },
  { id: 2, name: '短信' },
  { id: 3, name: '微信' },
  { id: 4, name: '展会' },
]
/** Staff → departments. One is in two, one in none. */
export const STAFF: Readonly<Record<string, readonly number[]>> = {
  zhang: [11],
  李雷: [12],
  '🙂': [21],
  Zhang: [11, 22],
  张: [22],
  gone: [],
}
/** Department → the one above it. */
export const DEPARTMENTS: Readonly<Record<number, number | null>> = {
  1: null,
  2: null,
  11: 1,
  12: 1,
  21: 2,
  22: 2,
}
export const TITLES = ['回访', '回访 ', '🎉']
/** Targets that batches share. */
export const CONTACTS = ['k1', 'k2', 'k3']

/** Seventy days in a row, so that whatever longer period days are gathered in begins and ends among them; and some far away. */
export const DAYS = [
  ...times(70, (index) => dayOf(Date.parse('2024-12-10T00:00:00+08:00') + index * 86_400_000)),
  '1970-01-02',
  '2023-12-31',
  '2024-01-01',
  '2024-02-29',
  '2024-03-01',
  '2025-06-30',
  '2025-07-01',
  '9999-12-31',
]
/** Where most batches are: a page is full of one day. */
const BUSY = ['2024-12-31', '2025-01-01', '2025-01-31', '2025-02-01']

export function anyDay(): string {
  return oneOf(Math.random() < 0.4 ? BUSY : DAYS)
}

/** What all of a batch share. */
export interface BatchFields {
  readonly day: string
  readonly user: string
  readonly type: number
  readonly method: { readonly id: number; readonly name: string }
  readonly title: string | undefined
  readonly contact: string
}

export function anyFields(): BatchFields {
  return {
    day: anyDay(),
    user: oneOf(Object.keys(STAFF)),
    type: oneOf(TYPES),
    method: oneOf(METHODS),
    title: Math.random() < 0.3 ? oneOf(TITLES) : undefined,
    contact: oneOf(CONTACTS),
  }
}

/** The bundle that the company begins with. */
export const DICTIONARY: readonly object[] = [
  ...Object.entries(DEPARTMENTS).map(([id, parent]) => ({
    kind: 'department',
    id: Number(id),
    name: id,
    ...(parent !== null && { parent_id: parent }),
  })),
  ...Object.entries(STAFF).map(([id, departments]) => ({
    kind: 'staff',
    user_id: id,
    name: id,
    department_ids: departments,
  })),
  ...METHODS.map((method) => ({ kind: 'follow_type', ...method })),
]

/** Ids of the batch of this number, from 0, where it is imported. */
export function batchIds(number: number): number[] {
  return times(BATCH, (index) => number * BATCH + index + 1)
}

/** The lines of a batch. `mark`: which write of all it is; every record of one write has the same. */
export function batchLines(number: number, fields: BatchFields, system: boolean, mark: string): object[] {
  return batchIds(number).map((id) => ({
    kind: 'follow',
    id,
    follow_user_id: fields.user,
    content: mark,
    target: { contact_id: fields.contact },
    business_type: fields.type,
    business_id: `b${number}`,
    ...(!system && { follow_type: fields.method.id }),
    ...(fields.title !== undefined && { title: fields.title }),
    follow_time: timeOn(fields.day),
    system,
  }))
}

/** The records of a batch as follow/batchCreate takes them, about one of a few targets. */
export function batchRecords(target: string, fields: BatchFields, mark: string): object[] {
  return times(BATCH, () => ({
    target_type: fields.type,
    id: target,
    user_id: fields.user,
    contact_type: fields.method.name,
    follow_content: mark,
    target: { contact_id: fields.contact },
    ...(fields.title !== undefined && { title: fields.title }),
    follow_time: timeOn(fields.day),
  }))
}

/** Targets of the batches that are made over HTTP. */
export const MADE_TARGETS = times(40, (index) => `h${index}`)
