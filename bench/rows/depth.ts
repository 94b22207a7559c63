import { pageByOffset } from '../bare.ts'
import { Client } from '../client.ts'
import type { Figure } from '../figures.ts'
import { bodyAt, DEPTHS, type Depth, type Kind, othersAt, pagesOf } from '../filters.ts'
import { type Ask, again, eachOnce } from '../load.ts'
import { type Times, timeByTurns } from '../measure.ts'
import type { Filter, ListBody } from '../reference.ts'
import type { Served, Setting } from './setting.ts'

/** What a page cost, in µs; `x`: how deep or how large. */
export interface Point {
  readonly x: number
  readonly us: number
}

export interface Curve {
  readonly of: string
  readonly genjin: readonly Point[]
  /** COUNT(*) and ORDER BY … LIMIT OFFSET on the bare engine. */
  readonly naive: readonly Point[]
}

const WARM_UP = 10
/** Sizes of pages that were never asked before, in each part. */
const OTHER_SIZE = { depths: 19, sizes: 18, curves: 17 }

/** What the cost of the other page is called. */
const BASE = { P3: 'firstUs', P4: 'smallUs' } as const

/** How a page of one filter and depth is asked on one database. */
interface Asked {
  readonly known: Times
  readonly fresh: Times
}

/** P3: the page in the middle and the last page beside page 1. */
export async function depths(setting: Setting) {
  const { main, plan, thorough } = setting
  const figures: Figure[] = []
  for (const kind of main.kinds) {
    const rows = DEPTHS.map((depth) => ({ served: main, kind, depth }))
    const [first, ...deeper] = (await timeAll(rows, plan.times, thorough, OTHER_SIZE.depths)) as [
      Asked,
      ...Asked[],
    ]
    const naive = await naiveTimes(main, kind, DEPTHS)
    for (const [at, depth] of (['middle', 'last'] as const).entries()) {
      const cost = [naive[at + 1], naive[0]] as [number, number]
      figures.push(figureOf('P3', `${kind.name}, ${depth}`, deeper[at] as Asked, first, cost))
    }
  }
  return { figures, depthCurves: await curvesByDepth(setting) }
}

/** What a page costs beside another one, and the cost of both the naive way. */
function figureOf(
  id: keyof typeof BASE,
  of: string,
  { known, fresh }: Asked,
  base: Asked,
  [naiveUs, naiveBaseUs]: readonly [number, number],
): Figure {
  return {
    id,
    of,
    value: fresh.medianUs / base.fresh.medianUs,
    again: known.medianUs / base.known.medianUs,
    facts: {
      us: fresh.medianUs,
      [BASE[id]]: base.fresh.medianUs,
      cpuUs: fresh.cpuUs,
      againUs: known.medianUs,
      naiveUs,
      naiveRatio: naiveUs / naiveBaseUs,
    },
  }
}

/** P4: page 1 at the largest size beside the smallest; the sizes between for the curve. */
export async function sizes({ all, plan, thorough }: Setting) {
  const figures: Figure[] = []
  const sizeCurves: Curve[] = []
  const names = (all[0] as Served).kinds.map(({ name }) => name)
  for (const name of names) {
    const rows = all.map((served) => ({ served, kind: kindOf(served, name), depth: 'first' as const }))
    const asked = await timeAll(rows, plan.times, thorough, OTHER_SIZE.sizes)
    const naive: number[] = []
    for (const { served, kind } of rows) naive.push((await naiveTimes(served, kind, ['first']))[0] as number)
    const cost = [naive.at(-1), naive[0]] as [number, number]
    figures.push(figureOf('P4', name, asked.at(-1) as Asked, asked[0] as Asked, cost))
    const point = (us: number, at: number) => ({ x: (all[at] as Served).size, us })
    sizeCurves.push({
      of: name,
      genjin: asked.map(({ fresh }, at) => point(fresh.medianUs, at)),
      naive: naive.map(point),
    })
  }
  return { figures, sizeCurves }
}

