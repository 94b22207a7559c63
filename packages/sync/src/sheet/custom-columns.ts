import type { Column } from './columns.ts'
import type { CustomField, FollowSheetRecord } from './record.ts'
import { type Cell, exactNumber, exactText, joined, moment } from './values.ts'

/** A column for each custom field, and one for the values that belong to none of them. */
export function customColumns(fields: readonly CustomField[]): Column[] {
  const keys = new Set(fields.map(({ key }) => key))
  return [
    ...fields.map(columnOf),
    {
      field: 'field_map',
      zh: '其他自定义字段',
      kind: 'text',
      width: 24,
      value: (record) => restOf(record, keys),
    },
  ]
}

const KINDS: Readonly<Record<string, Column['kind']>> = { number: 'number', datetime: 'time' }

function columnOf(field: CustomField): Column {
  const shown = showerOf(field)
  return {
    field: `field_map.${field.key}`,
    zh: field.name,
    kind: KINDS[field.type] ?? 'text',
    width: 18,
    value: (record) => shown(fieldValue(record, field.key)),
  }
}

/** A key may be called like something that every object has. */
function fieldValue({ field_map: map }: FollowSheetRecord, key: string): unknown {
  return map && Object.hasOwn(map, key) ? map[key] : null
}

function showerOf(field: CustomField): (value: unknown) => Cell {
  switch (field.type) {
    case 'number':
      return exactNumber
    case 'datetime':
      return moment
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
    const { id, name } = optionOf(value)
    return names.get(id) ?? name ?? id
  }
  return (value) => {
    if (value === null || value === undefined) return null
    return Array.isArray(value) ? joined(value.map(shown)) : shown(value)
  }
}

/** An option is given by its id or as an object with its id; what is neither shows as it is. */
function optionOf(value: unknown): { id: string; name?: string } {
  const { id, name } = Object(value) as { id?: unknown; name?: unknown }
  if (id === undefined || id === null) return { id: exactText(value) ?? '' }
  return { id: exactText(id) as string, ...(typeof name === 'string' && { name }) }
}

function restOf({ field_map: map }: FollowSheetRecord, keys: ReadonlySet<string>): string | null {
  const rest = Object.entries(map ?? {}).filter(([key]) => !keys.has(key))
  if (rest.length === 0) return null
  return `{${rest.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`
}
