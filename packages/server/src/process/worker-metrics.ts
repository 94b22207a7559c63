import { setTimeout as sleep } from 'node:timers/promises'
import type { Snapshot } from '../http/metrics.ts'
import { MetricsSum } from '../http/metrics-sum.ts'

/** Longest wait for workers' metrics; of one that is too busy to tell them the last ones known are taken. */
const WAIT_MS = 1_000

/** One time of asking all workers. */
interface Round extends PromiseWithResolvers<void> {
  readonly awaited: Set<number>
}

/** The metrics of all workers, in the primary process. */
export class WorkerMetrics {
  readonly #sum = new MetricsSum()
  readonly #rounds = new Map<number, Round>()
  #asked = 0

  /**
   * Asks these workers for what they have counted and answers the sums.
   *
   * @param ask sends the question with this number to a worker
   */
  async collect(workers: Iterable<number>, ask: (worker: number, id: number) => void): Promise<string> {
    const id = this.#asked++
    const round: Round = { awaited: new Set(workers), ...Promise.withResolvers<void>() }
    this.#rounds.set(id, round)
    for (const worker of round.awaited) ask(worker, id)
    await Promise.race([round.promise, sleep(WAIT_MS, undefined, { ref: false })])
    this.#rounds.delete(id)
    return this.#sum.text()
  }

  /** A worker has answered. */
  set(worker: number, id: number, snapshot: Snapshot): void {
    this.#sum.set(worker, snapshot)
    tick(this.#rounds.get(id), worker)
  }

  /** A worker has ended: nobody waits for it any longer. */
  end(worker: number): void {
    this.#sum.end(worker)
    for (const round of this.#rounds.values()) tick(round, worker)
  }
}

function tick(round: Round | undefined, worker: number): void {
  if (round?.awaited.delete(worker) && round.awaited.size === 0) round.resolve()
}
