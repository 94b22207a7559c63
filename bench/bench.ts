import { writeFileSync } from 'node:fs'
import { startBare } from './bare.ts'
import { openFiles, openPostgres } from './databases.ts'
import { kindsOf } from './filters.ts'
import { type Loaded, loadAll } from './load-data.ts'
import { machineOf, machineText } from './machine.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { openPages } from './pages.ts'
import { tableText } from './print.ts'
import { writeReport } from './report.ts'
import type { Result } from './result.ts'
import { depthCurves, depths, sizes } from './rows/depth.ts'
import { imports } from './rows/imports.ts'
import { mixes } from './rows/mixes.ts'
import { processFigures, stalls } from './rows/process.ts'
import type { Served, Setting } from './rows/setting.ts'
import { throughput } from './rows/throughput.ts'
import { checkTotal } from './rows/total.ts'
import { walk, walkBesideWrites } from './rows/walk.ts'
import { warmUp } from './rows/warm-up.ts'
import { creates } from './rows/writers.ts'
import { exitOnSignals, openSandbox, serveGenjin, stopServer } from './sandbox.ts'

/** What is measured on one size is measured on this, or on the largest below it. */
const MAIN = 1_000_000

async function bench(options: Options): Promise<void> {
  exitOnSignals()
  using sandbox = openSandbox()
  const { database, keep, volume, quick } = options
  await using databases =
    database === undefined ? openFiles(sandbox.folder, keep) : await openPostgres(database)
  const machine = machineOf(databases.engine, databases.setting)
  say(machineText(machine))
  const written = volume.sizes.findLast((size) => size <= MAIN) ?? (volume.sizes[0] as number)
  const loaded = await loadAll({ sandbox, databases, volume, keep, written, say })
  const all = await Promise.all(loaded.map((each) => serve(each, quick)))
  const main = all.find(({ size }) => size === written) as Served
  const setting: Setting = { databases, plan: options.plan, thorough: quick, all, main }
  const measured = await measureAll(setting, options.imported)
  for (const { server, bare } of all) {
    await bare.stop()
    await stopServer(server)
  }
  const result: Result = { machine, size: main.size, largest: all.at(-1)?.size ?? main.size, ...measured }
  say(tableText(result.figures, databases.engine, !quick))
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`)
  if (options.report) writeReport(result)
}

async function serve(loaded: Loaded, thorough: boolean): Promise<Served> {
  const server = await serveGenjin(loaded.sandbox)
  const pages = await openPages(server, loaded.data, thorough)
  return { ...loaded, server, pages, kinds: kindsOf(loaded.data.reference), bare: startBare(loaded.sandbox) }
}

/** What only reads comes first: the data is then what the reference knows. */
async function measureAll(
  setting: Setting,
  imported: number,
): Promise<Pick<Result, 'figures' | 'depthCurves' | 'sizeCurves' | 'walkCurves'>> {
  await step('warm-up:', warmUp(setting))
  const deep = await step('P3', depths(setting))
  const deepCurves = await depthCurves(setting)
  const large = await step('P4', sizes(setting))
  const fast = await step('P1 P2', throughput(setting))
  const mixed = await step('P10', mixes(setting))
  const walked = await step('P5', walk(setting))
  const walkedBeside = await step('P6', walkBesideWrites(setting))
  const lines = await step('P8', imports(setting, imported))
  const written = await step('P7', creates(setting))
  await checkTotal(setting.main, walkedBeside.created + written.created)
  const stood = await step('P11', stalls(setting, imported))
  const server = await step('P9', processFigures(setting))
  const figures = [fast, deep, large.figures, walked.figures, walkedBeside.figures, written.figures, lines]
  return {
    figures: [...figures, server, mixed, stood].flat(),
    depthCurves: deepCurves,
    sizeCurves: large.curves,
    walkCurves: walked.curves,
  }
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
