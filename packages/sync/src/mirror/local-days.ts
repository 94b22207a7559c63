const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** 9999-12-31, the last day there is (days since 1970). */
const LAST = 2_932_896

/**
 * Which calendar day of a time zone an instant belongs to, as the server's reconcile has it (C9): a day begins at the first
 * instant whose local date is that day or a later one.
 */
export class LocalDays {
  readonly #format: Intl.DateTimeFormat
  readonly #starts = new Map<number, number>()

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    })
  }

  /** `yyyy-MM-dd` */
  dayOf(ms: number): string {
    // Zones lie within a day of UTC.
    let day = Math.floor(ms / DAY_MS) + 1
    while (day > LAST || this.#start(day) > ms) day--
    return nameOf(day)
  }

  /** First instant of a day, and that of the next. */
  bounds(name: string): readonly [number, number] {
    const day = Date.parse(`${name}T00:00:00Z`) / DAY_MS
    return [this.#start(day), day >= LAST ? Number.MAX_SAFE_INTEGER : this.#start(day + 1)]
  }

  #start(day: number): number {
    let start = this.#starts.get(day)
    if (start === undefined) {
      start = this.#findStart(day)
      this.#starts.set(day, start)
    }
    return start
  }

  #findStart(day: number): number {
    const wanted = Number(nameOf(day).replaceAll('-', ''))
    let before = day * DAY_MS - 16 * HOUR_MS
    let after = day * DAY_MS + 16 * HOUR_MS
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (this.#localDate(middle) >= wanted) after = middle
      else before = middle
    }
    return after
  }

  /** yyyyMMdd as a number. */
  #localDate(ms: number): number {
    const found: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(ms)) found[type] = Number(value)
    return (found.year ?? 0) * 10_000 + (found.month ?? 0) * 100 + (found.day ?? 0)
  }
}

function nameOf(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
