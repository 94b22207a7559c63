import type pg from 'pg'
import { StoreError } from '../../errors.ts'
import type { DriverWriteTx } from '../port.ts'
import type { BatchTransaction, Lost } from './group-commit.ts'
import { ask, commit, end, failedBefore, runOn, statements } from './postgres-statements.ts'

/** What can be sent before BEGIN is known to have been done: should that fail, nothing is written. */
const READS = /^\s*SELECT\b/i

/** A writer of a group, while it runs. */
interface Part {
  readonly inSavepoint: boolean
  /** Whether its savepoint was sent. */
  marked: boolean
  /** The statement that was sent last: with its answer, all of them are there. */
  last: Promise<unknown> | undefined
  failed: boolean
}

/**
 * The transaction of a group. Its own statements (BEGIN, SAVEPOINT, RELEASE) leave together with the writers' and are not
 * waited for: they cost no round trip.
 */
export class Batch implements BatchTransaction<DriverWriteTx> {
  readonly #client: pg.PoolClient
  readonly #tx: DriverWriteTx
  readonly #begun: Promise<unknown>
  #hasBegun = false
  /** Whether a statement waits for the answer to BEGIN: those after it must not overtake it. */
  #held = false
  /** How many savepoints there were. Each has a name of its own: to go back to one that failed must fail too. */
  #savepoints = 0
  /** Whether the newest one holds nothing, having been gone back to. */
  #empty = false
  #part: Part = { inSavepoint: false, marked: false, last: undefined, failed: false }
  lost: Lost | undefined

  constructor(client: pg.PoolClient, begin: string) {
    this.#client = client
    this.#tx = statements(client, (text, values) => this.#run(text, values))
    this.#begun = ask(client, begin)
    this.#begun.then(
      () => {
        this.#hasBegun = true
      },
      (error) => {
        this.lost = { error, begun: false }
      },
    )
  }

  async run<T>(fn: (tx: DriverWriteTx) => Promise<T>, inSavepoint: boolean): Promise<T> {
    const part: Part = { inSavepoint, marked: false, last: undefined, failed: false }
    this.#part = part
    try {
      const result = await fn(this.#tx)
      await part.last?.catch(() => {})
      await this.#begun
      if (part.failed) throw failedBefore()
      return result
    } catch (error) {
      await this.#undo(part, error)
      throw error
    }
  }

  /** What one writer wrote; if that cannot be, all is lost. */
  async #undo(part: Part, cause: unknown): Promise<void> {
    try {
      await this.#begun
      if (!part.marked) return
      await ask(this.#client, `ROLLBACK TO SAVEPOINT member_${this.#savepoints}`)
      this.#empty = true
    } catch (error) {
      this.lost ??= { error: cause instanceof StoreError ? cause : error, begun: true }
    }
  }

  #run(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    const part = this.#part
    const answer = this.#send(part, text, values)
    part.last = answer
    answer.catch(() => {
      part.failed = true
    })
    return answer
  }

  async #send(part: Part, text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (!this.#hasBegun && (this.#held || !READS.test(text))) {
      this.#held = true
      await this.#begun
    }
    if (part.inSavepoint && !part.marked) this.#mark(part)
    return runOn(this.#client, text, values)
  }

  /** A savepoint for this writer, in place of the last one's. If it fails, so does what is sent after it. */
  #mark(part: Part): void {
    part.marked = true
    if (!this.#empty) {
      const release = this.#savepoints > 0 ? `RELEASE SAVEPOINT member_${this.#savepoints}; ` : ''
      this.#savepoints++
      ask(this.#client, `${release}SAVEPOINT member_${this.#savepoints}`).catch(() => {})
    }
    this.#empty = false
  }

  commit(): Promise<void> {
    return commit(this.#client)
  }

  rollback(): void {
    end(this.#client, 'ROLLBACK')
  }
}
