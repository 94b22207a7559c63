import type { Random } from './random.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Asia/Shanghai is UTC+8 with no summer time since 1992, and demo data lies after that. */
const SHANGHAI_MS = 8 * HOUR_MS

/** The first moment of a `yyyy-MM-dd` day in Asia/Shanghai, in milliseconds; RangeError if there is no such day. */
export function dayStart(day: string): number {
  const start = Date.parse(`${day}T00:00:00Z`) - SHANGHAI_MS
  if (Number.isNaN(start) || dayText(start) !== day || day < '1992') throw new RangeError(`not a day: ${day}`)
  return start
}

/** The day of a moment in Asia/Shanghai, `yyyy-MM-dd`. */
export function dayText(ms: number): string {
  return new Date(ms + SHANGHAI_MS).toISOString().slice(0, 10)
}

/** Midnight in Asia/Shanghai before a moment. */
export function midnightBefore(ms: number): number {
  return ms - ((ms + SHANGHAI_MS) % DAY_MS)
}

/** A moment in Asia/Shanghai, `yyyy-MM-dd HH:mm:ss`. */
export function momentText(ms: number): string {
  return new Date(ms + SHANGHAI_MS).toISOString().slice(0, 19).replace('T', ' ')
}

/** New Year, Labour Day and National Day. */
const FIXED_HOLIDAYS = /-(01-01|05-0[1-3]|10-0[1-6])$/

/** First days of the lunar year: nobody sells in the week that follows. */
const LUNAR_NEW_YEARS = ['2024-02-10', '2025-01-29', '2026-02-17', '2027-02-06', '2028-01-26']

function isHoliday(start: number): boolean {
  if (FIXED_HOLIDAYS.test(dayText(start))) return true
  return LUNAR_NEW_YEARS.some((first) => {
    const passed = start - dayStart(first)
    return passed >= -DAY_MS && passed < 7 * DAY_MS
  })
}

/** For each day the share of all work done before it, from 0; one entry more than days, the last one 1. */
export function workBefore(firstMs: number, days: number): Float64Array {
  const before = new Float64Array(days + 1)
  for (let day = 0; day < days; day++) {
    const start = firstMs + day * DAY_MS
    const weekday = new Date(start + SHANGHAI_MS).getUTCDay()
    const rest = weekday === 0 || weekday === 6
    // Business grows by half over the span.
    const growth = 1 + day / days / 2
    before[day + 1] = (before[day] as number) + (isHoliday(start) ? 0.04 : rest ? 0.1 : 1) * growth
  }
  const all = before[days] as number
  return before.map((sum) => sum / all)
}

/** How many of `total` fall on `day`; over all days they add up to `total` exactly. */
export function shareOfDay(total: number, before: Float64Array, day: number): number {
  return Math.round(total * (before[day + 1] as number)) - Math.round(total * (before[day] as number))
}

/** A moment of the day at which staff write things down, in milliseconds from midnight. */
export function workMoment(random: Random): number {
  const kind = random.fraction()
  const position = random.fraction()
  if (kind < 0.42) return Math.floor((9 + position * 3) * HOUR_MS)
  if (kind < 0.94) return Math.floor((13.5 + position * 5) * HOUR_MS)
  if (kind < 0.985) return Math.floor((18.5 + position * 4) * HOUR_MS)
  return Math.floor((7.5 + position * 1.5) * HOUR_MS)
}
