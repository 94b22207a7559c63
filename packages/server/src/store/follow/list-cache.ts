import { LRUCache } from 'lru-cache'
import { utf8 } from '../../utf8.ts'
import { type CorpState, readState } from '../corp.ts'
import type { ReadTx, Store } from '../port.ts'
import type { FollowFilter, TimePlace } from './filter.ts'
import { countFollows, type Estimates, estimate, isExpensive, NO_ESTIMATES } from './query-plan.ts'
import { followPage, type PageRecords } from './read.ts'

/** What follow/list is asked for. */
export interface ListQuery {
  /** One text for one question within a company: what is remembered is kept under it. */
  readonly key: string
  /** Resolves names and departments; undefined when nothing can match. */
  readonly filter: (tx: ReadTx) => Promise<FollowFilter | undefined>
  /** Throws unless the caller still has access, in the snapshot of the answer. */
  readonly confirm: (tx: ReadTx, revision: string) => Promise<void>
  /**
   * The revision in which the caller is known to have access. Undefined for a command that opened the database itself: it
   * asks for each page once and blocks no other request, so nothing is remembered for it and its pages may block the event loop.
   */
  readonly revision: string | undefined
}

export interface PageBounds {
  readonly limit: number
  readonly offset: number
}

/** A page of records, and how many match in all, of the same instant (L12). */
export interface ListPage {
  readonly total: number
  /** JSON texts with commas between, or their UTF-8. */
  readonly records: string | Uint8Array
}

interface CachedPage extends ListPage {
  readonly state: string
}

/** What is known of a list in one state of the company. */
interface ListState {
  readonly state: string
  /** Undefined when nothing can match. */
  readonly filter: FollowFilter | undefined
  readonly estimates: Estimates
  readonly total: number
  readonly isExpensive: boolean
  /** Offset → the last record before it, where a page ended. */
  readonly ends: LRUCache<number, TimePlace>
}

const PAGES_BYTES = 8 * 1024 * 1024
const SEEN_BYTES = 4 * 1024 * 1024
const LISTS = 500
/** About what an entry takes beside its key and its page. */
const ENTRY_BYTES = 1024
/** Page ends remembered per list: enough for 16 concurrent readers. */
const ENDS = 16

/**
 * follow/list, and what a process remembers of it. Everything is kept with the company's state in which it is true, and
 * used in that state only, which every answer reads from the database: nothing stale is ever answered, whichever process
 * changed the company.
 */
export class ListCache {
  readonly #store: Store
  readonly #currentState: (corp: number) => Promise<CorpState>
  readonly #lists = new LRUCache<string, ListState>({ max: LISTS })
  readonly #pages = new LRUCache<string, CachedPage>({
    maxSize: PAGES_BYTES,
    // A string takes up to two bytes a character.
    sizeCalculation: ({ records }, key) => ENTRY_BYTES + records.length + 2 * key.length,
  })
  /** Pages asked for once: a client that reads a list to its end asks for each page once, and none of these is kept. */
  readonly #seenOnce = new LRUCache<string, true>({
    maxSize: SEEN_BYTES,
    sizeCalculation: (_, key) => ENTRY_BYTES + 2 * key.length,
  })

  /** @param currentState the state of a company, read now */
  constructor(store: Store, currentState: (corp: number) => Promise<CorpState>) {
    this.#store = store
    this.#currentState = currentState
  }

  /** A page of the list. Throws what `query.confirm` and `query.filter` throw. */
  async page(corp: number, query: ListQuery, bounds: PageBounds): Promise<ListPage> {
    const pageKey = `${bounds.offset} ${bounds.limit} ${corp} ${query.key}`
    const cached = this.#pages.get(pageKey)
    if (cached && query.revision !== undefined) {
      const { state, revision } = await this.#currentState(corp)
      if (state === cached.state && revision === query.revision) return cached
    }
    const mayBlock = query.revision === undefined
    return (
      (await this.#store.read(corp, (tx) => this.#read(tx, query, bounds, pageKey, mayBlock))) ??
      ((await this.#store.readInThread(corp, (tx) =>
        this.#read(tx, query, bounds, pageKey, true),
      )) as ListPage)
    )
  }

  /** Undefined when the page would block the event loop for too long and must not. */
  async #read(
    tx: ReadTx,
    query: ListQuery,
    bounds: PageBounds,
    pageKey: string,
    mayBlock: boolean,
  ): Promise<ListPage | undefined> {
    const listKey = `${tx.corp} ${query.key}`
    const known = this.#lists.get(listKey)
    // Where statements are pipelined, the page is read with the known state, and used if the state is unchanged.
    const guesses = tx.dialect.pipelines && known && isCheap(known, bounds)
    const [{ state, revision }, guess] = await Promise.all([
      readState(tx),
      guesses ? pageOf(tx, known, bounds) : undefined,
    ])
    await query.confirm(tx, revision)
    const list = known?.state === state ? known : await listStateOf(tx, query, state, mayBlock)
    if (!list || !(mayBlock || isCheap(list, bounds))) return undefined
    const { records, end } = guess && list === known ? guess : await pageOf(tx, list, bounds)
    this.#lists.set(listKey, list)
    if (end) list.ends.set(bounds.offset + bounds.limit, end)
    const page = { state, total: list.total, records }
    if (query.revision !== undefined) {
      // A copy: the bytes may be a part of a larger buffer, which would be kept with them.
      if (this.#seenOnce.has(pageKey)) this.#pages.set(pageKey, { ...page, records: utf8(records) })
      else this.#seenOnce.set(pageKey, true)
    }
    return page
  }
}

/** Whether a page can be read without blocking the event loop for long. */
function isCheap({ isExpensive, ends }: ListState, { offset }: PageBounds): boolean {
  return !isExpensive || ends.has(offset)
}

/** Undefined when finding it out would block the event loop for too long and must not. */
async function listStateOf(
  tx: ReadTx,
  query: ListQuery,
  state: string,
  mayBlock: boolean,
): Promise<ListState | undefined> {
  const filter = await query.filter(tx)
  const estimates = filter ? await estimate(tx, filter) : NO_ESTIMATES
  const expensive = filter !== undefined && isExpensive(filter, estimates)
  if (expensive && !mayBlock) return undefined
  const total = filter ? await countFollows(tx, filter, estimates) : 0
  return { state, filter, estimates, total, isExpensive: expensive, ends: new LRUCache({ max: ENDS }) }
}

async function pageOf(
  tx: ReadTx,
  { filter, estimates, total, ends }: ListState,
  { limit, offset }: PageBounds,
): Promise<PageRecords> {
  if (!filter || total <= offset) return { records: '', end: undefined }
  return followPage(tx, filter, { total, limit, offset, after: ends.get(offset) }, estimates)
}
