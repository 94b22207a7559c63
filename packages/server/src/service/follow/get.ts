import { type DataOf, HISTORY_ENTRIES } from 'genjin-contract'
import { parseExact, toJson } from 'genjin-record'
import { followTypeNames } from '../../store/dictionary.ts'
import {
  earlierVersions,
  type FollowVersion,
  findDeletion,
  findFollow,
  MOST_VERSIONS,
} from '../../store/follow/write.ts'
import type { ReadTx } from '../../store/port.ts'
import { sees } from '../auth/rights.ts'
import type { Call } from '../context.ts'
import { jsonText, objectText } from '../json-text.ts'
import { wholeRecordText } from './record.ts'
import { TOMBSTONE_MS, unknownFollow } from './update.ts'

/** Characters of record text that one history is made of: records can be 1 MiB long, and there can be many versions. */
const HISTORY_LENGTH = 4 * 1024 * 1024

type Data = DataOf<'followGet'>

/** POST /openapi/crm/follow/get: a follow-up, deleted ones for 90 days, with its version and history (W5). */
export function followGet({ context, session, input }: Call<'followGet'>) {
  return context.store.read(session.corp, async (tx) => {
    const id = input.follow_id
    const present = await findFollow(tx, id)
    const deletion = present ? undefined : await findDeletion(tx, id)
    const newest = present ?? deletion
    if (!newest || (deletion && deletion.change.at <= context.now() - TOMBSTONE_MS)) throw unknownFollow(id)
    if (!(await sees(tx, session, newest))) throw unknownFollow(id)
    const { versions, more } = await versionsOf(tx, newest, input.history_before ?? MOST_VERSIONS)
    const names = await followTypeNames(tx, typeIdsOf([newest, ...versions]))
    const nameOf = (version: FollowVersion) =>
      (version.followType !== null && names.get(version.followType)) || null
    const values = versions.map((version) => valuesOf(version, nameOf(version)))
    const history = versions.slice(0, more ? -1 : undefined).map((version, index) => ({
      version: version.version,
      op: version.op,
      time: version.change.at,
      appid: version.change.app,
      user_id: version.change.user,
      reason: version.change.reason,
      changes: differences(values[index + 1], values[index] as Values),
    }))
    return objectText<Data>({
      deleted: jsonText<boolean>(deletion !== undefined),
      record: wholeRecordText({ ...newest, typeName: nameOf(newest) }),
      history: jsonText<Data['history']>(history),
      has_more: jsonText<boolean>(more),
    })
  })
}

/** Versions before `before`, newest first, with one more at the end when there are more: what it is compared with. */
async function versionsOf(
  tx: ReadTx,
  newest: FollowVersion,
  before: number,
): Promise<{ versions: FollowVersion[]; more: boolean }> {
  const versions: FollowVersion[] = newest.version < before ? [newest] : []
  let length = lengthOf(versions)
  for (let after = Math.min(before, newest.version); ; ) {
    const earlier = await earlierVersions(tx, newest.id, after, AT_ONCE)
    for (const version of earlier) {
      versions.push(version)
      length += lengthOf([version])
      const full = versions.length > HISTORY_ENTRIES || length > HISTORY_LENGTH
      if (full && versions.length > 1) return { versions, more: true }
      after = version.version
    }
    if (earlier.length < AT_ONCE) return { versions, more: false }
  }
}

/** Versions read at once. */
const AT_ONCE = 10

function lengthOf(versions: readonly FollowVersion[]): number {
  return versions.reduce((total, { head, tail }) => total + head.length + tail.length, 0)
}

function typeIdsOf(versions: readonly FollowVersion[]): bigint[] {
  return [...new Set(versions.flatMap(({ followType }) => (followType === null ? [] : [followType])))]
}

type Difference = Data['history'][number]['changes'][number]

/** Keys of field_map that are told one by one; more that differ are told as one. */
const TOLD_FIELDS = 100

interface Values {
  /** The record's keys, field_map apart, and what stands beside it. */
  readonly record: Readonly<Record<string, unknown>>
  readonly fields: Readonly<Record<string, unknown>>
}

function valuesOf(version: FollowVersion, typeName: string | null): Values {
  const record = parseExact(`${version.head},${version.tail}`) as Record<string, unknown>
  const { id: _id, field_map: fields, ...rest } = record
  return {
    record: {
      ...rest,
      follow_type_desc: typeName,
      system: version.system,
      title: version.title,
      stage_id: version.stageId,
      create_time: version.createTime,
    },
    fields: fields as Record<string, unknown>,
  }
}

/** What a version changed, key by key of the record; those of field_map one by one unless they are very many. */
function differences(before: Values | undefined, after: Values): Difference[] {
  if (!before) return []
  const fields = compared(before.fields, after.fields, 'field_map.')
  const told =
    fields.length > TOLD_FIELDS ? [{ field: 'field_map', from: before.fields, to: after.fields }] : fields
  return [...compared(before.record, after.record, ''), ...told]
}

function compared(
  from: Readonly<Record<string, unknown>>,
  to: Readonly<Record<string, unknown>>,
  prefix: string,
): Difference[] {
  const told = (values: Readonly<Record<string, unknown>>, key: string) =>
    Object.hasOwn(values, key) ? (values[key] ?? null) : null
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .map((key) => ({ field: `${prefix}${key}`, from: told(from, key), to: told(to, key) }))
    .filter((one) => toJson(one.from) !== toJson(one.to))
}
