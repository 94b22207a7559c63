import { addDays } from 'genjin-record'
import { type Draw, drawFrom, shuffle } from './random.ts'
import type { Filter, ListBody, Reference } from './reference.ts'

/** A kind of filter that is measured. */
export interface Kind {
  readonly name: string
  /** Filters of this kind whose totals are alike; the first is the one that is asked again and again. */
  readonly pool: readonly Filter[]
}

export const PAGE_SIZE = 20
const CUSTOMER = 1
const DEPARTMENT_STAFF = 50
const POOL = 2000
/** Other filters at each depth, where there are so many. */
const APART = 50

/** The five of P1 that have many pages. @param most filters of each: finding them takes long where there are very many records */
export function kindsOf(reference: Reference, most = POOL): Kind[] {
  const ofStaff = reference.staffByUse().map((userId): Filter => ({ follow_user_ids: [userId] }))
  const alike = (base: Filter, others: readonly Filter[]) => poolOf(reference, base, others, most)
  const days = (first: number, count = 30): Filter => ({
    target_type: CUSTOMER,
    follow_time_start: addDays('2023-01-01', first),
    follow_time_end: addDays('2023-01-01', first + count - 1),
  })
  const spans = [27, 28, 29, 30, 31, 32, 33]
  const allDays = Array.from({ length: 1060 }, (_, first) => spans.map((count) => days(first, count))).flat()
  const june2024 = 517
  const [method, ...methods] = reference.followTypesByUse().map((id): Filter => ({ follow_type_list: [id] }))
  const [department, ...departments] = reference
    .departmentsOfAbout(DEPARTMENT_STAFF)
    .map((id): Filter => ({ follow_dep_ids: [id] }))
  return [
    { name: 'no filter', pool: [{}] },
    { name: 'target type, 30 days', pool: alike(days(june2024), allDays) },
    { name: 'busiest follow type', pool: alike(method as Filter, methods) },
    { name: 'one staff member', pool: alike(ofStaff[ofStaff.length >> 1] as Filter, ofStaff) },
    { name: `department of ${DEPARTMENT_STAFF}`, pool: alike(department as Filter, departments) },
  ]
}

/** Targets with so many follow-ups: there are as many of these as are asked for. */
const FEWEST_OF_TARGET = 8
const MOST_OF_TARGET = 40

/** The two of P1 that find one page or a few. @param most filters of each */
export function fewKinds(reference: Reference, most: number): Kind[] {
  const byUse = reference.targetsByUse()
  const some = byUse.filter(([, count]) => count >= FEWEST_OF_TARGET && count <= MOST_OF_TARGET)
  const [typical] = some.slice(some.length >> 1)
  const draw = drawFrom(9)
  const targets = shuffle(some.slice(0, most), draw)
  const ofTarget = ([id]: [string, number]): Filter => ({ target_id_list: [id] })
  const ofIds = (): Filter => ({
    id_list: Array.from({ length: PAGE_SIZE }, () => `${reference.at(draw(reference.total)).id}`),
  })
  return [
    { name: 'one target', pool: [typical ?? (byUse[0] as [string, number]), ...targets].map(ofTarget) },
    { name: `${PAGE_SIZE} ids`, pool: Array.from({ length: most }, ofIds) },
  ]
}

/** The base and those of the others that find from two thirds to one and a half times as much. */
function poolOf(reference: Reference, base: Filter, others: readonly Filter[], most: number): Filter[] {
  const total = reference.totalOf(base)
  const pool = [base]
  for (const filter of shuffle([...others], drawFrom(7))) {
    if (pool.length >= most) break
    const count = reference.totalOf(filter)
    const isBase = JSON.stringify(filter) === JSON.stringify(base)
    if (!isBase && count * 1.5 >= total && count <= total * 1.5) pool.push(filter)
  }
  return pool
}

export function pagesOf(reference: Reference, filter: Filter, pageSize = PAGE_SIZE): number {
  return Math.max(1, Math.ceil(reference.totalOf(filter) / pageSize))
}

export type Depth = 'first' | 'middle' | 'last'

export const DEPTHS: readonly Depth[] = ['first', 'middle', 'last']

/** The page of a filter at a depth, `aside` pages away from it. */
export function bodyAt(
  reference: Reference,
  filter: Filter,
  depth: Depth,
  aside = 0,
  pageSize = PAGE_SIZE,
): ListBody {
  const pages = pagesOf(reference, filter, pageSize)
  const page =
    depth === 'first'
      ? 1 + aside
      : depth === 'last'
        ? pages - aside
        : Math.ceil(pages / 2) + (aside % 2 === 0 ? aside / 2 : -(aside + 1) / 2)
  return { ...filter, current_index: Math.min(pages, Math.max(1, page)), page_size: pageSize }
}

/**
 * Other pages at a depth, none twice: of filters that are alike, and then ever farther from it.
 *
 * @param pageSize nearly PAGE_SIZE, another one in each part of the run: so that no part has asked it before
 */
export function* othersAt(
  reference: Reference,
  { pool: all }: Kind,
  depth: Depth,
  pageSize: number,
): Generator<ListBody> {
  // So that the first depth is not the only one whose filter is new.
  const apart = all.length >= APART * DEPTHS.length
  const pool = apart ? all.filter((_, at) => at % DEPTHS.length === DEPTHS.indexOf(depth)) : all
  const fewest = Math.min(...pool.map((filter) => pagesOf(reference, filter, pageSize)))
  // Depths do not meet: each has a quarter of the pages, or the one that there is.
  const aside = Math.max(1, Math.floor(fewest / 4))
  for (let step = 0; step < aside; step++) {
    for (const filter of pool) yield bodyAt(reference, filter, depth, step, pageSize)
  }
}

/** Pages of a kind in random order, none twice: up to so many. */
export function freshPages(reference: Reference, { pool }: Kind, most: number): ListBody[] {
  const draw: Draw = drawFrom(11)
  const bodies: ListBody[] = []
  const each = Math.ceil(most / pool.length)
  for (const filter of pool) {
    // The last page has fewer records than the others.
    const whole = Math.max(1, Math.floor(reference.totalOf(filter) / PAGE_SIZE))
    const pages = Array.from({ length: whole }, (_, at) => at + 1)
    for (const current_index of shuffle(pages, draw).slice(0, each)) {
      bodies.push({ ...filter, current_index, page_size: PAGE_SIZE })
    }
  }
  return shuffle(bodies, draw).slice(0, most)
}
