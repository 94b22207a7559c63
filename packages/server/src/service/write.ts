import { createHash } from 'node:crypto'
import { ServiceError, StoreError } from '../errors.ts'
import { toJson } from '../json.ts'
import { findWriteKey, keepWriteKey } from '../store/corps.ts'
import type { WriteTx } from '../store/port.ts'
import type { Parts, Session } from './parts.ts'

/** A request that writes, as its operation read it. */
export interface WriteRequest {
  /** The operation's path below /openapi/crm or /openapi: one key belongs to one operation. */
  readonly operation: string
  readonly body: object
  /** The header Idempotency-Key. */
  readonly key: string | undefined
}

/** Tries with other ids when one that was minted is taken (another process minted it in the same millisecond). */
const TRIES = 8

/**
 * One write: `effect` in a transaction of the company, and the answer (as JSON text) that it gives. With a key, one key has
 * one effect: asked again within 24 hours, the first answer is given again; key and effect are kept in one transaction
 * (N2). What is refused keeps no key.
 */
export async function write(
  parts: Parts,
  session: Session,
  request: WriteRequest,
  effect: (tx: WriteTx) => Promise<string>,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await parts.store.transact(session.corp, (tx) => once(parts, session, tx, request, effect))
    } catch (error) {
      const taken = error instanceof StoreError && error.kind === 'unique'
      if (!taken || attempt === TRIES) throw error
    }
  }
}

async function once(
  parts: Parts,
  session: Session,
  tx: WriteTx,
  { operation, body, key }: WriteRequest,
  effect: (tx: WriteTx) => Promise<string>,
): Promise<string> {
  if (key === undefined) return effect(tx)
  const requestHash = createHash('sha256')
    .update(`${operation} ${toJson(body)}`)
    .digest('base64url')
  const kept = await findWriteKey(tx, session.appid, key, parts.now())
  if (kept) {
    if (kept.requestHash === requestHash) return kept.answer
    throw new ServiceError(
      'keyReused',
      '请求头 Idempotency-Key 已用于内容不同的请求:新的请求请换一个值,重试请保持请求体不变',
    )
  }
  const answer = await effect(tx)
  await keepWriteKey(tx, session.appid, key, { requestHash, answer }, parts.now())
  return answer
}
