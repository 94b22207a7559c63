import { AggregatorRegistry } from 'prom-client'
import type { Snapshot } from './metrics.ts'

/** Types that only grow. Gauges (memory, open files, …) end with their process. */
const GROWING = new Set(['counter', 'histogram'])

/**
 * The sum of several processes' metrics. Counts of a process stay in it after its end: to Prometheus a falling sum is a
 * restart, after which the whole sum counts as new.
 */
export class MetricsSum {
  readonly #present = new Map<number, Snapshot>()
  #gone: Snapshot = []

  /** Replaces the process's last snapshot. */
  set(process: number, snapshot: Snapshot): void {
    this.#present.set(process, snapshot)
  }

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
  // Not clusterMetrics(): it fails after 5 s when one process is starting, busy or killed.
  return AggregatorRegistry.aggregate(snapshots as object[])
}
