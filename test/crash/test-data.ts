import { type Directory, dayOf } from '../oracle/follow-list.ts'

/** The company that the crash tests write in: what there is in it, and random records of it. */

export const TYPES = [1, 3, 4, 12]
export const FOLLOW_TYPES = [
  { id: 1, name: '上门' },
  { id: 2, name: '短信' },
  { id: 3, name: '微信' },
  { id: 4, name: '展会' },
]
/** Staff → departments. One is in two, one in none. */
const DEPARTMENTS_OF: Readonly<Record<string, readonly number[]>> = {
  zhang: [11],
  李雷: [12],
  '🙂': [21],
  Zhang: [11, 22],
  张: [22],
  gone: [],
}
export const STAFF = Object.keys(DEPARTMENTS_OF)
/** Department → the one above it. */
const PARENTS: Readonly<Record<string, string | null>> = {
  1: null,
  2: null,
  11: '1',
  12: '1',
  21: '2',
  22: '2',
}
export const DEPARTMENTS = Object.keys(PARENTS).map(Number)
export const TITLES = ['回访', '回访 ', '🎉']
/** Targets that many records share. */
export const CONTACTS = ['k1', 'k2', 'k3']

export const DIRECTORY: Directory = {
  parents: new Map(Object.entries(PARENTS)),
  members: new Map(Object.entries(DEPARTMENTS_OF)),
  followTypes: new Map(FOLLOW_TYPES.map(({ id, name }) => [String(id), { name }])),
}

/** The lines of a bundle that make it. */
export const DIRECTORY_LINES: readonly object[] = [
  ...Object.entries(PARENTS).map(([id, parent]) => ({
    kind: 'department',
    id: Number(id),
    name: id,
    ...(parent !== null && { parent_id: parent }),
  })),
  ...Object.entries(DEPARTMENTS_OF).map(([id, departments]) => ({
    kind: 'staff',
    user_id: id,
    name: id,
    department_ids: departments,
  })),
  ...FOLLOW_TYPES.map((type) => ({ kind: 'follow_type', ...type })),
]

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

export function oneOf<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T
}

/** So many of these, none twice. */
export function some<T>(values: readonly T[], count: number): T[] {
  return [...values].sort(() => Math.random() - 0.5).slice(0, count)
}

export function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

/** Counts by name, as a report shows them. */
export function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort())
}

/** Seventy days in a row, so that every block of 32 days begins and ends among them; and some far away. */
export const DAYS = [
  ...times(70, (index) => dayOf(Date.parse('2024-12-10T00:00:00+08:00') + index * 86_400_000)),
  // The first that create takes is 1973-01-01 in UTC.
  '1973-01-02',
  '2023-12-31',
  '2024-01-01',
  '2024-02-29',
  '2024-03-01',
  '2025-06-30',
  '2025-07-01',
  '9999-12-31',
]
/** Where most records are: a page is full of one day. */
const BUSY = ['2024-12-31', '2025-01-01', '2025-01-31', '2025-02-01']

export function anyDay(): string {
  return oneOf(Math.random() < 0.4 ? BUSY : DAYS)
}

/** Some time (ms) of a day, its first and last millisecond among them. */
export function timeOn(day: string): number {
  const midnight = Date.parse(`${day}T00:00:00+08:00`)
  return midnight + oneOf([0, 86_399_999, Math.floor(Math.random() * 86_400_000)])
}
