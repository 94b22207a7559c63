import {
  type Conditions,
  conditionsOf,
  type Directory,
  type Json,
  type Key,
  membersOf,
} from '../test/oracle/follow-list.ts'
import { type Columns, ColumnsBuilder, type Entry } from './reference-columns.ts'
import { ReferenceIndex } from './reference-index.ts'

/** The conditions of follow/list, with ids as text where 19 digits do not fit a double. */
export interface Filter {
  readonly target_type?: number
  readonly target_id_list?: readonly string[]
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

/** The conditions of a body. */
export function filterOf({ current_index: _page, page_size: _size, ...filter }: ListBody): Filter {
  return filter
}

/** A record as filters see it. */
export type Follow = ReturnType<Reference['at']>

/** Positions of what was found that are kept, all lists together: 256 MB. */
const MAX_KEPT_POSITIONS = 2 ** 26

interface BenchDirectory extends Directory {
  readonly parents: Map<string, string | null>
  readonly members: Map<string, readonly number[]>
  readonly followTypes: Map<string, { readonly name: string }>
}

/**
 * The oracle of follow/list (test/oracle) over millions of follow-ups: the lines of a bundle in columns, every value as its
 * position in one list of values. A question is answered by walking through the columns.
 */
export class Reference {
  #builder = new ColumnsBuilder()
  #sorted: Columns | undefined
  #index: ReferenceIndex | undefined
  readonly #system: boolean
  readonly #directory: BenchDirectory = { parents: new Map(), members: new Map(), followTypes: new Map() }
  /** Every value of a column, in the order of first use, and where it is. */
  readonly #values: unknown[] = []
  readonly #positions = new Map<unknown, number>()
  #lines = 0
  readonly #found = new Map<string, Uint32Array>()
  #foundLength = 0

  /** @param system of listForSystem, not of follow/list */
  constructor(system = false) {
    this.#system = system
  }

  /** Lines taken. */
  get lines(): number {
    return this.#lines
  }

  /** Follow-ups that it is about. */
  get total(): number {
    return this.#columns.ids.length
  }

