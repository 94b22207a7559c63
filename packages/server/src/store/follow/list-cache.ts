import { LRUCache } from 'lru-cache'
import type { ByteBudget } from '../../byte-budget.ts'
import { StoreError } from '../../errors.ts'
import { type Text, utf8 } from '../../utf8.ts'
import { type CorpState, readState } from '../corp.ts'
import type { ReadTx, Store } from '../port.ts'
import { EXPENSIVE } from './estimate.ts'
import type { FollowFilter, FollowOrder, TimePlace } from './filter.ts'
import { type List, openList } from './query-plan.ts'
import { detailPieces, followPage, openByIds, type PageTexts } from './read.ts'
import { type FollowDetail, placeOf } from './row.ts'
import { TypeNames } from './type-names.ts'

/** What follow/list is asked for. */
export interface ListQuery {
  /** One text for one question within a company: what is remembered is kept under it. */
  readonly key: string
  /** Resolves names and departments; undefined when nothing can match. */
  readonly filter: (tx: ReadTx) => Promise<FollowFilter | undefined>
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean
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
  /** One behind the other, the JSON texts with commas between. */
  readonly records: readonly Text[]
}

interface CachedPage extends ListPage {
  readonly state: string
}

/** What is asked of a list whose answers are made from the records and the columns beside them. */
export interface DetailQuery<T extends string> {
  /** One text for one question within a company. */
  readonly key: string
  readonly order: FollowOrder
  readonly filter: (tx: ReadTx) => Promise<FollowFilter | undefined>
  /** Whether nobody waits for the answer any more. */
  readonly isGone: () => boolean
  /** Throws unless the caller still has access, in the snapshot of the answer. */
  readonly confirm: (tx: ReadTx, revision: string) => Promise<void>
  /** Makes the JSON texts of some of the page's records. */
  readonly answers: (tx: ReadTx, rows: FollowDetail[]) => Promise<T[]>
}

/** A list in one state of the company. */
interface ListState {
  readonly state: string
  /** Undefined when nothing can match. */
  readonly list: List | undefined
  /** Offset → the last record before it, where a page ended. */
  readonly ends: LRUCache<number, TimePlace>
}

const PAGES_BYTES = 8 * 1024 * 1024
/** Longer pages are not kept: a few would take the place of all others. */
const LONGEST_KEPT = PAGES_BYTES / 8
const SEEN_BYTES = 4 * 1024 * 1024
const LISTS_BYTES = 16 * 1024 * 1024
/** About what an entry takes beside its key and its page. */
const ENTRY_BYTES = 1024
/** About what a list takes beside its key, its values, its ids and its periods. */
const LIST_BYTES = 4 * 1024
/** Page ends remembered per list: enough for 16 concurrent readers. */
const ENDS = 16

/**
 * The lists of follow-ups, and what a process remembers of them. Everything is kept with the company's state in which it is
 * true, and used in that state only, which every answer reads from the database: nothing stale is ever answered, whichever
 * process changed the company.
 */
