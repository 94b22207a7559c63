import { hash } from 'node:crypto'
import { Checksum, type GenjinClient, recordLine } from 'genjin-client'
import { RECONCILE_DAYS } from 'genjin-contract'
import { addDays, dayOf } from '../windows.ts'
import { isUnavailable } from './directory.ts'
import type { DoneWindow, Kind } from './state.ts'

/** Count and checksum of some follow-ups. */
export interface Sum {
  readonly count: number
  readonly checksum: string
}

/** Adds up records as follow/reconcile does. */
export class Summing {
  readonly #checksum = new Checksum()
  count = 0

  add(record: object): void {
    this.count++
    const line = recordLine(record)
    this.#checksum.add(BigInt(`0x${hash('sha256', line, 'hex').slice(0, 32)}`))
  }

  addSum({ count, checksum }: Sum): void {
    this.count += count
    this.#checksum.add(BigInt(`0x${checksum}`))
  }

  get sum(): Sum {
    return { count: this.count, checksum: this.#checksum.hex }
  }
}

/** Whether a source can say what its days add up to. */
export async function canReconcile(client: GenjinClient): Promise<boolean> {
  try {
    await client.follow.reconcile({ follow_time_start: '2025-01-01', follow_time_end: '2025-01-01' })
    return true
  } catch (error) {
    if (isUnavailable(error)) return false
    throw error
  }
}

/** What each day of one list adds up to, between the oldest and the newest record of some windows; a day more on both sides. */
export async function daySums(
  client: GenjinClient,
  kind: Kind,
  windows: readonly DoneWindow[],
): Promise<Map<string, Sum>> {
  const sums = new Map<string, Sum>()
  const times = windows.flatMap(({ oldest, newest }) => [oldest ?? [], newest ?? []].flat())
  if (times.length === 0) return sums
  const [oldest, newest] = bounds(times)
  const last = addDays(dayOf(newest), 1)
  for (let day = addDays(dayOf(oldest), -1); day <= last; day = addDays(day, RECONCILE_DAYS)) {
    const end = addDays(day, RECONCILE_DAYS - 1)
    const { days } = await client.follow.reconcile({
      follow_time_start: day,
      follow_time_end: end < last ? end : last,
      system: kind === 'system' ? 1 : 0,
    })
    for (const { day: each, count, checksum } of days) if (count > 0) sums.set(each, { count, checksum })
    if (end >= last) break
  }
  return sums
}

/** Not by spreading: there can be very many. */
function bounds(times: readonly number[]): [number, number] {
  return times.reduce<[number, number]>(
    ([low, high], time) => [Math.min(low, time), Math.max(high, time)],
    [Number.POSITIVE_INFINITY, 0],
  )
}

/** The days of windows that do not add up to what the days of the source do. */
export function differing(
  windows: readonly DoneWindow[],
  sums: ReadonlyMap<string, Sum>,
): { start: string | undefined; end: string | undefined }[] {
  const groups = Map.groupBy(windows, ({ start, end }) => `${start ?? ''} ${end ?? ''}`)
  return [...groups.values()].flatMap((group) => {
    const { start, end } = group[0] as DoneWindow
    const [own, theirs] = [new Summing(), new Summing()]
    for (const { count, checksum = '0' } of group) own.addSum({ count, checksum })
    for (const [day, sum] of sums) {
      if ((start === undefined || day >= start) && (end === undefined || day <= end)) theirs.addSum(sum)
    }
    return isSame(own.sum, theirs.sum) ? [] : [{ start, end }]
  })
}

export function isSame(one: Sum, other: Sum): boolean {
  return one.count === other.count && one.checksum === other.checksum
}

/** All of them. */
export function sumOf(sums: Iterable<Sum>): Sum {
  const all = new Summing()
  for (const sum of sums) all.addSum(sum)
  return all.sum
}
