import { numberText, wallText } from 'genjin-record'
import type { Integer } from './record.ts'

/** What stands in a cell. Numbers are texts with all their digits: whether a spreadsheet holds them, each format decides. */
export type Cell = string | MomentCell | null

/** A date, or a date and a time of day. */
export interface MomentCell {
  /** Wall time (see Zone). */
  readonly wall: number
  /** What was given of it, and is shown again. */
  readonly form: MomentForm
}

export type MomentForm = 'day' | 'minute' | 'second' | 'millisecond'

export function integerText(value: Integer | null | undefined): string | null {
  return value === null || value === undefined ? null : numberText(value)
}

/** A moment with its seconds, where only minutes were given too; a day alone. */
export function momentText({ wall, form }: MomentCell): string {
  const text = wallText(wall)
  if (form === 'day') return text.slice(0, text.indexOf(' '))
  return form === 'millisecond' ? `${text}.${String(wall % 1000).padStart(3, '0')}` : text
}

/** The text of a cell. */
export function cellText(cell: Cell): string {
  if (cell === null) return ''
  return typeof cell === 'string' ? cell : momentText(cell)
}

/** A number as a spreadsheet holds it. */
export interface HeldNumber {
  readonly value: number
  /** Digits behind the point as it was given, `12.50` has two; undefined where only an exponent shows it. */
  readonly decimals: number | undefined
}

/** Digits that a spreadsheet keeps of a number. */
const DIGITS = 15
/** Longest fraction and longest whole part that are shown in full. */
export const MOST_DECIMALS = 30
const MOST_WHOLE = 21
/** A spreadsheet takes a smaller number for zero. */
const SMALLEST = 2.3e-308

const NUMBER = /^-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

/** Undefined where a spreadsheet would lose digits, zeros in front included, or where the text is no number. */
export function heldNumber(text: string): HeldNumber | undefined {
  const [match, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
  if (match === undefined) return undefined
  const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '')
  const value = Number(text)
  const isHeld = digits === '' || (Math.abs(value) >= SMALLEST && Number.isFinite(value))
  if (digits.length > DIGITS || !isHeld) return undefined
  const decimals = Math.max(0, fraction.length - Number(exponent))
  const isShown = decimals <= MOST_DECIMALS && whole.length + Number(exponent) <= MOST_WHOLE
  return { value: value + 0, decimals: isShown ? decimals : undefined }
}

const DAY_MS = 86_400_000
/** 1970-01-01 as a spreadsheet's day. */
const EPOCH_DAY = 25_569
/** The days that a spreadsheet counts correctly: from 1900-03-01 (it has a 1900-02-29) to 9999-12-31. */
const FIRST_DAY = 61
const END_DAY = 2_958_466

/** A moment as a spreadsheet's day and fraction; undefined where it cannot count so far. */
export function heldMoment({ wall, form }: MomentCell): number | undefined {
  // Whole seconds: programs round fractions up when they show them.
  const shown = form === 'millisecond' ? wall : Math.floor(wall / 1000) * 1000
  const day = shown / DAY_MS + EPOCH_DAY
  return day >= FIRST_DAY && day < END_DAY ? day : undefined
}
