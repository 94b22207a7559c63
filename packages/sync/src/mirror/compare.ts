import type { GenjinClient } from 'genjin-client'
import { RECONCILE_DAYS } from 'genjin-contract'
import { addDays, Checksum, digestChecksum } from 'genjin-record'
import { ServiceError } from 'genjin-server'
import { catchUp } from './catch-up.ts'
import type { DaySum } from './day-sums.ts'
import type { Mirror } from './mirror.ts'

/** How often it is tried to find a moment in which nobody writes. */
const TRIES = 5

/** - `otherDays`: both hold the same follow-ups, but the source's days begin at other times: it has another time zone */
export type Comparison = 'equal' | 'otherDays' | 'different'

/**
 * Whether a mirror holds what its source holds: count and checksum of every day, and how many there are in all. Throws
 * when the source is written to all the time, so that the two are never of one moment.
 */
export async function compare(
  client: GenjinClient,
  mirror: Mirror,
  timeZone: string,
  signal: AbortSignal,
): Promise<Comparison> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const comparison = await compareOnce(client, mirror, timeZone)
    // When nothing has happened since, both were of one moment.
    const { changes } = await catchUp(client, mirror, signal, () => {})
    if (changes === 0) return comparison
  }
  throw new ServiceError(
    'conflict',
    '已同步，但来源一直在被写入，未能核对：请稍后再核对 / synced, but the source is written to all the time: check again later',
  )
}

async function compareOnce(client: GenjinClient, mirror: Mirror, timeZone: string): Promise<Comparison> {
  const own = await Array.fromAsync(mirror.daySums(timeZone))
  const staff = await client.follow.list({ page_size: 1 }).page()
  const system = await client.follow.listForSystem({ page_size: 1 }).page()
  if (staff.total + system.total !== own.reduce((sum, { count }) => sum + count, 0)) return 'different'
  if (await areEqualByDay(client, own)) return 'equal'
  return (await areEqualInAll(client, own)) ? 'otherDays' : 'different'
}

async function areEqualByDay(client: GenjinClient, own: readonly DaySum[]): Promise<boolean> {
  const sums = new Map(own.map((sum) => [sum.day, sum]))
  for await (const { day, count, checksum } of theirSums(client, [...sums.keys()], 0)) {
    const here = sums.get(day) ?? { count: 0, checksum: new Checksum().hex }
    if (here.count !== count || here.checksum !== checksum) return false
  }
  return true
}

/** The sums of all days: a follow-up that differs in anything, its time too, has another checksum. */
async function areEqualInAll(client: GenjinClient, own: readonly DaySum[]): Promise<boolean> {
  // Whatever their zone is, a follow-up's day is ours, or one beside it.
  const days = own.map(({ day }) => day)
  const theirs = await Array.fromAsync(theirSums(client, days, 1))
  const [here, there] = [own, theirs].map(total)
  return here === there
}

function total(sums: readonly DaySum[]): string {
  const checksum = new Checksum()
  let count = 0
  for (const sum of sums) {
    count += sum.count
    checksum.add(digestChecksum(sum.checksum))
  }
  return `${count} ${checksum.hex}`
}

/**
 * The source's sums of these days and of so many beside them. Long gaps are skipped: nothing is in them on either side, or
 * the counts of all would differ.
 */
async function* theirSums(
  client: GenjinClient,
  days: readonly string[],
  beside: number,
): AsyncGenerator<DaySum, void, undefined> {
  const wanted = days.map((day): [string, string] => [addDays(day, -beside), addDays(day, beside)])
  const last = wanted.at(-1)?.[1] ?? ''
  for (let start = wanted[0]?.[0]; start !== undefined; ) {
    const full = addDays(start, RECONCILE_DAYS - 1)
    const end = full < last ? full : last
    const { days: theirs } = await client.follow.reconcile({ follow_time_start: start, follow_time_end: end })
    for (const { day, count, whole_checksum: checksum } of theirs) yield { day, count, checksum }
    if (end >= last) return
    const following = addDays(end, 1)
    const next = wanted.find(([, until]) => until >= following)?.[0]
    start = next !== undefined && next > following ? next : following
  }
}
