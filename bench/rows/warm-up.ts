import { eachOnce, load } from '../load.ts'
import type { ListBody } from '../reference.ts'
import { mixesOf } from './mixes.ts'
import type { Served, Setting } from './setting.ts'

const MIXES = 200
/** A mix is drawn by looking at every record. */
const MIX_RECORDS = 200_000_000
/** Pages of this size are asked for in no other part. */
const PAGE_SIZE = 16

/** Has every server compile its code before anything is measured: the first requests take ten times as long. */
export async function warmUp({ all, plan }: Setting): Promise<void> {
  for (const served of all) {
    const asks = [...bodiesOf(served)].map((body) => served.pages.ask(body, undefined, true))
    await load(served.server, eachOnce(asks), 2 * plan.roundSeconds)
  }
}

/** Filters that are asked again and again anyway, among others that nothing else asks for. */
function* bodiesOf({ pages: { reference }, kinds, size }: Served): Generator<ListBody> {
  let page = 0
  for (const mix of mixesOf(reference, Math.min(MIXES, MIX_RECORDS / size), 77)) {
    yield mix
    for (const { pool } of kinds) {
      yield { ...pool[0], current_index: 1 + (page++ % 50), page_size: PAGE_SIZE }
    }
  }
}
