import type { FollowListParams, FollowRecord, GenjinClient } from 'genjin-client'
import { cutWindows, type ListWindow, paramsOf, readWindow } from '../pull/windows.ts'
import { CONCURRENCY, unlessLacking } from '../source.ts'
import type { CustomField } from './record.ts'

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

/** Custom fields and staff names, empty where a source does not have the list. */
export async function sheetNames(
  client: GenjinClient,
): Promise<{ customFields: readonly CustomField[]; staffNames: Map<string, string> }> {
  const customFields = (await unlessLacking(Array.fromAsync(client.customField.list()))) ?? []
  const staff = (await unlessLacking(Array.fromAsync(client.staff.list()))) ?? []
  return { customFields, staffNames: new Map(staff.map(({ userId, username }) => [userId, username])) }
}
