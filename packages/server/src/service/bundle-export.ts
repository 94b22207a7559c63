import type { BundleKind } from 'genjin-contract'
import { toJson } from '../json.ts'
import { customFieldPage, ownFollowTypePage, targetsAfter } from '../store/dictionary.ts'
import { departmentPage, staffPage } from '../store/directory.ts'
import { type FollowDetail, followsAfter } from '../store/follows.ts'
import type { ReadTx, Store } from '../store/port.ts'
import { recordText, withoutLast } from './record.ts'

/**
 * Rows read at once. Few, so that they are gone before the garbage collector moves them: 500 took 226 MB for 66,000
 * records, 50 take 134 MB, at the same speed.
 */
const ROWS = 50

export interface ExportReport {
  /** Lines written, by kind. */
  readonly exported: Record<BundleKind, number>
}

/**
 * Writes a company as a bundle, all of one instant: departments, staff, methods, fields, targets, follows, each in the
 * order of its key. `write` gets whole lines and is waited for, so that memory does not grow with the company.
 */
export function exportBundle(
  store: Store,
  corp: number,
  write: (lines: string, rows: number) => Promise<void>,
): Promise<ExportReport> {
  return store.read(corp, async (tx) => {
    const exported: Partial<Record<BundleKind, number>> = {}
    for (const [kind, pages] of Object.entries(SOURCES) as [BundleKind, Source][]) {
      exported[kind] = 0
      for await (const lines of pages(tx)) {
        exported[kind] += lines.length
        await write(`${lines.join('\n')}\n`, lines.length)
      }
    }
    return { exported: exported as Record<BundleKind, number> }
  })
}

type Source = (tx: ReadTx) => AsyncGenerator<string[]>

const SOURCES: Record<BundleKind, Source> = {
  department: (tx) =>
    byOffset(
      (offset) => departmentPage(tx, ROWS, offset),
      (row) =>
        toJson({ kind: 'department', id: row.id, name: row.name, parent_id: row.parentId, order: row.order }),
    ),
  staff: (tx) =>
    byOffset(
      (offset) => staffPage(tx, ROWS, offset),
      (row) =>
        toJson({
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
  follow_type: (tx) =>
    byOffset(
      (offset) => ownFollowTypePage(tx, ROWS, offset),
      (row) => toJson({ kind: 'follow_type', ...row }),
    ),
  custom_field: (tx) =>
    byOffset(
      (offset) => customFieldPage(tx, ROWS, offset),
      (row) =>
        toJson({
          kind: 'custom_field',
          ...row,
          options: row.options === null ? null : JSON.parse(row.options),
        }),
    ),
  target: targetLines,
  follow: followLines,
}

async function* byOffset<T>(
  page: (offset: number) => Promise<T[]>,
  line: (row: T) => string,
): AsyncGenerator<string[]> {
  for (let offset = 0; ; offset += ROWS) {
    const rows = await page(offset)
    if (rows.length > 0) yield rows.map(line)
    if (rows.length < ROWS) return
  }
}

async function* targetLines(tx: ReadTx): AsyncGenerator<string[]> {
  let after = { type: 0, id: '' }
  for (;;) {
    const rows = await targetsAfter(tx, after, ROWS)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map((row) =>
      toJson({ kind: 'target', type: row.type, id: row.id, name: row.name, owner_user_id: row.ownerUserId }),
    )
    after = last
  }
}

async function* followLines(tx: ReadTx): AsyncGenerator<string[]> {
  let after = -1n
  let rows = 1
  for (;;) {
    const page = await followsAfter(tx, after, rows)
    const last = page.at(-1)
    if (!last) return
    const lines = page.map(followLine)
    yield lines
    const length = lines.reduce((total, line) => total + line.length, 0)
    // As many more as fit, if they are like these: records can be 1 MiB long.
    rows = Math.max(1, Math.min(ROWS, 2 * rows, Math.floor((PAGE_LENGTH * lines.length) / length)))
    after = BigInt(last.id)
  }
}

/** Characters of follow lines read at once. */
const PAGE_LENGTH = 512 * 1024

function followLine(row: FollowDetail): string {
  const beside = {
    system: row.system,
    title: row.title,
    create_time: row.createTime,
    update_time: row.updateTime,
    stage_id: row.stageId,
  }
  // The record as it is answered, with what is not part of it at the end.
  return `{"kind":"follow",${withoutLast(recordText(row)).slice(1)},${JSON.stringify(beside).slice(1)}`
}
