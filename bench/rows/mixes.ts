import { DAY_MS, dayOf } from '../../test/oracle/follow-list.ts'
import { Client } from '../client.ts'
import type { BenchData } from '../data.ts'
import type { Figure } from '../figures.ts'
import { quantile } from '../measure.ts'
import { type ListRequest, totalIn } from '../pages.ts'
import { type Draw, drawFrom, shuffle } from '../random.ts'
import type { Filter, Follow, ListBody, Reference } from '../reference.ts'
import type { OlderFilter, OlderList, OlderReference } from '../reference-older.ts'
import type { Setting } from './setting.ts'

/** Requests for each kind of list. */
const MIXES = { list: 300, targets: 150, system: 75, older: 75 }

/** P10: random mixes of all documented filters of the four lists, any page of any size, one client, each asked once. */
export async function mixes({ main }: Setting): Promise<Figure[]> {
  using client = await Client.open(main.server.url)
  const us: number[] = []
  let found = 0
  const requests = allMixes(main.data)
  for (const request of requests) {
    const { bytes, check } = main.pages.askList(request)
    const started = performance.now()
    const answer = await client.ask(bytes)
    us.push(performance.now() - started)
    check(answer)
    if (totalIn(answer) > 0) found++
  }
  const [p99, longestMs] = [quantile(us, 0.99), Math.max(...us)]
  const facts = { p50Ms: quantile(us, 0.5), mixes: requests.length, found }
  return [
    { id: 'P10', of: 'p99', value: p99, facts },
    { id: 'P10', of: 'longest', value: longestMs / 1000, facts: {} },
  ]
}

function allMixes({ reference, others }: BenchData): ListRequest[] {
  if (!others) throw new Error('no reference of the other lists')
  const list = (body: ListBody): ListRequest => ({ list: 'list', body })
  return shuffle(
    [
      ...mixesOf(reference, MIXES.list, 300).map(list),
      ...targetMixesOf(reference, MIXES.targets, 301).map(list),
      ...targetMixesOf(others.system, MIXES.system, 302).map(
        (body): ListRequest => ({ list: 'listForSystem', body }),
      ),
      ...olderMixesOf(others.older, MIXES.older, 303),
    ],
    drawFrom(304),
  )
}

/** Bodies of follow/list: two to five filters at once, around a record that is there, so that most find something. */
export function* mixesOf(reference: Reference, count: number, seed: number): Generator<ListBody> {
  const draw = drawFrom(seed)
  for (let left = count; left > 0; left--) {
    const follow = reference.at(draw(reference.total))
    yield paged(draw, mixOf(reference, draw, follow, 2 + draw(4)), (filter) => reference.totalOf(filter))
  }
}

/** The same and mixes with targets, by turns and without end. */
export function* endlessMixes(reference: Reference, seed: number): Generator<ListBody> {
  const withTargets = targetMixesOf(reference, Number.POSITIVE_INFINITY, seed + 1)
  for (const body of mixesOf(reference, Number.POSITIVE_INFINITY, seed)) {
    yield body
    yield withTargets.next().value as ListBody
  }
}

const TARGET_COUNTS = [1, 2, 10, 80, 1000]

/** Targets, rare and busy, with none to two other filters. */
function* targetMixesOf(reference: Reference, count: number, seed: number): Generator<ListBody> {
  const draw = drawFrom(seed)
  const busy = reference.targetsByUse().slice(0, 2000)
  for (let made = 0; made < count; made++) {
    const follow = reference.at(draw(reference.total))
    const isBusy = draw(2) === 0
    const target_id_list = Array.from({ length: TARGET_COUNTS[made % TARGET_COUNTS.length] as number }, () =>
      isBusy
        ? (busy[draw(busy.length)] as [string, number])[0]
        : (randomOf(reference, draw).targetIds[0] as string),
    )
    const filter = { ...mixOf(reference, draw, follow, draw(3)), target_id_list }
    yield paged(draw, filter, () => reference.totalOf(filter))
  }
}

/** Any page of any size; one past the last is a page too, an empty one. */
function paged<F>(draw: Draw, filter: F, totalOf: (filter: F) => number) {
  const page_size = 1 + draw(100)
  const pages = Math.max(1, Math.ceil(totalOf(filter) / page_size))
  return { ...filter, current_index: 1 + draw(pages + (draw(10) === 0 ? 1 : 0)), page_size }
}

type Part = (reference: Reference, draw: Draw, follow: Follow) => Filter

function mixOf(reference: Reference, draw: Draw, follow: Follow, count: number): Filter {
  const parts = [...PARTS]
  let mix: Filter = {}
  for (let left = count; left > 0; left--) {
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
  // Of a follow-up by the system there is none, and its list ignores both.
  (reference, draw, { followType }) =>
    followType === null
      ? {}
      : {
          follow_type_list: [
            followType,
            ...some(draw, 4, () => randomOf(reference, draw).followType as number),
          ],
        },
  (reference, _draw, { followType }) =>
    followType === null ? {} : { follow_type_name: reference.nameOf(followType) },
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

const MONTH_S = 30 * 24 * 3600

/** Bodies of customer/list and opportunity/list: all filters that each has. */
function* olderMixesOf(reference: OlderReference, count: number, seed: number): Generator<ListRequest> {
  const draw = drawFrom(seed)
  for (let left = count; left > 0; left--) {
    const list: OlderList = draw(2) === 0 ? 'customer/list' : 'opportunity/list'
    const { userId, externalId, businessId, createMs } = reference.at(list, draw(reference.size(list)))
    const start_time = Math.floor(createMs / 1000) - draw(MONTH_S)
    const both = externalId === null ? {} : { user_id: userId, external_user_id: externalId }
    const choices: OlderFilter[] =
      list === 'customer/list'
        ? [{}, both]
        : [
            {},
            both,
            { user_id: userId },
            { opportunity_id: businessId },
            { external_user_id: externalId ?? userId },
          ]
    const filter = {
      ...choices[draw(choices.length)],
      ...(draw(2) === 0 && { start_time, end_time: start_time + draw(MONTH_S) }),
    }
    yield { list, body: paged(draw, filter, () => reference.totalOf(list, filter)) }
  }
}

function randomOf(reference: Reference, draw: Draw): Follow {
  return reference.at(draw(reference.total))
}

/** None half of the time, or else up to `most`. */
function some<T>(draw: Draw, most: number, one: () => T): T[] {
  return Array.from({ length: draw(2) === 0 ? 0 : 1 + draw(most) }, one)
}
