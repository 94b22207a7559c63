import type { FollowRecord, GenjinClient, SystemFollowRecord } from 'genjin-client'
import { type Sum, Summing, sumOf } from '../reconcile.ts'
import { followLine } from '../sheet/ndjson.ts'
import { CONCURRENCY } from '../source.ts'
import { byDays, daySums, differing, ownSum } from './checks.ts'
import { type DoneWindow, gapsOf, KINDS, type Kind, newState, type PullState, Spans } from './state.ts'
import type { PullTarget } from './target.ts'
import {
  type CutWindow,
  cutWindows,
  EVERYTHING,
  type ListWindow,
  paramsOf,
  readWindow,
  type Window,
} from './windows.ts'

export interface PullOptions {
  /** Whether the source has follow/reconcile. */
  readonly reconciles: boolean
  readonly signal: AbortSignal
  /** The clock, ms since 1970. */
  readonly now: () => number
  /** Follow-ups that were read, of about `total`. */
  readonly onProgress: (done: number, total: number) => void
}

/** What was pulled of one list, compared with the source at the end. */
export interface PulledKind extends Sum {
  /** The source's total and, where it reconciles, the checksum of all its days. */
  readonly source: { readonly count: number; readonly checksum: string | undefined }
  readonly equal: boolean
}

/** How many times what changed during the pull is read again. */
const ROUNDS = 5

/** Without checksums, windows of an unfinished pull older than this are read again: they may have changed unnoticed. */
const STALE_MS = 3_600_000

type ListedRecord = FollowRecord | SystemFollowRecord

/** Reads every follow-up of a source, window by window, into a target. */
export class Pull {
  readonly #client: GenjinClient
  readonly #target: PullTarget
  readonly #options: PullOptions
  readonly state: PullState
  #total = 0
  /** Follow-ups read of the present window. */
  #underway = 0

  constructor(client: GenjinClient, source: string, target: PullTarget, options: PullOptions) {
    this.#client = client
    this.#target = target
    this.#options = options
    this.state = target.state ? { ...target.state, source } : newState(source)
  }

