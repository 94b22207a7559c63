import type { GenjinClient } from 'genjin-client'
import { RECONCILE_DAYS } from 'genjin-contract'
import { ServiceError } from 'genjin-server'
import { addDays } from '../windows.ts'
import { catchUp } from './catch-up.ts'
import type { Warehouse } from './warehouse.ts'

/** How often it is tried to find a moment in which nobody writes. */
const TRIES = 5

/**
 * Whether a warehouse holds what its source holds: count and checksum of every day, and how many there are in all. Throws
 * when the source is written to all the time, so that the two are never of one moment.
 */
export async function isEqual(
  client: GenjinClient,
  warehouse: Warehouse,
  timeZone: string,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const equal = await compare(client, warehouse, timeZone)
    // When nothing has happened since, both were of one moment.
    const { changes } = await catchUp(client, warehouse, signal, () => {})
    if (changes === 0) return equal
  }
  throw new ServiceError(
    'conflict',
    '已同步,但来源一直在被写入,未能核对:请稍后再核对 / synced, but the source is written to all the time: check again later',
  )
}

async function compare(client: GenjinClient, warehouse: Warehouse, timeZone: string): Promise<boolean> {
  const own = new Map<string, string>()
  let count = 0
  for await (const day of warehouse.daySums(timeZone)) {
    own.set(day.day, `${day.count} ${day.checksum}`)
    count += day.count
  }
  const staff = await client.follow.list({ page_size: 1 }).page()
  const system = await client.follow.listForSystem({ page_size: 1 }).page()
  if (staff.total + system.total !== count) return false
  const days = [...own.keys()]
  const last = days.at(-1)
  for (let start = days[0]; start !== undefined && last !== undefined && start <= last; ) {
    const full = addDays(start, RECONCILE_DAYS - 1)
    const end = full < last ? full : last
    const { days: theirs } = await client.follow.reconcile({ follow_time_start: start, follow_time_end: end })
    for (const { day, count: there, whole_checksum: checksum } of theirs) {
      if ((own.get(day) ?? `0 ${'0'.repeat(32)}`) !== `${there} ${checksum}`) return false
    }
    const following = addDays(end, 1)
    // Long gaps are skipped: nothing is in them on either side, or the counts would differ.
    start = days.find((day) => day >= following)
  }
  return true
}
