import { deserialize, serialize } from 'node:v8'
import { type Columns, ColumnsBuilder } from './reference-columns.ts'

/** What a list is filtered by, as far as the bench uses it: all documented filters. */
export interface Filter {
  readonly target_type?: number
  readonly target_id_list?: readonly string[]
  /** As text: 19 digits do not fit a double. */
  readonly id_list?: readonly string[]
  readonly follow_time_start?: string
  readonly follow_time_end?: string
  readonly follow_user_ids?: readonly string[]
  readonly follow_dep_ids?: readonly number[]
  readonly fetch_child?: 0 | 1
  readonly follow_type_list?: readonly number[]
  readonly follow_type_name?: string
  readonly title?: string
}

/** A body of follow/list. */
export interface ListBody extends Filter {
  readonly current_index: number
  readonly page_size: number
}

/** What a page must show. */
export interface Expected {
  readonly total: number
  /** Ids of the page's records, in order. */
  readonly ids: readonly bigint[]
}

/** A record as filters see it. */
export interface Follow {
  readonly id: bigint
  readonly timeMs: number
  readonly userId: string
  readonly type: number
  readonly method: number
  readonly title: string | null
  readonly targetIds: readonly string[]
}

const DAY_MS = 86_400_000
/** Positions of what was found that are kept, all lists together: 256 MB. */
const KEPT = 2 ** 26

/** Values in the order of their first use; columns hold positions. */
class Values<T> {
  readonly list: T[]
  readonly #positions: Map<T, number>

  constructor(list: T[] = []) {
    this.list = list
    this.#positions = new Map(list.map((value, at) => [value, at]))
  }

  positionOf(value: T): number {
    const known = this.#positions.get(value)
    if (known !== undefined) return known
    this.#positions.set(value, this.list.length)
    return this.list.push(value) - 1
  }

  find(value: T): number | undefined {
    return this.#positions.get(value)
  }

  /** 1 at the position of each of these. */
  mask(values: Iterable<T>): Uint8Array {
    const mask = new Uint8Array(this.list.length)
    for (const value of values) {
      const at = this.#positions.get(value)
      if (at !== undefined) mask[at] = 1
    }
    return mask
  }
}

/** What is kept of a reference between runs. */
interface Kept {
  readonly columns: Columns
  readonly departments: Map<number, number | null>
  readonly staff: Map<string, readonly number[]>
  readonly methodNames: Map<number, string>
  readonly users: string[]
  readonly methods: number[]
  readonly titles: (string | null)[]
  readonly targets: string[]
  readonly lines: number
}

/** The bundle's lines once more, answered by walking through all of them: the truth that answers are compared with. */
export class Reference {
  #builder = new ColumnsBuilder()
  #sorted: Columns | undefined
  /** Department → the one above it. */
  #departments = new Map<number, number | null>()
  /** Staff → their departments. */
  #staff = new Map<string, readonly number[]>()
  #methodNames = new Map<number, string>()
  #users = new Values<string>()
  #methods = new Values<number>()
  #titles = new Values<string | null>()
  #targets = new Values<string>()
  #lines = 0
  readonly #found = new Map<string, Uint32Array>()
  #foundLength = 0

  static read(bytes: Buffer): Reference {
    const kept = deserialize(bytes) as Kept
    const reference = new Reference()
    reference.#sorted = kept.columns
    reference.#departments = kept.departments
    reference.#staff = kept.staff
    reference.#methodNames = kept.methodNames
    reference.#users = new Values(kept.users)
    reference.#methods = new Values(kept.methods)
    reference.#titles = new Values(kept.titles)
    reference.#targets = new Values(kept.targets)
    reference.#lines = kept.lines
    return reference
  }

  write(): Buffer {
    const kept: Kept = {
      columns: this.#columns,
      departments: this.#departments,
      staff: this.#staff,
      methodNames: this.#methodNames,
      users: this.#users.list,
      methods: this.#methods.list,
      titles: this.#titles.list,
      targets: this.#targets.list,
      lines: this.#lines,
    }
    return serialize(kept)
  }

  /** Lines taken. */
  get lines(): number {
    return this.#lines
  }

  /** Follow-ups written by staff. */
  get total(): number {
    return this.#columns.ids.length
  }

