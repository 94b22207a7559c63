import type { BundleKind } from 'genjin-contract'
import { toJson } from 'genjin-record'
import {
  customFieldPage,
  customFieldsByKey,
  importedFollowTypesById,
  ownFollowTypePage,
  type Target,
  targetsAfter,
  targetsById,
} from '../../store/dictionary.ts'
import { departmentPage, departmentsById, staffById, staffPage } from '../../store/directory.ts'
import { followsAfter } from '../../store/follow/read.ts'
import type { FollowDetail } from '../../store/follow/row.ts'
import { peopleById, personPage } from '../../store/person.ts'
import type { ReadTx, Store } from '../../store/port.ts'
import { recordText, withoutLast } from '../follow/record.ts'

/**
 * Rows read at once. Small pages die before the garbage collector promotes them: an export of 66,000 records took 226 MB
 * with 500, 134 MB with 50, at the same speed.
 */
const ROWS = 50

export interface ExportReport {
  /** Lines written, by kind. */
  readonly exported: Record<BundleKind, number>
}

/**
 * Exports a company from one snapshot: departments, staff, people, follow types, custom fields, targets, follow-ups, each in the
 * order of its key. `write` gets whole lines and is awaited, so memory does not grow with the company.
 */
export function exportBundle(
  store: Store,
  corp: number,
  write: (lines: string, rows: number) => Promise<void>,
): Promise<ExportReport> {
  return store.read(corp, async (tx) => {
    const exported = noLines()
    for await (const { kind, lines } of bundlePages(tx)) {
      exported[kind] += lines.length
      await write(`${lines.join('\n')}\n`, lines.length)
    }
    return { exported }
  })
}

/** No lines of any kind, in the order in which they are written. */
export function noLines(): Record<BundleKind, number> {
  const kinds = [...Object.keys(OTHER_KINDS), 'follow'] as BundleKind[]
  return Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<BundleKind, number>
}

/** All lines of a company, page by page. */
export async function* bundlePages(tx: ReadTx): AsyncGenerator<{ kind: BundleKind; lines: string[] }> {
  for await (const { kind, lines } of otherPages(tx)) yield { kind, lines }
  for await (const rows of followPages((after, limit) => followsAfter(tx, after, limit), ROWS)) {
    yield { kind: 'follow', lines: rows.map(followLine) }
  }
}

type OtherKind = Exclude<BundleKind, 'follow'>

/** Lines of one kind. */
export interface OtherPage {
  readonly kind: OtherKind
  readonly lines: string[]
  /** The lines that another company has under the same keys. */
  sameKeys(tx: ReadTx): Promise<string[]>
}

/** The lines of a company that are not follow-ups. */
export async function* otherPages(tx: ReadTx): AsyncGenerator<OtherPage> {
  for (const [kind, pages] of Object.entries(OTHER_KINDS) as [OtherKind, Pages][]) {
    for await (const page of pages(tx)) yield { kind, ...page }
  }
}

type Pages = (tx: ReadTx) => AsyncGenerator<Omit<OtherPage, 'kind'>>

