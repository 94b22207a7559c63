import { exactText, isEmpty, joinNames, momentWall, optionName, readField, type Zone } from 'genjin-record'
import type { CustomField, FollowSheetRecord } from './record.ts'
import type { Column } from './table.ts'
import type { Cell } from './values.ts'

/** A column for each custom field, and one for values of keys that are not defined. */
export function customColumns(fields: readonly CustomField[], zone: Zone): Column[] {
  const keys = new Set(fields.map(({ key }) => key))
  return [
    ...fields.map((field) => columnOf(field, zone)),
    {
      field: 'field_map',
      zh: '其他自定义字段',
      kind: 'text',
      width: 40,
      value: (record) => restOf(record, keys),
    },
  ]
}

const KINDS: Readonly<Record<string, Column['kind']>> = { number: 'number', date: 'time', datetime: 'time' }

function columnOf(field: CustomField, zone: Zone): Column {
  const shown = showerOf(field, zone)
  return {
    field: `field_map.${field.key}`,
    zh: field.name,
    key: field.key,
    kind: KINDS[field.type] ?? 'text',
    width: 40,
    value: (record) => shown(fieldValue(record, field.key)),
  }
}

/** A time that was given without seconds. */
const MINUTES = /^.+ \d\d:\d\d$/

/** A key may be the name of something that every object inherits. */
function fieldValue({ field_map: map }: FollowSheetRecord, key: string): unknown {
  return map && Object.hasOwn(map, key) ? map[key] : null
}

/** Shows a value as its type; one that does not fit (imports are not checked, F2) as its exact text. */
function showerOf(field: CustomField, zone: Zone): (value: unknown) => Cell {
  switch (field.type) {
    case 'number':
      return (value) => readField('number', value) ?? exactText(value)
    case 'date':
      return (value) => {
        const day = readField('date', value)
        return day === undefined ? exactText(value) : { wall: Date.parse(day), form: 'day' }
      }
    case 'datetime':
      return (value) => {
        const moment = readField('datetime', value)
        if (!moment) return exactText(value)
        const wall = momentWall(moment, zone)
        if ('wall' in moment) return { wall, form: MINUTES.test(value as string) ? 'minute' : 'second' }
        return { wall, form: moment.instant % 1000 === 0 ? 'second' : 'millisecond' }
      }
    case 'single':
    case 'multi':
      return optionShower(field)
    default:
      return exactText
  }
}

function optionShower({ options }: CustomField): (value: unknown) => string | null {
  const names = new Map((options ?? []).map(({ id, name }) => [id, name]))
  const shown = (value: unknown): string => {
    const option = readField('single', value)
    return option ? optionName(option, names) : (exactText(value) ?? '')
  }
  return (value) => {
    if (isEmpty(value)) return null
    return Array.isArray(value) ? joinNames(value.map(shown)) : shown(value)
  }
}

function restOf({ field_map: map }: FollowSheetRecord, keys: ReadonlySet<string>): string | null {
  const rest = Object.entries(map ?? {}).filter(([key]) => !keys.has(key))
  if (rest.length === 0) return null
  return `{${rest.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`
}