  get departments(): number[] {
    return [...this.#departments.keys()]
  }

  get methodNames(): string[] {
    return [...this.#methodNames.values()]
  }

  nameOf(method: number): string {
    return this.#methodNames.get(method) as string
  }

  get titles(): string[] {
    return this.#titles.list.filter((title) => title !== null)
  }

  /** Notes a line of the bundle; all of them before the first question. */
  take(line: string): void {
    this.#lines++
    const fields = JSON.parse(line)
    if (fields.kind === 'department') this.#departments.set(fields.id, fields.parent_id)
    if (fields.kind === 'staff') this.#staff.set(fields.user_id, fields.department_ids)
    if (fields.kind === 'follow_type') this.#methodNames.set(fields.id, fields.name)
    if (fields.kind === 'follow' && !fields.system) this.#takeFollow(line, fields)
  }

  #takeFollow(line: string, fields: FollowLine): void {
    const ids = [fields.business_id, ...Object.values(fields.target)].filter((id) => typeof id === 'string')
    this.#builder.add({
      // Read from the text: 19 digits do not fit a double.
      id: BigInt(/"id":(\d+)/.exec(line)?.[1] ?? ''),
      timeMs: fields.follow_time,
      user: this.#users.positionOf(fields.follow_user_id),
      method: this.#methods.positionOf(fields.follow_type),
      title: this.#titles.positionOf(fields.title),
      type: fields.business_type,
      targets: [...new Set(ids)].map((id) => this.#targets.positionOf(id)),
    })
  }