export class ListCache {
  readonly #store: Store
  readonly #currentState: (corp: number) => Promise<CorpState>
  readonly #names = new TypeNames()
  readonly #lists = new LRUCache<string, ListState>({
    maxSize: LISTS_BYTES,
    sizeCalculation: ({ list }, key) => LIST_BYTES + 2 * key.length + (list ? bytesOf(list) : 0),
  })
  readonly #pages = new LRUCache<string, CachedPage>({
    maxSize: PAGES_BYTES,
    // A string takes up to two bytes a character.
    sizeCalculation: ({ records }, key) => ENTRY_BYTES + lengthOf(records) + 2 * key.length,
  })
  /** Pages asked for once: a client that reads a list to its end asks for each page once, and none of these is kept. */
  readonly #seenOnce = new LRUCache<string, true>({
    maxSize: SEEN_BYTES,
    sizeCalculation: (_, key) => ENTRY_BYTES + 2 * key.length,
  })

  readonly #answers: ByteBudget

  /**
   * @param currentState the state of a company, read now
   * @param answers what is being sent: a long page waits for its turn
   */
  constructor(store: Store, currentState: (corp: number) => Promise<CorpState>, answers: ByteBudget) {
    this.#store = store
    this.#currentState = currentState
    this.#answers = answers
  }

  /** A page of follow/list. Throws what `query.confirm` and `query.filter` throw. */
  async page(corp: number, query: ListQuery, bounds: PageBounds): Promise<ListPage> {
    const pageKey = `${bounds.offset} ${bounds.limit} ${corp} ${query.key}`
    const cached = this.#pages.get(pageKey)
    if (cached && query.revision !== undefined) {
      const { state, revision } = await this.#currentState(corp)
      if (state === cached.state && revision === query.revision) {
        this.#answers.requireRoom(corp, lengthOf(cached.records))
        return cached
      }
    }
    const mayBlock = query.revision === undefined
    return this.#afford(corp, mayBlock, query.isGone, (tx, budget) =>
      this.#read(tx, query, bounds, pageKey, budget),
    )
  }

  /** A page of another list. Throws what `query.confirm` and `query.filter` throw. */
  detailPage(
    corp: number,
    { key, order, filter, isGone, confirm, answers }: DetailQuery<string>,
    bounds: PageBounds,
  ): Promise<ListPage> {
    return this.#afford(corp, false, isGone, async (tx, budget) => {
      const { state, revision } = await readState(tx)
      await confirm(tx, revision)
      const listKey = `${tx.corp} ${key}`
      let known = this.#known(listKey, state)
      if (!known) {
        const opened = await open(tx, filter, order, budget)
        if (!opened) return undefined
        known = this.#keep(listKey, state, opened)
      }
      const { list } = known
      if (!list || list.total <= bounds.offset) return { total: list?.total ?? 0, records: [] }
      const pieces = await detailPieces(tx, list, bounds, budget, (bytes) =>
        this.#answers.requireRoom(corp, bytes),
      )
      if (!pieces) return undefined
      const texts: Text[] = []
      for await (const rows of pieces.rows) {
        for (const text of await answers(tx, rows)) {
          if (texts.length > 0) texts.push(',')
          // Many long strings and their bytes at once would take three times as much memory.
          texts.push(pieces.areMany ? Buffer.from(text) : text)
        }
      }
      return { total: list.total, records: texts }
    })
  }

  /** Reads in the event loop what does not cost much. `read` returns undefined for what would cost more than `budget`. */
  async #afford<T>(
    corp: number,
    mayBlock: boolean,
    isGone: () => boolean,
    read: (tx: ReadTx, budget: number) => Promise<T | undefined>,
  ): Promise<T> {
    const affordable = await this.#store.read(corp, (tx) =>
      read(tx, mayBlock ? Number.POSITIVE_INFINITY : EXPENSIVE),
    )
    if (affordable) return affordable
    return this.#store.readExpensive(corp, async (tx) => {
      if (isGone()) throw new StoreError('gone', 'the client has closed its connection')
      return (await read(tx, Number.POSITIVE_INFINITY)) as T
    })
  }

  /** The list as it is known in this state. */
  #known(listKey: string, state: string): ListState | undefined {
    const known = this.#lists.get(listKey)
    return known?.state === state ? known : undefined
  }

  #keep(listKey: string, state: string, { list }: Opened): ListState {
    const kept = { state, list, ends: new LRUCache<number, TimePlace>({ max: ENDS }) }
    this.#lists.set(listKey, kept)
    return kept
  }

  async #read(
    tx: ReadTx,
    query: ListQuery,
    bounds: PageBounds,
    pageKey: string,
    budget: number,
  ): Promise<ListPage | undefined> {
    const listKey = `${tx.corp} ${query.key}`
    const known = this.#lists.get(listKey)
    // Where statements are pipelined, they share a round trip: with a known state the page is read, and used if the state is
    // unchanged; a list that is not known is opened.
    const guesses = tx.dialect.pipelines && known?.list
    const opening = known ? undefined : open(tx, query.filter, 'time', budget, bounds)
    // Whether the caller has access comes first.
    opening?.catch(() => {})
    const [{ state, revision }, guess] = await Promise.all([
      readState(tx),
      guesses ? this.#pageOf(tx, known, bounds, budget, true) : undefined,
    ])
    await query.confirm(tx, revision)
    let list = this.#known(listKey, state)
    let texts = list && list === known ? guess : undefined
    if (!list) {
      const opened = await (opening ?? open(tx, query.filter, 'time', budget, bounds))
      if (!opened) return undefined
      list = this.#keep(listKey, state, opened)
      texts = opened.texts
    }
    texts ??= await this.#pageOf(tx, list, bounds, budget)
    if (!texts) return undefined
    const page = {
      state,
      total: list.list?.total ?? 0,
      records: await this.#withNames(tx, revision, texts),
    }
    const [head, tail] = [texts.at(-3), texts.at(-1)]
    if (head !== undefined && tail !== undefined) {
      list.ends.set(bounds.offset + bounds.limit, placeOf(head, tail))
    }
    if (query.revision !== undefined && lengthOf(page.records) <= LONGEST_KEPT) {
      // A copy: the bytes may be a part of a larger buffer, which would be kept with them.
      if (this.#seenOnce.has(pageKey)) this.#pages.set(pageKey, { ...page, records: [utf8(...page.records)] })
      else this.#seenOnce.set(pageKey, true)
    }
    return page
  }

  #pageOf(
    tx: ReadTx,
    { list, ends }: ListState,
    { limit, offset }: PageBounds,
    budget: number,
    isGuess = false,
  ): Promise<PageTexts | undefined> | PageTexts {
    if (!list || list.total <= offset) return []
    const position = { limit, offset, after: ends.get(offset) }
    const onLong = (bytes: number) => this.#answers.requireRoom(tx.corp, bytes)
    return followPage(tx, list, position, { budget, isGuess, onLong })
  }

  /** The texts with the present names of the follow types. */
  async #withNames(tx: ReadTx, revision: string, texts: PageTexts): Promise<Text[]> {
    const ids = new Set<string>()
    for (let at = 1; at < texts.length; at += 3) ids.add(texts[at] as string)
    const names = await this.#names.of(tx, revision, ids)
    const named: Text[] = []
    for (let at = 0; at < texts.length; at += 3) {
      if (at > 0) named.push(',')
      const name = names.get(texts[at + 1] as string) as string
      named.push(texts[at] as Text, `,"follow_type_desc":${name},`, texts[at + 2] as Text)
    }
    return named
  }
}

