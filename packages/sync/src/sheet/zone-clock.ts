const DAY_MS = 86_400_000

/** Days kept: a table's times are near each other, and memory must not grow with them. */
const KEPT = 10_000

/**
 * The wall clock of a time zone, never the process's own. Intl takes microseconds a call, and a table has millions of
 * times, so a zone's offset is kept by the day; on a day on which it changes Intl is asked for each time.
 */
export class ZoneClock {
  readonly #format: Intl.DateTimeFormat
  /** Day since 1970 in UTC → offset in ms, NaN where it changes within the day. */
  readonly #offsets = new Map<number, number>()

  /** @param timeZone IANA name; RangeError when there is no such zone */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** The local time, as the milliseconds at which a clock in UTC would show it. */
  wall(ms: number): number {
    const offset = this.#dayOffset(Math.floor(ms / DAY_MS))
    return ms + (Number.isNaN(offset) ? this.#exactOffset(ms) : offset)
  }

  /** The local time as yyyy-MM-dd HH:mm:ss. */
  text(ms: number): string {
    // After 9999 the ISO form has six digits and a sign.
    const iso = new Date(this.wall(ms)).toISOString().replace(/^\+0?/, '')
    return `${iso.slice(0, -14)} ${iso.slice(-13, -5)}`
  }

  #dayOffset(day: number): number {
    const known = this.#offsets.get(day)
    if (known !== undefined) return known
    const start = this.#exactOffset(day * DAY_MS)
    const offset = start === this.#exactOffset((day + 1) * DAY_MS) ? start : Number.NaN
    if (this.#offsets.size >= KEPT) this.#offsets.clear()
    this.#offsets.set(day, offset)
    return offset
  }

  #exactOffset(ms: number): number {
    const at: Record<string, number> = {}
    for (const { type, value } of this.#format.formatToParts(ms)) at[type] = Number(value)
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = at
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000
  }
}
