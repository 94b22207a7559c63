import { type FollowGetBody, HISTORY_ENTRIES } from 'genjin-contract'
import { parseJson, toJson } from '../json.ts'
import { followTypeNames } from '../store/dictionary.ts'
import {
  earlierVersions,
  type FollowVersion,
  findDeletion,
  findFollow,
  MOST_VERSIONS,
} from '../store/follow-writes.ts'
import type { ReadTx } from '../store/port.ts'
import { TOMBSTONE_MS, unknownFollow } from './follow-change.ts'
import type { Parts, Session } from './parts.ts'
import { wholeRecordText } from './record.ts'

/** Characters of record text that one history is made of: records can be 1 MiB long, and there can be many versions. */
const HISTORY_LENGTH = 4 * 1024 * 1024

/** POST /openapi/crm/follow/get: a follow-up, deleted ones for 90 days, with its version and history (W5). */
export function followGet(parts: Parts, session: Session, body: FollowGetBody): Promise<string> {
  return parts.store.read(session.corp, async (tx) => {
    const id = body.follow_id
    const present = await findFollow(tx, id)
    const deletion = present ? undefined : await findDeletion(tx, id)
    const newest = present ?? deletion
    if (!newest || (deletion && deletion.change.at <= parts.now() - TOMBSTONE_MS)) throw unknownFollow(id)
    const { versions, more } = await versionsOf(tx, newest, body.history_before ?? MOST_VERSIONS)
    const names = await followTypeNames(tx, typeIdsOf([newest, ...versions]))
    const nameOf = (version: FollowVersion) =>
      (version.followType !== null && names.get(version.followType)) || null
    const record = wholeRecordText({ ...newest, typeName: nameOf(newest) })
    const history = versions.slice(0, more ? -1 : undefined).map((version, index) => ({
      version: version.version,
      op: version.op,
      time: version.change.at,
      appid: version.change.app,
      user_id: version.change.user,
      reason: version.change.reason,
      changes: differences(versions[index + 1], version, nameOf),
    }))
    return `{"deleted":${deletion !== undefined},"record":${record},"history":${toJson(history)},"has_more":${more}}`
  })
}

/** Versions before `before`, newest first, with one more at the end when there are more: what it is compared with. */
async function versionsOf(
  tx: ReadTx,
  newest: FollowVersion,
  before: number,
): Promise<{ versions: FollowVersion[]; more: boolean }> {
  const versions: FollowVersion[] = []
  let length = 0
  let next: FollowVersion | undefined = newest.version < before ? newest : undefined
  let after = Math.min(before, newest.version)
  for (;;) {
    next ??= (await earlierVersions(tx, newest.id, after, 1))[0]
    if (!next) return { versions, more: false }
    versions.push(next)
    length += next.head.length + next.tail.length
    if (versions.length > HISTORY_ENTRIES || (length > HISTORY_LENGTH && versions.length > 1)) {
      return { versions, more: true }
    }
    after = next.version
    next = undefined
  }
}

function typeIdsOf(versions: readonly FollowVersion[]): bigint[] {
  return [...new Set(versions.flatMap(({ followType }) => (followType === null ? [] : [followType])))]
}

interface Difference {
  readonly field: string
  readonly from: unknown
  readonly to: unknown
}

/** What a version changed, key by key of the record; those of field_map one by one. */
function differences(
  before: FollowVersion | undefined,
  after: FollowVersion,
  nameOf: (version: FollowVersion) => string | null,
): Difference[] {
  if (!before) return []
  const [from, to] = [valuesOf(before, nameOf), valuesOf(after, nameOf)]
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((field) => toJson(from.get(field) ?? null) !== toJson(to.get(field) ?? null))
    .map((field) => ({ field, from: from.get(field) ?? null, to: to.get(field) ?? null }))
}

function valuesOf(
  version: FollowVersion,
  nameOf: (version: FollowVersion) => string | null,
): Map<string, unknown> {
  const record = parseJson(Buffer.from(`${version.head},${version.tail}`)) as Record<string, unknown>
  const { id: _id, field_map: fieldMap, ...rest } = record
  return new Map([
    ...Object.entries(rest),
    ['follow_type_desc', nameOf(version)],
    ...Object.entries(fieldMap as object).map(([key, value]): [string, unknown] => [
      `field_map.${key}`,
      value,
    ]),
    ['system', version.system],
    ['title', version.title],
    ['stage_id', version.stageId],
  ])
}
