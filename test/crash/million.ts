import assert from 'node:assert/strict'
import { createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import { benchShape, blocksOf } from '../../bench/data.ts'
import { addApp, addCompany, genjinDone, startGenjin, startServe, watched } from '../support/cli.ts'
import { createDatabase, makeRole, startPostgres } from '../support/postgres.ts'
import { tempFolder } from '../support/temp-folder.ts'

/**
 * `node test/crash/million.ts export | move [FOLLOWS]`: commands on a company of a million follow-ups, their time and their
 * memory. By hand, some minutes.
 */
const CORP = 'bench'
/** Longest that one command may take. */
const DEADLINE_MS = 3_600_000
const KEY = Buffer.alloc(32, 'genjin million').toString('base64')

const [what, count = '1000000'] = process.argv.slice(2)
const follows = Number(count)
using folder = tempFolder()
if (what === 'export') await exportAll()
else if (what === 'move') await moveAll()
else throw new Error('export or move?')

/**
 * Exports the company in each format, from the database and from a server, and reads each file with another reader. Fails
 * when an export takes 150 MB, or a file does not hold every follow-up.
 */
async function exportAll(): Promise<void> {
  const database = `sqlite:${join(folder.path, 'genjin.db')}`
  await addCompany(database, CORP, undefined)
  await importCorp(database, {})
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
      const args = ['export', ...options, '--format', format, '--out', out]
      const { rows } = await run(`${format} from a ${source}`, args, { mostMb: 150 })
      assert.equal(rows, follows)
      if (format === 'csv') assert.equal(await csvIds(out), follows)
      if (format === 'ndjson') assert.equal(await ndjsonIds(out), follows)
    }
  }
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

/**
 * Moves the company from SQLite to a PostgreSQL that is started here (and waits for the disk as one at work does), and from
 * there into another SQLite file. Fails unless all sides are equal, in less than 250 MB.
 */
async function moveAll(): Promise<void> {
  await using postgres = await startPostgres()
  await using database = await createDatabase({ admin: postgres.url, role: await makeRole(postgres.url) })
  const [first, last] = ['first', 'last'].map((name) => `sqlite:${join(folder.path, `${name}.db`)}`) as [
    string,
    string,
  ]
  const env = { GENJIN_KEY: KEY }
  await genjinDone(['corp', 'add', CORP, '--database', first], { env })
  const lines = await importCorp(first, env)
  const checksums = new Set<string>()
  for (const [from, to] of [
    [first, database.url],
    [database.url, last],
  ] as const) {
    const name = from === first ? 'SQLite to PostgreSQL' : 'PostgreSQL to SQLite'
    const args = ['move', '--from', from, '--to', to, '--corp', CORP]
    const moved = await run(name, args, { mostMb: 250, env })
    console.log(`  from ${JSON.stringify(moved.from)}  to ${JSON.stringify(moved.to)}`)
    assert.ok(moved.equal)
    assert.equal(moved.written, lines)
    assert.equal(checksums.add(moved.from.checksum).size, 1)
    assert.deepEqual(moved.to, moved.from)
  }
  console.log('all sides are equal')
}

/** Answers how many lines there are. */
async function importCorp(database: string, env: Record<string, string>): Promise<number> {
  const args = ['import', '-', '--corp', CORP, '--database', database]
  const report = await run('import', args, { mostMb: 250, env, input: blocksOf(benchShape(follows)) })
  assert.equal(report.bad, 0)
  const lines = Object.values(report.imported as Record<string, number>)
  return lines.reduce((sum, each) => sum + each, 0)
}

interface RunOptions {
  readonly mostMb: number
  readonly env?: Record<string, string>
  readonly input?: Iterable<string>
}

/** Runs one command to its end, says what it took, and answers its JSON. */
async function run(
  name: string,
  command: readonly string[],
  { mostMb, env = {}, input = [] }: RunOptions,
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of any command
): Promise<any> {
  const started = performance.now()
  await using child = startGenjin([...command, '--json'], { deadlineMs: DEADLINE_MS, env })
  // A child that ends early breaks the pipe; what it printed, below, says why.
  const feeding = pipeline(Readable.from(input), child.stdin).catch(() => {})
  const [end, peakMb = 0] = await watched(child)
  await feeding
  assert.equal(end.code, 0, `${name}: ${end.stderr}${end.stdout}`)
  const seconds = (performance.now() - started) / 1000
  const rate = Math.round(follows / seconds)
  console.log(`${name}: ${seconds.toFixed(1)} s, ${rate} follow-ups/s, peak ${peakMb} MB`)
  assert.ok(peakMb < mostMb, `${name} took ${peakMb} MB, more than ${mostMb} MB`)
  return JSON.parse(end.stdout)
}
