/** What follow-ups written by staff are found by, a column each: 10,000,000 take 300 MB. Newest first (L1) once sorted. */
export interface Columns {
  readonly ids: BigInt64Array
  readonly times: Float64Array
  /** Positions in the lists of the reference. */
  readonly users: Uint32Array
  readonly methods: Uint16Array
  readonly titles: Uint16Array
  readonly types: Uint8Array
  /** Target ids of record n: `targets` from `targetEnds[n - 1]` to `targetEnds[n]`. */
  readonly targets: Uint32Array
  readonly targetEnds: Uint32Array
}

/** One record on its way into the columns. */
export interface Entry {
  readonly id: bigint
  readonly timeMs: number
  readonly user: number
  readonly method: number
  readonly title: number
  readonly type: number
  readonly targets: readonly number[]
}

/** Columns that grow. */
export class ColumnsBuilder {
  #length = 0
  #targetLength = 0
  #columns = emptyColumns(1024, 2048)

  add(entry: Entry): void {
    const columns = this.#withRoom(entry.targets.length)
    const at = this.#length++
    columns.ids[at] = entry.id
    columns.times[at] = entry.timeMs
    columns.users[at] = entry.user
    columns.methods[at] = entry.method
    columns.titles[at] = entry.title
    columns.types[at] = entry.type
    for (const target of entry.targets) columns.targets[this.#targetLength++] = target
    columns.targetEnds[at] = this.#targetLength
  }

  /** The columns in the order of the list. */
  sorted(): Columns {
    const { ids, times, ...rest } = this.#columns
    const order = new Uint32Array(this.#length).map((_, at) => at)
    order.sort((a, b) => {
      const later = (times[b] as number) - (times[a] as number)
      return later !== 0 ? later : (ids[a] as bigint) < (ids[b] as bigint) ? 1 : -1
    })
    const sorted = emptyColumns(this.#length, this.#targetLength)
    let end = 0
    for (const [at, from] of order.entries()) {
      sorted.ids[at] = ids[from] as bigint
      sorted.times[at] = times[from] as number
      sorted.users[at] = rest.users[from] as number
      sorted.methods[at] = rest.methods[from] as number
      sorted.titles[at] = rest.titles[from] as number
      sorted.types[at] = rest.types[from] as number
      const first = from === 0 ? 0 : (rest.targetEnds[from - 1] as number)
      for (let target = first; target < (rest.targetEnds[from] as number); target++) {
        sorted.targets[end++] = rest.targets[target] as number
      }
      sorted.targetEnds[at] = end
    }
    return sorted
  }

  #withRoom(targets: number): Columns {
    const { ids, targets: held } = this.#columns
    if (this.#length < ids.length && this.#targetLength + targets <= held.length) return this.#columns
    const larger = emptyColumns(ids.length * 2, held.length * 2)
    for (const name of Object.keys(larger) as (keyof Columns)[])
      larger[name].set(this.#columns[name] as never)
    this.#columns = larger
    return larger
  }
}

function emptyColumns(length: number, targets: number): Columns {
  return {
    ids: new BigInt64Array(length),
    times: new Float64Array(length),
    users: new Uint32Array(length),
    methods: new Uint16Array(length),
    titles: new Uint16Array(length),
    types: new Uint8Array(length),
    targets: new Uint32Array(targets),
    targetEnds: new Uint32Array(length),
  }
}
