/**
 * What the lists must answer of a company's records: a plain filter-sort-slice. Written from the rules, not from the server's
 * code. Records come from the change feed, which has them whole.
 */

// biome-ignore lint/suspicious/noExplicitAny: the feed's records, with any of their keys
export type Whole = Record<string, any>

/** A request to follow/list or listForSystem. */
export interface Request {
  readonly system: boolean
  readonly body: Readonly<Record<string, unknown>>
}

/** What the lists look up beside the records. */
export interface Directory {
  /** Department → the one above it. */
  readonly parents: ReadonlyMap<number, number | null>
  /** Staff → departments. */
  readonly members: ReadonlyMap<string, readonly number[]>
  /** Method → its present name. */
  readonly methods: ReadonlyMap<number, string>
}

/** An id as text, whatever it was written as. */
export function idText(record: Whole): string {
  return JSON.stringify(record.id)
}

/** The records of one instant, newest first (L1). */
export class Records {
  readonly #byId = new Map<string, Whole>()
  #sorted: Whole[] = []

  /** Applies a change of the feed. */
  apply(op: string, record: Whole): void {
    const id = idText(record)
    const old = this.#byId.get(id)
    if (old) this.#sorted.splice(this.#sorted.indexOf(old), 1)
    this.#byId.delete(id)
    if (op === 'delete') return
    this.#byId.set(id, record)
    this.#sorted.splice(this.#placeOf(record), 0, record)
  }

  get size(): number {
    return this.#byId.size
  }

  /** The page that a request asks for, and how many match in all (L2, L3, L12). */
  page({ system, body }: Request, directory: Directory): { total: number; records: Whole[] } {
    const matches = filterOf(system, body, directory)
    const all = this.#sorted.filter((record) => record.system === system && matches(record))
    const size = Number(body.page_size ?? 20)
    const from = (Number(body.current_index ?? 1) - 1) * size
    return { total: all.length, records: all.slice(from, from + size) }
  }

  #placeOf(record: Whole): number {
    let [low, high] = [0, this.#sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(this.#sorted[middle] as Whole, record)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function isBefore(a: Whole, b: Whole): boolean {
  if (a.follow_time !== b.follow_time) return a.follow_time > b.follow_time
  return BigInt(idText(a)) > BigInt(idText(b))
}

type Matches = (record: Whole) => boolean

function filterOf(system: boolean, body: Request['body'], directory: Directory): Matches {
  const listOf = (name: string) => body[name] as readonly unknown[] | undefined
  const { follow_time_start: from, follow_time_end: to } = body as Record<string, string | undefined>
  const given: Matches[] = []
  const one = (value: unknown, of: Matches) => value !== undefined && given.push(of)
  const some = (name: string, of: (record: Whole) => readonly unknown[]) => {
    const values = listOf(name)
    if (values) given.push((record) => of(record).some((value) => values.includes(value)))
  }
  one(body.target_type, (record) => record.business_type === body.target_type)
  some('target_id_list', (record) => [record.business_id, ...Object.values(record.target)])
  some('id_list', (record) => [record.id])
  some('follow_user_ids', (record) => [record.follow_user_id])
  some('follow_dep_ids', (record) =>
    (directory.members.get(record.follow_user_id) ?? []).flatMap((own) =>
      body.fetch_child === 0 ? [own] : atAndAbove(directory, own),
    ),
  )
  // The list of system follow-ups does not know these two (L14).
  if (!system) {
    some('follow_type_list', (record) => [record.follow_type])
    one(
      body.follow_type_name,
      (record) => directory.methods.get(record.follow_type) === body.follow_type_name,
    )
  }
  one(body.title, (record) => record.title === body.title)
  if (from !== undefined) given.push((record) => dayText(record.follow_time) >= from)
  if (to !== undefined) given.push((record) => dayText(record.follow_time) <= to)
  return (record) => given.every((matches) => matches(record))
}

function atAndAbove(directory: Directory, department: number): number[] {
  const parent = directory.parents.get(department)
  return [department, ...(parent == null ? [] : atAndAbove(directory, parent))]
}

/** The day of an instant in Shanghai, which has had no summer time in the years of these tests. */
export function dayText(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10)
}

/** Whether a record is listed as it is, with the method's present name (L13). */
export function isListedAs(listed: Whole, record: Whole, directory: Directory): boolean {
  return Object.entries(listed).every(([key, value]) => {
    const expected =
      key === 'follow_type_desc' ? (directory.methods.get(record.follow_type) ?? null) : record[key]
    return value === expected || JSON.stringify(value) === JSON.stringify(expected)
  })
}
