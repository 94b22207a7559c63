import type { Driver } from './driver.ts'
import { load, type Stretch } from './load.ts'
import type { PageCase } from './pages.ts'
import type { Server } from './sandbox.ts'

/** How long everything is measured. */
export interface Plan {
  readonly warmUpSeconds: number
  readonly rounds: number
  readonly roundSeconds: number
}

export interface Contestants {
  readonly genjin: Server
  readonly bare: Server
  /** On PostgreSQL. */
  readonly driver: Driver | undefined
}

/** What one contestant did with one filter. */
export interface Side {
  /** Median of the rounds. */
  readonly pagesPerSecond: number
  readonly rounds: readonly number[]
  /** CPU time of its process for one page, all rounds together. */
  readonly cpuUsPerPage: number | null
  /** Share of the time that the process was on a CPU: well below 1 says that something else was the limit. */
  readonly busy: number | null
  /** The same of everything on the machine that is no part of the bench; 1 is one core. */
  readonly others: number | null
}

export interface Measured {
  readonly filter: string
  readonly total: number
  readonly bytes: number
  readonly genjin: Side
  readonly bare: Side
  /** genjin's pages/s to the bare server's: median of the rounds' ratios, so that drift of the machine cancels out. */
  readonly ratio: number
  /** The same by CPU time: bare to genjin, so that 1 is as good as bare here too. */
  readonly cpuRatio: number | null
  /** On PostgreSQL: the page's query alone, each a page. */
  readonly driver?: Side
  /** genjin's pages/s to the bare driver's queries/s. */
  readonly driverRatio?: number
}

/** Measures one page on all contestants by turns, never two at once. */
export async function measure(contestants: Contestants, page: PageCase, plan: Plan): Promise<Measured> {
  const { genjin, bare, driver } = contestants
  const [ourSide, bareSide, driverSide] = (await byTurns(plan, [
    (seconds) => load(genjin, page, seconds),
    (seconds) => load(bare, page, seconds),
    ...(driver ? [(seconds: number) => driver.load(page, seconds)] : []),
  ])) as [Side, Side, Side?]
  return {
    filter: page.name,
    total: page.total,
    bytes: page.answer.length,
    genjin: ourSide,
    bare: bareSide,
    ratio: ratioOf(ourSide, bareSide),
    cpuRatio:
      ourSide.cpuUsPerPage && bareSide.cpuUsPerPage ? bareSide.cpuUsPerPage / ourSide.cpuUsPerPage : null,
    ...(driverSide && { driver: driverSide, driverRatio: ratioOf(ourSide, driverSide) }),
  }
}

async function byTurns(
  plan: Plan,
  contestants: readonly ((seconds: number) => Promise<Stretch>)[],
): Promise<Side[]> {
  for (const run of contestants) await run(plan.warmUpSeconds)
  const stretches = contestants.map((): Stretch[] => [])
  for (let round = 0; round < plan.rounds; round++) {
    for (const [at, run] of contestants.entries()) stretches[at]?.push(await run(plan.roundSeconds))
  }
  return stretches.map(sideOf)
}

function ratioOf(ours: Side, theirs: Side): number {
  return median(ours.rounds.map((rate, round) => rate / (theirs.rounds[round] as number)))
}

function sideOf(stretches: readonly Stretch[]): Side {
  const rounds = stretches.map(({ pages, seconds }) => pages / seconds)
  const pages = sum(stretches.map((stretch) => stretch.pages))
  const ms = sum(stretches.map((stretch) => stretch.seconds)) * 1000
  const uses = stretches.flatMap(({ cpu }) => cpu ?? [])
  const serverMs = uses.length > 0 ? sum(uses.map((use) => use.serverMs)) : null
  const othersMs = uses.length > 0 ? sum(uses.map((use) => use.othersMs)) : null
  return {
    pagesPerSecond: median(rounds),
    rounds,
    cpuUsPerPage: serverMs === null ? null : (serverMs * 1000) / pages,
    busy: serverMs === null ? null : serverMs / ms,
    others: othersMs === null ? null : othersMs / ms,
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}
