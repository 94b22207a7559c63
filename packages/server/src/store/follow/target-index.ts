import sql, { type Sql } from 'sql-template-tag'
import type { ReadTx, WriteTx } from '../port.ts'

/** One of the ids that a follow-up is about (L6), in the order of the list. */
export interface TargetRow {
  readonly targetId: string
  readonly system: boolean
  readonly followTime: number
  readonly id: bigint
}

/** Removes the rows of all follow-ups. */
export async function forgetTargets(tx: WriteTx): Promise<void> {
  await tx.run(sql`DELETE FROM follow_target WHERE corp = ${tx.corp}`)
}

export async function keepTargets(tx: WriteTx, rows: readonly TargetRow[]): Promise<void> {
  await tx.run(
    sql`INSERT INTO follow_target (corp, target_id, system, follow_time, id)
        SELECT ${tx.corp}, r.target_id, r.system, r.follow_time, r.id FROM ${rowsOf(tx, rows)} r WHERE true`,
  )
}

/** How many of these rows are there. */
export async function matchTargets(tx: ReadTx, rows: readonly TargetRow[]): Promise<number> {
  // Each is counted for itself, 0 or 1: as a join, or what can be made one, the whole table would be gone through for these
  // few (PostgreSQL: 127 ms for 1,000 rows among millions, by their key 20, both on a busy machine).
  const row = await tx.get(
    sql`SELECT sum((SELECT count(*) FROM follow_target t
          WHERE t.corp = ${tx.corp} AND t.target_id = r.target_id AND t.system = r.system
            AND t.follow_time = r.follow_time AND t.id = r.id)) FROM ${rowsOf(tx, rows)} r`,
  )
  return Number(row?.[0] ?? 0)
}

export async function countTargets(tx: ReadTx): Promise<number> {
  const row = await tx.get(sql`SELECT count(*) FROM follow_target WHERE corp = ${tx.corp}`)
  return Number(row?.[0])
}

function rowsOf(tx: ReadTx, rows: readonly TargetRow[]): Sql {
  // By hand: JSON.stringify refuses bigints.
  const entries = rows.map(
    ({ targetId, system, followTime, id }) =>
      `[${JSON.stringify(targetId)},${system ? 1 : 0},${followTime},${id}]`,
  )
  return tx.dialect.rowsOf(`[${entries.join(',')}]`, {
    target_id: 'text',
    system: 'integer',
    follow_time: 'integer',
    id: 'integer',
  })
}
