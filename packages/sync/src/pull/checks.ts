import type { GenjinClient } from 'genjin-client'
import { addDays } from 'genjin-record'
import { type Days, isSame, reconciledDays, type Sum, sumOf } from '../reconcile.ts'
import { type DoneWindow, KINDS, type Kind, type PullState } from './state.ts'
import type { Window } from './windows.ts'

/**
 * What each day of one list adds up to at the source, wherever windows have records. A day more on both sides: spans are days
 * in UTC, the source's are days of the company's time zone.
 */
export async function daySums(
  client: GenjinClient,
  kind: Kind,
  windows: readonly DoneWindow[],
): Promise<Map<string, Sum>> {
  const wanted = windows.flatMap(({ spans }) =>
    spans.map(([first, last]): Days => [addDays(first, -1), addDays(last, 1)]),
  )
  const sums = new Map<string, Sum>()
  for await (const { day, count, checksum } of reconciledDays(client, wanted, kind === 'system' ? 1 : 0)) {
    if (count > 0) sums.set(day, { count, checksum })
  }
  return sums
}

/**
 * Whether an unfinished pull was from this source, whatever it was called then: another app, another address. It was where a
 * window has the same records by their checksum. For a source that reconciles; what differs is read again at the end anyway.
 */
export async function isSameSource(client: GenjinClient, { done }: PullState): Promise<boolean> {
  for (const kind of KINDS) {
    const windows = done[kind].filter(({ count, checksum }) => count > 0 && checksum !== undefined)
    const off = new Set(differing(windows, await daySums(client, kind, windows)).map(({ start }) => start))
    if (windows.some(({ start }) => !off.has(start))) return true
  }
  return false
}

/** The days of windows that do not add up to what the same days of the source do. */
export function differing(windows: readonly DoneWindow[], sums: ReadonlyMap<string, Sum>): Window[] {
  return byDays(windows).filter(({ start, end, parts }) => {
    const theirs = [...sums].filter(
      ([day]) => (start === undefined || day >= start) && (end === undefined || day <= end),
    )
    return !isSame(ownSum(parts), sumOf(theirs.map(([, sum]) => sum)))
  })
}

/** What windows hold. Without checksums where the source has none to compare with. */
export function ownSum(windows: readonly DoneWindow[]): Sum {
  return sumOf(windows.map(({ count, checksum = '0' }) => ({ count, checksum })))
}

/** Windows grouped by their days: a crowded day is read in several windows, one for each target type. */
export function byDays(windows: readonly DoneWindow[]): (Window & { readonly parts: DoneWindow[] })[] {
  const groups = Map.groupBy(windows, ({ start, end }) => `${start} ${end}`)
  return [...groups.values()].map((parts) => {
    const { start, end } = parts[0] as DoneWindow
    return { start, end, parts }
  })
}
