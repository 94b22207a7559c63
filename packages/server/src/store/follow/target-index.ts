import sql from 'sql-template-tag'
import type { Insertion, ReadTx, SqlValue, WriteTx } from '../port.ts'

/** Rows of the ids that each follow-up is about, in the order of a list: `target_id_list` finds follow-ups by them (L6). */

/** One id that a follow-up is about. */
export interface TargetRow {
  readonly targetId: string
  readonly system: boolean
  readonly followTime: number
  readonly id: bigint
}

/** Deletes the rows of all follow-ups. */
export async function deleteTargets(tx: WriteTx): Promise<void> {
  await tx.run(sql`DELETE FROM follow_target WHERE corp = ${tx.corp}`)
}

/** The table of them. */
export const TARGETS: Insertion = {
  table: 'follow_target',
  columns: { target_id: 'text', system: 'integer', follow_time: 'integer', id: 'integer' },
  keepsRevision: true,
}

/** Adds rows. */
export async function insertTargets(tx: WriteTx, rows: readonly TargetRow[]): Promise<void> {
  await tx.insert(TARGETS, rows.map(valuesOf))
}

/** The values of a row, in the order of the table's columns. */
export function targetValues(
  { system, followTime, id }: Omit<TargetRow, 'targetId'>,
  targetId: string,
): SqlValue[] {
  return [targetId, system ? 1 : 0, followTime, id]
}

function valuesOf(row: TargetRow): SqlValue[] {
  return targetValues(row, row.targetId)
}

/** How many of these rows exist. */
export async function countMatchingTargets(tx: ReadTx, rows: readonly TargetRow[]): Promise<number> {
  // A subselect per row, 0 or 1: as a join, PostgreSQL reads the whole table for these few (127 ms for 1,000 rows among
  // millions; 20 ms by their keys).
  const row = await tx.get(
    sql`SELECT sum((SELECT count(*) FROM follow_target t
          WHERE t.corp = ${tx.corp} AND t.target_id = r.target_id AND t.system = r.system
            AND t.follow_time = r.follow_time AND t.id = r.id)) FROM ${tx.dialect.rowsOf(rows.map(valuesOf), TARGETS.columns)} r`,
  )
  return Number(row?.[0] ?? 0)
}
