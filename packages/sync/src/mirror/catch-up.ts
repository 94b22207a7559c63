import { ApiError, ERROR_CODES, type FollowChangesPage, type GenjinClient } from 'genjin-client'
import { refused } from '../error.ts'
import { unlessLacking } from '../source.ts'
import type { FieldDefinition, SourceDefinitions } from './mirror.ts'
import type { TableMirror } from './table-mirror.ts'

/** Changes per request: the most that a page can hold. */
const LIMIT = 1000

export interface CaughtUp {
  /** Changes applied. */
  readonly changes: number
  /** Whether everything was read again, because the cursor had expired. */
  readonly anew: boolean
}

/**
 * Brings a mirror up to the end of the change feed.
 *
 * @param onProgress changes applied, of about `total`
 */
export async function catchUp(
  client: GenjinClient,
  mirror: TableMirror,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<CaughtUp> {
  await mirror.describe(await definitionsOf(client))
  const last = await lastSeq(client)
  let changes = 0
  let anew = mirror.isResyncing
  let total: number | undefined
  try {
    for (let next = ask(client, mirror.cursor); ; ) {
      const page = await next
      if (page === undefined) {
        await mirror.startResync()
        anew = true
        next = ask(client, undefined)
        continue
      }
      // The next page is fetched while this one is applied.
      if (page.has_more) {
        next = ask(client, page.cursor)
        next.catch(() => {})
      }
      total ??= last - (page.records[0]?.seq ?? last + 1) + 1
      await mirror.apply(page)
      changes += page.records.length
      onProgress(changes, Math.max(total, changes))
      signal.throwIfAborted()
      if (!page.has_more) break
    }
    await mirror.finishResync()
  } finally {
    await mirror.settle()
  }
  return { changes, anew }
}

/** Throws unless the source can be reached and has a change feed. */
export async function requireFeed(client: GenjinClient): Promise<void> {
  if ((await unlessLacking(lastSeq(client))) === undefined) {
    throw refused(
      '来源没有变更流：sync 只能读 genjin，读平台请用 genjin pull / the source has no change feed: use genjin pull',
    )
  }
}

/** Whether a source gave out a cursor, and still continues from it. */
export async function takesCursor(client: GenjinClient, cursor: string): Promise<boolean> {
  try {
    await client.call('followChanges', { limit: 1, cursor })
    return true
  } catch (error) {
    const codes: number[] = [ERROR_CODES.cursorExpired, ERROR_CODES.paramInvalid]
    if (error instanceof ApiError && codes.includes(error.code)) return false
    throw error
  }
}

/** A page of the feed; undefined when the cursor has expired. */
async function ask(client: GenjinClient, cursor: string | undefined): Promise<FollowChangesPage | undefined> {
  try {
    return await client.call('followChanges', { limit: LIMIT, ...(cursor !== undefined && { cursor }) })
  } catch (error) {
    if (error instanceof ApiError && error.code === ERROR_CODES.cursorExpired) return undefined
    throw error
  }
}

async function lastSeq(client: GenjinClient): Promise<number> {
  const day = { follow_time_start: '1970-01-01', follow_time_end: '1970-01-01' }
  return (await client.follow.reconcile(day)).seq
}

async function definitionsOf(client: GenjinClient): Promise<SourceDefinitions | null> {
  const fields = await unlessLacking(Array.fromAsync(client.customField.list()))
  const followTypes = fields && (await unlessLacking(Array.fromAsync(client.followType.list())))
  if (!followTypes) return null
  return {
    fields: fields as FieldDefinition[],
    followTypes: new Map(followTypes.map(({ id, name }) => [id, name])),
  }
}
