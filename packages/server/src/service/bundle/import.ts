import {
  BUNDLE_LINE_BYTES,
  BUNDLE_LINES,
  BUNDLE_RECORD_BYTES,
  type BundleKind,
  type BundleLine,
  type FollowLine,
} from 'genjin-contract'
import { toJson } from 'genjin-record'
import { ServiceError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import { JsonError, parseJson } from '../../json.ts'
import {
  findFollowType,
  followTypeNames,
  removeUnusedPreset,
  type Target,
  upsertCustomField,
  upsertFollowType,
  upsertTargets,
} from '../../store/dictionary.ts'
import {
  allDepartments,
  type Department,
  type Staff,
  saveDepartments,
  saveStaff,
} from '../../store/directory.ts'
import type { FollowRow } from '../../store/follow/row.ts'
import { type Change, upsertFollows } from '../../store/follow/write.ts'
import type { Store, WriteTx } from '../../store/port.ts'
import { DepartmentTree } from '../directory/department-tree.ts'
import { departmentOf } from '../directory/departments.ts'
import { staffOf } from '../directory/staff.ts'
import { followRow, recordBytes, targetIdsOfHead } from '../follow/record.ts'
import { readerOf } from '../read-value.ts'
import { noLines } from './export.ts'
import { type FileLine, splitLines } from './lines.ts'

/**
 * Lines written in one transaction: enough to share its cost, few enough for other writers (about 30 ms). While nobody else
 * writes it grows: 2,000 lines change little more pages of large indexes than 500, and are written a third faster.
 */
const BATCH_LINES = { least: 500, most: 2_000 }
/** How long nobody else must have written before it grows again: who writes once writes again. */
const QUIET_MS = 5_000
/** The same when lines are long, for each of these lines. */
const BYTES_OF_LINE = 1024

/** Where lines are written. */
export interface ImportContext {
  readonly store: Pick<Store, 'transact' | 'othersWrote'>
  readonly now: () => number
}

export interface BadLine {
  readonly line: number
  readonly field: string | null
  readonly reason: string
}

export interface ImportOptions {
  /** Stops at the first bad line; the lines before it are kept. */
  readonly strict?: boolean
  /** All in one transaction: for little data that must be written as a whole or not at all. */
  readonly whole?: boolean
  readonly onBadLine?: (bad: BadLine) => void
  /** Called after each transaction, with what has been read so far. */
  readonly onProgress?: (progress: { lines: number; bytes: number }) => void
}

export interface ImportReport {
  /** Lines written, by kind. */
  readonly imported: Record<BundleKind, number>
  readonly bad: number
  /** Whether it went to the end of the file. */
  readonly complete: boolean
}

/**
 * Reads a bundle into a company. Each line is added or replaces the one with its key, so that running it
 * again changes nothing and finishes an interrupted import. Lines may come in any order.
 */
export async function importBundle(
  context: ImportContext,
  corp: number,
  chunks: AsyncIterable<Buffer>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const run = new ImportRun(context, corp, options)
  try {
    for await (const line of splitLines(chunks)) {
      if (!(await run.take(line))) break
    }
  } catch (error) {
    await run.settle().catch(() => {})
    throw error
  }
  return run.finish()
}

interface ReadLine {
  readonly number: number
  readonly line: BundleLine
  /** The record of a follow line, as it will be stored. */
  readonly row: FollowRow | undefined
}

class ImportRun {
  readonly #context: ImportContext
  readonly #corp: number
  readonly #options: ImportOptions
  readonly #imported = noLines()
  /** Follow types known to exist in this transaction: between transactions one may be deleted. */
  #followTypes = new Set<bigint>()
  /** The company's departments in this transaction, once a line of it needs them. */
  #tree: DepartmentTree | undefined
  /** Departments of this transaction that are not written yet; the last line of each counts. */
  readonly #departments = new Map<bigint, Department>()
  /** Departments whose parent is, so far, below them: a later line may correct that. */
  readonly #postponed = new Map<bigint, ReadLine>()
  /** Records of this transaction that are not written yet. */
  #follows: FollowRow[] = []
  /** Staff of this transaction that are not written yet; the last line of each counts. */
  readonly #staff = new Map<string, Staff>()
  /** The same for targets. */
  readonly #targets = new Map<string, Target>()
  #batch: ReadLine[] = []
  #batchBytes = 0
  #batchLines = BATCH_LINES.least
  #othersWroteAt = Number.NEGATIVE_INFINITY
  #writing: Promise<void> = Promise.resolve()
  #bad = 0
  #lines = 0
  #bytes = 0
  #stopped = false

  constructor(context: ImportContext, corp: number, options: ImportOptions) {
    this.#context = context
    this.#corp = corp
    this.#options = options
  }

  /** Takes a line; false when the import is to stop. */
  async take(line: FileLine): Promise<boolean> {
    this.#lines = line.number
    this.#bytes += (line.bytes?.length ?? BUNDLE_LINE_BYTES) + 1
    try {
      this.#batch.push({ number: line.number, ...readLine(line.bytes) })
    } catch (error) {
      this.#report(line.number, error)
    }
    this.#batchBytes += line.bytes?.length ?? 0
    const full =
      this.#batch.length >= this.#batchLines || this.#batchBytes >= this.#batchLines * BYTES_OF_LINE
    if (this.#stopped || (full && !this.#options.whole)) await this.#write()
    return !this.#stopped
  }

  async finish(): Promise<ImportReport> {
    await this.#write()
    await this.#writing
    await this.#writePostponed()
    return { imported: this.#imported, bad: this.#bad, complete: !this.#stopped }
  }

  /** Waits for what is being written. */
  async settle(): Promise<void> {
    await this.#writing
  }

  #report(line: number, error: unknown): void {
    this.#bad++
    this.#stopped = this.#options.strict ?? false
    this.#options.onBadLine?.({ line, ...reasonOf(error) })
  }

  /** Starts writing the batch once the one before it is written: the next lines are read meanwhile. */
  async #write(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    await this.#writing
    const read = { lines: this.#lines, bytes: this.#bytes }
    this.#writing = batch.length > 0 ? this.#writeBatch(batch) : Promise.resolve()
    this.#writing = this.#writing.then(() => this.#options.onProgress?.(read))
    // The next await of it throws the error.
    this.#writing.catch(() => {})
    await yieldToEventLoop()
  }

  async #writeBatch(batch: readonly ReadLine[]): Promise<void> {
    await this.#context.store.transact(this.#corp, async (tx) => {
      await this.#findFollowTypes(tx, batch)
      for (const entry of batch) await this.#apply(tx, entry)
      await this.#writeFollows(tx)
      // Nothing else in a batch depends on departments, staff and targets.
      await saveDepartments(tx, [...this.#departments.values()])
      await saveStaff(tx, [...this.#staff.values()])
      await upsertTargets(tx, [...this.#targets.values()])
      this.#tree = undefined
      this.#departments.clear()
      this.#staff.clear()
      this.#targets.clear()
    })
    const { least, most } = BATCH_LINES
    if (await this.#context.store.othersWrote()) this.#othersWroteAt = performance.now()
    const isAlone = performance.now() - this.#othersWroteAt > QUIET_MS
    this.#batchLines = isAlone ? Math.min(most, 2 * this.#batchLines) : least
  }

  /** Writes the departments that had to wait, as long as that makes progress; what remains is a cycle. */
  async #writePostponed(): Promise<void> {
    for (let before = -1; this.#postponed.size > 0 && this.#postponed.size !== before; ) {
      before = this.#postponed.size
      this.#batch = [...this.#postponed.values()]
      await this.#write()
      await this.#writing
    }
    for (const [id, { number }] of this.#postponed) {
      this.#report(
        number,
        new ServiceError('paramInvalid', `部门 ${id} 的上级关系成环：请改正 parent_id`, {
          field: 'parent_id',
        }),
      )
    }
  }

  async #apply(tx: WriteTx, entry: ReadLine): Promise<void> {
    const { line, row } = entry
    if (line.kind === 'department') {
      const department = departmentOf(line)
      this.#tree ??= new DepartmentTree(await allDepartments(tx))
      if (this.#tree.wouldCycle(department.id, department.parentId)) {
        this.#postponed.set(line.id, entry)
        return
      }
      // This line replaces an earlier, postponed one of the department.
      this.#postponed.delete(line.id)
      this.#tree.place(department.id, department.parentId)
      this.#departments.set(department.id, department)
    } else if (line.kind === 'staff') {
      this.#staff.set(line.user_id, staffOf(line))
    } else if (line.kind === 'follow') {
      await this.#ensureFollowType(tx, line)
      this.#follows.push(row as FollowRow)
    } else if (line.kind === 'target') {
      const { type, id, name, owner_user_id: ownerUserId = null } = line
      this.#targets.set(`${type} ${id}`, { type, id, name, ownerUserId })
    } else if (line.kind === 'follow_type') {
      // A preset follow type that one of them uses must stay.
      await this.#writeFollows(tx)
      await this.#makeWay(tx, line.name, line.id)
      const { id, name, builtin = false, enabled = true } = line
      await upsertFollowType(tx, { id, name, builtin, enabled }, false)
    } else {
      const { key, name, type, options, required = false } = line
      await upsertCustomField(tx, { key, name, type, options: options ? toJson(options) : null, required })
    }
    this.#imported[line.kind]++
  }

  /** Writes the records of the batch. */
  async #writeFollows(tx: WriteTx): Promise<void> {
    const rows = this.#follows
    this.#follows = []
    if (rows.length > 0) await upsertFollows(tx, rows, imported(this.#context.now()), targetIdsOfHead)
  }

  async #findFollowTypes(tx: WriteTx, batch: readonly ReadLine[]): Promise<void> {
    const ids = batch.flatMap(({ line }) => (line.kind === 'follow' && line.follow_type) || [])
    this.#followTypes = new Set((await followTypeNames(tx, [...new Set(ids)])).keys())
  }

  /** A follow-up with an unknown follow type creates it, in place of the preset one of that name if there is one. */
  async #ensureFollowType(tx: WriteTx, line: FollowLine): Promise<void> {
    const id = line.follow_type
    if (id === undefined || this.#followTypes.has(id)) return
    if (!(await findFollowType(tx, id))) {
      await this.#writeFollows(tx)
      const name = line.follow_type_desc ?? `跟进方式${id}`
      const builtin = await this.#makeWay(tx, name, id)
      await upsertFollowType(tx, { id, name, builtin, enabled: true }, false)
    }
    this.#followTypes.add(id)
  }

  /** Removes the preset follow type of this name unless it is in use; returns whether it did. */
  async #makeWay(tx: WriteTx, name: string, id: bigint): Promise<boolean> {
    const removed = await removeUnusedPreset(tx, name, id)
    if (removed) this.#followTypes.clear()
    return removed
  }
}

/** The change that an import makes. */
export function imported(now: number): Change {
  return { at: now, app: null, user: null, reason: null }
}

const READERS = Object.fromEntries(
  Object.entries(BUNDLE_LINES).map(([kind, schema]) => [kind, readerOf(schema, { emptyIsAbsent: false })]),
) as Record<BundleKind, (value: unknown) => object>

function readLine(bytes: Buffer | undefined): { line: BundleLine; row: FollowRow | undefined } {
  if (!bytes) {
    throw new ServiceError('paramRange', `本行超过 ${BUNDLE_LINE_BYTES / 1024 / 1024} MiB`)
  }
  const value = parseJson(bytes)
  const kind = (value as { kind?: unknown } | null)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(READERS, kind)) {
    throw new ServiceError('paramInvalid', `kind 须为 ${Object.keys(READERS).join('、')} 之一`, {
      field: 'kind',
    })
  }
  const line = { kind, ...READERS[kind as BundleKind](value) } as BundleLine
  return { line, row: line.kind === 'follow' ? rowOf(line) : undefined }
}

function rowOf(line: FollowLine): FollowRow {
  const createTime = line.create_time ?? line.follow_time
  const row = followRow({
    ...line,
    system: line.system ?? false,
    create_time: createTime,
    update_time: line.update_time ?? createTime,
  })
  const bytes = recordBytes(row)
  if (bytes > BUNDLE_RECORD_BYTES) {
    throw new ServiceError('paramRange', `记录长 ${bytes} 字节，最多 ${BUNDLE_RECORD_BYTES} 字节`)
  }
  return row
}

function reasonOf(error: unknown): { field: string | null; reason: string } {
  if (!(error instanceof ServiceError || error instanceof JsonError)) throw error
  return { field: error.field ?? null, reason: error.message }
}
