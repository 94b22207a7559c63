import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pageByKey } from '../bare.ts'
import type { Figure } from '../figures.ts'
import { bodyAt, fewKinds, freshPages, type Kind } from '../filters.ts'
import { again, CONNECTIONS, eachOnce, load } from '../load.ts'
import { byTurns, type Contestant, ratioOf, type Side } from '../measure.ts'
import type { Recorded } from '../pages.ts'
import type { ListBody } from '../reference.ts'
import { type Sandbox, type Server, startServer, stopServer } from '../sandbox.ts'
import type { Served, Setting } from './setting.ts'

const BARE = fileURLToPath(new URL('../bare-server.ts', import.meta.url))

/** Pages that no one has asked for before: as many as the fastest server answers in all rounds. */
const FRESH = 60_000

/** Sides of one way of asking: genjin, the bare server, on PostgreSQL the bare driver. */
type Sides = readonly [Side, Side, Side?]

/** P1 and P2: pages of 20 with their total, beside the bare server and the bare driver. */
export async function throughput(setting: Setting): Promise<Figure[]> {
  const { main } = setting
  const kinds = [...main.kinds, ...fewKinds(main.pages.reference, FRESH)]
  const recorded = new Map<string, Recorded>()
  for (const kind of kinds) recorded.set(kind.name, await recordFirst(main, kind))
  const bare = await serveBare(main.sandbox, recorded)
  const figures: Figure[] = []
  for (const kind of kinds) {
    const fresh = await neverAsked(setting, bare, kind)
    const known = await askedAgain(setting, bare, kind, recorded.get(kind.name) as Recorded)
    figures.push(...figuresOf(kind.name, known, fresh))
  }
  await stopServer(bare)
  return figures
}

function recordFirst({ pages }: Served, kind: Kind): Promise<Recorded> {
  return pages.record(bodyAt(pages.reference, kind.pool[0] ?? {}, 'first'), kind.name)
}

function serveBare(sandbox: Sandbox, recorded: ReadonlyMap<string, Recorded>): Promise<Server> {
  const file = join(sandbox.folder, 'answers.json')
  const answers = [...recorded].map(([name, { answer }]) => [name, answer.toString('base64')])
  writeFileSync(file, JSON.stringify(Object.fromEntries(answers)))
  return startServer(sandbox, [BARE, file])
}

function askedAgain(setting: Setting, bare: Server, kind: Kind, ask: Recorded): Promise<Sides> {
  const { main } = setting
  const body = bodyAt(main.pages.reference, kind.pool[0] ?? {}, 'first')
  return sidesOf(
    setting,
    [body],
    [(seconds) => load(main.server, again(ask), seconds), (seconds) => load(bare, again(ask), seconds)],
  )
}

function neverAsked(setting: Setting, bare: Server, kind: Kind): Promise<Sides> {
  const { main, plan } = setting
  const bodies = freshPages(main.pages.reference, kind, FRESH)
  const ours = (body: ListBody) => main.pages.ask(body, kind.name, true)
  // A share for each round and for the warm-up; the bare ones know nothing of what was asked before.
  const share = Math.ceil(bodies.length / (plan.rounds + 1))
  let taken = 0
  const nextShare = () => {
    const own = bodies.slice(taken, taken + share)
    taken += share
    return own.values().map(ours)
  }
  let asked = 0
  const any = () => ({ bytes: ours(bodies[asked++ % bodies.length] as ListBody).bytes, check: () => {} })
  return sidesOf(setting, bodies, [
    (seconds) => load(main.server, eachOnce(nextShare()), seconds),
    (seconds) => load(bare, any, seconds),
  ])
}

/** Measures genjin and the bare server, on PostgreSQL the bare driver too with these pages. */
async function sidesOf(
  { main, databases, plan }: Setting,
  bodies: readonly ListBody[],
  contestants: Contestant[],
): Promise<Sides> {
  if (databases.engine === 'postgres') {
    const pages = bodies.map((body) => pageByKey(main.pages.reference, body))
    await main.bare.order('keep', pages)
    contestants.push((seconds) => main.bare.stretch('load', { inFlight: CONNECTIONS, seconds }))
  }
  return (await byTurns(plan, contestants)) as unknown as Sides
}

function figuresOf(of: string, known: Sides, fresh: Sides): Figure[] {
  const [ours, server, driver] = fresh
  const [againOurs, againServer, againDriver] = known
  const figure = (id: 'P1' | 'P2', bare: Side, againBare: Side): Figure => ({
    id,
    of,
    value: ratioOf(ours, bare),
    again: ratioOf(againOurs, againBare),
    facts: {
      genjinPerSecond: ours.perSecond,
      barePerSecond: bare.perSecond,
      genjinCpuUs: ours.cpuUs,
      bareCpuUs: bare.cpuUs,
      cpuRatio: cpuRatioOf(ours, bare),
      genjinBusy: ours.busy,
      bareBusy: bare.busy,
      againPerSecond: againOurs.perSecond,
      againBarePerSecond: againBare.perSecond,
      againCpuUs: againOurs.cpuUs,
      againCpuRatio: cpuRatioOf(againOurs, againBare),
    },
  })
  const beside = figure('P1', server, againServer)
  return driver && againDriver ? [beside, figure('P2', driver, againDriver)] : [beside]
}

/** Bare to genjin, so that 1 is as good as bare here too. */
function cpuRatioOf(ours: Side, bare: Side): number | undefined {
  return ours.cpuUs && bare.cpuUs && bare.cpuUs / ours.cpuUs
}
