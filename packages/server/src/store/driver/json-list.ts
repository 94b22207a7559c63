import type { SqlValue } from '../port.ts'

/** A list as JSON. Not by JSON.stringify, which refuses bigints. */
export function jsonList(values: readonly SqlValue[]): string {
  const entries = values.map((value) =>
    typeof value === 'bigint' ? value.toString() : JSON.stringify(value),
  )
  return `[${entries.join(',')}]`
}

/** Rows as a JSON list of lists. */
export function rowsJson(rows: readonly (readonly SqlValue[])[]): string {
  return `[${rows.map(jsonList).join(',')}]`
}
