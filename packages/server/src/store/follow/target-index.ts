import sql, { type Sql } from 'sql-template-tag'
import type { ReadTx, WriteTx } from '../port.ts'

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

export async function insertTargets(tx: WriteTx, rows: readonly TargetRow[]): Promise<void> {
  await tx.run(
    sql`INSERT INTO follow_target (corp, target_id, system, follow_time, id)
        SELECT ${tx.corp}, r.target_id, r.system, r.follow_time, r.id FROM ${rowsOf(tx, rows)} r WHERE true`,
  )
}

/** How many of these rows exist. */
export async function countMatchingTargets(tx: ReadTx, rows: readonly TargetRow[]): Promise<number> {
  // A subselect per row, 0 or 1: as a join, PostgreSQL reads the whole table for these few (127 ms for 1,000 rows among
  // millions; 20 ms by their keys).
  const row = await tx.get(
    sql`SELECT sum((SELECT count(*) FROM follow_target t
          WHERE t.corp = ${tx.corp} AND t.target_id = r.target_id AND t.system = r.system
            AND t.follow_time = r.follow_time AND t.id = r.id)) FROM ${rowsOf(tx, rows)} r`,
  )
  return Number(row?.[0] ?? 0)
}

function rowsOf(tx: ReadTx, rows: readonly TargetRow[]): Sql {
  return tx.dialect.rowsOf(
    rows.map(({ targetId, system, followTime, id }) => [targetId, system ? 1 : 0, followTime, id]),
    { target_id: 'text', system: 'integer', follow_time: 'integer', id: 'integer' },
  )
}
