import sql from 'sql-template-tag'
import { type Insertion, KEEPS_REVISION, type ReadTx, type WriteTx } from './port.ts'

/** The first answer given under an idempotency key. */
export interface WriteKey {
  readonly requestHash: string
  readonly answer: string
}

/** How long a key is kept. */
const WRITE_KEY_MS = 24 * 3600 * 1000

/** Those of these keys of a caller that have not expired. @param caller an appid, or a colon and a user_id */
export async function findWriteKeys(
  tx: ReadTx,
  caller: string,
  keys: readonly string[],
  now: number,
): Promise<Map<string, WriteKey>> {
  const rows = await tx.all(
    sql`SELECT key, request_hash, answer FROM write_key
        WHERE corp = ${tx.corp} AND caller = ${caller} AND ${tx.dialect.isOneOf(sql`key`, keys)}
          AND created_at > ${now - WRITE_KEY_MS}`,
  )
  return new Map(
    rows.map(([key, requestHash, answer]) => [
      key as string,
      { requestHash: requestHash as string, answer: answer as string },
    ]),
  )
}

/** One write deletes the expired keys of so much time, which were at most some thousands, and at least one. */
const EXPIRED_AT_ONCE_MS = 1_000

/** Keeps keys with their answers, in the transaction of the writes themselves; deletes some of those that have expired. */
export async function keepWriteKeys(
  tx: WriteTx,
  kept: readonly (WriteKey & { readonly caller: string; readonly key: string })[],
  now: number,
): Promise<void> {
  await Promise.all([
    tx.run(
      sql`DELETE FROM write_key WHERE corp = ${tx.corp} AND created_at <= ${now - WRITE_KEY_MS} AND created_at <
            (SELECT min(o.created_at) FROM write_key o WHERE o.corp = ${tx.corp}) + ${EXPIRED_AT_ONCE_MS}`,
      KEEPS_REVISION,
    ),
    tx.insert(
      WRITE_KEYS,
      kept.map(({ caller, key, requestHash, answer }) => [caller, key, requestHash, answer, now]),
    ),
  ])
}

const WRITE_KEYS: Insertion = {
  table: 'write_key',
  columns: { caller: 'text', key: 'text', request_hash: 'text', answer: 'text', created_at: 'integer' },
  keepsRevision: true,
  // Only one that has expired and is not deleted yet: the others were found before.
  conflict: `ON CONFLICT (corp, caller, key) DO UPDATE SET
    request_hash = excluded.request_hash, answer = excluded.answer, created_at = excluded.created_at`,
}