  get #columns(): Columns {
    this.#sorted ??= this.#builder.sorted()
    return this.#sorted
  }

  /** The record at this place of the whole list, 0 the newest. */
  at(place: number): Follow {
    const { ids, times, users, methods, titles, types, targets, targetEnds } = this.#columns
    const own = targets.subarray(place === 0 ? 0 : targetEnds[place - 1], targetEnds[place])
    return {
      id: ids[place] as bigint,
      timeMs: times[place] as number,
      userId: this.#users.list[users[place] as number] as string,
      type: types[place] as number,
      method: this.#methods.list[methods[place] as number] as number,
      title: this.#titles.list[titles[place] as number] as string | null,
      targetIds: [...own].map((target) => this.#targets.list[target] as string),
    }
  }

  /** All methods, the one that most follow-ups have first; the same of staff. */
  methodsByUse(): number[] {
    return byUse(this.#columns.methods, this.#methods.list)
  }

  staffByUse(): string[] {
    return byUse(this.#columns.users, this.#users.list)
  }

  /** Departments whose staff, with those of the departments below, are nearest to `count`, the nearest first. */
  departmentsOfAbout(count: number): number[] {
    const away = (id: number) => Math.abs(this.members([id]).length - count)
    return this.departments.sort((a, b) => away(a) - away(b))
  }

  departmentsOf(userId: string): readonly number[] {
    return this.#staff.get(userId) ?? []
  }

  /** Staff of departments and, unless told otherwise, of those below them (L9). */
  members(departments: readonly number[], withChildren = true): string[] {
    const given = new Set(departments)
    const isWithin = (id: number | null | undefined): boolean =>
      id !== null &&
      id !== undefined &&
      (given.has(id) || (withChildren && isWithin(this.#departments.get(id))))
    return [...this.#staff].filter(([, ids]) => ids.some(isWithin)).map(([userId]) => userId)
  }

  /** What follow/list must answer, newest first (L1). */
  answer({ current_index, page_size, ...filter }: ListBody): Expected {
    const total = this.totalOf(filter)
    const start = (current_index - 1) * page_size
    const ids: bigint[] = []
    for (let at = start; at < Math.min(total, start + page_size); at++) ids.push(this.idAt(filter, at))
    return { total, ids }
  }

  totalOf(filter: Filter): number {
    return this.#isAll(filter) ? this.total : this.#positions(filter).length
  }

  idAt(filter: Filter, place: number): bigint {
    return this.#columns.ids[this.placeOf(filter, place)] as bigint
  }

  /** Where in the whole list the record at this place of a filtered one is. */
  placeOf(filter: Filter, place: number): number {
    return this.#isAll(filter) ? place : (this.#positions(filter)[place] as number)
  }

  #isAll(filter: Filter): boolean {
    return Object.keys(filter).length === 0
  }

  #positions(filter: Filter): Uint32Array {
    const key = JSON.stringify(filter)
    const known = this.#found.get(key)
    if (known) return known
    const positions = this.#find(filter)
    this.#foundLength += positions.length
    for (const [oldest, { length }] of this.#found) {
      if (this.#foundLength <= KEPT) break
      this.#found.delete(oldest)
      this.#foundLength -= length
    }
    this.#found.set(key, positions)
    return positions
  }

  /** All that is given must hold (L2); days are included whole (L4). */
  #find(filter: Filter): Uint32Array {
    const { times } = this.#columns
    const { follow_time_start: start, follow_time_end: end } = filter
    // The newest come first: those before a moment are what lies behind a place.
    const first = end === undefined ? 0 : countFrom(times, midnightOf(end) + DAY_MS)
    const last = start === undefined ? times.length : countFrom(times, midnightOf(start))
    const tests = this.#tests(filter)
    const found = new Uint32Array(Math.max(0, last - first))
    let count = 0
    for (let at = first; at < last; at++) if (tests.every((test) => test(at))) found[count++] = at
    return found.slice(0, count)
  }

  #tests(filter: Filter): ((at: number) => boolean)[] {
    const { users, methods, titles, types, ids } = this.#columns
    const tests: ((at: number) => boolean)[] = []
    const among = (column: Uint32Array | Uint16Array, mask: Uint8Array) =>
      tests.push((at) => mask[column[at] as number] === 1)
    if (filter.target_type !== undefined) tests.push((at) => types[at] === filter.target_type)
    if (filter.follow_user_ids) among(users, this.#users.mask(filter.follow_user_ids))
    if (filter.follow_dep_ids) {
      among(users, this.#users.mask(this.members(filter.follow_dep_ids, filter.fetch_child !== 0)))
    }
    if (filter.follow_type_list) among(methods, this.#methods.mask(filter.follow_type_list))
    if (filter.follow_type_name !== undefined) {
      const named = [...this.#methodNames].filter(([, name]) => name === filter.follow_type_name)
      among(methods, this.#methods.mask(named.map(([id]) => id)))
    }
    if (filter.title !== undefined) among(titles, this.#titles.mask([filter.title]))
    if (filter.target_id_list) tests.push(this.#aboutTargets(filter.target_id_list))
    if (filter.id_list) {
      const wanted = new Set(filter.id_list.map(BigInt))
      tests.push((at) => wanted.has(ids[at] as bigint))
    }
    return tests
  }

  /** Any id that the record is about (L6). */
  #aboutTargets(wanted: readonly string[]): (at: number) => boolean {
    const { targets, targetEnds } = this.#columns
    const mask = this.#targets.mask(wanted)
    return (at) => {
      for (let own = at === 0 ? 0 : (targetEnds[at - 1] as number); own < (targetEnds[at] as number); own++) {
        if (mask[targets[own] as number] === 1) return true
      }
      return false
    }
  }
}

/** A line of a follow-up, as far as it is looked at. */
interface FollowLine {
  readonly follow_user_id: string
  readonly follow_time: number
  readonly business_type: number
  readonly business_id: string
  readonly follow_type: number
  readonly title: string | null
  readonly target: Readonly<Record<string, string | boolean | null>>
}

function byUse<T>(column: Uint32Array | Uint16Array, values: readonly T[]): T[] {
  const counts = new Uint32Array(values.length)
  for (const value of column) counts[value] = (counts[value] as number) + 1
  const order = values.map((_, at) => at).sort((a, b) => (counts[b] as number) - (counts[a] as number))
  return order.map((at) => values[at] as T)
}

/** How many of these falling times are at or after a moment. */
function countFrom(times: Float64Array, momentMs: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] as number) >= momentMs) low = middle + 1
    else high = middle
  }
  return low
}

/** The start of a day in Asia/Shanghai, which has been at UTC+8 all the year since 1992. */
export function midnightOf(day: string): number {
  return Date.parse(`${day}T00:00:00+08:00`)
}
