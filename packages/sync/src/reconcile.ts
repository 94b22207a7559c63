import { hash } from 'node:crypto'
import type { FollowReconcileData, GenjinClient } from 'genjin-client'
import { RECONCILE_DAYS } from 'genjin-contract'
import { addDays, Checksum, digestChecksum, recordLine } from 'genjin-record'
import { unlessLacking } from './source.ts'

/** Count and checksum of some follow-ups. */
export interface Sum {
  readonly count: number
  /** 32 hexadecimal digits (G5). */
  readonly checksum: string
}

/** Adds up records, or the sums of some, as follow/reconcile does (G5). */
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

export function sumOf(sums: Iterable<Sum>): Sum {
  const summing = new Summing()
  for (const sum of sums) summing.addSum(sum)
  return summing.sum
}

export function isSame(one: Sum, other: Sum): boolean {
  return one.count === other.count && one.checksum === other.checksum
}

/** Whether a server has follow/reconcile. */
export async function canReconcile(client: GenjinClient): Promise<boolean> {
  const day = { follow_time_start: '2025-01-01', follow_time_end: '2025-01-01' }
  return (await unlessLacking(client.follow.reconcile(day))) !== undefined
}

/** First and last day, `yyyy-MM-dd`, both included. */
export type Days = readonly [first: string, last: string]

/**
 * What a source's days add up to: each day of the given ones once, and some of those between them. Gaps longer than one request
 * covers are skipped.
 *
 * @param system 0 staff, 1 system follow-ups only
 */
export async function* reconciledDays(
  client: GenjinClient,
  wanted: readonly Days[],
  system?: 0 | 1,
): AsyncGenerator<FollowReconcileData['days'][number]> {
  const sorted = wanted.toSorted(([one], [other]) => (one < other ? -1 : 1))
  const end = sorted.reduce((latest, [, last]) => (last > latest ? last : latest), '')
  for (let start = sorted[0]?.[0]; start !== undefined; ) {
    const full = addDays(start, RECONCILE_DAYS - 1)
    const last = full < end ? full : end
    const range = { follow_time_start: start, follow_time_end: last }
    yield* (await client.follow.reconcile({ ...range, ...(system !== undefined && { system }) })).days
    if (last >= end) return
    const following = addDays(last, 1)
    const next = sorted.find(([, until]) => until >= following)?.[0]
    start = next !== undefined && next > following ? next : following
  }
}
