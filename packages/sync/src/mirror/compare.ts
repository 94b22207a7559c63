import type { GenjinClient } from 'genjin-client'
import { addDays, Checksum } from 'genjin-record'
import { refused } from '../error.ts'
import { type Days, isSame, reconciledDays, sumOf } from '../reconcile.ts'
import { catchUp } from './catch-up.ts'
import type { DaySum } from './day-sums.ts'
import type { TableMirror } from './table-mirror.ts'

/** How many times to look for a moment in which the source is not written to. */
const TRIES = 5

/** - `otherDays`: both hold the same follow-ups, but the source's days begin at other times: it has another time zone */
export type Comparison = 'equal' | 'otherDays' | 'different'

/**
 * Whether a mirror holds what its source holds: count and checksum of every day, and the total. Throws when the source is
 * written to all the time, so that the two are never of the same moment.
 */
export async function compare(
  client: GenjinClient,
  mirror: TableMirror,
  timeZone: string,
  signal: AbortSignal,
): Promise<Comparison> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const comparison = await compareOnce(client, mirror, timeZone)
    // Without changes since, both sides were of the same moment.
    const { changes } = await catchUp(client, mirror, signal, () => {})
    if (changes === 0) return comparison
  }
  throw refused(
    '已同步，但来源一直在被写入，未能核对：请稍后再核对 / synced, but the source is written to all the time: check again later',
  )
}

async function compareOnce(client: GenjinClient, mirror: TableMirror, timeZone: string): Promise<Comparison> {
  const own = await Array.fromAsync(mirror.daySums(timeZone))
  const staff = await client.follow.list({ page_size: 1 }).page()
  const system = await client.follow.listForSystem({ page_size: 1 }).page()
  if (staff.total + system.total !== sumOf(own).count) return 'different'
  if (await areEqualByDay(client, own)) return 'equal'
  // The same follow-ups have the same checksum in all, whichever days they are counted to: a day of ours, or one beside it.
  return isSame(sumOf(own), sumOf(await Array.fromAsync(theirSums(client, own, 1))))
    ? 'otherDays'
    : 'different'
}

async function areEqualByDay(client: GenjinClient, own: readonly DaySum[]): Promise<boolean> {
  const sums = new Map(own.map((sum) => [sum.day, sum]))
  const nothing = { count: 0, checksum: new Checksum().hex }
  for await (const theirs of theirSums(client, own, 0)) {
    if (!isSame(sums.get(theirs.day) ?? nothing, theirs)) return false
  }
  return true
}

/** The source's sums of these days and of so many days beside each. */
async function* theirSums(
  client: GenjinClient,
  own: readonly DaySum[],
  beside: number,
): AsyncGenerator<DaySum, void, undefined> {
  const wanted = own.map(({ day }): Days => [addDays(day, -beside), addDays(day, beside)])
  for await (const { day, count, whole_checksum: checksum } of reconciledDays(client, wanted)) {
    yield { day, count, checksum }
  }
}
