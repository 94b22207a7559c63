import type { Integer } from './record.ts'

/** What stands in a cell: in a column of times a number is a time in ms, in one of numbers a number. */
export type Cell = string | number | null

/** Digits that a spreadsheet keeps of a number. */
const DIGITS = 15

/** The years 1973 to 9999: a smaller number could be seconds (the server's rule for custom fields). */
const FIRST_MS = 100_000_000_000
const LAST_MS = 253_402_300_799_999

/** A value's own text; what is not a text, its JSON, in which numbers are exact. */
export function exactText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export function integerText(value: Integer | null | undefined): string | null {
  return typeof value === 'bigint' ? String(value) : exactText(value)
}

/** A number where a spreadsheet holds it without a change, also when it was written as a text; else its exact text. */
export function exactNumber(value: unknown): Cell {
  const text = exactText(value)
  if (text === null) return null
  const number = Number(text)
  return String(number) === text && isHeld(number) ? number : text
}

function isHeld(number: number): boolean {
  if (!Number.isFinite(number)) return false
  const [digits = ''] = String(Math.abs(number)).split('e')
  return digits.replace('.', '').replace(/^0+/, '').length <= DIGITS
}

/** A time in ms, also as digits; what is none, as its exact text. */
export function moment(value: unknown): Cell {
  const text = exactText(value)
  if (text === null || !/^\d+$/.test(text)) return text
  const ms = Number(text)
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : text
}

/** Lists in one cell. */
export function joined(texts: readonly string[]): string {
  return texts.join('、')
}
