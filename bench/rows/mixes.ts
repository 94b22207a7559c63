import { DAY_MS, dayOf } from '../../test/oracle/follow-list.ts'
import { Client } from '../client.ts'
import type { Figure } from '../figures.ts'
import { quantile } from '../measure.ts'
import { totalIn } from '../pages.ts'
import { type Draw, drawFrom } from '../random.ts'
import type { Filter, Follow, ListBody, Reference } from '../reference.ts'
import type { Setting } from './setting.ts'

const MIXES = 300

/** P10: random mixes of all documented filters, any page of any size, one client, each asked once. */
export async function mixes({ main }: Setting): Promise<Figure[]> {
  using client = await Client.open(main.server.url)
  const us: number[] = []
  let found = 0
  for (const body of mixesOf(main.pages.reference, MIXES, 300)) {
    const { bytes, check } = main.pages.ask(body)
    const started = performance.now()
    const answer = await client.ask(bytes)
    us.push(performance.now() - started)
    check(answer)
    if (totalIn(answer) > 0) found++
  }
  const facts = { p50Ms: quantile(us, 0.5), longestMs: Math.max(...us), mixes: MIXES, found }
  return [{ id: 'P10', of: 'p99', value: quantile(us, 0.99), facts }]
}

/** Bodies of follow/list: two to five filters at once, around a record that is there, so that most find something. */
export function* mixesOf(reference: Reference, count: number, seed: number): Generator<ListBody> {
  const draw = drawFrom(seed)
  for (let left = count; left > 0; left--) {
    const filter = mixOf(reference, draw)
    const page_size = 1 + draw(100)
    const pages = Math.max(1, Math.ceil(reference.totalOf(filter) / page_size))
    // One past the last page is a page too, an empty one.
    yield { ...filter, current_index: 1 + draw(pages + (draw(10) === 0 ? 1 : 0)), page_size }
  }
}

type Part = (reference: Reference, draw: Draw, follow: Follow) => Filter

function mixOf(reference: Reference, draw: Draw): Filter {
  const follow = reference.at(draw(reference.total))
  const parts = [...PARTS]
  let mix: Filter = {}
  for (let left = 2 + draw(4); left > 0; left--) {
    const [part] = parts.splice(draw(parts.length), 1)
    mix = { ...mix, ...part?.(reference, draw, follow) }
  }
  return mix
}

const PARTS: readonly Part[] = [
  (_reference, _draw, { type }) => ({ target_type: type }),
  (reference, draw, { targetIds }) => ({
    target_id_list: [
      targetIds[draw(targetIds.length)] as string,
      ...some(draw, 20, () => randomOf(reference, draw).targetIds[0] as string),
    ],
  }),
  (reference, draw, { id }) => ({
    id_list: [`${id}`, ...some(draw, 100, () => `${randomOf(reference, draw).id}`)],
  }),
  (reference, draw, { userId }) => ({
    follow_user_ids: [userId, ...some(draw, 60, () => randomOf(reference, draw).userId)],
  }),
  (reference, draw, { userId }) => {
    const own = reference.departmentsOf(userId)
    const all = reference.departments
    const first = own[draw(own.length)] ?? (all[0] as number)
    const follow_dep_ids = [first, ...some(draw, 3, () => all[draw(all.length)] as number)]
    return { follow_dep_ids, ...(draw(4) === 0 && { fetch_child: 0 as const }) }
  },
  (reference, draw, { followType }) => ({
    follow_type_list: [followType, ...some(draw, 4, () => randomOf(reference, draw).followType)],
  }),
  (reference, _draw, { followType }) => ({ follow_type_name: reference.nameOf(followType) }),
  (reference, draw, { title }) => ({
    title: title ?? (reference.titles[draw(reference.titles.length)] as string),
  }),
  (_reference, draw, { timeMs }) => ({ follow_time_start: dayOf(timeMs - draw(90) * DAY_MS) }),
  (_reference, draw, { timeMs }) => ({ follow_time_end: dayOf(timeMs + draw(90) * DAY_MS) }),
  (_reference, draw, { timeMs }) => {
    const days = [0, 6, 29, 89, 364][draw(5)] as number
    const start = timeMs - draw(days + 1) * DAY_MS
    return { follow_time_start: dayOf(start), follow_time_end: dayOf(start + days * DAY_MS) }
  },
]

function randomOf(reference: Reference, draw: Draw): Follow {
  return reference.at(draw(reference.total))
}

/** None half of the time, or else up to `most`. */
function some<T>(draw: Draw, most: number, one: () => T): T[] {
  return Array.from({ length: draw(2) === 0 ? 0 : 1 + draw(most) }, one)
}
