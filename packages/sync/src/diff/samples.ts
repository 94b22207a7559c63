import { addDays, utcDay } from 'genjin-record'
import { dataOf } from './compare.ts'
import { idOf, isPage } from './pages.ts'
import type { ListName, Params } from './request.ts'
import { askBoth, type Sides } from './run.ts'

export type SampleRecord = Readonly<Record<string, unknown>>

/** Some records of one list, of both sides, and the list's total. */
export interface Sample {
  readonly total: number
  readonly records: readonly SampleRecord[]
}
export type Samples = Readonly<Partial<Record<ListName, Sample>>>

/** How many days before the newest record the windows of samples end. */
const DAYS_BEFORE = [7, 30, 90, 365, 1000]

/** Records to take of a window, and of the first page. */
const WINDOW_SIZE = 50
const PAGE_SIZE = 100

/** Longest window that the older lists take. */
const LONGEST_S = 30 * 86_400

const STAFF_PAGES = 3

/** A few hundred records of a list: the newest, and some older ones. */
export async function readSample(sides: Sides, operation: ListName): Promise<Sample> {
  let total = 0
  const found = new Map<string, SampleRecord>()
  /** A side that refuses adds nothing here; the random requests will show it as a difference. */
  const collect = async (params: Params) => {
    const isFirst = found.size === 0
    for (const answer of await askBoth(sides, { operation, params })) {
      const data = dataOf(answer)
      if (!isPage(data)) continue
      if (isFirst) total = Math.max(total, Number(data.total) || 0)
      for (const record of data.records as SampleRecord[]) {
        if (!found.has(idOf(record))) found.set(idOf(record), record)
      }
    }
  }
  await collect({ page_size: PAGE_SIZE })
  if (operation === 'staffList') {
    for (let page = 2; page <= STAFF_PAGES && total > (page - 1) * PAGE_SIZE; page++) {
      await collect({ current_index: page, page_size: PAGE_SIZE })
    }
  } else {
    for (const window of windowsOf([...found.values()])) await collect({ ...window, page_size: WINDOW_SIZE })
  }
  return { total, records: [...found.values()] }
}

/** Windows of time before the newest record, as the list takes them. */
function windowsOf(records: readonly SampleRecord[]): Params[] {
  const newest = (key: string) => Math.max(0, ...records.map((record) => Number(record[key] ?? 0)))
  const [milliseconds, seconds] = [newest('follow_time'), newest('gmt_create')]
  if (milliseconds > 0) {
    return DAYS_BEFORE.map((days) => ({ follow_time_end: addDays(utcDay(milliseconds), -days) }))
  }
  if (seconds === 0) return []
  return DAYS_BEFORE.map((days) => {
    const end = Math.max(0, seconds - days * 86_400)
    return { start_time: Math.max(0, end - LONGEST_S), end_time: end }
  })
}
