import sql, { raw } from 'sql-template-tag'
import type { ReadTx } from './port.ts'

/** Tables with a line of the bundle in each row, apart from preset follow types that nothing uses. */
const BUNDLED = ['department', 'staff', 'person', 'follow_type', 'custom_field', 'target', 'follow'] as const

/** How many rows the company has in a table. */
export async function rowCount(
  tx: ReadTx,
  table: (typeof BUNDLED)[number] | 'follow_target' | 'app',
): Promise<number> {
  const row = await tx.get(sql`SELECT count(*) FROM ${raw(table)} WHERE corp = ${tx.corp}`)
  return Number(row?.[0])
}

/** How many lines the company's bundle has, or a few more. */
export async function countRecords(tx: ReadTx): Promise<number> {
  const counts = await Promise.all(BUNDLED.map((table) => rowCount(tx, table)))
  return counts.reduce((sum, count) => sum + count, 0)
}
