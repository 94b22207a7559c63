import { createHash } from 'node:crypto'
import { ServiceError, StoreError } from '../errors.ts'
import { toJson } from '../json.ts'
import { findWriteKeys, keepWriteKeys, readState, type WriteKey } from '../store/corp.ts'
import type { WriteTx } from '../store/port.ts'
import { confirm } from './auth/access-token.ts'
import type { Context, TokenSession } from './context.ts'

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
 * (N2). What is refused keeps no key. Throws as `confirm` does when the session's token is no longer good.
 */
export function write(
  context: Context,
  session: TokenSession,
  request: WriteRequest,
  effect: (tx: WriteTx) => Promise<string>,
): Promise<string> {
  return transactMinting(context, session.corp, (tx) => once(context, session, tx, request, effect))
}

/** A transaction that mints ids: again with others when one of them is taken. */
export async function transactMinting<T>(
  { store }: Context,
  corp: number,
  fn: (tx: WriteTx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.transact(corp, fn)
    } catch (error) {
      const taken = error instanceof StoreError && error.kind === 'unique'
      if (!taken || attempt === TRIES) throw error
    }
  }
}

async function once(
  context: Context,
  session: TokenSession,
  tx: WriteTx,
  request: WriteRequest,
  effect: (tx: WriteTx) => Promise<string>,
): Promise<string> {
  const { key } = request
  const [{ revision }, known] = await Promise.all([
    readState(tx),
    key === undefined ? new Map<string, WriteKey>() : findWriteKeys(tx, session.appid, [key], context.now()),
  ])
  await confirm(context, tx, session, revision)
  if (key === undefined) return effect(tx)
  const requestHash = hashOf(request)
  const kept = known.get(key)
  if (kept) return firstAnswer(kept, requestHash)
  const answer = await effect(tx)
  await keepWriteKeys(tx, [{ appid: session.appid, key, requestHash, answer }], context.now())
  return answer
}

/** What a request is known by when its key comes again. */
export function hashOf({ operation, body }: WriteRequest): string {
  return createHash('sha256')
    .update(`${operation} ${toJson(body)}`)
    .digest('base64url')
}

/** The first answer given under a key; throws keyReused when the request was another one. */
export function firstAnswer(kept: WriteKey, requestHash: string): string {
  if (kept.requestHash === requestHash) return kept.answer
  throw new ServiceError(
    'keyReused',
    '请求头 Idempotency-Key 已用于内容不同的请求：新的请求请换一个值，重试请保持请求体不变',
  )
}
