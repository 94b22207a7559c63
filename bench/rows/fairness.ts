import { addApp } from '../data.ts'
import type { Figure } from '../figures.ts'
import { load } from '../load.ts'
import { median } from '../measure.ts'
import { type ListRequest, pathsFor, totalIn } from '../pages.ts'
import { proberArgs, probing } from '../probing.ts'
import { type Draw, drawFrom } from '../random.ts'
import type { Filter, Reference } from '../reference.ts'
import type { OlderList } from '../reference-older.ts'
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
  const seconds = thorough ? plan.roundSeconds : Math.max(plan.roundSeconds, LEAST_SECONDS)
  const rounds = []
  for (let round = 0; round < plan.rounds; round++) {
    const next = worstOf(main, round)
    await prober.take()
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    const idle = (await prober.take()).pages
    const worst = await load(main.server, next, seconds, AT_ONCE)
    const beside = (await prober.take()).pages
    if (beside.refused > 0) throw new Error(`another company was refused ${beside.refused} times`)
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
        worstPerSecond: median(rounds.map(({ perSecond }) => perSecond)),
      },
    },
  ]
}

/** Pages deep in lists of many busy targets, of many staff, and of the lists that no counter helps with; others each round. */
function worstOf({ pages, data: { reference, others } }: Served, round: number) {
  const draw = drawFrom(12 + round)
  const lists = worstFilters(reference, draw).map((body) => ({ body, total: reference.totalOf(body) }))
  const older = ['customer/list', 'opportunity/list'] as const
  return () => {
    const isOlder = others !== undefined && draw(8) === 0
    const list = isOlder ? (older[draw(2)] as OlderList) : 'list'
    const { body, total } = isOlder
      ? { body: {}, total: others.older.size(list as OlderList) }
      : (lists[draw(lists.length)] as (typeof lists)[number])
    const page_size = 20 + draw(81)
    const current_index = 1 + draw(Math.max(1, Math.floor(total / page_size)))
    const { bytes } = pages.askList({ list, body: { ...body, current_index, page_size } } as ListRequest)
    return { bytes, check: checkAnswered }
  }
}

/** What it holds is of no interest here: the other company is what is measured. */
function checkAnswered(answer: Buffer): void {
  totalIn(answer)
}

const LISTS = 200

function worstFilters(reference: Reference, draw: Draw): Filter[] {
  const busy = reference.targetsByUse().slice(0, 2000)
  const staff = reference.staffByUse()
  return Array.from({ length: LISTS }, (_, at): Filter => {
    if (at % 4 === 0) {
      const day = `2025-0${1 + draw(9)}-1${draw(10)}`
      return { follow_user_ids: staff.slice(draw(40)), target_type: 1, follow_time_end: day }
    }
    const length = at % 4 === 1 ? 80 : 1000
    const target_id_list = Array.from({ length }, () => (busy[draw(busy.length)] as [string, number])[0])
    const user = staff[draw(20)] as string
    const title = reference.titles[draw(reference.titles.length)] as string
    return { target_id_list, ...[{}, { title }, { follow_user_ids: [user] }][draw(3)] }
  })
}
