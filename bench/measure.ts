import type { Client } from './client.ts'
import { cpuSince } from './cpu.ts'
import type { Ask, Stretch } from './load.ts'

/** How long everything is measured. */
export interface Plan {
  readonly warmUpSeconds: number
  readonly rounds: number
  readonly roundSeconds: number
  /** Requests of one kind where single answers are timed. */
  readonly times: number
}

/** What one contestant did. */
export interface Side {
  /** Median of the rounds. */
  readonly perSecond: number
  readonly rounds: readonly number[]
  /** CPU time of its process for one page, all rounds together. */
  readonly cpuUs: number | undefined
  /** Share of the time that the process was on a CPU: well below 1 says that something else was the limit. */
  readonly busy: number | undefined
}

export type Contestant = (seconds: number) => Promise<Stretch>

/** Measures contestants by turns, never two at once, so that drift of the machine meets all alike. */
export async function byTurns(plan: Plan, contestants: readonly Contestant[]): Promise<Side[]> {
  for (const run of contestants) await run(plan.warmUpSeconds)
  const stretches = contestants.map((): Stretch[] => [])
  for (let round = 0; round < plan.rounds; round++) {
    for (const [at, run] of contestants.entries()) stretches[at]?.push(await run(plan.roundSeconds))
  }
  return stretches.map(sideOf)
}

/** Median of the rounds' ratios. */
export function ratioOf(ours: Side, theirs: Side): number {
  return median(ours.rounds.map((rate, round) => rate / (theirs.rounds[round] as number)))
}

function sideOf(stretches: readonly Stretch[]): Side {
  const rounds = stretches.map(({ pages, seconds }) => pages / seconds)
  const pages = sum(stretches.map((stretch) => stretch.pages))
  const ms = sum(stretches.map((stretch) => stretch.seconds)) * 1000
  const uses = stretches.flatMap(({ cpuMs }) => cpuMs ?? [])
  const cpuMs = uses.length > 0 ? sum(uses) : undefined
  return {
    perSecond: median(rounds),
    rounds,
    cpuUs: cpuMs && (cpuMs * 1000) / pages,
    busy: cpuMs && cpuMs / ms,
  }
}

/** A kind of request whose answers are timed one by one. */
interface Timed {
  readonly client: Client
  /** The server's process. */
  readonly pid: number
  next(): Ask | undefined
}

/** How long its answers took. */
export interface Times {
  readonly count: number
  readonly medianUs: number
  readonly cpuUs: number | undefined
}

/** Requests in a row of one kind: enough for its CPU time to be read before and after. */
const IN_A_ROW = 10
/** A kind that is slow is asked less often. */
const LONGEST_MS = 10_000

/** Times kinds of requests by turns, one client each, one request at a time on all of them together. */
export async function timeByTurns(kinds: readonly Timed[], times: number, warmUp: number): Promise<Times[]> {
  const noted = kinds.map(() => ({ us: [] as number[], cpuMs: 0 }))
  for (const kind of kinds) await timeRow(kind, warmUp)
  for (let left = times; left > 0; left -= IN_A_ROW) {
    for (const [at, kind] of kinds.entries()) {
      const note = noted[at] as (typeof noted)[number]
      if (sum(note.us) > LONGEST_MS * 1000) continue
      const row = await timeRow(kind, Math.min(left, IN_A_ROW))
      note.us.push(...row.us)
      note.cpuMs += row.cpuMs
    }
  }
  return noted.map(({ us, cpuMs }) => ({
    count: us.length,
    medianUs: median(us),
    cpuUs: Number.isNaN(cpuMs) ? undefined : (cpuMs * 1000) / us.length,
  }))
}

async function timeRow({ client, pid, next }: Timed, count: number) {
  const cpuMs = cpuSince(pid)
  const us: number[] = []
  const checks: (() => void)[] = []
  while (us.length < count) {
    const ask = next()
    if (!ask) break
    const started = performance.now()
    const answer = await client.ask(ask.bytes)
    us.push((performance.now() - started) * 1000)
    checks.push(() => ask.check(answer))
  }
  const usedMs = cpuMs()
  for (const check of checks) check()
  return { us, cpuMs: usedMs ?? Number.NaN }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value that this share of all does not exceed; between two values, as far between them. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const lower = sorted[Math.floor(place)] ?? Number.NaN
  const upper = sorted[Math.ceil(place)] ?? Number.NaN
  return lower + (upper - lower) * (place - Math.floor(place))
}
