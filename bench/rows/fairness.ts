import { addApp } from '../data.ts'
import type { Figure } from '../figures.ts'
import { load } from '../load.ts'
import { median } from '../measure.ts'
import { type ListRequest, pathsFor } from '../pages.ts'
import { proberArgs, probing } from '../probing.ts'
import { drawFrom } from '../random.ts'
import type { Filter, Reference } from '../reference.ts'
import type { Served, Setting } from './setting.ts'

/** A company beside the one that is measured. */
export const OTHER = 'other-1'

const AT_ONCE = 30
/** How long each side of a round takes at least, in s: a p99 wants some hundred pages. */
const LEAST_SECONDS = 5

/** P12: pages of another company, none asked before, while the company asks its worst, 30 at once, and while it does not. */
export async function fairness(setting: Setting): Promise<Figure[]> {
  const { main, plan, thorough, volume } = setting
  const path = (await pathsFor(main.server, await addApp(main.sandbox, OTHER)))('list')
  await using prober = probing(
    main.sandbox.start(proberArgs(main.server.url, { path, records: volume.others })),
  )
  const next = worstOf(main)
  const seconds = thorough ? plan.roundSeconds : Math.max(plan.roundSeconds, LEAST_SECONDS)
  const rounds = []
  let asked = 0
  for (let round = 0; round < plan.rounds; round++) {
    await prober.take()
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const idle = (await prober.take()).pages
    const worst = await load(main.server, next, seconds, AT_ONCE)
    const beside = (await prober.take()).pages
    asked += worst.pages
    rounds.push({ idle, beside, perSecond: worst.pages / worst.seconds })
  }
  return [
    {
      id: 'P12',
      of: `${AT_ONCE} at once`,
      value: median(rounds.map(({ idle, beside }) => beside.p99Ms / idle.p99Ms)),
      facts: {
        p99Ms: median(rounds.map(({ beside }) => beside.p99Ms)),
        idleP99Ms: median(rounds.map(({ idle }) => idle.p99Ms)),
        longestMs: Math.max(...rounds.map(({ beside }) => beside.longestMs)),
        refused: rounds.reduce((total, { beside }) => total + beside.refused, 0),
        worstPerSecond: asked / (plan.rounds * seconds),
      },
    },
  ]
}

/** Pages deep in lists of many busy targets, of many staff, and of the lists that no counter helps with. */
function worstOf({ pages, data: { reference, others } }: Served) {
  const draw = drawFrom(12)
  const lists = [...worstFilters(reference)].map((body) => ({ body, total: reference.totalOf(body) }))
  const older = others ? (['customer/list', 'opportunity/list'] as const) : []
  return () => {
    const at = draw(lists.length + older.length)
    const { body, total } = lists[at] ?? {
      body: {},
      total: others?.older.size(older[at - lists.length] as never) ?? 0,
    }
    const page_size = 20 + draw(81)
    const current_index = 1 + draw(Math.max(1, Math.floor(total / page_size)))
    const list = older[at - lists.length] ?? 'list'
    const request = { list, body: { ...body, current_index, page_size } } as ListRequest
    // What it costs is of interest, not what it is: the other company is what is measured.
    return { bytes: pages.askList(request).bytes, check: () => {} }
  }
}

function* worstFilters(reference: Reference): Generator<Filter> {
  const draw = drawFrom(13)
  const busy = reference.targetsByUse().slice(0, 2000)
  const staff = reference.staffByUse()
  for (let left = 40; left > 0; left--) {
    const length = left % 2 === 0 ? 80 : 1000
    const target_id_list = Array.from({ length }, () => (busy[draw(busy.length)] as [string, number])[0])
    const user = staff[draw(20)] as string
    const title = reference.titles[draw(reference.titles.length)] as string
    yield { target_id_list, ...[{}, { title }, { follow_user_ids: [user] }][draw(3)] }
    yield {
      follow_user_ids: staff.slice(draw(20)),
      target_type: 1,
      follow_time_end: `2025-0${1 + draw(9)}-15`,
    }
  }
}
