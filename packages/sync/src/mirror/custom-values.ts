import {
  exactText,
  type FieldType,
  type FieldValues,
  isEmpty,
  joinNames,
  momentWall,
  optionName,
  readField,
  wallText,
  type Zone,
  zoneOf,
} from 'genjin-record'
import type { Kind } from './engine.ts'

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

export function converterOf(
  type: FieldType,
  options: readonly { id: string; name: string }[] | null,
  timeZone: string,
): Converter {
  const convert = plainConverter(type, options ?? [], zoneOf(timeZone))
  return (value) => {
    const text = convert(value)
    // PostgreSQL cannot hold it, and genjin never sends it (C8).
    return text?.includes('\0') ? null : text
  }
}

function plainConverter(
  type: FieldType,
  options: readonly { id: string; name: string }[],
  zone: Zone,
): Converter {
  const names = new Map(options.map(({ id, name }) => [id, name]))
  switch (type) {
    case 'text':
      return exactText
    case 'number':
      return (value) => columnNumber(readField(type, value))
    case 'date':
      return (value) => readField(type, value) ?? null
    case 'datetime':
      return (value) => columnTime(readField(type, value), zone)
    case 'single':
      return (value) => {
        const option = readField(type, value)
        return option ? optionName(option, names) : otherOption(value, names)
      }
    case 'multi':
      return (value) => {
        if (isEmpty(value)) return null
        const chosen = readField(type, value)
        return chosen
          ? joinNames(chosen.map((option) => optionName(option, names)))
          : Array.isArray(value)
            ? otherOption(value, names)
            : null
      }
  }
}

/** A field that was imported without options takes any value (F2). */
function otherOption(value: unknown, { size }: ReadonlyMap<string, string>): string | null {
  return size === 0 && !isEmpty(value) ? exactText(value) : null
}

/** Longest number, and largest exponent, that a column takes: far more than doubles hold, far less than `numeric` can. */
const MOST_DIGITS = 400

function columnNumber(text: string | undefined): string | null {
  if (text === undefined || text.length > MOST_DIGITS) return null
  const [, exponent = 0] = text.split(/e/i)
  return Math.abs(Number(exponent)) <= MOST_DIGITS && Number.isFinite(Number(text)) ? text : null
}

/** `yyyy-MM-dd HH:mm:ss`, with milliseconds where there are any. */
function columnTime(moment: FieldValues['datetime'] | undefined, zone: Zone): string | null {
  if (!moment) return null
  const fraction = 'instant' in moment ? moment.instant % 1000 : 0
  const text = wallText(momentWall(moment, zone))
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(3, '0')}`
}
