import { yieldToEventLoop } from '../../event-loop.ts'
import type { Corp } from '../../store/corp.ts'
import { rebuildCounters, type WrongCounter, wrongCounters } from '../../store/follow/counters.ts'
import { followCopiesAfter } from '../../store/follow/read.ts'
import type { FollowCopy } from '../../store/follow/row.ts'
import {
  countMatchingTargets,
  deleteTargets,
  insertTargets,
  type TargetRow,
} from '../../store/follow/target-index.ts'
import type { ReadTx } from '../../store/port.ts'
import { rowCount } from '../../store/row-count.ts'
import { followPages } from '../bundle/export.ts'
import type { Context } from '../context.ts'
import { targetIdsOfHead } from '../follow/record.ts'
import { corpsOf } from './corps-and-apps.ts'

/**
 * The counters and the target index are derived from the records, so they can be rebuilt and checked.
 */

/** Records read at once. */
const ROWS = 500

/** Rebuilds counters and target index of a company, or of all. Writers wait meanwhile. */
export async function reindex(context: Context, id: string | undefined): Promise<Corp[]> {
  const corps = await corpsOf(context, id)
  for (const corp of corps) {
    await context.store.transact(corp.key, async (tx) => {
      await rebuildCounters(tx)
      await deleteTargets(tx)
      for await (const rows of copies(tx)) await insertTargets(tx, rows.flatMap(targetsOf))
    })
  }
  return corps
}

/** What `verify` found in a company. */
export interface Verified {
  readonly corp: string
  readonly follows: number
  /** At most WRONG of them. */
  readonly wrongCounters: readonly WrongCounter[]
  /** Rows of the target index that are missing, and rows that should not exist. */
  readonly missingTargets: number
  readonly strayTargets: number
}

/** Most wrong counters reported; they come several at a time. */
const WRONG = 20

export function isClean(found: Verified): boolean {
  return found.wrongCounters.length === 0 && found.missingTargets === 0 && found.strayTargets === 0
}

/** Recounts a company, or each of all, in one snapshot, and compares the result with what is stored. */
export async function verify(context: Context, id: string | undefined): Promise<Verified[]> {
  const found: Verified[] = []
  for (const corp of await corpsOf(context, id)) {
    found.push(await context.store.readLong(corp.key, (tx) => verifyCorp(tx, corp)))
  }
  return found
}

async function verifyCorp(tx: ReadTx, corp: Corp): Promise<Verified> {
  const wrong = await wrongCounters(tx, WRONG)
  let follows = 0
  let expected = 0
  let matched = 0
  for await (const rows of copies(tx)) {
    const targets = rows.flatMap(targetsOf)
    follows += rows.length
    expected += targets.length
    matched += await countMatchingTargets(tx, targets)
  }
  const stray = (await rowCount(tx, 'follow_target')) - matched
  return {
    corp: corp.id,
    follows,
    wrongCounters: wrong,
    missingTargets: expected - matched,
    strayTargets: stray,
  }
}

async function* copies(tx: ReadTx): AsyncGenerator<FollowCopy[]> {
  for await (const rows of followPages((after, limit) => followCopiesAfter(tx, after, limit), ROWS)) {
    yield rows
    // SQLite works in this thread: without a pause, Ctrl-C would be noticed at the end.
    await yieldToEventLoop()
  }
}

function targetsOf(row: FollowCopy): TargetRow[] {
  const { id, system, followTime } = row
  return targetIdsOfHead(row.head).map((targetId) => ({ targetId, system, followTime, id }))
}
