import { isRawNumber } from 'genjin-client'
import type { Kind } from './engine.ts'

export type FieldType = 'text' | 'number' | 'date' | 'datetime' | 'single' | 'multi'

export const KIND_OF: Readonly<Record<FieldType, Kind>> = {
  text: 'text',
  number: 'number',
  date: 'date',
  datetime: 'datetime',
  single: 'text',
  multi: 'text',
}

/** Makes the value for the column of a custom field, or null where it does not fit: imports are not checked (F2). */
export type Converter = (value: unknown) => string | null

/** The same leniency as the server's check of `field_map` (F2). */
export function converterOf(
  type: FieldType,
  options: readonly { id: string; name: string }[] | null,
  timeZone: string,
): Converter {
  const convert = plainConverter(type, options, timeZone)
  return (value) => {
    if (value === null || value === undefined) return null
    const text = convert(value)
    // PostgreSQL cannot hold it, and genjin never sends it (C8).
    return text?.includes('\0') ? null : text
  }
}

function plainConverter(
  type: FieldType,
  options: readonly { id: string; name: string }[] | null,
  timeZone: string,
): Converter {
  if (type === 'text') return textOf
  if (type === 'number') return numberOf
  if (type === 'date') return (value) => (typeof value === 'string' && isDay(value) ? value : null)
  if (type === 'datetime') return datetimeConverter(timeZone)
  const names = new Map((options ?? []).map(({ id, name }) => [id, name]))
  const option = (value: unknown) => optionName(names, value)
  return type === 'single' ? option : (value) => optionNames(option, value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE]([+-]?\d+))?$/

/** Longest number, and largest exponent, that a column takes: far more than doubles hold, far less than `numeric` can. */
const MOST_DIGITS = 400

function numberOf(value: unknown): string | null {
  const isText = typeof value === 'string' || typeof value === 'number'
  if (!isText && !isRawNumber(value)) return null
  const text = isText ? String(value).trim() : String(value.rawJSON)
  const match = text.length <= MOST_DIGITS ? NUMBER.exec(text) : null
  if (!match || Math.abs(Number(match[1] ?? 0)) > MOST_DIGITS) return null
  return Number.isFinite(Number(text)) ? text : null
}

/** A day that there is, of the years 1 to 9999. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

const MOMENT = /^(\d{4}-\d{2}-\d{2}) ((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d))?$/

/** From 1973, what is smaller are seconds (F2), to 9999. */
const [FIRST_MS, LAST_MS] = [100_000_000_000, 253_402_300_799_999]

function datetimeConverter(timeZone: string): Converter {
  const wall = wallClock(timeZone)
  return (value) => {
    const [, day, minute, second = '00'] = (typeof value === 'string' && MOMENT.exec(value)) || []
    if (day !== undefined) return isDay(day) ? `${day} ${minute}:${second}` : null
    const ms = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
    if (typeof ms !== 'number' || !Number.isSafeInteger(ms) || ms < FIRST_MS || ms > LAST_MS) return null
    return wall(ms)
  }
}

/** `yyyy-MM-dd HH:mm:ss`, with milliseconds where there are any; null past the year 9999. */
function wallClock(timeZone: string): (ms: number) => string | null {
  const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  return (ms) => {
    const p: Record<string, string> = {}
    for (const { type, value } of format.formatToParts(ms)) p[type] = value
    if (p.year?.length !== 4) return null
    const fraction = ms % 1000 === 0 ? '' : `.${String(ms % 1000).padStart(3, '0')}`
    return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second}${fraction}`
  }
}

/** The option's name, or its id where that is not known. An option is its id, or an object with it. */
function optionName(names: ReadonlyMap<string, string>, value: unknown): string | null {
  const isObject = typeof value === 'object' && value !== null && !isRawNumber(value)
  const given = isObject ? (value as { id?: unknown }).id : value
  const id = isRawNumber(given) ? given.rawJSON : given
  if ((typeof id !== 'string' && typeof id !== 'number') || id === '') return null
  return names.get(String(id)) ?? String(id)
}

function optionNames(option: Converter, value: unknown): string | null {
  if (!Array.isArray(value) || value.length === 0) return null
  const found = value.map(option)
  return found.includes(null) ? null : found.join('、')
}
