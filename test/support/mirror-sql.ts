import type { Seen } from './mirror-suite.ts'

/** What a table holds, for either engine: `query` answers rows by column, `state` the kept definitions. */
export function seenOf(rows: readonly Record<string, unknown>[], definitions: string): Map<string, Seen> {
  const { columns } = JSON.parse(definitions) as { columns: { key: string; column: string }[] }
  return new Map(
    rows.map((row) => [
      String(row.id),
      { custom: new Map(columns.map(({ key, column }) => [key, row[column]])) },
    ]),
  )
}
