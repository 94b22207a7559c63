import { isRawNumber, numberText } from './json.ts'
import { isDay, type Zone } from './zone.ts'

/**
 * The forms of custom field values (F2). A value that `readField` understands has a typed column in a mirror and a typed cell
 * in a sheet; the server accepts no other. Which keys and options are allowed, it checks in custom-field-values.ts.
 */
export interface FieldValues {
  /** A number counts as its text. */
  text: string
  /** The number's own text: as many digits as were given. */
  number: string
  /** `yyyy-MM-dd` */
  date: string
  datetime: Moment
  single: Option
  multi: readonly Option[]
}

export type FieldType = keyof FieldValues

/** An instant in ms, or a wall time (see Zone) that was given without a zone. */
export type Moment = { readonly instant: number } | { readonly wall: number }

/** An option as a record names it. What the field's definition calls it may differ. */
export interface Option {
  readonly id: string
  readonly name?: string
}

const READERS: { readonly [T in FieldType]: (value: unknown) => FieldValues[T] | undefined } = {
  text: (value) => (typeof value === 'string' || isNumber(value) ? numberText(value) : undefined),
  number: readNumber,
  date: (value) => (typeof value === 'string' && isDay(value) ? value : undefined),
  datetime: readMoment,
  single: readOption,
  multi: readOptions,
}

/** A value of `field_map`, exactly parsed, as its field's type; undefined where it is none. */
export function readField<T extends FieldType>(type: T, value: unknown): FieldValues[T] | undefined {
  return READERS[type](value)
}

/** Whether a value stands for "not given" (C7). */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** A text itself; of anything else its JSON, with numbers as they were given. null where there is no value. */
export function exactText(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The wall time of a moment in a zone. */
export function momentWall(moment: Moment, zone: Zone): number {
  return 'wall' in moment ? moment.wall : zone.wall(moment.instant)
}

/** What an option is called: by the field's definition, else by the record, else its id. */
export function optionName({ id, name }: Option, names: ReadonlyMap<string, string>): string {
  return names.get(id) ?? name ?? id
}

/** Several options in one text. */
export function joinNames(names: readonly string[]): string {
  return names.join('、')
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || isRawNumber(value)
}

const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function readNumber(value: unknown): string | undefined {
  if (isNumber(value)) return numberText(value)
  const text = typeof value === 'string' ? value.trim() : ''
  return NUMBER.test(text) ? text : undefined
}

const WALL = /^(\d{4}-\d{2}-\d{2}) ((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d))?$/

/** Since 1973: a smaller number is taken for seconds. */
const FIRST_MS = 100_000_000_000

/** `yyyy-MM-dd HH:mm:ss`, `yyyy-MM-dd HH:mm`, or milliseconds as a number or in digits. */
function readMoment(value: unknown): Moment | undefined {
  const [, day, minute, second = '00'] = (typeof value === 'string' && WALL.exec(value)) || []
  if (day !== undefined) {
    return isDay(day) ? { wall: Date.parse(`${day}T${minute}:${second}Z`) } : undefined
  }
  const ms = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return Number.isSafeInteger(ms) && (ms as number) >= FIRST_MS ? { instant: ms as number } : undefined
}

/** Its id, or an object with its id. */
function readOption(value: unknown): Option | undefined {
  const isObject = typeof value === 'object' && value !== null && !isRawNumber(value)
  const { id, name } = (isObject ? value : { id: value }) as { id?: unknown; name?: unknown }
  if (!(typeof id === 'string' || isNumber(id)) || id === '') return undefined
  return { id: numberText(id), ...(typeof name === 'string' && { name }) }
}

function readOptions(value: unknown): readonly Option[] | undefined {
  if (!Array.isArray(value)) return undefined
  const options = value.map(readOption)
  return options.includes(undefined) ? undefined : (options as Option[])
}
