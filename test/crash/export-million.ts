import assert from 'node:assert/strict'
import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { addApp, addCompany, startGenjin, startServe, watched } from '../support/cli.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { bundleBlocks } from './bench-bundle.ts'

/**
 * `node test/crash/export-million.ts [FOLLOWS]`: makes a company by import, then exports all of it in each format, from the
 * database and from a server, and reads each file again with another reader. By hand; a million follow-ups take some minutes.
 * Fails when an export takes more than PEAK_MB, or a file does not hold every follow-up.
 */
const PEAK_MB = 150
const CORP = 'bench'
const DEADLINE_MS = 3_600_000

const [follows = 1_000_000] = process.argv.slice(2).map(Number)
using folder = tempFolder()
const database = `sqlite:${join(folder.path, 'genjin.db')}`
await addCompany(database, CORP, undefined)
await run('import', ['import', '-', '--corp', CORP, '--database', database], bundleBlocks(follows))
const app = join(folder.path, 'app.json')
writeFileSync(app, JSON.stringify(await addApp(database, CORP)))
await using server = await startServe(['--database', database])
const sources = {
  database: ['--corp', CORP, '--database', database],
  server: ['--from', server.url, '--app', app],
}
for (const [source, options] of Object.entries(sources)) {
  for (const format of ['ndjson', 'csv', 'xlsx'] as const) {
    const out = join(folder.path, `${source}.${format}`)
    const args = ['export', ...options, '--format', format, '--out', out, '--json']
    const [stdout, peakMb] = await run(`${format} from a ${source}`, args)
    assert.equal(JSON.parse(stdout).rows, follows)
    assert.ok(peakMb < PEAK_MB, `${peakMb} MB, more than ${PEAK_MB} MB`)
    if (format === 'csv') assert.equal(await csvIds(out), follows)
    if (format === 'ndjson') assert.equal(await ndjsonIds(out), follows)
  }
}

async function run(
  name: string,
  command: readonly string[],
  input: Iterable<string> = [],
): Promise<[string, number]> {
  const started = performance.now()
  await using child = startGenjin(command, { deadlineMs: DEADLINE_MS })
  const feeding = pipeline(Readable.from(input), child.stdin).catch(() => {})
  const [end, peakMb = 0] = await watched(child)
  await feeding
  assert.equal(end.code, 0, `${name}: ${end.stderr}${end.stdout}`)
  console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s, peak ${peakMb} MB`)
  return [end.stdout, peakMb]
}

/** How many different ids there are. */
async function csvIds(file: string): Promise<number> {
  const ids = new Set<string>()
  const rows = createReadStream(file).pipe(parse({ bom: true, from: 2 }))
  for await (const [id] of rows) ids.add(id)
  return ids.size
}

async function ndjsonIds(file: string): Promise<number> {
  const ids = new Set<string>()
  for await (const line of createInterface({ input: createReadStream(file) })) {
    ids.add(/"id":(\d+)/.exec(line)?.[1] as string)
  }
  return ids.size
}
