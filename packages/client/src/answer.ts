import { isRawNumber, numberText, parseExactPage } from 'genjin-record'
import { ID_KEYS } from './operations.ts'

/** The envelope. */
export interface Envelope {
  readonly code: number
  readonly msg: string
  readonly data: unknown
  readonly sub_code: string
}

/**
 * Reads an answer: ids as their digits, other numbers as numbers; those of custom fields that a double would change as
 * JSON.rawJSON with their own text. Undefined when it is no envelope.
 */
export function readEnvelope(text: string): Envelope | undefined {
  const value = parseExactPage(text) as Envelope | null
  if (typeof value !== 'object' || typeof value?.code !== 'number') return undefined
  const { data } = value
  // The one answer that is nothing but an id: that of follow/create.
  const isId = typeof data === 'number' || isRawNumber(data)
  return { ...value, data: isId ? numberText(data) : withIds(data) }
}

const IDS: ReadonlySet<string> = new Set(ID_KEYS)

/** Where records stand in an answer; what is inside them (maps of custom fields) is left alone. */
const INSIDE: ReadonlySet<string> = new Set(['records', 'record', 'results'])

function withIds(value: unknown): unknown {
  if (Array.isArray(value)) {
    for (const entry of value) withIds(entry)
  } else if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>
    for (const key in record) {
      if (INSIDE.has(key)) withIds(record[key])
      else if (IDS.has(key) && record[key] !== null) record[key] = numberText(record[key])
    }
  }
  return value
}
