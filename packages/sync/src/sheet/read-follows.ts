import type { FollowListParams, FollowRecord, GenjinClient, StaffRecord } from 'genjin-client'
import { joinNames } from 'genjin-record'
import { cutWindows, type ListWindow, paramsOf, readWindow } from '../pull/windows.ts'
import { CONCURRENCY, unlessLacking } from '../source.ts'
import type { SheetOptions } from './table.ts'

/** The staff follow-ups that match some filters. */
export interface FoundFollows {
  readonly total: number
  /** All of them, newest first, read in windows of time: no server has to skip far. */
  pages(): AsyncGenerator<FollowRecord[]>
}

/** Sends the filters to a source, which refuses them if they are wrong. */
export async function findFollows(client: GenjinClient, filters: FollowListParams): Promise<FoundFollows> {
  const { follow_time_start: start, follow_time_end: end, ...others } = filters
  const list: ListWindow<FollowRecord> = (window, size) =>
    client.follow.list({ ...others, ...paramsOf(window), page_size: size }, { concurrency: CONCURRENCY })
  const whole = { start: start ?? undefined, end: end ?? undefined }
  const { total } = await list(whole, 1).page()
  return {
    total,
    async *pages() {
      for await (const cuts of cutWindows(list, whole, others.target_type === undefined)) {
        for (const cut of cuts) yield* readWindow(list, cut)
      }
    },
  }
}

/** What a table shows beside the records: empty where a source does not have the list. */
export type SheetNames = Pick<SheetOptions, 'customFields' | 'staffNames' | 'departmentNames'>

export const NO_NAMES: SheetNames = { customFields: [], staffNames: new Map(), departmentNames: new Map() }

export async function sheetNames(client: GenjinClient): Promise<SheetNames> {
  const customFields = (await unlessLacking(Array.fromAsync(client.customField.list()))) ?? []
  const staff = (await unlessLacking(Array.fromAsync(client.staff.list()))) ?? []
  const departments = (await unlessLacking(Array.fromAsync(client.department.list()))) ?? []
  const names = new Map(departments.map(({ id, name }) => [id, name]))
  const departmentOf = (user: StaffRecord) =>
    user.main_department_id ? names.get(user.main_department_id) : joinNames(departmentsOf(user, names))
  return {
    customFields,
    staffNames: new Map(staff.map(({ userId, username }) => [userId, username])),
    departmentNames: new Map(staff.map((user) => [user.userId, departmentOf(user) ?? ''])),
  }
}

function departmentsOf({ department_id }: StaffRecord, names: ReadonlyMap<string, string>): string[] {
  return (department_id ?? '').split(',').flatMap((id) => names.get(id) ?? [])
}
