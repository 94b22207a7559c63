import { writeFileSync } from 'node:fs'
import { startBare } from './bare.ts'
import { openFiles, openPostgres } from './databases.ts'
import { type Figure, ROWS, type RowId } from './figures.ts'
import { kindsOf } from './filters.ts'
import { type Loaded, loadAll } from './load-data.ts'
import { machineOf, machineText } from './machine.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { openPages } from './pages.ts'
import { tableText } from './print.ts'
import { type Result, writeReport } from './report.ts'
import { depths, sizes } from './rows/depth.ts'
import { fairness } from './rows/fairness.ts'
import { imports } from './rows/imports.ts'
import { misuse } from './rows/misuse.ts'
import { mixes } from './rows/mixes.ts'
import { processFigures, stalls } from './rows/process.ts'
import type { Served, Setting } from './rows/setting.ts'
import { throughput } from './rows/throughput.ts'
import { walk, walkBesideWrites } from './rows/walk.ts'
import { warmUp } from './rows/warm-up.ts'
import { checkWritten, creates } from './rows/writers.ts'
import { exitOnSignals, openSandbox, runGenjin, serveGenjin, stopServer } from './sandbox.ts'

/** What is measured on one size is measured on this, or on the largest below it. */
const MAIN = 1_000_000

/** Filters of each kind on what is larger: only page 1 is asked there. */
const FEW = 60

async function bench(options: Options): Promise<void> {
  await using stack = new AsyncDisposableStack()
  exitOnSignals(() => stack.disposeAsync())
  const sandbox = stack.use(openSandbox())
  const { database, volume, quick } = options
  const databases = stack.use(
    database === undefined ? openFiles(sandbox.folder) : await openPostgres(database),
  )
  const machine = machineOf(databases.engine, databases.setting)
  say(machineText(machine))
  const loaded = await loadAll(sandbox, databases, volume, MAIN, say)
  const all = await Promise.all(loaded.map((each) => serve(each, quick)))
  const main = all.findLast(({ size }) => size <= MAIN) ?? (all[0] as Served)
  const setting: Setting = { databases, volume, plan: options.plan, thorough: quick, all, main }
  const measured = await measureAll(setting, options)
  for (const { server, bare } of all) {
    await bare.stop()
    await stopServer(server)
  }
  const result: Result = { machine, size: main.size, largest: all.at(-1)?.size ?? main.size, ...measured }
  say(tableText(result.figures, databases.engine, !quick))
  // Throws unless every counter and every target is what the records say, after all that was written.
  await step('genjin verify', runGenjin(main.sandbox, ['verify']))
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`)
  if (options.report) writeReport(result)
}

async function serve(loaded: Loaded, thorough: boolean): Promise<Served> {
  const server = await serveGenjin(loaded.sandbox)
  const pages = await openPages(server, loaded.data, thorough)
  return {
    ...loaded,
    server,
    pages,
    kinds: kindsOf(loaded.data.reference, loaded.size > MAIN ? FEW : undefined),
    bare: startBare(loaded.sandbox),
  }
}

/** What a row gives. */
interface Measured extends Partial<Result> {
  readonly figures: Figure[]
  /** How many follow-ups were created for it. */
  readonly created?: number
}

/** What only reads comes first: the data is then what the reference knows. */
async function measureAll(setting: Setting, { imported, only, quick }: Options) {
  const result = { figures: [] as Figure[], depthCurves: [], sizeCurves: [], walkCurves: [] }
  let allCreated = 0
  async function measure(ids: readonly RowId[], row: () => Promise<Measured>): Promise<void> {
    if (only && !ids.some((id) => only.includes(id))) return
    const { figures, created = 0, ...curves } = await step(ids.join(' '), row())
    say(tableText(figures, setting.databases.engine, false))
    result.figures.push(...figures)
    allCreated += created
    Object.assign(result, curves)
  }
  await step('warm-up:', warmUp(setting))
  await measure(['P3'], () => depths(setting))
  await measure(['P4'], () => sizes(setting))
  await measure(['P1', 'P2'], async () => ({ figures: await throughput(setting) }))
  await measure(['P10'], async () => ({ figures: await mixes(setting) }))
  await measure(['P12'], async () => ({ figures: await fairness(setting) }))
  await measure(['P5'], () => walk(setting))
  // Before anything is written: the rows are those that were imported. It leaves the bare tables that P7 adds to.
  await measure(['P8', 'P7'], async () => ({ figures: await imports(setting) }))
  await measure(['P6'], () => walkBesideWrites(setting))
  await measure(['P7'], () => creates(setting))
  await checkWritten(setting.main, allCreated)
  await measure(['P11'], async () => ({ figures: await stalls(setting, imported) }))
  // It compares no answers.
  if (!quick || only) await measure(['P13'], async () => ({ figures: await misuse(setting) }))
  await measure(['P9'], async () => ({ figures: await processFigures(setting) }))
  const order = Object.keys(ROWS)
  result.figures.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
  return result
}

async function step<T>(name: string, work: Promise<T>): Promise<T> {
  const started = performance.now()
  const done = await work
  say(`${name} ${((performance.now() - started) / 1000).toFixed(1)} s`)
  return done
}

function say(text: string): void {
  console.log(text)
}

async function main(): Promise<void> {
  let options: Options
  try {
    options = readOptions()
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`)
    process.exitCode = 2
    return
  }
  try {
    await bench(options)
  } catch (error) {
    console.error(`bench failed: ${(error as Error).stack}`)
    process.exitCode = 1
  }
}

await main()