function kindOf(served: Served, name: string): Kind {
  return served.kinds.find((kind) => kind.name === name) as Kind
}

/** Parts of the way to the last page. */
const STEPS = [0, 0.05, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]
/** Pages side by side at each step, none asked before. */
const BESIDE = 20

/** The curves of P3: what a page costs at ever greater depth, never asked before, of the filters that go deep. */
async function curvesByDepth({ main, thorough }: Setting): Promise<Curve[]> {
  const curves: Curve[] = []
  for (const name of ['no filter', 'busiest follow type']) {
    const [filter = {}] = kindOf(main, name).pool
    const last = pagesOf(main.pages.reference, filter, OTHER_SIZE.curves)
    const bodies = STEPS.map((step) => stepBodies(filter, last, step))
    using client = await Client.open(main.server.url)
    const kinds = bodies.map((list) => ({
      client,
      pid: main.server.child.pid as number,
      next: eachOnce(list.map((body) => main.pages.ask(body, undefined, !thorough))),
    }))
    const times = await timeByTurns(kinds, BESIDE, 0)
    const pages = bodies.map(([body]) => pageByOffset(main.pages.reference, body as ListBody))
    const us = await main.bare.order('naive', { times: 1, pages })
    const x = (at: number) =>
      (((bodies[at] as ListBody[])[0] as ListBody).current_index - 1) * OTHER_SIZE.curves
    curves.push({
      of: name,
      genjin: times.map(({ medianUs }, at) => ({ x: x(at), us: medianUs })),
      naive: us.map((each, at) => ({ x: x(at), us: each })),
    })
  }
  return curves
}

function stepBodies(filter: Filter, last: number, step: number): ListBody[] {
  const first = Math.min(Math.max(1, Math.round(last * step)), Math.max(1, last - BESIDE))
  return Array.from({ length: Math.min(BESIDE, last) }, (_, at) => ({
    ...filter,
    current_index: first + at,
    page_size: OTHER_SIZE.curves,
  }))
}

interface Row {
  readonly served: Served
  readonly kind: Kind
  readonly depth: Depth
}

/** Times pages by turns: the same again and again, then each time another. */
async function timeAll(
  rows: readonly Row[],
  times: number,
  thorough: boolean,
  size: number,
): Promise<Asked[]> {
  using stack = new DisposableStack()
  const clients: Client[] = []
  for (const { served } of rows) clients.push(stack.use(await Client.open(served.server.url)))
  const timed = (next: (row: Row) => () => Ask | undefined) =>
    rows.map((row, at) => ({
      client: clients[at] as Client,
      pid: row.served.server.child.pid as number,
      next: next(row),
    }))
  const fresh = await timeByTurns(
    timed((row) => eachOnce(othersOf(row, thorough, size))),
    Math.ceil(times / 2),
    0,
  )
  const recorded = new Map<Row, Ask>()
  for (const row of rows) recorded.set(row, await recordOf(row))
  const known = await timeByTurns(
    timed((row) => again(recorded.get(row) as Ask)),
    times,
    WARM_UP,
  )
  return known.map((each, at) => ({ known: each, fresh: fresh[at] as Times }))
}

function recordOf({ served, kind, depth }: Row): Promise<Ask> {
  const { pages } = served
  return pages.record(bodyAt(pages.reference, kind.pool[0] ?? {}, depth), kind.name)
}

function* othersOf({ served, kind, depth }: Row, thorough: boolean, size: number): Generator<Ask> {
  for (const body of othersAt(served.pages.reference, kind, depth, size)) {
    yield served.pages.ask(body, undefined, !thorough)
  }
}

/** The bare engine counting and skipping, in µs: the way that genjin is to be better than. */
async function naiveTimes(served: Served, kind: Kind, depths: readonly Depth[]): Promise<readonly number[]> {
  const { reference } = served.pages
  const pages = depths.map((depth) => pageByOffset(reference, bodyAt(reference, kind.pool[0] ?? {}, depth)))
  return served.bare.order('naive', { times: 3, pages })
}
