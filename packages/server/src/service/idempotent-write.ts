import { createHash } from 'node:crypto'
import { type DataOf, OPERATIONS, type OperationName } from 'genjin-contract'
import { toJson } from 'genjin-record'
import { ServiceError, StoreError } from '../errors.ts'
import { readState } from '../store/corp.ts'
import type { WriteTx } from '../store/port.ts'
import { findWriteKeys, keepWriteKeys, type WriteKey } from '../store/write-key.ts'
import { confirm } from './auth/recognize.ts'
import type { Context } from './context.ts'
import { requireClock } from './id-source.ts'
import { type Given, type JsonText, jsonText } from './json-text.ts'
import { keyOwnerOf, type RemoteSession } from './session.ts'

/** A `Call` of an operation that writes. */
export interface WriteCall<Name extends OperationName> {
  readonly operation: Name
  readonly context: Context
  readonly session: RemoteSession
  readonly input: object
  readonly key: string | undefined
}

/** Attempts with new ids when a minted id is taken: another process minted it in the same millisecond. */
const ATTEMPTS = 8

/**
 * Runs `effect` in a transaction of the company and returns its data. A key has one effect: the same request with the same
 * key returns the first answer for 24 hours. Key and effect are written in one transaction (N2); a refused request keeps
 * no key. Throws as `confirm` does when the session's token is no longer good.
 */
export function write<Name extends OperationName>(
  call: WriteCall<Name>,
  effect: (tx: WriteTx) => Promise<Given<DataOf<Name>>>,
): Promise<JsonText<DataOf<Name>>> {
  return transactMinting(call.context, call.session.corp, (tx) => once(tx, call, effect))
}

/** The same for a write whose answer is not stored, because it holds a secret: it takes no key. */
export function writeSecret<T>(
  { context, session }: Pick<WriteCall<OperationName>, 'context' | 'session'>,
  effect: (tx: WriteTx) => Promise<T>,
): Promise<T> {
  return context.store.transact(session.corp, async (tx) => {
    const { revision } = await readState(tx)
    await confirm(context, tx, session, revision)
    return effect(tx)
  })
}

/** A transaction that mints ids, repeated with new ones when one of them is taken. Throws while the clock is wrong. */
export async function transactMinting<T>(
  { store, now }: Context,
  corp: number,
  fn: (tx: WriteTx) => Promise<T>,
): Promise<T> {
  requireClock(now())
  for (let attempt = 1; ; attempt++) {
    try {
      return await store.transact(corp, fn)
    } catch (error) {
      const taken = error instanceof StoreError && error.kind === 'unique'
      if (!taken || attempt === ATTEMPTS) throw error
    }
  }
}

async function once<Name extends OperationName>(
  tx: WriteTx,
  call: WriteCall<Name>,
  effect: (tx: WriteTx) => Promise<Given<DataOf<Name>>>,
): Promise<JsonText<DataOf<Name>>> {
  const { context, session, key } = call
  const [{ revision }, known] = await Promise.all([
    readState(tx),
    key === undefined
      ? new Map<string, WriteKey>()
      : findWriteKeys(tx, keyOwnerOf(session), [key], context.now()),
  ])
  await confirm(context, tx, session, revision)
  const run = async () => jsonText<DataOf<Name>>(await effect(tx))
  if (key === undefined) return run()
  const requestHash = hashOf(call)
  const kept = known.get(key)
  if (kept) return firstAnswer(kept, requestHash)
  const answer = await run()
  await keepWriteKeys(tx, [{ caller: keyOwnerOf(session), key, requestHash, answer }], context.now())
  return answer
}

/** Identifies a request when its key comes again. Stored for 24 hours: a change here breaks retries across an upgrade. */
export function hashOf({ operation, input }: WriteCall<OperationName>): string {
  const path = OPERATIONS[operation].path.replace(/^\/openapi\/(crm\/)?/, '')
  return createHash('sha256')
    .update(`${path} ${toJson(input)}`)
    .digest('base64url')
}

/** The first answer under a key. Throws keyReused when it was given to another request. */
export function firstAnswer<Data>(kept: WriteKey, requestHash: string): JsonText<Data> {
  if (kept.requestHash === requestHash) return kept.answer as JsonText<Data>
  throw new ServiceError(
    'keyReused',
    '请求头 Idempotency-Key 已用于内容不同的请求：新的请求请换一个值，重试请保持请求体不变',
  )
}
