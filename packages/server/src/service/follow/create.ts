import { readState } from '../../store/corp.ts'
import type { FollowRow } from '../../store/follow/row.ts'
import { type Change, insertFollows } from '../../store/follow/write.ts'
import type { ReadTx, WriteTx } from '../../store/port.ts'
import { findWriteKeys, keepWriteKeys, type WriteKey } from '../../store/write-key.ts'
import { confirm } from '../auth/recognize.ts'
import type { Call } from '../context.ts'
import { firstAnswer, hashOf, transactMinting } from '../idempotent-write.ts'
import { type JsonText, jsonText } from '../json-text.ts'
import type { Outcome } from '../request-batcher.ts'
import { keyOwnerOf, type RemoteSession } from '../session.ts'
import { createdBy, createRowMaker } from './new-row.ts'

type CreateCall = Call<'followCreate'>
type Id = JsonText<bigint>

/**
 * POST /openapi/crm/follow/create: writes one follow-up and returns its id (N1, N2). Requests that arrive while others are
 * being written share a transaction, its reads and its statements. Each one is refused alone.
 */
export function followCreate(call: CreateCall): Promise<Id> {
  const { context, session } = call
  return context.creates.ask(session.corp, call, (take) =>
    transactMinting(context, session.corp, (tx) => createAll(tx, take())),
  )
}

async function createAll(tx: WriteTx, calls: readonly CreateCall[]): Promise<readonly Outcome<Id>[]> {
  const { context } = calls[0] as CreateCall
  // Asked together: on PostgreSQL they are one round trip.
  const [{ revision }, makeRow, known] = await Promise.all([
    readState(tx),
    createRowMaker(
      context,
      tx,
      calls.map(({ input }) => input),
    ),
    answeredKeys(tx, calls),
  ])
  const changes = new Map<FollowRow, Change>()
  const kept: (WriteKey & { caller: string; key: string })[] = []
  async function create(call: CreateCall): Promise<Id> {
    const { session, key } = call
    await confirm(context, tx, session, revision)
    const requestHash = key === undefined ? '' : hashOf(call)
    const first = key === undefined ? undefined : known.get(nameOf(session, key))
    if (first) return firstAnswer(first, requestHash)
    const row = makeRow(call.input, session)
    const answer = jsonText<bigint>(row.id)
    changes.set(row, createdBy(session, context.now())(row))
    if (key !== undefined) {
      known.set(nameOf(session, key), { requestHash, answer })
      kept.push({ caller: keyOwnerOf(session), key, requestHash, answer })
    }
    return answer
  }
  const outcomes: Outcome<Id>[] = []
  for (const call of calls) outcomes.push(await outcomeOf(() => create(call)))
  await Promise.all([
    changes.size > 0 && insertFollows(tx, [...changes.keys()], (row) => changes.get(row) as Change),
    kept.length > 0 && keepWriteKeys(tx, kept, context.now()),
  ])
  return outcomes
}

/** An error concerns one request only: nothing has been written yet. */
async function outcomeOf(create: () => Promise<Id>): Promise<Outcome<Id>> {
  try {
    return { answer: await create() }
  } catch (error) {
    return { error }
  }
}

/** App and key → what was answered under it. */
async function answeredKeys(tx: ReadTx, calls: readonly CreateCall[]): Promise<Map<string, WriteKey>> {
  const known = new Map<string, WriteKey>()
  const keyed = calls.filter(({ key }) => key !== undefined)
  for (const [, ofApp] of Map.groupBy(keyed, ({ session }) => keyOwnerOf(session))) {
    const [{ context, session }] = ofApp as [CreateCall]
    const keys = ofApp.map(({ key }) => key as string)
    const found = await findWriteKeys(tx, keyOwnerOf(session), keys, context.now())
    for (const [key, kept] of found) known.set(nameOf(session, key), kept)
  }
  return known
}

function nameOf(session: RemoteSession, key: string): string {
  return `${keyOwnerOf(session)} ${key}`
}
