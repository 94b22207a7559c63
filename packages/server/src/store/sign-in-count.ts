import sql from 'sql-template-tag'
import { KEEPS_REVISION, type ReadTx, type WriteTx } from './port.ts'

/** How often something has been counted in a row, and when last, in ms. */
export interface SignInCount {
  readonly n: number
  readonly lastAt: number
}

/** Counts are forgotten after so long without another one. */
export const COUNTED_MS = 3600 * 1000

/** What has been counted of these in the last hour. */
export async function findCounts(
  tx: ReadTx,
  subjects: readonly string[],
  now: number,
): Promise<Map<string, SignInCount>> {
  const rows = await tx.all(
    sql`SELECT subject, n, last_at FROM sign_in_count
        WHERE corp = ${tx.corp} AND ${tx.dialect.isOneOf(sql`subject`, subjects)} AND last_at > ${now - COUNTED_MS}`,
  )
  return new Map(rows.map(([subject, n, at]) => [subject as string, { n: Number(n), lastAt: Number(at) }]))
}

/** Counts one more of each, and forgets what is older than an hour. */
export async function count(tx: WriteTx, subjects: readonly string[], now: number): Promise<void> {
  await tx.run(
    sql`DELETE FROM sign_in_count WHERE corp = ${tx.corp} AND last_at <= ${now - COUNTED_MS}`,
    KEEPS_REVISION,
  )
  for (const subject of subjects) {
    await tx.run(
      sql`INSERT INTO sign_in_count (corp, subject, n, last_at) VALUES (${tx.corp}, ${subject}, 1, ${now})
          ON CONFLICT (corp, subject) DO UPDATE SET n = sign_in_count.n + 1, last_at = excluded.last_at`,
      KEEPS_REVISION,
    )
  }
}

/** Takes one back. */
export async function uncount(tx: WriteTx, subject: string): Promise<void> {
  await tx.run(
    sql`UPDATE sign_in_count SET n = n - 1 WHERE corp = ${tx.corp} AND subject = ${subject}`,
    KEEPS_REVISION,
  )
}

export async function forgetCount(tx: WriteTx, subject: string): Promise<void> {
  await tx.run(
    sql`DELETE FROM sign_in_count WHERE corp = ${tx.corp} AND subject = ${subject}`,
    KEEPS_REVISION,
  )
}
