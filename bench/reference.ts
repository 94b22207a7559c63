/** A body of follow/list, as far as the bench uses it. */
export interface ListBody {
  readonly current_index: number
  readonly page_size: number
  readonly target_type?: number
  readonly follow_time_start?: string
  readonly follow_time_end?: string
  readonly follow_type_list?: readonly number[]
  readonly follow_user_ids?: readonly string[]
  readonly follow_dep_ids?: readonly number[]
  readonly target_id_list?: readonly string[]
}

/** What a page must show. */
export interface Expected {
  readonly total: number
  /** Ids of the page's records, in order. */
  readonly ids: readonly bigint[]
}

/** What a follow-up written by staff is found by. */
export interface Follow {
  readonly id: bigint
  readonly timeMs: number
  readonly userId: string
  readonly type: number
  readonly method: number
  readonly targetIds: ReadonlySet<string>
}

const DAY_MS = 86_400_000

/** The bundle's lines once more, answered by walking through all of them: the truth that answers are compared with. */
export class Reference {
  readonly #follows: Follow[] = []
  /** Department → the one above it. */
  readonly #departments = new Map<number, number | null>()
  /** Staff → their departments. */
  readonly #staff = new Map<string, readonly number[]>()
  #lines = 0

  /** Lines taken. */
  get lines(): number {
    return this.#lines
  }

  /** Notes a line of the bundle. */
  take(line: string): void {
    this.#lines++
    const fields = JSON.parse(line)
    if (fields.kind === 'department') this.#departments.set(fields.id, fields.parent_id)
    if (fields.kind === 'staff') this.#staff.set(fields.user_id, fields.department_ids)
    if (fields.kind === 'follow' && !fields.system) this.#follows.push(followOf(line, fields))
  }

  /** All values that follow-ups have, the one that most have first. */
  byUse<T>(valuesOf: (follow: Follow) => Iterable<T>): T[] {
    const counts = new Map<T, number>()
    for (const follow of this.#follows) {
      for (const value of valuesOf(follow)) counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    return [...counts].sort(([, a], [, b]) => b - a).map(([value]) => value)
  }

  /** The department whose staff, with those of the departments below it, is nearest to `count`. */
  departmentOfAbout(count: number): number {
    const away = (id: number) => Math.abs(this.#members(id).size - count)
    const [nearest] = [...this.#departments.keys()].sort((a, b) => away(a) - away(b))
    if (nearest === undefined) throw new Error('there are no departments')
    return nearest
  }

  /** What follow/list must answer, newest first (L1). */
  answer(body: ListBody): Expected {
    const found = this.#follows.filter(this.#matches(body))
    found.sort((a, b) => b.timeMs - a.timeMs || (a.id < b.id ? 1 : -1))
    const start = (body.current_index - 1) * body.page_size
    return { total: found.length, ids: found.slice(start, start + body.page_size).map(({ id }) => id) }
  }

  /** All that is given must hold (L2); days are included whole (L4), targets are any id (L6). */
  #matches(body: ListBody): (follow: Follow) => boolean {
    const from = body.follow_time_start ? midnightOf(body.follow_time_start) : -Infinity
    const before = body.follow_time_end ? midnightOf(body.follow_time_end) + DAY_MS : Infinity
    const members =
      body.follow_dep_ids && new Set(body.follow_dep_ids.flatMap((id) => [...this.#members(id)]))
    return ({ timeMs, type, method, userId, targetIds }) =>
      timeMs >= from &&
      timeMs < before &&
      (body.target_type === undefined || type === body.target_type) &&
      (body.follow_type_list?.includes(method) ?? true) &&
      (body.follow_user_ids?.includes(userId) ?? true) &&
      (members?.has(userId) ?? true) &&
      (body.target_id_list?.some((id) => targetIds.has(id)) ?? true)
  }

  /** Staff of a department and of those below it (L9). */
  #members(department: number): Set<string> {
    const isWithin = (id: number | null | undefined): boolean =>
      id !== null && id !== undefined && (id === department || isWithin(this.#departments.get(id)))
    return new Set([...this.#staff].filter(([, ids]) => ids.some(isWithin)).map(([userId]) => userId))
  }
}

/** A line of a follow-up, as far as it is looked at. */
interface FollowLine {
  readonly follow_user_id: string
  readonly follow_time: number
  readonly business_type: number
  readonly business_id: string
  readonly follow_type: number
  readonly target: Readonly<Record<string, string | boolean | null>>
}

/** The id is read from the text: 19 digits do not fit a double. */
function followOf(line: string, fields: FollowLine): Follow {
  const ids = [fields.business_id, ...Object.values(fields.target)].filter((id) => typeof id === 'string')
  return {
    id: BigInt(/"id":(\d+)/.exec(line)?.[1] ?? ''),
    timeMs: fields.follow_time,
    userId: fields.follow_user_id,
    type: fields.business_type,
    method: fields.follow_type,
    targetIds: new Set(ids),
  }
}

/** The start of a day in Asia/Shanghai, which has been at UTC+8 all the year since 1992. */
function midnightOf(day: string): number {
  return Date.parse(`${day}T00:00:00+08:00`)
}
