import type { Listing } from 'genjin-client'
import { TARGET_TYPES, type TargetType } from 'genjin-contract'
import { addDays, utcDay } from 'genjin-record'

/** A window with more records than this is cut: 10 pages, so that nobody has to skip deep, and it fits into memory. */
const DEEP = 1000

/** Days of the first window. */
const FIRST_DAYS = 31

const DAY_MS = 86_400_000

/** Days from and to, both included, `yyyy-MM-dd`; open where there is none. One target type, or all. */
export interface Window {
  readonly start: string | undefined
  readonly end: string | undefined
  readonly type?: TargetType
}

/** A window with the number of its records when it was cut. */
export interface CutWindow extends Window {
  readonly total: number
}

export interface WindowedRecord {
  readonly id: string
  readonly follow_time: number
}

/** A list of follow-ups with some filter, within a window. */
export type ListWindow<R> = (window: Window, pageSize: number) => Listing<R>

/**
 * Cuts a list into windows that follow each other without a gap from the newest to the oldest, none of which holds more than
 * DEEP records, unless one day holds more of one target type. It knows nothing of the list but its answers: neither where it
 * begins nor the company's time zone. The windows of one day come together.
 *
 * @param whole what is to be cut
 * @param isCuttable whether days may be cut by target type: not when the list has that filter already
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
    // The newest one's day, and one more: it can be the next day where the company is.
    let newest = utcDay((rest.records[0]?.follow_time ?? 0) + DAY_MS)
    if (end !== undefined && newest > end) newest = end
    let left = rest.total
    // Windows of about equal size, until little is left, or a gap comes.
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

/** A day by target type; as a whole when they do not make up the day (a type that is not in the contract). */
async function cutByType<R>(list: ListWindow<R>, day: CutWindow): Promise<CutWindow[]> {
  const windows: CutWindow[] = []
  for (const type of TARGET_TYPES) {
    const { total } = await list({ ...day, type }, 1).page()
    if (total > 0) windows.push({ ...day, type, total })
  }
  const sum = windows.reduce((all, { total }) => all + total, 0)
  return sum === day.total ? windows : [day]
}

/** How often a window is read again whose total changed while it was read. */
const READS = 5

/**
 * The records of a window, newest first: in one piece when it is small, which is then as it was at one instant, as far as its
 * total tells; page by page when it is deep.
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