  get departments(): number[] {
    return [...this.#directory.parents.keys()].map(Number)
  }

  get followTypeNames(): string[] {
    return [...this.#directory.followTypes.values()].map(({ name }) => name)
  }

  nameOf(followType: number): string {
    return this.#directory.followTypes.get(String(followType))?.name as string
  }

  get titles(): string[] {
    const titles = [...this.#countsOf('title').keys()].map((position) => this.#values[position])
    return titles.filter((title) => title !== null) as string[]
  }

  /** Notes a line of the bundle, and what it holds; all of them before the first question. */
  take(line: string, fields: Json): void {
    this.#lines++
    const { parents, members, followTypes } = this.#directory
    if (fields.kind === 'department') parents.set(String(fields.id), fields.parent_id?.toString() ?? null)
    if (fields.kind === 'staff') members.set(fields.user_id as string, fields.department_ids as number[])
    if (fields.kind === 'follow_type') followTypes.set(String(fields.id), { name: fields.name as string })
    if (fields.kind === 'follow' && fields.system === this.#system) {
      this.#builder.add(this.#entryOf(line, fields))
    }
  }

  #entryOf(line: string, fields: Json): Entry {
    const targets = [fields.business_id, ...Object.values(fields.target as Json)]
    return {
      // Read from the text: 19 digits do not fit a double.
      id: BigInt(/"id":(\d+)/.exec(line)?.[1] ?? ''),
      time: fields.follow_time as number,
      follow_user_id: this.#positionOf(fields.follow_user_id),
      follow_type: this.#positionOf(String(fields.follow_type)),
      title: this.#positionOf(fields.title),
      business_type: this.#positionOf(fields.business_type),
      targets: [...new Set(targets.filter((id) => typeof id === 'string'))].map((id) => this.#positionOf(id)),
    }
  }

  #positionOf(value: unknown): number {
    const known = this.#positions.get(value)
    if (known !== undefined) return known
    this.#positions.set(value, this.#values.length)
    return this.#values.push(value) - 1
  }

  get #columns(): Columns {
    this.#sorted ??= this.#builder.sorted()
    return this.#sorted
  }

  /** The record at this place of the whole list, 0 the newest. */
  at(place: number) {
    const { ids, times, targets, targetEnds, ...coded } = this.#columns
    const value = (key: keyof typeof coded) => this.#values[coded[key][place] as number]
    const own = targets.subarray(place === 0 ? 0 : targetEnds[place - 1], targetEnds[place])
    return {
      id: ids[place] as bigint,
      timeMs: times[place] as number,
      userId: value('follow_user_id') as string,
      type: value('business_type') as number,
      /** None of a follow-up by the system. */
      followType: this.#system ? null : Number(value('follow_type')),
      title: value('title') as string | null,
      targetIds: [...own].map((target) => this.#values[target] as string),
    }
  }

  /** All follow types, the one that most follow-ups have first; the same of staff. */
  followTypesByUse(): number[] {
    return this.#byUse('follow_type').map(Number)
  }

  staffByUse(): string[] {
    return this.#byUse('follow_user_id') as string[]
  }

  #byUse(key: 'follow_type' | 'follow_user_id'): unknown[] {
    return [...this.#countsOf(key)].sort(([, a], [, b]) => b - a).map(([position]) => this.#values[position])
  }

  /** Positions of a column's values, in the order of first use, and how many records have each. */
  #countsOf(key: 'follow_type' | 'follow_user_id' | 'title'): Map<number, number> {
    const counts = new Uint32Array(this.#values.length)
    for (const position of this.#columns[key]) counts[position] = (counts[position] as number) + 1
    return new Map([...counts.entries()].filter(([, count]) => count > 0))
  }

  /** Ids of targets and how many follow-ups each has, the one with the most first. */
  targetsByUse(): [id: string, count: number][] {
    return this.#indexed
      .targetCounts()
      .map(([position, count]) => [this.#values[position] as string, count] as [string, number])
      .sort(([, a], [, b]) => b - a)
  }

  get #indexed(): ReferenceIndex {
    this.#index ??= new ReferenceIndex(this.#columns, this.#values.length)
    return this.#index
  }

  /** Departments whose staff, with those of the departments below, are nearest to `count`, the nearest first. */
  departmentsOfAbout(count: number): number[] {
    const away = (id: number) => Math.abs(this.members([id]).length - count)
    return this.departments.sort((a, b) => away(a) - away(b))
  }

  departmentsOf(userId: string): readonly number[] {
    return this.#directory.members.get(userId) ?? []
  }

  /** Staff of departments and of those below them (L9). */
  members(departments: readonly number[]): string[] {
    return membersOf(this.#directory, departments.map(String))
  }

  /** Ids of the records that follow/list must answer, newest first (L1). */
  idsOf({ current_index, page_size, ...filter }: ListBody): bigint[] {
    const total = this.totalOf(filter)
    const start = (current_index - 1) * page_size
    const ids: bigint[] = []
    for (let at = start; at < Math.min(total, start + page_size); at++) ids.push(this.idAt(filter, at))
    return ids
  }

  totalOf(filter: Filter): number {
    return this.#isAll(filter) ? this.total : this.#positionsFor(filter).length
  }

  idAt(filter: Filter, place: number): bigint {
    return this.#columns.ids[this.placeOf(filter, place)] as bigint
  }

  /** Where in the whole list the record at this place of a filtered one is. */
  placeOf(filter: Filter, place: number): number {
    return this.#isAll(filter) ? place : (this.#positionsFor(filter)[place] as number)
  }

  #isAll(filter: Filter): boolean {
    return Object.keys(filter).length === 0
  }

  #positionsFor(filter: Filter): Uint32Array {
    const key = JSON.stringify(filter)
    const known = this.#found.get(key)
    if (known) return known
    const positions = this.#find(
      conditionsOf({ system: this.#system, body: filter as Json }, this.#directory),
    )
    this.#foundLength += positions.length
    for (const [oldest, { length }] of this.#found) {
      if (this.#foundLength <= MAX_KEPT_POSITIONS) break
      this.#found.delete(oldest)
      this.#foundLength -= length
    }
    this.#found.set(key, positions)
    return positions
  }

  #find({ among, from, before }: Conditions): Uint32Array {
    const { times } = this.#columns
    // The newest come first: days are a range of places.
    const [first, end] = [countFrom(times, before), countFrom(times, from)]
    const lookedUp = among.find(([key]) => key === 'id') ?? among.find(([key]) => key === 'targets')
    const tests = among
      .filter((condition) => condition !== lookedUp)
      .map(([key, values]) => this.#testOf(key, values))
    const meetsAll = (at: number) => tests.every((test) => test(at))
    if (lookedUp) return this.#placesOf(lookedUp).filter((at) => at >= first && at < end && meetsAll(at))
    const found = new Uint32Array(Math.max(0, end - first))
    let count = 0
    for (let at = first; at < end; at++) if (meetsAll(at)) found[count++] = at
    return found.slice(0, count)
  }

  /** Where the records with one of these ids or targets are, the newest first. */
  #placesOf([key, values]: Conditions['among'][number]): Uint32Array {
    if (key === 'id') return this.#indexed.placesOfIds([...values].map((id) => BigInt(id as string)))
    const positions = [...values].map((value) => this.#positions.get(value))
    return this.#indexed.placesOfTargets(positions.filter((position) => position !== undefined))
  }

  #testOf(key: Key, values: ReadonlySet<unknown>): (at: number) => boolean {
    const { ids, targets, targetEnds } = this.#columns
    if (key === 'id') {
      const wanted = new Set([...values].map((id) => BigInt(id as string)))
      return (at) => wanted.has(ids[at] as bigint)
    }
    const isWanted = new Uint8Array(this.#values.length)
    for (const value of values) {
      const position = this.#positions.get(value)
      if (position !== undefined) isWanted[position] = 1
    }
    if (key !== 'targets') {
      const column = this.#columns[key]
      return (at) => isWanted[column[at] as number] === 1
    }
    return (at) => {
      for (let own = at === 0 ? 0 : (targetEnds[at - 1] as number); own < (targetEnds[at] as number); own++) {
        if (isWanted[targets[own] as number] === 1) return true
      }
      return false
    }
  }
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
