import { type DataOf, type FollowReconcileBody, RECONCILE_DAYS } from 'genjin-contract'
import { Checksum, nextDay, zoneOf } from 'genjin-record'
import { paramError, StoreError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import { feedState, followsByTime } from '../../store/follow/feed.ts'
import type { TimePlace } from '../../store/follow/filter.ts'
import type { ReadTx } from '../../store/port.ts'
import type { Call } from '../context.ts'
import type { Given } from '../json-text.ts'
import { lineChecksum } from '../line-checksum.ts'
import { requireDaysInOrder } from './days.ts'
import { checksumLine, wholeChecksumLine } from './record.ts'

/** Rows, and bytes of text, read at once: about 10 ms of work, so that others are served meanwhile. */
const ROWS = 500
const BYTES = 512 * 1024

interface Day {
  readonly day: string
  /** First instant, in ms, and that of the next day. */
  readonly start: number
  readonly end: number
}

interface DaySum extends Day {
  readonly checksum: Checksum
  readonly whole: Checksum
  count: number
}

/**
 * POST /openapi/crm/follow/reconcile: how many follow-ups each day has, and the checksum of their records, all from
 * one snapshot (G4). Read from the records themselves: derived counters could hide a difference.
 */
export function followReconcile({ context, session, input, isGone }: Call<'followReconcile'>) {
  const range = daysOf(input, session.timeZone)
  return context.store.readLong(session.corp, async (tx) => {
    // Inside the callback: an interrupted read is repeated.
    const days = range.map((day) => ({ ...day, checksum: new Checksum(), whole: new Checksum(), count: 0 }))
    const { seq } = await feedState(tx)
    for (const system of [false, true]) {
      if (input.system === undefined || (input.system === 1) === system) await sum(tx, system, days, isGone)
    }
    return totalsOf(seq, days)
  })
}

function daysOf(body: FollowReconcileBody, timeZone: string): Day[] {
  const { follow_time_start: start, follow_time_end: end } = body
  requireDaysInOrder(start, end)
  const zone = zoneOf(timeZone)
  const days: Day[] = []
  for (let day = start; ; day = nextDay(day)) {
    if (days.length === RECONCILE_DAYS) {
      throw paramError(
        'paramRange',
        'follow_time_end',
        ` 超出范围：与 follow_time_start 最多相隔 ${RECONCILE_DAYS} 天（含首尾），请分多次请求`,
      )
    }
    days.push({ day, start: zone.startOfDay(day), end: zone.endOfDay(day) })
    if (day === end) return days
  }
}

/** Adds the follow-ups of one kind to their days. Stops when nobody waits any more. */
async function sum(
  tx: ReadTx,
  system: boolean,
  days: readonly DaySum[],
  isGone: () => boolean,
): Promise<void> {
  const before = (days.at(-1) as DaySum).end
  let after: TimePlace = { followTime: (days[0] as DaySum).start - 1, id: MOST_ID }
  let at = 0
  for (;;) {
    if (isGone()) throw new StoreError('gone', 'the client has closed its connection')
    const rows = await followsByTime(tx, system, after, before, ROWS, BYTES)
    for (const row of rows) {
      while (row.followTime >= (days[at] as DaySum).end) at++
      const day = days[at] as DaySum
      day.count++
      day.checksum.add(lineChecksum(checksumLine(row)))
      day.whole.add(lineChecksum(wholeChecksumLine(row)))
    }
    const last = rows.at(-1)
    if (!last) return
    after = last
    await yieldToEventLoop()
  }
}

const MOST_ID = 9223372036854775807n

function totalsOf(seq: number, days: readonly DaySum[]): Given<DataOf<'followReconcile'>> {
  const total = new Checksum()
  const totalWhole = new Checksum()
  for (const { checksum, whole } of days) {
    total.add(checksum.value)
    totalWhole.add(whole.value)
  }
  return {
    seq,
    count: days.reduce((count, day) => count + day.count, 0),
    checksum: total.hex,
    whole_checksum: totalWhole.hex,
    days: days.map(({ day, count, checksum, whole }) => ({
      day,
      count,
      checksum: checksum.hex,
      whole_checksum: whole.hex,
    })),
  }
}
