const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** The last day and the last instant of the wire (UTC). */
export const LAST_DAY = '9999-12-31'
export const LAST_MS = 253_402_300_799_999

/** The Gregorian calendar repeats every 400 years, weekdays included. */
const CYCLE_YEARS = 400
const CYCLE_MS = 146_097 * DAY_MS

/** Days remembered per zone. Requests and tables keep to few days, but memory must not grow with them. */
const KEPT = 10_000

/** Whether a text is a day that exists, `yyyy-MM-dd`, of the years 1 to 9999. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '0001-01-01') return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** The UTC day of an instant in ms, `yyyy-MM-dd`; LAST_DAY after the year 9999. */
export function utcDay(ms: number): string {
  return new Date(Math.min(ms, LAST_MS)).toISOString().slice(0, 10)
}

/** Never later than LAST_DAY. */
export function addDays(day: string, days: number): string {
  return utcDay(Date.parse(day) + days * DAY_MS)
}

/** LAST_DAY is followed by itself. */
export function nextDay(day: string): string {
  return addDays(day, 1)
}

export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

/** @throws RangeError when there is no zone of this IANA name */
export function zoneOf(name: string): Zone {
  let zone = zones.get(name)
  if (!zone) {
    zone = new Zone(name)
    zones.set(name, zone)
  }
  return zone
}

/** Holds valid names only, of which there are about 600. */
const zones = new Map<string, Zone>()

/**
 * The calendar and the wall clock of a time zone (C9), independent of the process's own zone. Days can have 23 or 25 hours
 * (China had summer time until 1991), midnight can be missing, and so can a whole day (Samoa, 2011-12-30).
 *
 * A wall time is the local time as the ms at which a clock in UTC shows it. Intl takes about 2 µs a call and a table has
 * millions of times, so the zone's offset is remembered by day.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat
  /** UTC day since 1970 → offset in ms, NaN where it changes within the day. */
  readonly #offsets = new Map<number, number>()
  /** Local day since 1970 → its first instant. */
  readonly #starts = new Map<number, number>()

  /** @param name IANA name; RangeError when there is no such zone */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** The wall time of an instant. */
  wall(ms: number): number {
    // Intl ends at the year 275760, 7 % below the largest safe integer.
    const shift = Math.max(0, Math.ceil((ms - LAST_MS) / CYCLE_MS)) * CYCLE_MS
    const known = ms - shift
    const offset = this.#dayOffset(Math.floor(known / DAY_MS))
    return ms + (Number.isNaN(offset) ? this.#exactOffset(known) : offset)
  }

  /** The first instant of a day (`yyyy-MM-dd`) in ms. */
  startOfDay(day: string): number {
    return this.#start(Date.parse(day) / DAY_MS)
  }

  /** The first instant after a day, in ms; after LAST_DAY the largest safe integer. */
  endOfDay(day: string): number {
    return day === LAST_DAY ? Number.MAX_SAFE_INTEGER : this.#start(Date.parse(day) / DAY_MS + 1)
  }

  /** The day that an instant belongs to: the last one that has begun by then. It can differ from the date on the wall where clocks are set back over midnight. */
  dayOf(ms: number): string {
    // Zones lie within a day of UTC.
    let day = Math.min(Math.floor(ms / DAY_MS) + 1, LAST)
    while (this.#start(day) > ms) day--
    return utcDay(day * DAY_MS)
  }

  #start(day: number): number {
    let start = this.#starts.get(day)
    if (start === undefined) {
      start = this.#findStart(day)
      if (this.#starts.size >= KEPT) this.#starts.clear()
      this.#starts.set(day, start)
    }
    return start
  }

  /** The first instant whose local date is that day or a later one. */
  #findStart(day: number): number {
    // Zones lie between -12 and +14 hours of UTC, local mean times of the past included.
    let before = day * DAY_MS - 16 * HOUR_MS
    let after = day * DAY_MS + 16 * HOUR_MS
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (this.wall(middle) >= day * DAY_MS) after = middle
      else before = middle
    }
    return after
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
    const wall = new Date(0)
    // Date.UTC takes the years 0 to 99 for those of the 20th century.
    wall.setUTCFullYear(year, month - 1, day)
    wall.setUTCHours(hour, minute, second)
    return wall.getTime() - Math.floor(ms / 1000) * 1000
  }
}

/** LAST_DAY in days since 1970. */
const LAST = 2_932_896

/** A wall time as `yyyy-MM-dd HH:mm:ss`, without its milliseconds; after 9999 the year has more digits. */
export function wallText(wall: number): string {
  const cycles = Math.max(0, Math.ceil((wall - LAST_MS) / CYCLE_MS))
  const iso = new Date(wall - cycles * CYCLE_MS).toISOString()
  const year = cycles === 0 ? iso.slice(0, 4) : Number(iso.slice(0, 4)) + cycles * CYCLE_YEARS
  return `${year}${iso.slice(4, 10)} ${iso.slice(11, 19)}`
}
