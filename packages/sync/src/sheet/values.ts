import { exactText, numberText } from 'genjin-record'
import type { Integer } from './record.ts'

/** What stands in a cell: in a column of times a number is a wall time (see Zone), in one of numbers a number. */
export type Cell = string | number | null

/** Digits that a spreadsheet keeps of a number. */
const DIGITS = 15

export function integerText(value: Integer | null | undefined): string | null {
  return value === null || value === undefined ? null : numberText(value)
}

/** A number where a spreadsheet holds it without a change, even when it was given as text; else its exact text. */
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
