/**
 * What follow-ups written by staff are found by, a column each: 10,000,000 take 380 MB. Newest first (L1) once sorted. But
 * for ids and times a column holds positions in the list of values of its reference.
 */
export interface Columns {
  readonly ids: BigInt64Array
  readonly times: Float64Array
  readonly follow_user_id: Uint32Array
  readonly follow_type: Uint32Array
  readonly title: Uint32Array
  readonly business_type: Uint32Array
  /** Target ids of record n: `targets` from `targetEnds[n - 1]` to `targetEnds[n]`. */
  readonly targets: Uint32Array
  readonly targetEnds: Uint32Array
}

const CODED = ['follow_user_id', 'follow_type', 'title', 'business_type'] as const

/** One record on its way into the columns. */
export interface Entry extends Readonly<Record<(typeof CODED)[number], number>> {
  readonly id: bigint
  readonly time: number
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
    columns.times[at] = entry.time
    for (const key of CODED) columns[key][at] = entry[key]
    for (const target of entry.targets) columns.targets[this.#targetLength++] = target
    columns.targetEnds[at] = this.#targetLength
  }

  /** The columns in the order of the list. */
  sorted(): Columns {
    const { ids, times, targets, targetEnds, ...coded } = this.#columns
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
      for (const key of CODED) sorted[key][at] = coded[key][from] as number
      const own = targets.subarray(from === 0 ? 0 : targetEnds[from - 1], targetEnds[from])
      sorted.targets.set(own, end)
      end += own.length
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
  const column = () => new Uint32Array(length)
  return {
    ids: new BigInt64Array(length),
    times: new Float64Array(length),
    follow_user_id: column(),
    follow_type: column(),
    title: column(),
    business_type: column(),
    targets: new Uint32Array(targets),
    targetEnds: column(),
  }
}
