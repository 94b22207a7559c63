import { AggregatorRegistry } from 'prom-client'
import type { Snapshot } from './metrics.ts'

/** What only ever grows. The rest (memory, open files, …) is of the present and ends with its process. */
const GROWING = new Set(['counter', 'histogram'])

/**
 * The metrics of several processes added up. What a process had counted stays in the sums after its end: sums that went
 * back would look to Prometheus as if all processes had started anew, and their whole counts as if they had just come.
 */
export class MetricsSum {
  readonly #present = new Map<number, Snapshot>()
  #gone: Snapshot = []

  /** The newest of a process takes the place of its last one. */
  set(process: number, snapshot: Snapshot): void {
    this.#present.set(process, snapshot)
  }

  /** The process has ended. */
  end(process: number): void {
    const last = this.#present.get(process)
    if (!last) return
    this.#present.delete(process)
    const growing = last.filter((metric) => GROWING.has((metric as { type: string }).type))
    this.#gone = add([this.#gone, growing]).getMetricsAsArray()
  }

  text(): Promise<string> {
    return add([...this.#present.values(), this.#gone]).metrics()
  }
}

function add(snapshots: readonly Snapshot[]) {
  // Not its clusterMetrics(): that one fails, after 5 s, whenever one process is starting, busy or killed meanwhile.
  return AggregatorRegistry.aggregate(snapshots as object[])
}
