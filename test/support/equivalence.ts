import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import {
  addApp,
  addCorp,
  type BadLine,
  type Core,
  type Credentials,
  disableApp,
  exportBundle,
  importBundle,
  openCore,
  readConfig,
  requireCorp,
  revokeToken,
} from 'genjin-server'
import { type RunningServer, startServer } from 'genjin-server/serve'
import { type Line, midnight, newCorp } from '../oracle/corp.ts'
import { type Answer, send } from './client.ts'
import { tempDatabase } from './database.ts'
import {
  type Both,
  type Command,
  commandsArb,
  firstImportArb,
  listCommandsArb,
  SEQUENCE_DAYS,
} from './equivalence-commands.ts'

/**
 * A model run: random sequences of commands over HTTP against a server on SQLite and one on PostgreSQL, which must answer
 * with the same bytes, and as the model says. Each sequence has a new company.
 */
export interface EquivalenceOptions {
  readonly sequences: number
  /** The same seed makes the same sequences. */
  readonly seed: number
  /** Lists alone, of larger companies, and the writes that change them. */
  readonly lists?: boolean
}

export type EquivalenceReport = Awaited<ReturnType<typeof equivalence>>

/** The same for both: tokens and secrets are derived from it. */
const KEY = Buffer.alloc(32, 'genjin equivalence').toString('base64')

const MAX_COMMANDS = 48

export async function equivalence(options: EquivalenceOptions) {
  const started = performance.now()
  await using engines = await startEngines()
  let sequences = 0
  await fc.assert(
    fc.asyncProperty(
      firstImportArb(options.lists ? 120 : 40),
      fc.commands([options.lists ? listCommandsArb : commandsArb], {
        maxCommands: MAX_COMMANDS,
        size: 'max',
      }),
      async (first, commands) => {
        await runSequence(engines, sequences++, first, commands)
      },
    ),
    { numRuns: options.sequences, seed: options.seed },
  )
  return {
    seed: options.seed,
    sequences,
    /** Requests to each engine. */
    requests: engines.requests,
    /** Command → outcome → how often: what was really found and refused. */
    outcomes: sorted(engines.outcomes),
    seconds: Math.round((performance.now() - started) / 1000),
  }
}

/** Command → outcome → how often it must have come up in 200 sequences: a run that finds nothing proves nothing. */
const LEAST: Record<string, Record<string, number>> = {
  list: { 'filtered and found': 60, found: 40, empty: 40 },
  listForSystem: { 'filtered and found': 10, found: 10 },
  'customer/list': { 'filtered and found': 6, found: 20, 40010: 5 },
  'opportunity/list': { 'filtered and found': 3, found: 20 },
  create: { written: 60, 'written, after an id that was taken': 1, 40000: 30, 40010: 1, 40900: 5 },
  'create again': { 'first answer again': 8, 40900: 3 },
  batchCreate: { all: 6, some: 8, none: 4, 40000: 10, 40010: 1, 40900: 2 },
  'batchCreate again': { 'first answer again': 2, 40900: 1 },
  update: { written: 50, 40000: 15, 40410: 15, 40900: 8, 40910: 10, 40920: 15 },
  'update again': { 'first answer again': 6, 40900: 3 },
  delete: { written: 50, 40000: 2, 40410: 12, 40900: 5, 40910: 10, 40920: 1 },
  'delete again': { 'first answer again': 8, 40900: 3 },
  restore: { written: 15, 40410: 6, 40900: 2, 40920: 6 },
  'restore again': { 'first answer again': 1 },
  get: { present: 40, 'present, with a history': 6, 'deleted, with a history': 6, 40410: 5 },
  changes: {
    'from the start': 40,
    'from the start, and there is more': 20,
    'from a cursor': 10,
    'from a cursor, and there is more': 4,
    empty: 6,
    40930: 3,
  },
  reconcile: { found: 25, empty: 15, 40020: 1 },
  import: { imported: 200 },
  fault: { 40000: 80, 40005: 5, 40010: 10, 40020: 40, 40410: 4, 41500: 5 },
  token: { 10001: 5, 10010: 3, 10011: 10 },
  access_token: { 'a new one': 200, 'the same': 10, 40100: 5 },
  'department/user/list': { found: 15 },
  'department/list': { found: 15 },
  'crm/follow/type/list': { found: 15 },
  'token revoke': { revoked: 20 },
}

/** The same for lists alone. */
const LEAST_LISTS: typeof LEAST = {
  list: { 'filtered and found': 700, found: 150, empty: 300 },
  listForSystem: { 'filtered and found': 200, found: 40, empty: 110 },
  'customer/list': { 'filtered and found': 230, found: 55, empty: 300, 40000: 3, 40010: 8, 40020: 6 },
  'opportunity/list': { 'filtered and found': 150, found: 38, empty: 140 },
  create: { written: 90 },
  batchCreate: { all: 4, some: 12 },
  update: { written: 70 },
  delete: { written: 180 },
  restore: { written: 60 },
  get: { present: 300, 'present, with a history': 250, 'deleted, with a history': 70 },
  import: { imported: 280 },
}

/** Asserts that enough was found and refused. */
export function assertTelling({ outcomes, sequences }: EquivalenceReport, lists = false): void {
  for (const [command, counts] of Object.entries(lists ? LEAST_LISTS : LEAST)) {
    for (const [outcome, least] of Object.entries(counts)) {
      const count = outcomes[command]?.[outcome] ?? 0
      assert.ok(count >= (least * sequences) / 200, `${command}: ${outcome} only ${count} times`)
    }
  }
}

