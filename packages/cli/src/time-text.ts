import { wallText, zoneOf } from 'genjin-record'

/** An instant as people of a time zone read it, to the minute: `2026-12-01 14:30`. */
export function timeText(ms: number | null, timeZone: string): string {
  return ms === null ? '—' : wallText(zoneOf(timeZone).wall(ms)).slice(0, 16)
}
