import { hash } from 'node:crypto'
import type { GenjinClient } from 'genjin-client'
import { RECONCILE_DAYS } from 'genjin-contract'
import { addDays, Checksum, digestChecksum, recordLine } from 'genjin-record'
import { isUnavailable } from '../../../cli/src/source.ts'
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
    this.#checksum.add(digestChecksum(hash('sha256', recordLine(record), 'hex')))
  }

  addSum({ count, checksum }: Sum): void {
    this.count += count
    this.#checksum.add(digestChecksum(checksum))
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

/** What each day of one list adds up to, wherever windows have records; a day more on both sides of them. */
export async function daySums(
  client: GenjinClient,
  kind: Kind,
  windows: readonly DoneWindow[],
): Promise<Map<string, Sum>> {
  const sums = new Map<string, Sum>()
  for (const [first, last] of joined(windows.flatMap(({ spans }) => spans))) {
    for (let day = first; ; day = addDays(day, RECONCILE_DAYS)) {
      const full = addDays(day, RECONCILE_DAYS - 1)
      const end = full < last ? full : last
      const { days } = await client.follow.reconcile({
        follow_time_start: day,
        follow_time_end: end,
        system: kind === 'system' ? 1 : 0,
      })
      for (const { day: each, count, checksum } of days) if (count > 0) sums.set(each, { count, checksum })
      if (end >= last) break
    }
  }
  return sums
}

/** Spans with a day more on both sides, none of which overlap. */
function joined(spans: readonly (readonly [string, string])[]): [string, string][] {
  const expensive = spans.map(([start, end]): [string, string] => [addDays(start, -1), addDays(end, 1)])
  const all: [string, string][] = []
  for (const span of expensive.sort(([one], [other]) => (one < other ? -1 : 1))) {
    const last = all.at(-1)
    if (last && span[0] <= addDays(last[1], 1)) last[1] = span[1] > last[1] ? span[1] : last[1]
    else all.push(span)
  }
  return all
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
