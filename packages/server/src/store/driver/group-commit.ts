/**
 * Group commit: writers that wait for each other share one transaction, a batch, because the commit costs more than most
 * writes. (RequestBatcher works above it: requests that share statements are one writer here.) They run one after the other, each in a savepoint, and are answered once the batch is durable.
 */

/** Writers of a batch at most. PostgreSQL caches 64 subtransactions; beyond that every reader looks them up on disk. */
const MOST_MEMBERS = 64

/** The transaction of a batch, made by an engine. */
export interface BatchTransaction<Tx> {
  /** Runs one writer. In a savepoint, what it wrote is undone when it throws; otherwise the batch has to be rolled back. */
  run<T>(fn: (tx: Tx) => Promise<T>, inSavepoint: boolean): Promise<T>
  /** Set once nothing of the batch can be kept any more. */
  readonly lost: Lost | undefined
  commit(): Promise<void>
  /** Undoes everything; also ends a transaction that is lost. */
  rollback(): void
}

export interface Lost {
  readonly error: unknown
  /** Whether the transaction had begun. If not, no waiting writer caused it, and none needs to be retried. */
  readonly begun: boolean
}

interface Task<Tx> {
  /** Whether it runs in a batch. */
  readonly batched: boolean
  run(tx: Tx): Promise<unknown>
  resolve(value: never): void
  reject(error: unknown): void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

export interface GroupCommitOptions<Tx> {
  /** Begins a batch. When it throws, so does every writer that was waiting by then. */
  begin(): Promise<BatchTransaction<Tx>>
  /** How long a batch accepts writers (ms): the longest that one waits for the others. */
  readonly openMs: number
  /** Waits, before a batch begins, for writers that are about to ask. */
  waitForMore?(): Promise<unknown>
}

/** Runs writers in the order of their requests. */
export class GroupCommit<Tx> {
  readonly #options: GroupCommitOptions<Tx>
  readonly #waiting: Task<Tx>[] = []
  #working = false

  constructor(options: GroupCommitOptions<Tx>) {
    this.#options = options
  }

  /** Runs `write` in a batch; answers once that is committed. */
  run<T>(write: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#take(true, write)
  }

  /** Runs a task outside any batch, in its turn. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    return this.#take(false, task)
  }

  #take<T>(batched: boolean, run: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batched, run, resolve, reject })
      if (!this.#working) this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (next.batched) {
        await this.#runBatch()
      } else {
        this.#waiting.shift()
        answer(next, await outcomeOf(() => next.run(undefined as never)))
      }
    }
    this.#working = false
  }

  async #runBatch(): Promise<void> {
    await this.#options.waitForMore?.()
    const asked = this.#waiting.length
    let batch: BatchTransaction<Tx>
    try {
      batch = await this.#options.begin()
    } catch (error) {
      this.#refuse(asked, error)
      return
    }
    const members = await this.#runMembers(batch)
    if (batch.lost && !batch.lost.begun) this.#refuse(asked - members.length, batch.lost.error)
    const failed = await outcomeOf(() => end(batch, members))
    for (const { task, outcome } of members) answer(task, 'error' in failed ? failed : outcome)
  }

  /** Runs the waiting writers, and those that arrive meanwhile, as long as the batch is open. */
  async #runMembers(batch: BatchTransaction<Tx>): Promise<Member<Tx>[]> {
    const closes = performance.now() + this.#options.openMs
    const members: Member<Tx>[] = []
    do {
      const task = this.#waiting.shift() as Task<Tx>
      // A writer that is alone so far needs no savepoint: when it throws, the batch ends with it.
      const inSavepoint = members.length > 0 || this.#waiting[0]?.batched === true
      const outcome = await outcomeOf(() => batch.run((tx) => task.run(tx), inSavepoint))
      members.push({ task, outcome })
      if (batch.lost || (!inSavepoint && 'error' in outcome)) break
    } while (this.#waiting[0]?.batched && members.length < MOST_MEMBERS && performance.now() < closes)
    return members
  }

  /** Rejects the first `count` waiting writers. */
  #refuse(count: number, error: unknown): void {
    for (let left = count; left > 0 && this.#waiting[0]?.batched; left--) {
      this.#waiting.shift()?.reject(error)
    }
  }
}

interface Member<Tx> {
  readonly task: Task<Tx>
  readonly outcome: Outcome
}

/** Commits, or throws: then nothing of the batch is kept. */
async function end<Tx>(batch: BatchTransaction<Tx>, members: readonly Member<Tx>[]): Promise<void> {
  if (!batch.lost && members.some(({ outcome }) => 'value' in outcome)) return batch.commit()
  batch.rollback()
  // A refusal may have been due to what another writer wrote, which is lost too.
  if (batch.lost) throw batch.lost.error
}

async function outcomeOf(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await run() }
  } catch (error) {
    return { error }
  }
}

function answer<Tx>(task: Task<Tx>, outcome: Outcome): void {
  if ('error' in outcome) task.reject(outcome.error)
  else task.resolve(outcome.value as never)
}
