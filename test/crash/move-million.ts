import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Ended, genjinDone, startGenjin, watched } from '../support/cli.ts'
import { createDatabase, makeRole, startPostgres } from '../support/postgres.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { bundleBlocks } from './bench-bundle.ts'

/**
 * `node test/crash/move-million.ts [FOLLOWS]`: makes a company in SQLite by import, moves it to a PostgreSQL of its own
 * (which waits for the disk as one at work does), and from there into another SQLite file. By hand; a million follow-ups
 * take some minutes. Fails unless all sides are equal, in less than PEAK_MB.
 */
const PEAK_MB = 250
const CORP = 'bench'
/** Longest that one leg may take. */
const DEADLINE_MS = 3_600_000
const KEY = Buffer.alloc(32, 'genjin move').toString('base64')

interface Summary {
  readonly counts: Record<string, number>
  readonly checksum: string
}

interface Moved {
  readonly from: Summary
  readonly to: Summary
  readonly equal: boolean
  readonly written: number
  readonly unchanged: number
}

const [follows = 1_000_000] = process.argv.slice(2).map(Number)
await using postgres = await startPostgres()
await using database = await createDatabase({ admin: postgres.url, role: await makeRole(postgres.url) })
using folder = tempFolder()
const first = `sqlite:${join(folder.path, 'first.db')}`
const last = `sqlite:${join(folder.path, 'last.db')}`

await genjinDone(['corp', 'add', CORP, '--database', first], { env: { GENJIN_KEY: KEY } })
const lines = await importCorp()
const legs = [await move('SQLite to PostgreSQL', first, database.url)]
legs.push(await move('PostgreSQL to SQLite', database.url, last))
for (const { from, to, equal, written } of legs) {
  assert.ok(equal)
  assert.equal(written, lines)
  assert.equal(from.checksum, legs[0]?.from.checksum)
  assert.deepEqual(to, from)
}
console.log('all sides are equal')

/** Answers how many lines there are. */
async function importCorp(): Promise<number> {
  const end = await leg('import', ['import', '-', '--corp', CORP, '--database', first], bundleBlocks(follows))
  const { imported, bad } = JSON.parse(end.stdout) as { imported: Record<string, number>; bad: number }
  assert.equal(bad, 0)
  return Object.values(imported).reduce((sum, count) => sum + count, 0)
}

async function move(name: string, from: string, to: string): Promise<Moved> {
  const end = await leg(name, ['move', '--from', from, '--to', to, '--corp', CORP])
  const moved = JSON.parse(end.stdout) as Moved
  console.log(`  from ${moved.from.checksum}  to ${moved.to.checksum}  ${JSON.stringify(moved.to.counts)}`)
  return moved
}

/** Runs one command to its end and tells what it took. */
async function leg(name: string, command: readonly string[], input: Iterable<string> = []): Promise<Ended> {
  const started = performance.now()
  await using child = startGenjin([...command, '--json'], {
    deadlineMs: DEADLINE_MS,
    env: { GENJIN_KEY: KEY },
  })
  // A child that ends early breaks the pipe; its own words, below, say why.
  const feeding = pipeline(Readable.from(input), child.stdin).catch(() => {})
  const [end, peakMb = 0] = await watched(child)
  await feeding
  assert.equal(end.code, 0, `${name}: ${end.stderr}${end.stdout}`)
  const seconds = (performance.now() - started) / 1000
  console.log(
    `${name}: ${seconds.toFixed(1)} s, ${Math.round(linesOf(end) / seconds)} lines/s, peak ${peakMb} MB`,
  )
  assert.ok(peakMb < PEAK_MB, `${name} took ${peakMb} MB, more than ${PEAK_MB} MB`)
  return end
}

/** Lines that a command has written, as its JSON says. */
function linesOf({ stdout }: Ended): number {
  const { imported, written } = JSON.parse(stdout) as { imported?: Record<string, number>; written?: number }
  return written ?? Object.values(imported ?? {}).reduce((sum, count) => sum + count, 0)
}