const OTHER_KINDS: Record<OtherKind, Pages> = {
  department: pagesOf(
    (tx) => byOffset((offset) => departmentPage(tx, ROWS, offset)),
    (row) => row.id,
    departmentsById,
    (row) => ({ kind: 'department', id: row.id, name: row.name, parent_id: row.parentId, order: row.order }),
  ),
  staff: pagesOf(
    (tx) => byOffset((offset) => staffPage(tx, ROWS, offset)),
    (row) => row.userId,
    staffById,
    (row) => ({
      kind: 'staff',
      user_id: row.userId,
      name: row.name,
      department_ids: row.departmentIds,
      main_department_id: row.mainDepartmentId,
      status: row.status,
      alias: row.alias,
      mobile: row.mobile,
      position: row.position,
      email: row.email,
      avatar: row.avatar,
    }),
  ),
  person: pagesOf(
    (tx) => byOffset((offset) => personPage(tx, ROWS, offset)),
    (row) => row.userId,
    peopleById,
    (row) => ({
      kind: 'person',
      user_id: row.userId,
      role: row.role,
      department_ids: row.departmentIds,
      disabled: row.disabledAt !== null,
    }),
  ),
  follow_type: pagesOf(
    (tx) => byOffset((offset) => ownFollowTypePage(tx, ROWS, offset)),
    (row) => row.id,
    // A preset row never counts as equal: whether it is exported depends on what uses it.
    importedFollowTypesById,
    (row) => ({ kind: 'follow_type', ...row }),
  ),
  custom_field: pagesOf(
    (tx) => byOffset((offset) => customFieldPage(tx, ROWS, offset)),
    (row) => row.key,
    customFieldsByKey,
    (row) => ({
      kind: 'custom_field',
      ...row,
      options: row.options === null ? null : JSON.parse(row.options),
    }),
  ),
  target: pagesOf(
    targetPages,
    (row) => row,
    sameTargets,
    (row) => ({
      kind: 'target',
      type: row.type,
      id: row.id,
      name: row.name,
      owner_user_id: row.ownerUserId,
    }),
  ),
}

function pagesOf<Row, Key>(
  read: (tx: ReadTx) => AsyncGenerator<Row[]>,
  key: (row: Row) => Key,
  byKey: (tx: ReadTx, keys: readonly Key[]) => Promise<Row[]>,
  record: (row: Row) => object,
): Pages {
  const line = (row: Row) => toJson(record(row))
  return async function* pages(tx) {
    for await (const rows of read(tx)) {
      yield {
        lines: rows.map(line),
        sameKeys: async (other) => (await byKey(other, rows.map(key))).map(line),
      }
    }
  }
}

async function* byOffset<Row>(page: (offset: number) => Promise<Row[]>): AsyncGenerator<Row[]> {
  for (let offset = 0; ; offset += ROWS) {
    const rows = await page(offset)
    if (rows.length > 0) yield rows
    if (rows.length < ROWS) return
  }
}

async function* targetPages(tx: ReadTx): AsyncGenerator<Target[]> {
  let after = { type: 0, id: '' }
  for (;;) {
    const rows = await targetsAfter(tx, after, ROWS)
    const last = rows.at(-1)
    if (!last) return
    yield rows
    after = last
  }
}

async function sameTargets(tx: ReadTx, rows: readonly Target[]): Promise<Target[]> {
  const byType = Map.groupBy(rows, (row) => row.type)
  const found: Target[] = []
  for (const [type, targets] of byType) {
    const ids = targets.map((row) => row.id)
    found.push(...(await targetsById(tx, type, ids)))
  }
  return found
}

/**
 * Follow-ups in the order of their ids, in pages of at most `most` records and about PAGE_LENGTH: a record can be 1 MiB.
 */
export async function* followPages<Row extends { id: bigint | string; head: string; tail: string }>(
  read: (after: bigint, limit: number) => Promise<Row[]>,
  most: number,
): AsyncGenerator<Row[]> {
  let after = -1n
  let limit = 1
  for (;;) {
    const rows = await read(after, limit)
    const last = rows.at(-1)
    if (!last) return
    yield rows
    const length = rows.reduce((total, row) => total + row.head.length + row.tail.length, 0)
    // As many as fit if they are as long as these.
    limit = Math.max(1, Math.min(most, 2 * limit, Math.floor((PAGE_LENGTH * rows.length) / length)))
    after = BigInt(last.id)
  }
}

/** Characters of follow-ups read at once. */
const PAGE_LENGTH = 512 * 1024

function followLine(row: FollowDetail): string {
  const beside = {
    system: row.system,
    title: row.title,
    create_time: row.createTime,
    update_time: row.updateTime,
    stage_id: row.stageId,
  }
  // The record as follow/list returns it, followed by what is not part of it.
  return `{"kind":"follow",${withoutLast(recordText(row)).slice(1)},${JSON.stringify(beside).slice(1)}`
}
