import { importCrash } from './import-crash.ts'

/**
 * `node test/crash/soak.ts [LINES] [KILLS] [SEED]`: the crash test at length, with a server running on the same database.
 * By hand, some minutes. Fails when memory goes over 200 MB, after it has told everything.
 */
const PEAK_MB = 200

const [lines = 200_000, kills = 25, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number)
console.log(`lines ${lines}, kills ${kills}, seed ${seed}`)
const report = await importCrash({ lines, kills, seed, serving: true, log: console.log })
console.log(JSON.stringify(report, undefined, 2))
console.log(`import: ${Math.round((report.lines / report.importMs) * 1000)} lines/s`)
console.log(`export: ${Math.round((report.lines / report.exportMs) * 1000)} lines/s`)
for (const [name, peakMb] of [
  ['import', report.importPeakMb],
  ['export', report.exportPeakMb],
] as const) {
  if (peakMb === undefined || peakMb < PEAK_MB) continue
  console.error(`${name}: ${peakMb} MB, more than ${PEAK_MB} MB`)
  process.exitCode = 1
}
