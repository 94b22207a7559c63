import { LRUCache } from 'lru-cache'
import type { FollowFilter, TimePlace } from '../store/follow/filter.ts'
import type { Estimates } from '../store/follow/query-plan.ts'
import type { TokenSession } from './session.ts'

/**
 * What a process remembers, so that it need not be found again. Lists and answers are kept with the state of the company
 * that they are true in, and used only in that state, which is read from the database for every answer: nothing old is
 * ever answered, whichever process has changed the company. What nobody asks for any more goes first.
 */
export interface Cache {
  /** Company and body → the answer of follow/list, once it has been asked for before. */
  readonly answers: LRUCache<string, CachedAnswer>
  /** Company and body of what was asked for: who walks through a list asks for each page once, and none is kept. */
  readonly asked: LRUCache<string, true>
  /** Company and body without its page → what is known of the list. */
  readonly lists: LRUCache<string, ListState>
  /** Token → who shows it. */
  readonly tokens: LRUCache<string, TokenSession>
}

export interface CachedAnswer {
  readonly state: string
  /** The whole answer. */
  readonly bytes: Buffer
}

/** What a list is of, and how far it has been read. */
export interface ListState {
  readonly state: string
  /** Undefined when nothing can match. */
  readonly filter: FollowFilter | undefined
  readonly estimates: Estimates
  readonly total: number
  /** Whether very much is looked at for it. */
  readonly expensive: boolean
  /** Number of records → the last of them, where a page ended. */
  readonly ends: Map<number, TimePlace>
}

const ANSWER_BYTES = 8 * 1024 * 1024
/** What an entry takes beside its key and its answer. */
const ENTRY_BYTES = 1024
const ASKED_BYTES = 4 * 1024 * 1024
const LISTS = 500
const TOKENS = 2000

/** Ends kept of a list: those who walk through it side by side. */
const ENDS = 16

export function createCache(): Cache {
  return {
    answers: new LRUCache({
      maxSize: ANSWER_BYTES,
      // A string takes up to two bytes a character.
      sizeCalculation: ({ bytes }, key) => ENTRY_BYTES + bytes.length + 2 * key.length,
    }),
    asked: new LRUCache({ maxSize: ASKED_BYTES, sizeCalculation: (_, key) => ENTRY_BYTES + 2 * key.length }),
    lists: new LRUCache({ max: LISTS }),
    tokens: new LRUCache({ max: TOKENS }),
  }
}

/** Notes where a page ended; the oldest end goes. */
export function keepEnd({ ends }: ListState, count: number, place: TimePlace): void {
  ends.delete(count)
  ends.set(count, place)
  const [oldest] = ends.keys()
  if (ends.size > ENDS && oldest !== undefined) ends.delete(oldest)
}
