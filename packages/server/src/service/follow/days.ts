import { paramError } from '../../errors.ts'

/** Throws when the first day of a request is after the last (L4). Days are `yyyy-MM-dd`. */
export function requireDaysInOrder(start: string, end: string): void {
  if (start <= end) return
  throw paramError(
    'paramInvalid',
    'follow_time_start',
    `（${start}）晚于 follow_time_end（${end}）：开始日期不能晚于结束日期`,
  )
}
