import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { SHANGHAI, startOfDay } from '../test/oracle/follow-list.ts'
import type { BareTasks, Order } from './bare-engine.ts'
import type { BareFilter, BarePage } from './bare-sql.ts'
import { cpuSince } from './cpu.ts'
import { CORP } from './data.ts'
import type { Stretch } from './load.ts'
import type { Filter, ListBody, Reference } from './reference.ts'
import { type Sandbox, stopServer } from './sandbox.ts'

const SCRIPT = fileURLToPath(new URL('./bare-engine.ts', import.meta.url))

let started = 0

/** The process that works on the engine without genjin (bare-engine.ts). */
export type Bare = ReturnType<typeof startBare>

/** @param sandbox on genjin's database */
export function startBare(sandbox: Sandbox) {
  const own = sandbox.on({ BENCH_CORP: CORP })
  const child = own.start([SCRIPT, join(sandbox.folder, `bare-${++started}.db`)])
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  async function order<T extends keyof BareTasks>(task: T, given: Order<T>['given']) {
    child.stdin.write(`${JSON.stringify({ task, given })}\n`)
    const { value, done } = await answers.next()
    if (done) throw new Error(`${task}: the bare engine ended by itself`)
    return JSON.parse(value) as Awaited<ReturnType<BareTasks[T]>>
  }
  return {
    order,
    /** An order that is load: what it counted, with the process's CPU time. */
    async stretch<T extends 'load' | 'commit'>(task: T, given: Order<T>['given']): Promise<Stretch> {
      const cpuMs = cpuSince(child.pid as number)
      return { ...(await order<'load' | 'commit'>(task, given)), cpuMs: cpuMs() }
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
    ...(filter.target_id_list && { target: filter.target_id_list[0] as string }),
    ...(filter.id_list && { ids: filter.id_list }),
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
export function pageByOffset(reference: Reference, body: ListBody): BarePage {
  const { current_index, page_size: limit, ...filter } = body
  return { filter: bareFilter(reference, filter), limit, offset: (current_index - 1) * limit }
}
