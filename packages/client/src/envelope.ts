import { isRawNumber, numberText, parseExactPage } from 'genjin-record'
import { ID_KEYS, LIST_KEYS } from './operations.ts'

/** What every response is wrapped in. */
export interface Envelope {
  readonly code: number
  readonly msg: string
  readonly data: unknown
  readonly sub_code: string
  readonly field?: unknown
}

/**
 * Reads a response: ids become strings of digits, other numbers are numbers, and those of custom fields that a double would
 * change are RawNumbers. What other servers answer as null where there is nothing becomes an empty list or map. Undefined when
 * it is not an envelope; SyntaxError when it is not JSON.
 */
export function readEnvelope(text: string): Envelope | undefined {
  const value = parseExactPage(text) as Envelope | null
  if (typeof value !== 'object' || typeof value?.code !== 'number') return undefined
  const { data } = value
  // follow/create returns a bare id.
  const isId = typeof data === 'number' || isRawNumber(data)
  return { ...value, data: isId ? numberText(data) : withIds(data) }
}

const IDS: ReadonlySet<string> = new Set(ID_KEYS)
const LISTS: ReadonlySet<string> = new Set(LIST_KEYS)

/** Keys that hold records, or lists. Other nested values, such as maps of custom fields, stay as they are. */
const INSIDE: ReadonlySet<string> = new Set(['records', 'record', 'results', 'remind', 'history', 'person'])

function withIds(value: unknown): unknown {
  if (Array.isArray(value)) {
    for (const entry of value) withIds(entry)
  } else if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>
    for (const key in record) {
      if (record[key] === null) {
        // A page without records of a list that has some: whether it lies behind the last one is for the caller to say.
        const isOdd = key === 'records' && Number(record.total) > 0
        if (LISTS.has(key) && !isOdd) record[key] = []
        else if (key === 'field_map') record[key] = {}
      } else if (INSIDE.has(key)) withIds(record[key])
      else if (IDS.has(key)) record[key] = idText(record[key])
    }
  }
  return value
}

function idText(value: unknown): string | string[] {
  return Array.isArray(value) ? value.map(numberText) : numberText(value)
}
