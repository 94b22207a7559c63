import { ServiceError } from '../errors.ts'

/**
 * Calendar days of a time zone (C9), without the process's own zone. Days can have 23 or 25 hours (China had summer time
 * until 1991), midnight can be missing, and a whole day can be (Samoa, 2011-12-30): so a day's start is found as the
 * first instant whose local date is that day or a later one.
 */

const formats = new Map<string, Intl.DateTimeFormat>()
const starts = new Map<string, number>()

/** Entries kept of `starts`; a search takes about 50 µs. */
const KEPT = 10_000

const HOUR_MS = 3_600_000

export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone)
    return true
  } catch {
    return false
  }
}

/** The first instant of a day, in ms. `day` is `yyyy-MM-dd`. */
export function startOfDay(day: string, timeZone: string): number {
  const key = `${day} ${timeZone}`
  let start = starts.get(key)
  if (start === undefined) {
    start = findStart(day, timeZone)
    if (starts.size >= KEPT) starts.clear()
    starts.set(key, start)
  }
  return start
}

/** Throws unless the first day of a request is not after the last (L4). Days are `yyyy-MM-dd`. */
export function requireDaysInOrder(start: string, end: string): void {
  if (start <= end) return
  throw new ServiceError(
    'paramInvalid',
    `参数 follow_time_start（${start}）晚于 follow_time_end（${end}）：开始日期不能晚于结束日期`,
    { field: 'follow_time_start' },
  )
}

/** The day after, as `yyyy-MM-dd`. */
export function nextDay(day: string): string {
  const next = new Date(`${day}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  // After 9999-12-31 the ISO form has six digits and a sign.
  return next.getUTCFullYear() > 9999 ? '9999-12-31' : next.toISOString().slice(0, 10)
}

/** The local date of an instant as a number, yyyyMMdd: comparable. */
export function localDate(ms: number, timeZone: string): number {
  let year = 0
  let month = 0
  let date = 0
  for (const part of formatOf(timeZone).formatToParts(ms)) {
    if (part.type === 'year') year = Number(part.value)
    else if (part.type === 'month') month = Number(part.value)
    else if (part.type === 'day') date = Number(part.value)
  }
  return year * 10_000 + month * 100 + date
}

function findStart(day: string, timeZone: string): number {
  const wanted = Number(day.replaceAll('-', ''))
  const utc = Date.parse(`${day}T00:00:00Z`)
  // Zones lie between -12 and +14 hours of UTC, local mean times of the past included.
  let before = utc - 16 * HOUR_MS
  let after = utc + 16 * HOUR_MS
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (localDate(middle, timeZone) >= wanted) after = middle
    else before = middle
  }
  return after
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    })
    formats.set(timeZone, format)
  }
  return format
}