/** A list, and the page that was read to find out about it, if one was. */
type Opened = Pick<ListState, 'list'> & { readonly texts?: PageTexts }

/** Finds out about a list; undefined when that would cost more than `budget`. @param bounds the page that is asked for */
async function open(
  tx: ReadTx,
  filterIn: ListQuery['filter'],
  order: FollowOrder,
  budget: number,
  bounds?: PageBounds,
): Promise<Opened | undefined> {
  const filter = await filterIn(tx)
  if (!filter) return { list: undefined }
  // What else must be looked up for each id costs more.
  if (bounds?.offset === 0 && filter.ids && !filter.targetIds && filter.ids.length <= bounds.limit) {
    const whole = await openByIds(tx, filter, filter.ids)
    if (whole) return whole
  }
  const list = await openList(tx, filter, order, budget)
  return list && { list }
}

function lengthOf(texts: readonly Text[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0)
}

/** About what the values of a list's filter, its ids and its periods take. */
function bytesOf({ filter, ids, periods }: List): number {
  const texts = [...(filter.targetIds ?? []), ...(filter.userIds ?? []), filter.title ?? '']
  const values = (filter.ids?.length ?? 0) + (filter.followTypeIds?.length ?? 0)
  const texted = texts.reduce((sum, text) => sum + ENTRY_OF_LIST + 2 * text.length, 0)
  return ENTRY_OF_LIST * values + texted + (ids?.byteLength ?? 0) + (periods?.bytes ?? 0)
}

const ENTRY_OF_LIST = 32
