import type { BundleKind } from 'genjin-contract'
import { ServiceError } from '../../errors.ts'
import { yieldToEventLoop } from '../../event-loop.ts'
import type { Corp } from '../../store/corp.ts'
import { followCopiesAfter, followCopiesById } from '../../store/follow/read.ts'
import type { FollowCopy } from '../../store/follow/row.ts'
import { isSameFollow, upsertFollows } from '../../store/follow/write.ts'
import type { ReadTx, Store } from '../../store/port.ts'
import { countRecords } from '../../store/row-count.ts'
import { databaseIdentity } from '../../store/setting.ts'
import { addCorp, findCorpById } from '../admin/corps-and-apps.ts'
import type { Context } from '../context.ts'
import { targetIdsOfHead } from '../follow/record.ts'
import { followPages, otherPages } from './export.ts'
import { importBundle, imported } from './import.ts'
import { type BundleSummary, differingKinds, summarize } from './summary.ts'

/** Follow-ups compared and written at once, as in an import beside other writers. */
const BATCH_ROWS = 500

export interface MoveOptions {
  /** Aborts between two transactions. */
  readonly signal?: AbortSignal
  /** `lines` of about `total` are done in this step: first moving, then checking both sides. */
  readonly onProgress?: (step: 'move' | 'check', lines: number, total: number) => void
}

export interface MoveReport {
  /** Both sides as read at the end, each from one snapshot; the source's is the one that was moved. */
  readonly from: BundleSummary
  readonly to: BundleSummary
  /** Kinds in which the two are not the same; none when the target is equal. */
  readonly differing: readonly BundleKind[]
  /** Lines that were written, and lines that the target already had. */
  readonly written: number
  readonly unchanged: number
  /** The company in the target: its name and time zone are its own when it was there before. */
  readonly corp: Corp
}

/** The company that is to be moved. Throws ServiceError when the source has none of this id. */
export async function requireSourceCorp(source: Context, id: string): Promise<Corp> {
  const corp = await findCorpById(source, id)
  if (!corp) {
    throw new ServiceError(
      'paramInvalid',
      `来源数据库里没有企业 ${id}：请核对 --from 与 --corp / the source has no company ${id}: check --from and --corp`,
    )
  }
  return corp
}

/**
 * Copies a snapshot of a company into another database, and reads both sides again to compare them. Lines that the target
 * already has are skipped, so that repeating an interrupted move finishes it. Nothing is deleted.
 */
export async function moveCorp(
  source: Context,
  corp: Corp,
  target: Context,
  options: MoveOptions = {},
): Promise<MoveReport> {
  const to = (await findCorpById(target, corp.id)) ?? (await addCorp(target, corp))
  return source.store.read(corp.key, async (tx) => {
    await requireOther(tx, target.store, to.key)
    const move = new Move(tx, target, to.key, await countRecords(tx), options)
    const moved = await move.run()
    const [from, there] = await move.check()
    await target.store.flush()
    return { from, to: there, differing: differingKinds(from, there), ...moved, corp: to }
  })
}

async function requireOther(from: ReadTx, store: Store, corp: number): Promise<void> {
  const [one, other] = await Promise.all([databaseIdentity(from), store.read(corp, databaseIdentity)])
  if (one === other) {
    throw new ServiceError(
      'paramInvalid',
      '--from 与 --to 是同一个数据库 / --from and --to are the same database',
    )
  }
}

class Move {
  readonly #from: ReadTx
  readonly #target: Context
  readonly #corp: number
  readonly #total: number
  readonly #options: MoveOptions
  #written = 0
  #unchanged = 0
  #checked = 0

  constructor(from: ReadTx, target: Context, corp: number, total: number, options: MoveOptions) {
    this.#from = from
    this.#target = target
    this.#corp = corp
    this.#total = total
    this.#options = options
  }

  async run(): Promise<{ written: number; unchanged: number }> {
    await importBundle(this.#target, this.#corp, this.#changedLines(), {
      onBadLine: ({ reason }) => {
        throw new ServiceError('paramInvalid', `目标企业里另有数据，与来源相冲突（${reason}）。${WAY_OUT}`)
      },
    })
    await this.#moveFollows()
    return { written: this.#written, unchanged: this.#unchanged }
  }

  /** Reads both sides completely: what was sent proves nothing about what was stored. */
  check(): Promise<[BundleSummary, BundleSummary]> {
    const onLines = (lines: number) => {
      this.#checked += lines
      this.#progress('check', this.#checked, 2 * this.#total)
    }
    return Promise.all([
      summarize(this.#from, onLines),
      this.#target.store.read(this.#corp, (tx) => summarize(tx, onLines)),
    ])
  }

  /** Lines of all kinds but follow-ups that the target lacks or has with another content. */
  async *#changedLines(): AsyncGenerator<Buffer> {
    for await (const page of otherPages(this.#from)) {
      const there = new Set(await this.#target.store.read(this.#corp, (tx) => page.sameKeys(tx)))
      const changed = page.lines.filter((line) => !there.has(line))
      this.#compared(page.lines.length, changed.length)
      if (changed.length > 0) yield Buffer.from(`${changed.join('\n')}\n`)
    }
  }

  /** While the target writes a batch, the next one is read and compared. */
  async #moveFollows(): Promise<void> {
    const batches = this.#changedFollows()
    for (let batch = await batches.next(); !batch.done; ) {
      const [following] = await Promise.all([batches.next(), this.#write(batch.value)])
      batch = following
    }
  }

  /** The same for follow-ups, as rows: their text is stored and need not be parsed. */
  async *#changedFollows(): AsyncGenerator<FollowCopy[]> {
    const pages = followPages((after, limit) => followCopiesAfter(this.#from, after, limit), BATCH_ROWS)
    for await (const rows of pages) {
      const ids = rows.map((row) => row.id)
      const there = await this.#target.store.read(this.#corp, (tx) => followCopiesById(tx, ids))
      const byId = new Map(there.map((row) => [row.id, row]))
      const changed = rows.filter((row) => !isThere(row, byId.get(row.id)))
      this.#compared(rows.length, changed.length)
      if (changed.length > 0) yield changed
      await yieldToEventLoop()
    }
  }

  async #write(copies: readonly FollowCopy[]): Promise<void> {
    const rows = copies.map((copy) => ({ ...copy, targetIds: targetIdsOfHead(copy.head) }))
    await this.#target.store.transact(this.#corp, (tx) =>
      upsertFollows(tx, rows, imported(this.#target.now()), targetIdsOfHead),
    )
  }

  #compared(lines: number, changed: number): void {
    this.#written += changed
    this.#unchanged += lines - changed
    this.#progress('move', this.#written + this.#unchanged, this.#total)
  }

  #progress(step: 'move' | 'check', lines: number, total: number): void {
    this.#options.signal?.throwIfAborted()
    this.#options.onProgress?.(step, lines, total)
  }
}

/** What to do about a target that holds more than the source. */
const WAY_OUT =
  '移动从不删除：请移到没有这个企业的数据库 / a move never deletes: move into a database without this company'

function isThere(row: FollowCopy, other: FollowCopy | undefined): boolean {
  return other !== undefined && isSameFollow(other, row)
}