  async run(): Promise<Record<Kind, PulledKind>> {
    if (!this.#options.reconciles) this.#forgetStale()
    for (const kind of KINDS) this.#total += (await this.#list(kind)(EVERYTHING, 1).page()).total
    for (const kind of KINDS) {
      this.#options.onProgress(this.#pulled(), this.#total)
      for (const gap of gapsOf(this.state.done[kind])) await this.#read(kind, gap, false)
    }
    return { staff: await this.#check('staff'), system: await this.#check('system') }
  }

  #forgetStale(): void {
    const since = this.#options.now() - STALE_MS
    for (const kind of KINDS) {
      const fresh = byDays(this.state.done[kind]).filter(({ parts }) =>
        parts.every(({ readAt }) => readAt >= since),
      )
      this.state.done[kind] = fresh.flatMap(({ parts }) => parts)
    }
  }

  #list(kind: Kind): ListWindow<ListedRecord> {
    const { follow } = this.#client
    return (window, size) => {
      const params = { ...paramsOf(window), page_size: size }
      const options = { concurrency: CONCURRENCY, signal: this.#options.signal }
      return kind === 'staff' ? follow.list(params, options) : follow.listForSystem(params, options)
    }
  }

  /** @param whole whether to fetch each record by its id, with what the list leaves out */
  async #read(kind: Kind, window: Window, whole: boolean): Promise<void> {
    for await (const cuts of cutWindows(this.#list(kind), window, true)) {
      const read: DoneWindow[] = []
      for (const cut of cuts) read.push(await this.#readCut(kind, cut, whole))
      insert(this.state.done[kind], read)
      this.#underway = 0
      await this.#target.keep(this.state)
    }
  }

  async #readCut(kind: Kind, cut: CutWindow, whole: boolean): Promise<DoneWindow> {
    const { reconciles } = this.#options
    const readAt = this.#options.now()
    const summing = new Summing()
    const spans = new Spans()
    const lines = this.#lines(kind, cut, whole, (record) => {
      if (reconciles) summing.add(record)
      else summing.count++
      spans.add(record.follow_time)
    })
    await this.#target.take(kind, cut, lines)
    const { total: _total, ...window } = cut
    const { count, checksum } = summing.sum
    return { ...window, count, ...(reconciles && { checksum }), spans: spans.all, readAt }
  }

  async *#lines(
    kind: Kind,
    window: CutWindow,
    whole: boolean,
    onRecord: (record: ListedRecord) => void,
  ): AsyncGenerator<string[]> {
    for await (const listed of readWindow(this.#list(kind), window)) {
      this.#options.signal.throwIfAborted()
      const records = whole ? await this.#wholeRecords(listed) : listed
      for (const record of records) onRecord(record)
      this.#underway += records.length
      this.#options.onProgress(this.#pulled() + this.#underway, this.#total)
      yield records.map((record) => lineOf(kind, record))
    }
  }

  /** The list of system follow-ups leaves out some of what such a record can hold. */
  async #wholeRecords(records: readonly ListedRecord[]): Promise<ListedRecord[]> {
    const whole: ListedRecord[] = []
    for (let at = 0; at < records.length; at += CONCURRENCY) {
      const some = records.slice(at, at + CONCURRENCY)
      const found = await Promise.all(some.map(({ id }) => this.#client.follow.get({ follow_id: id })))
      whole.push(...found.filter(({ deleted }) => !deleted).map(({ record }) => record))
    }
    return whole
  }

  #pulled(): number {
    return KINDS.flatMap((kind) => this.state.done[kind]).reduce((sum, { count }) => sum + count, 0)
  }

  /** Compares with the source, and reads again the windows in which the two differ. */
  async #check(kind: Kind): Promise<PulledKind> {
    for (let round = 1; ; round++) {
      const { total } = await this.#list(kind)(EVERYTHING, 1).page()
      const done = this.state.done[kind]
      const own = ownSum(done)
      const sums = this.#options.reconciles ? await daySums(this.#client, kind, done) : undefined
      const off = sums ? differing(done, sums) : await this.#otherTotals(kind)
      const equal = off.length === 0 && own.count === total
      if (equal || round === ROUNDS) {
        const checksum = sums && sumOf(sums.values()).checksum
        return { ...own, source: { count: total, checksum }, equal }
      }
      // Every window agrees and the totals do not: there are records before the oldest or after the newest.
      const again = off.length > 0 ? off : outermost(done)
      for (const { start, end } of again) {
        this.state.done[kind] = this.state.done[kind].filter((one) => one.start !== start || one.end !== end)
        await this.#read(kind, { start, end }, kind === 'system' && sums !== undefined)
      }
    }
  }

  /** The days of windows whose total is another one now: for a source that cannot reconcile. */
  async #otherTotals(kind: Kind): Promise<Window[]> {
    const off: Window[] = []
    for (const { start, end, parts } of byDays(this.state.done[kind])) {
      const { total } = await this.#list(kind)({ start, end }, 1).page()
      if (total !== ownSum(parts).count) off.push({ start, end })
    }
    return off
  }
}

function lineOf(kind: Kind, record: ListedRecord): string {
  const whole = kind === 'staff' ? record : { ...record, system: true }
  return followLine(whole as FollowRecord)
}

/** Keeps the windows newest first. */
function insert(done: DoneWindow[], windows: readonly DoneWindow[]): void {
  const start = windows[0]?.start ?? ''
  const at = done.findIndex((other) => (other.start ?? '') < start)
  done.splice(at < 0 ? done.length : at, 0, ...windows)
}

function outermost(done: readonly DoneWindow[]): Window[] {
  const days = byDays(done)
  return days.length > 1 ? [days[0] as Window, days.at(-1) as Window] : days
}
