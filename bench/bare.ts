import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { SHANGHAI, startOfDay } from '../test/oracle/follow-list.ts'
import type { Answers, BareFilter, BarePage, Order } from './bare-order.ts'
import { startCpuUse } from './cpu.ts'
import { CORP } from './data.ts'
import type { Stretch } from './load.ts'
import type { Filter, ListBody, Reference } from './reference.ts'
import { type Child, type Sandbox, stopServer } from './sandbox.ts'

/** The process that works on the engine without genjin (bare-engine.ts). */
export interface Bare {
  readonly child: Child
  order<D extends Order['do']>(order: Order & { do: D }): Promise<Answers[D]>
  /** An order that is load: what it counted, with the process's CPU time. */
  stretch(order: Order & { do: 'load' | 'commit' }): Promise<Stretch>
  stop(): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('./bare-engine.ts', import.meta.url))

let started = 0

/** @param sandbox on genjin's database */
export function startBare(sandbox: Sandbox): Bare {
  const own = sandbox.on({ BENCH_CORP: CORP })
  const child = own.start([SCRIPT, join(sandbox.folder, `bare-${++started}.db`)])
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  async function order<D extends Order['do']>(given: Order & { do: D }): Promise<Answers[D]> {
    child.stdin.write(`${JSON.stringify(given)}\n`)
    const { value, done } = await answers.next()
    if (done) throw new Error(`${given.do}: the bare engine ended by itself`)
    return JSON.parse(value) as Answers[D]
  }
  return {
    child,
    order,
    async stretch(given) {
      const cpuSince = startCpuUse(child.pid as number)
      const { pages, seconds } = await order(given)
      return { pages, seconds, cpu: cpuSince() }
    },
    stop: () => stopServer({ child }),
  }
}

/** The filters of P1 as conditions on columns. */
function bareFilter(reference: Reference, filter: Filter): BareFilter {
  const users = filter.follow_dep_ids ? reference.members(filter.follow_dep_ids) : filter.follow_user_ids
  return {
    ...(filter.target_type !== undefined && { type: filter.target_type }),
    ...(filter.follow_time_start !== undefined && { from: startOfDay(filter.follow_time_start) }),
    ...(filter.follow_time_end !== undefined && { before: startOfDay(filter.follow_time_end, SHANGHAI, 1) }),
    ...(filter.follow_type_list && { followType: filter.follow_type_list[0] as number }),
    ...(users && { users }),
  }
}

/** A page by the key that it begins behind: the best that a driver can do. */
export function pageByKey(reference: Reference, { current_index, page_size, ...filter }: ListBody): BarePage {
  const before = (current_index - 1) * page_size - 1
  const page = { filter: bareFilter(reference, filter), limit: page_size }
  if (before < 0) return page
  const { timeMs, id } = reference.at(reference.placeOf(filter, before))
  return { ...page, after: { time: timeMs, id: id.toString() } }
}

/** A page by skipping to it. */
export function pageByOffset(
  reference: Reference,
  { current_index, page_size, ...filter }: ListBody,
): BarePage {
  return {
    filter: bareFilter(reference, filter),
    limit: page_size,
    offset: (current_index - 1) * page_size,
  }
}
