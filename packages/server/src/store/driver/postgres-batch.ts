import type pg from 'pg'
import { StoreError } from '../../errors.ts'
import type { DriverWriteTx } from '../port.ts'
import type { BatchTransaction, Lost } from './group-commit.ts'
import { ask, askEach, commit, end, failedBefore, runOn, statements } from './postgres-statements.ts'

/** What may be sent before BEGIN is acknowledged: if that fails, nothing is written. */
const READS = /^\s*SELECT\b/i

/** A writer of a batch, while it runs. */
interface Member {
  readonly inSavepoint: boolean
  /** Whether its savepoint was sent. */
  marked: boolean
  /** The last statement sent: its answer comes after all others. */
  last: Promise<unknown> | undefined
  failed: boolean
}

/** A batch. Its own statements (BEGIN, SAVEPOINT, RELEASE) are pipelined with those of the writers: no round trip. */
export class Batch implements BatchTransaction<DriverWriteTx> {
  readonly #client: pg.PoolClient
  readonly #tx: DriverWriteTx
  readonly #begun: Promise<unknown>
  #hasBegun = false
  /** Whether a statement waits for the acknowledgement of BEGIN: later ones must not overtake it. */
  #held = false
  /** Savepoints so far. Each has its own name: rolling back to one that failed must fail too. */
  #savepoints = 0
  /** Whether the newest savepoint was rolled back to, and can be used again. */
  #empty = false
  #member: Member = { inSavepoint: false, marked: false, last: undefined, failed: false }
  lost: Lost | undefined

  /** @param begun the acknowledgement of its beginning, which was sent */
  constructor(client: pg.PoolClient, begun: Promise<unknown>) {
    this.#client = client
    this.#tx = statements(client, (text, values) => this.#run(text, values))
    this.#begun = begun
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
    const member: Member = { inSavepoint, marked: false, last: undefined, failed: false }
    this.#member = member
    try {
      const result = await fn(this.#tx)
      await member.last?.catch(() => {})
      await this.#begun
      if (member.failed) throw failedBefore()
      return result
    } catch (error) {
      await this.#undo(member, error)
      throw error
    }
  }

  /** Undoes what one writer wrote; if that fails, the batch is lost. */
  async #undo(member: Member, cause: unknown): Promise<void> {
    try {
      await this.#begun
      if (!member.marked) return
      await ask(this.#client, `ROLLBACK TO SAVEPOINT member_${this.#savepoints}`)
      this.#empty = true
    } catch (error) {
      this.lost ??= { error: cause instanceof StoreError ? cause : error, begun: true }
    }
  }

  #run(text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    const member = this.#member
    const answer = this.#send(member, text, values)
    member.last = answer
    answer.catch(() => {
      member.failed = true
    })
    return answer
  }

  async #send(member: Member, text: string, values: readonly unknown[]): Promise<pg.QueryResult> {
    if (!this.#hasBegun && (this.#held || !READS.test(text))) {
      this.#held = true
      await this.#begun
    }
    if (member.inSavepoint && !member.marked) this.#mark(member)
    return runOn(this.#client, text, values)
  }

  /** Replaces the last writer's savepoint by one for this writer. If it fails, so do the statements after it. */
  #mark(member: Member): void {
    member.marked = true
    if (!this.#empty) {
      const release = this.#savepoints > 0 ? [`RELEASE SAVEPOINT member_${this.#savepoints}`] : []
      this.#savepoints++
      askEach(this.#client, [...release, `SAVEPOINT member_${this.#savepoints}`]).catch(() => {})
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
