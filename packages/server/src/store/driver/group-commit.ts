/**
 * Writers that wait for each other share one transaction and its commit, which costs more than most writes themselves.
 * They run one after the other, each in a savepoint, and are answered when all of it is durable.
 */

/** Most writers of a group: PostgreSQL keeps the numbers of 64 savepoints at hand, with more every reader looks them up. */
const MOST_MEMBERS = 64

/** The transaction of a group, as an engine makes it. */
export interface BatchTransaction<Tx> {
  /**
   * Runs one writer. `apart`: in a savepoint, so that what it wrote is undone when it throws; otherwise that is left to
   * `rollback`, nothing else having been written.
   */
  run<T>(fn: (tx: Tx) => Promise<T>, inSavepoint: boolean): Promise<T>
  /** Set when nothing of the group is there or can be kept any more. */
  readonly lost: Lost | undefined
  commit(): Promise<void>
  /** Undoes whatever is there; also ends a transaction that is lost. */
  rollback(): void
}

export interface Lost {
  readonly error: unknown
  /** Whether the transaction had begun: if not, no writer that waits is to blame, and none need try again. */
  readonly begun: boolean
}

interface Task<Tx> {
  /** Whether it runs in the transaction of a group. */
  readonly shares: boolean
  run(tx: Tx): Promise<unknown>
  resolve(value: never): void
  reject(error: unknown): void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

export interface GroupCommitOptions<Tx> {
  /** Begins the transaction of a group. When it throws, so does every writer that was waiting by then. */
  begin(): Promise<BatchTransaction<Tx>>
  /** How long after its begin a group lets writers in (ms): nobody waits much longer for what others do. */
  readonly openMs: number
  /** Waits, before a group begins, for writers that are about to ask. */
  gather?(): Promise<unknown>
}

/** Lets writers in, in the order of asking. */
export class GroupCommit<Tx> {
  readonly #options: GroupCommitOptions<Tx>
  readonly #waiting: Task<Tx>[] = []
  #working = false

  constructor(options: GroupCommitOptions<Tx>) {
    this.#options = options
  }

  /** Runs `write` in a transaction, shared with those that wait too; answers once that is committed. */
  run<T>(write: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#take(true, write)
  }

  /** Runs a task that shares nothing, in its turn. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    return this.#take(false, task)
  }

  #take<T>(shares: boolean, run: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ shares, run, resolve, reject })
      if (!this.#working) this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (next.shares) {
        await this.#group()
      } else {
        this.#waiting.shift()
        answer(next, await outcomeOf(() => next.run(undefined as never)))
      }
    }
    this.#working = false
  }

  async #group(): Promise<void> {
    await this.#options.gather?.()
    const asked = this.#waiting.length
    let group: BatchTransaction<Tx>
    try {
      group = await this.#options.begin()
    } catch (error) {
      this.#refuse(asked, error)
      return
    }
    const members = await this.#run(group)
    if (group.lost && !group.lost.begun) this.#refuse(asked - members.length, group.lost.error)
    const failed = await outcomeOf(() => end(group, members))
    for (const { task, outcome } of members) answer(task, 'error' in failed ? failed : outcome)
  }

  /** Runs those that wait, and who comes meanwhile, as long as the group is open. */
  async #run(group: BatchTransaction<Tx>): Promise<Member<Tx>[]> {
    const closes = performance.now() + this.#options.openMs
    const members: Member<Tx>[] = []
    do {
      const task = this.#waiting.shift() as Task<Tx>
      // Who is alone so far needs no savepoint: when it throws, the transaction ends with it.
      const inSavepoint = members.length > 0 || this.#waiting[0]?.shares === true
      const outcome = await outcomeOf(() => group.run((tx) => task.run(tx), inSavepoint))
      members.push({ task, outcome })
      if (group.lost || (!inSavepoint && 'error' in outcome)) break
    } while (this.#waiting[0]?.shares && members.length < MOST_MEMBERS && performance.now() < closes)
    return members
  }

  /** Refuses the first of those who wait; each of them has waited for it in vain. */
  #refuse(count: number, error: unknown): void {
    for (let left = count; left > 0 && this.#waiting[0]?.shares; left--) {
      this.#waiting.shift()?.reject(error)
    }
  }
}

interface Member<Tx> {
  readonly task: Task<Tx>
  readonly outcome: Outcome
}

/** Keeps what was written, or throws: then nothing of it is there. */
async function end<Tx>(group: BatchTransaction<Tx>, members: readonly Member<Tx>[]): Promise<void> {
  if (!group.lost && members.some(({ outcome }) => 'value' in outcome)) return group.commit()
  group.rollback()
  // What others wrote is gone with it, so that even a refusal may have been for nothing.
  if (group.lost) throw group.lost.error
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