async function runSequence(
  engines: Engines,
  number: number,
  first: Command,
  commands: Iterable<Command>,
): Promise<void> {
  const { clock } = engines
  const day = number * SEQUENCE_DAYS
  clock.ms = midnight(day) + 10 * 3_600_000
  const { apps, both } = await engines.addCompany(number)
  const company = newCorp(
    day,
    clock,
    apps.map((app) => ({ ...app, tokens: [], revoked: 0, disabled: false })),
    engines.cursor,
  )
  await first.run(company, both)
  await fc.asyncModelRun(() => ({ model: company, real: both }), commands)
  await both.export()
  engines.cursor = company.cursors.at(-1)?.text ?? engines.cursor
}

/** One engine: a server, and its database opened beside it. */
interface Side {
  readonly name: string
  readonly server: RunningServer
  readonly core: Core
  /** Restarts its random source with this seed. */
  restart(seed: number): void
}

type Engines = Awaited<ReturnType<typeof startEngines>>

async function startEngines() {
  await using stack = new AsyncDisposableStack()
  const clock = { ms: midnight(0) }
  const sides = [
    await startSide(stack, 'sqlite', () => clock.ms),
    await startSide(stack, 'postgres', () => clock.ms),
  ] as const
  const outcomes = new Map<string, Map<string, number>>()
  let requests = 0

  /** Does the same on both engines at once; what comes of it must be the same. */
  async function same<T>(what: unknown, act: (side: Side) => Promise<T>): Promise<T> {
    const [one, other] = await Promise.all(sides.map(act))
    assert.deepEqual(
      other,
      one,
      `PostgreSQL (actual) differs from SQLite (expected): ${JSON.stringify(what)}`,
    )
    return one as T
  }

  function bothOf(id: string): Both {
    const corpOf = (side: Side) => requireCorp(side.core.context, id)
    return {
      async ask(request) {
        requests++
        const answers: Answer[] = []
        await same(request, async (side) => {
          const answer = await send(side.server.url, request)
          answers.push(answer)
          const { status, text, headers } = answer
          return { status, text, type: headers['content-type'], allow: headers.allow }
        })
        return answers[0] as Answer
      },
      import: (lines, strict) =>
        same(lines, async (side) => takeIn(side, (await corpOf(side)).key, lines, strict)).then(
          ({ imported, complete, badLines }) => ({
            imported,
            complete,
            bad: badLines.map(({ line }) => line),
          }),
        ),
      export: () => same('export', async (side) => exported(side, (await corpOf(side)).key)),
      revokeTokens: (appid) => same('revoke', (side) => revokeToken(side.core.context, appid)),
      disableApp: (appid) => same('disable', (side) => disableApp(side.core.context, appid)),
      note(command, outcome) {
        const counts = outcomes.get(command) ?? new Map<string, number>()
        outcomes.set(command, counts.set(outcome, (counts.get(outcome) ?? 0) + 1))
      },
    }
  }

  const kept = stack.move()
  return {
    clock,
    outcomes,
    /** A cursor of an earlier company. */
    cursor: undefined as string | undefined,
    get requests() {
      return requests
    },
    async addCompany(number: number): Promise<{ apps: Credentials[]; both: Both }> {
      for (const side of sides) side.restart(number)
      const id = `s${number}`
      const apps = await same(id, async (side) => {
        const corp = await addCorp(side.core.context, { id, name: id, timeZone: 'Asia/Shanghai' })
        return [await addApp(side.core.context, corp), await addApp(side.core.context, corp)]
      })
      return { apps, both: bothOf(id) }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

async function startSide(
  stack: AsyncDisposableStack,
  name: 'sqlite' | 'postgres',
  now: () => number,
): Promise<Side> {
  const temp = stack.use(await tempDatabase(name))
  // Thousands of tokens and requests: the suite's check of the logs has enough without these.
  const config = readConfig({ database: temp.database, key: KEY, logLevel: 'silent' })
  let drawn = 0
  let start = 0
  const random = (bytes: number) =>
    createHash('shake256', { outputLength: bytes }).update(`${start} ${drawn++}`).digest()
  const environment = { now, random }
  const server = stack.use(
    await startServer({
      config,
      host: '127.0.0.1',
      port: 0,
      demo: false,
      environment,
      logTarget: { write: () => {} },
    }),
  )
  return {
    name,
    server,
    core: stack.use(await openCore(config, environment, { create: true })),
    restart(seed) {
      start = seed
      drawn = 0
    },
  }
}

/** What an import reports: each bad line with its field and reason. */
async function takeIn({ core }: Side, corp: number, lines: readonly Line[], strict: boolean) {
  const badLines: BadLine[] = []
  const chunks = lines.map((line) =>
    Buffer.from(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`),
  )
  const { imported, bad, complete } = await importBundle(core.context, corp, Readable.from(chunks), {
    strict,
    onBadLine: (line) => badLines.push(line),
  })
  assert.equal(bad, badLines.length)
  return { imported, complete, badLines }
}

async function exported({ core }: Side, corp: number): Promise<string> {
  let text = ''
  await exportBundle(core.context.store, corp, async (lines) => {
    text += lines
  })
  return text
}

function sorted(outcomes: Map<string, Map<string, number>>): Record<string, Record<string, number>> {
  const byName = <T>(map: Map<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    byName(outcomes).map(([command, counts]) => [command, Object.fromEntries(byName(counts))]),
  )
}
