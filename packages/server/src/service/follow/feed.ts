import type { DataOf } from 'genjin-contract'
import { paramError, type ServiceError } from '../../errors.ts'
import { changesAfter, type FeedState, feedState } from '../../store/follow/feed.ts'
import type { Call, Context } from '../context.ts'
import { jsonText, listText, objectText } from '../json-text.ts'
import { sameText } from '../keys.ts'
import { wholeRecordText } from './record.ts'
import { TOMBSTONE_MS } from './update.ts'

/** Bytes of record text of one page: records can be 1 MiB long. */
const PAGE_BYTES = 4 * 1024 * 1024

const DAY_MS = 24 * 3600 * 1000

type ChangeRecord = DataOf<'followChanges'>['records'][number]

/** POST /openapi/crm/follow/changes: every change of follow-ups, once, in the order of the commits (G1, G2). */
export function followChanges({ context, session, input }: Call<'followChanges'>) {
  const today = Math.floor(context.now() / DAY_MS)
  return context.store.read(session.corp, async (tx) => {
    const state = await feedState(tx)
    const from =
      input.cursor === undefined
        ? { seq: 0, horizon: state.forgottenSeq, day: today }
        : openCursor(context, state.feed, input.cursor)
    if (input.cursor !== undefined) requireWhole(from, state, today)
    const changes = await changesAfter(tx, from.seq, input.limit ?? 100, PAGE_BYTES)
    // No changes left: continue from the end of the feed, because its newest entries may have been removed (90 days).
    const last = changes.at(-1)?.seq ?? state.seq
    const cursor = cursorText(context, state.feed, { seq: last, horizon: from.horizon, day: today })
    const records = changes.map((change) =>
      objectText<ChangeRecord>({
        seq: jsonText<bigint>(change.seq),
        op: jsonText<ChangeRecord['op']>(change.op),
        record: wholeRecordText(change),
      }),
    )
    return objectText<DataOf<'followChanges'>>({
      records: listText(records),
      cursor: jsonText<string>(cursor),
      has_more: jsonText<boolean>(last < state.seq),
    })
  })
}

/**
 * A place in the feed. Deletions up to `horizon` had been forgotten when the reading began: nothing of what they deleted
 * was ever read. `day`: when the cursor was given out, in days since 1970.
 */
interface Cursor {
  readonly seq: number
  readonly horizon: number
  readonly day: number
}

/** Refuses a cursor after which a deletion may be missing. */
function requireWhole(cursor: Cursor, state: FeedState, today: number): void {
  const old = (today - cursor.day) * DAY_MS > TOMBSTONE_MS
  const ahead = cursor.seq > state.seq
  const forgotten = state.forgottenSeq > Math.max(cursor.seq, cursor.horizon)
  if (!old && !ahead && !forgotten) return
  const why = ahead
    ? '数据库里没有它之后的变更：数据库可能从备份恢复过'
    : '它之后的删除已过保留期（90 天），变更不再完整'
  throw expired(why)
}

function expired(why: string): ServiceError {
  return paramError(
    'cursorExpired',
    'cursor',
    ` 已失效（${why}）：请清空已同步的数据，不带 cursor 从头重新读取`,
  )
}

/** `gjc_`, the numbers in base 36, and a proof that binds them to the feed of this company in this database. */
function cursorText(context: Context, feed: string, cursor: Cursor): string {
  const place = [cursor.seq, cursor.horizon, cursor.day].map((part) => part.toString(36)).join('_')
  return `gjc_${place}_${context.keys.cursorProof(feed, place)}`
}

const CURSOR = /^gjc_(([0-9a-z]{1,11})_([0-9a-z]{1,11})_([0-9a-z]{1,6}))_([\w-]{16})$/

function openCursor(context: Context, feed: string, text: string): Cursor {
  const [, place, seq = '', horizon = '', day = '', proof = ''] = CURSOR.exec(text) ?? []
  if (place === undefined) {
    throw paramError(
      'paramInvalid',
      'cursor',
      ' 无法识别：请原样使用上一次返回的 cursor；从头读取时不传 cursor',
    )
  }
  if (!sameText(context.keys.cursorProof(feed, place), proof)) {
    throw expired('它不属于这个企业现在的变更流：数据库可能换过，或从备份恢复过')
  }
  const [seqNumber, horizonNumber, dayNumber] = [seq, horizon, day].map((part) => Number.parseInt(part, 36))
  return { seq: seqNumber as number, horizon: horizonNumber as number, day: dayNumber as number }
}
