import { setTimeout as sleep } from 'node:timers/promises'
import type { Snapshot } from '../http/metrics.ts'
import { MetricsSum } from '../http/metrics-sum.ts'

/** Longest wait for the workers' metrics; for a worker that is too busy the last known ones are used. */
const WAIT_MS = 1_000

/** One request to all workers. */
interface Round extends PromiseWithResolvers<void> {
  readonly awaited: Set<number>
}

/** The metrics of all workers, in the primary process. */
export class WorkerMetrics {
  readonly #sum = new MetricsSum()
  readonly #rounds = new Map<number, Round>()
  #asked = 0

  /**
   * Collects the metrics of these workers and returns their sums as text.
   *
   * @param ask sends the request with this number to a worker
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
