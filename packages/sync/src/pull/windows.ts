import type { Listing } from 'genjin-client'
import { TARGET_TYPES, type TargetType } from 'genjin-contract'
import { addDays, utcDay } from 'genjin-record'

/** A window with more records than this is cut: 10 pages, so that no server has to skip far and it fits into memory. */
const DEEP = 1000

/** Days of the first window. */
const FIRST_DAYS = 31

const DAY_MS = 86_400_000

/** First and last day, both included, `yyyy-MM-dd`; open where undefined. One target type, or all. */
export interface Window {
  readonly start: string | undefined
  readonly end: string | undefined
  readonly type?: TargetType
}

export const EVERYTHING: Window = { start: undefined, end: undefined }

/** A window as the filters of follow/list. */
export function paramsOf({ start, end, type }: Window) {
  return {
    ...(start !== undefined && { follow_time_start: start }),
    ...(end !== undefined && { follow_time_end: end }),
    ...(type !== undefined && { target_type: type }),
  }
}

/** A window and how many records it had when it was cut. */
export interface CutWindow extends Window {
  readonly total: number
}

export interface WindowedRecord {
  readonly id: string
  readonly follow_time: number
}

/** A list of follow-ups, filtered or not, within a window. */
export type ListWindow<R> = (window: Window, pageSize: number) => Listing<R>

/**
 * Cuts a list into windows from the newest to the oldest, without gaps, none of which holds more than DEEP records unless one
 * day holds more of one target type. Neither the oldest day nor the company's time zone is known: only totals and the newest
 * record are used. The windows of one day come together.
 *
 * @param whole the window to cut
 * @param isCuttable whether days may be cut by target type: not when the list is filtered by it already
 */
export async function* cutWindows<R extends WindowedRecord>(
  list: ListWindow<R>,
  whole: Window,
  isCuttable: boolean,
): AsyncGenerator<CutWindow[]> {
  const { start: first } = whole
  let end = whole.end
  let days = FIRST_DAYS
  for (;;) {
    const rest = await list({ start: first, end }, 1).page()
    if (rest.total <= DEEP) {
      yield [{ start: first, end, total: rest.total }]
      return
    }
    // A day more than the newest record's UTC day: in the company's time zone it can be the next one.
    let newest = utcDay((rest.records[0]?.follow_time ?? 0) + DAY_MS)
    if (end !== undefined && newest > end) newest = end
    let left = rest.total
    // Windows of about equal size, until little is left or one is empty: the next record may be years older.
    for (let gap = false; left > DEEP && !gap; ) {
      const start = latest(addDays(newest, 1 - days), first)
      const { total } = await list({ start, end }, 1).page()
      if (total > DEEP && start < newest) {
        days = Math.max(1, Math.min(days - 1, Math.floor((days * DEEP * 0.8) / total)))
        continue
      }
      const window = { start, end, total }
      yield total > DEEP && isCuttable ? await cutByType(list, window) : [window]
      if (start === first) return
      left -= total
      gap = total === 0
      end = addDays(start, -1)
      newest = end
      if (total < DEEP / 2) days = Math.min(2 * days, 3660)
    }
  }
}

/** One day by target type; in one piece when these do not add up to it: the platform may have types that the contract lacks. */
async function cutByType<R>(list: ListWindow<R>, day: CutWindow): Promise<CutWindow[]> {
  const windows: CutWindow[] = []
  for (const type of TARGET_TYPES) {
    const { total } = await list({ ...day, type }, 1).page()
    if (total > 0) windows.push({ ...day, type, total })
  }
  const sum = windows.reduce((all, { total }) => all + total, 0)
  return sum === day.total ? windows : [day]
}

/** How many times a window is read when its total keeps changing meanwhile. */
const READS = 5

/**
 * The records of a window, newest first. A small one comes in one piece, and is read again when its total changed meanwhile:
 * pages of two states could miss or repeat a record. A larger one comes page by page.
 */
export async function* readWindow<R>(list: ListWindow<R>, window: CutWindow): AsyncGenerator<R[]> {
  if (window.total > DEEP) {
    for await (const { records } of list(window, PAGE_SIZE).pages()) yield records
    return
  }
  for (let read = 1; ; read++) {
    const all: R[] = []
    const totals = new Set<number>()
    for await (const { total, records } of list(window, PAGE_SIZE).pages()) {
      totals.add(total)
      all.push(...records)
    }
    if (read === READS || (totals.size === 1 && totals.has(all.length))) {
      if (all.length > 0) yield all
      return
    }
  }
}

/** The most records that a page may have. */
const PAGE_SIZE = 100

function latest(one: string, other: string | undefined): string {
  return other === undefined || one > other ? one : other
}
