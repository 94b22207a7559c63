import type { FollowRecord, GenjinClient, SystemFollowRecord } from 'genjin-client'
import { CONCURRENCY } from '../../../cli/src/source.ts'
import { followLine } from '../sheet/ndjson.ts'
import { daySums, differing, type Sum, Summing, sumOf } from './checks.ts'
import { type DoneWindow, gapsOf, KINDS, type Kind, newState, type PullState, Spans } from './state.ts'
import type { PullTarget } from './target.ts'
import { type CutWindow, cutWindows, type ListWindow, readWindow, type Window } from './windows.ts'

export interface PullOptions {
  /** Whether the source answers follow/reconcile. */
  readonly reconciles: boolean
  readonly signal: AbortSignal
  /** The clock, ms since 1970. */
  readonly now: () => number
  /** Follow-ups that are there, of about `total`. */
  readonly onProgress: (done: number, total: number) => void
}

/** One of the two lists, compared with the source at the end. */
export interface PulledKind extends Sum {
  /** The same of the source: its total, and where it reconciles, the checksum of all its days. */
  readonly source: { readonly count: number; readonly checksum: string | undefined }
  readonly equal: boolean
}

/** How often what changed while it was read is read again. */
const ROUNDS = 5

/** A window of an unfinished pull is read again after this long, where only totals can be compared. */
const STALE_MS = 3_600_000

type ListedRecord = FollowRecord | SystemFollowRecord

/** Reads every follow-up of a source, window by window, into a target. */
export class Pull {
  readonly #client: GenjinClient
  readonly #target: PullTarget
  readonly #options: PullOptions
  readonly #state: PullState
  #total = 0
  /** Follow-ups of the window that is being read. */
  #underway = 0

  constructor(client: GenjinClient, source: string, target: PullTarget, options: PullOptions) {
    this.#client = client
    this.#target = target
    this.#options = options
    this.#state = target.state ?? newState(source)
  }

  get state(): PullState {
    return this.#state
  }

  async run(): Promise<Record<Kind, PulledKind>> {
    this.#forgetStale()
    for (const kind of KINDS) this.#total += (await this.#list(kind)(EVERYTHING, 1).page()).total
    for (const kind of KINDS) {
      this.#options.onProgress(this.#pulled(), this.#total)
      for (const gap of gapsOf(this.#state.done[kind])) await this.#read(kind, gap, false)
    }
    return { staff: await this.#check('staff'), system: await this.#check('system') }
  }

  /** What was read long ago may have changed since; a source that reconciles tells what has. */
  #forgetStale(): void {
    if (this.#options.reconciles) return
    const since = this.#options.now() - STALE_MS
    for (const kind of KINDS) {
      const stale = this.#state.done[kind].filter(({ readAt }) => readAt < since)
      const days = new Set(stale.map(({ start, end }) => `${start} ${end}`))
      this.#state.done[kind] = this.#state.done[kind].filter(({ start, end }) => !days.has(`${start} ${end}`))
    }
  }

  #list(kind: Kind): ListWindow<ListedRecord> {
    const { follow } = this.#client
    return ({ start, end, type }, size) => {
      const params = {
        ...(start !== undefined && { follow_time_start: start }),
        ...(end !== undefined && { follow_time_end: end }),
        ...(type !== undefined && { target_type: type }),
        page_size: size,
      }
      const options = { concurrency: CONCURRENCY, signal: this.#options.signal }
      return kind === 'staff' ? follow.list(params, options) : follow.listForSystem(params, options)
    }
  }

  /** @param whole whether to ask for each record by itself: all of it, also what its list does not answer */
  async #read(kind: Kind, window: Window, whole: boolean): Promise<void> {
    for await (const cuts of cutWindows(this.#list(kind), window, true)) {
      const read: DoneWindow[] = []
      for (const cut of cuts) read.push(await this.#readCut(kind, cut, whole))
      insert(this.#state.done[kind], read)
      this.#underway = 0
      await this.#target.keep(this.#state)
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
    const { start, end, type } = cut
    const { count, checksum } = summing.sum
    return {
      start,
      end,
      ...(type !== undefined && { type }),
      count,
      ...(reconciles && { checksum }),
      spans: spans.all,
      readAt,
    }
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

  /** A list of system follow-ups does not answer all that such a record can hold. */
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
    return KINDS.flatMap((kind) => this.#state.done[kind]).reduce((sum, { count }) => sum + count, 0)
  }

  /** Compares with the source, and reads again what is not the same there (any more). */
  async #check(kind: Kind): Promise<PulledKind> {
    for (let round = 1; ; round++) {
      const { total } = await this.#list(kind)(EVERYTHING, 1).page()
      const done = this.#state.done[kind]
      const own = sumOf(done.map(({ count, checksum = '0' }) => ({ count, checksum })))
      const sums = this.#options.reconciles ? await daySums(this.#client, kind, done) : undefined
      const off = sums ? differing(done, sums) : await this.#otherTotals(kind)
      const equal = off.length === 0 && own.count === total
      if (equal || round === ROUNDS) {
        const checksum = sums && sumOf(sums.values()).checksum
        return { ...own, source: { count: total, checksum }, equal }
      }
      // Nothing is off, and yet there are others: before the oldest or after the newest.
      const again = off.length > 0 ? off : [...outermost(done)]
      for (const window of again) {
        this.#state.done[kind] = this.#state.done[kind].filter(
          ({ start, end }) => start !== window.start || end !== window.end,
        )
        await this.#read(kind, window, kind === 'system' && sums !== undefined)
      }
    }
  }

  /** The same for a source that has no more to tell than totals. */
  async #otherTotals(kind: Kind): Promise<Window[]> {
    const groups = Map.groupBy(this.#state.done[kind], ({ start, end }) => `${start ?? ''} ${end ?? ''}`)
    const off: Window[] = []
    for (const group of groups.values()) {
      const { start, end } = group[0] as DoneWindow
      const { total } = await this.#list(kind)({ start, end }, 1).page()
      if (total !== group.reduce((sum, { count }) => sum + count, 0)) off.push({ start, end })
    }
    return off
  }
}

const EVERYTHING: Window = { start: undefined, end: undefined }

function lineOf(kind: Kind, record: ListedRecord): string {
  const whole = kind === 'staff' ? record : { ...record, system: true }
  return followLine(whole as FollowRecord)
}

/** Newest first. */
function insert(done: DoneWindow[], windows: readonly DoneWindow[]): void {
  const start = windows[0]?.start ?? ''
  const at = done.findIndex((other) => (other.start ?? '') < start)
  done.splice(at < 0 ? done.length : at, 0, ...windows)
}

function* outermost(done: readonly DoneWindow[]): Generator<Window> {
  const [first, last] = [done[0], done.at(-1)]
  if (first) yield { start: first.start, end: first.end }
  if (last && (last.start !== first?.start || last.end !== first?.end))
    yield { start: last.start, end: last.end }
}
