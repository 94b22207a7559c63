import type { BundleKind } from 'genjin-contract'
import { toJson } from 'genjin-record'
import { yieldToEventLoop } from '../../event-loop.ts'
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
import { restorePerson } from '../../store/person.ts'
import type { Store, WriteTx } from '../../store/port.ts'
import { audit, personFields } from '../audit.ts'
import { DepartmentTree } from '../directory/department-tree.ts'
import { departmentOf } from '../directory/departments.ts'
import { staffOf } from '../directory/staff.ts'
import { targetIdsOfHead } from '../follow/record.ts'
import { noLines } from './export.ts'
import type { Entry, Problem, ReadLine } from './lines.ts'
import { readLines } from './read-ahead.ts'

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

export interface BadLine extends Problem {
  readonly line: number
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
    for await (const lines of readLines(chunks)) {
      if (!(await run.take(lines))) break
    }
  } catch (error) {
    await run.settle().catch(() => {})
    throw error
  }
  return run.finish()
}

/** A line that is to be written. */
interface Written {
  readonly number: number
  readonly entry: Entry
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
  readonly #postponed = new Map<bigint, Written>()
  /** Records of this transaction that are not written yet. */
  #follows: FollowRow[] = []
  /** Staff of this transaction that are not written yet; the last line of each counts. */
  readonly #staff = new Map<string, Staff>()
  /** The same for targets. */
  readonly #targets = new Map<string, Target>()
  #batch: Written[] = []
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

  /** Takes lines; false when the import is to stop. */
  async take(lines: Iterable<ReadLine>): Promise<boolean> {
    for (const { number, bytes, result } of lines) {
      this.#lines = number
      this.#bytes += bytes + 1
      if ('entry' in result) this.#batch.push({ number, entry: result.entry })
      else this.#report(number, result.problem)
      this.#batchBytes += bytes
      const full =
        this.#batch.length >= this.#batchLines || this.#batchBytes >= this.#batchLines * BYTES_OF_LINE
      if (this.#stopped || (full && !this.#options.whole)) await this.#write()
      if (this.#stopped) return false
    }
    return true
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

  #report(line: number, problem: Problem): void {
    this.#bad++
    this.#stopped = this.#options.strict ?? false
    this.#options.onBadLine?.({ line, ...problem })
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

  async #writeBatch(batch: readonly Written[]): Promise<void> {
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
      this.#report(number, { field: 'parent_id', reason: `部门 ${id} 的上级关系成环：请改正 parent_id` })
    }
  }

  async #apply(tx: WriteTx, written: Written): Promise<void> {
    const { entry } = written
    if (entry.kind === 'department') {
      const department = departmentOf(entry)
      this.#tree ??= new DepartmentTree(await allDepartments(tx))
      if (this.#tree.wouldCycle(department.id, department.parentId)) {
        this.#postponed.set(entry.id, written)
        return
      }
      // This line replaces an earlier, postponed one of the department.
      this.#postponed.delete(entry.id)
      this.#tree.place(department.id, department.parentId)
      this.#departments.set(department.id, department)
    } else if (entry.kind === 'staff') {
      this.#staff.set(entry.user_id, staffOf(entry))
    } else if (entry.kind === 'person') {
      const { user_id: userId, role, department_ids: led = [], disabled: isDisabled = false } = entry
      const departmentIds = role === 'manager' ? led : []
      const now = this.#context.now()
      const changed = await restorePerson(tx, { userId, role, departmentIds, isDisabled }, now)
      if (changed) {
        const [from, to] = [changed.before && personFields(changed.before), personFields(changed.after)]
        await audit(this.#context, tx, { kind: 'command' }, 'importPerson', userId, from, to)
      }
    } else if (entry.kind === 'follow') {
      await this.#ensureFollowType(tx, entry.row.followType, entry.typeName)
      this.#follows.push(entry.row)
    } else if (entry.kind === 'target') {
      const { type, id, name, owner_user_id: ownerUserId = null } = entry
      this.#targets.set(`${type} ${id}`, { type, id, name, ownerUserId })
    } else if (entry.kind === 'follow_type') {
      // A preset follow type that one of them uses must stay.
      await this.#writeFollows(tx)
      await this.#makeWay(tx, entry.name, entry.id)
      const { id, name, builtin = false, enabled = true } = entry
      await upsertFollowType(tx, { id, name, builtin, enabled }, false)
    } else {
      const { key, name, type, options, required = false } = entry
      await upsertCustomField(tx, { key, name, type, options: options ? toJson(options) : null, required })
    }
    this.#imported[entry.kind]++
  }

  /** Writes the records of the batch. */
  async #writeFollows(tx: WriteTx): Promise<void> {
    const rows = this.#follows
    this.#follows = []
    if (rows.length > 0) await upsertFollows(tx, rows, imported(this.#context.now()), targetIdsOfHead)
  }

  async #findFollowTypes(tx: WriteTx, batch: readonly Written[]): Promise<void> {
    const ids = batch.flatMap(({ entry }) => (entry.kind === 'follow' && entry.row.followType) || [])
    this.#followTypes = new Set((await followTypeNames(tx, [...new Set(ids)])).keys())
  }

  /** A follow-up with an unknown follow type creates it, in place of the preset one of that name if there is one. */
  async #ensureFollowType(tx: WriteTx, id: bigint | null, typeName: string | undefined): Promise<void> {
    if (id === null || this.#followTypes.has(id)) return
    if (!(await findFollowType(tx, id))) {
      await this.#writeFollows(tx)
      const name = typeName ?? `跟进方式${id}`
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
