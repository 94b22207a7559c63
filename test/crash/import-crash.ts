import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { DEMO_SHAPE } from 'genjin-server'
import { blocksOf } from '../../bench/data.ts'
import { drawFrom } from '../../bench/random.ts'
import {
  addApp,
  addCompany,
  type CliProcess,
  type Ended,
  residentPeakMb,
  startGenjin,
  startServe,
  watched,
} from '../support/cli.ts'
import { TestClient } from '../support/client.ts'
import { tempFolder } from '../support/temp-folder.ts'

export interface CrashOptions {
  /** Follow-ups written by staff; with all that belongs to them the bundle has a sixth more lines. */
  readonly lines: number
  readonly kills: number
  /** The same seed kills after the same waits. */
  readonly seed: number
  /** Keeps a server running on the database that is written and killed, and asks it for lists all the time. */
  readonly serving?: boolean
  readonly log?: (line: string) => void
}

const CORP = 'acme'

/** Longest that one import or export may take. */
const DEADLINE_MS = 900_000

/**
 * Kills an import of a made-up bundle with SIGKILL at random moments, again and again, then lets it finish. Asserts that
 * the company is, byte for byte, what an undisturbed import makes of the same file, and that the database is sound.
 */
export async function importCrash(options: CrashOptions) {
  const log = options.log ?? (() => {})
  using folder = tempFolder()
  const file = join(folder.path, 'bundle.ndjson')
  const lines = await writeBundle(file, options.lines)
  log(`bundle: ${lines} lines, ${mb(statSync(file).size)} MB`)

  const calm = new Side(folder.path, 'calm', file)
  await addCompany(calm.database, CORP)
  const importMs = await calm.run('import')
  const exportMs = await calm.run('export')
  log(`undisturbed: import ${importMs} ms, export ${exportMs} ms`)

  const crashed = new Side(folder.path, 'crashed', file)
  await addCompany(crashed.database, CORP)
  await using watch = options.serving ? await watchServer(crashed.database) : undefined
  const hits = await crashed.killAgainAndAgain(options, importMs, log)
  await crashed.run('import')
  const served = await watch?.stop(options.lines)
  await crashed.run('export')

  assert.equal(await digestOf(crashed.exported), await digestOf(calm.exported), 'the exports differ')
  assertSound(crashed.path)
  return {
    lines,
    bytes: statSync(file).size,
    /** Undisturbed. */
    importMs,
    exportMs,
    /** Largest resident set of any import and any export; undefined where there is no /proc. */
    importPeakMb: largest([calm.importPeakMb, crashed.importPeakMb]),
    exportPeakMb: largest([calm.exportPeakMb, crashed.exportPeakMb]),
    /** Kills that hit an import while it was writing. */
    hits,
    /** What the server answered during the imports. */
    served,
  }
}

/** One of the two databases, and the commands that are run on it. */
class Side {
  readonly path: string
  readonly database: string
  readonly exported: string
  readonly #file: string
  importPeakMb: number | undefined
  exportPeakMb: number | undefined

  constructor(folder: string, name: string, file: string) {
    this.path = join(folder, `${name}.db`)
    this.database = `sqlite:${this.path}`
    this.exported = join(folder, `${name}.ndjson`)
    this.#file = file
  }

  /** Imports or exports everything; answers how long it took. */
  async run(what: 'import' | 'export'): Promise<number> {
    const started = performance.now()
    await using process =
      what === 'import' ? this.#startImport() : this.#start(['export', '--out', this.exported])
    const [end, peakMb] = await watched(process)
    assert.equal(end.code, 0, end.stderr)
    this[`${what}PeakMb`] = largest([this[`${what}PeakMb`], peakMb])
    return Math.round(performance.now() - started)
  }

  /** Answers how many of the kills hit an import while it was writing. */
  async killAgainAndAgain(
    options: CrashOptions,
    importMs: number,
    log: (line: string) => void,
  ): Promise<number> {
    const draw = drawFrom(options.seed)
    let hits = 0
    for (let kill = 1; kill <= options.kills; ) {
      // The first tenth is spent on starting.
      const waitMs = Math.round(importMs / 10) + draw(Math.ceil(0.9 * importMs))
      const startedMs = Date.now()
      const end = await this.#kill(waitMs)
      // Done before its time was up: no kill.
      if (end.signal === null) {
        assert.equal(end.code, 0, end.stderr)
        continue
      }
      const writing = this.#wroteSince(startedMs)
      if (writing) hits++
      log(`kill ${kill} after ${waitMs} ms${writing ? '' : ', before it wrote'}`)
      kill++
    }
    return hits
  }

  /** Seen from the log's file alone: opening the database would already recover it. */
  #wroteSince(ms: number): boolean {
    const wal = statSync(`${this.path}-wal`, { throwIfNoEntry: false })
    return wal !== undefined && wal.size > 0 && wal.mtimeMs >= ms
  }

  async #kill(waitMs: number): Promise<Ended> {
    await using process = this.#startImport()
    const timer = setTimeout(() => process.kill('SIGKILL'), waitMs)
    const [end, peakMb] = await watched(process)
    clearTimeout(timer)
    this.importPeakMb = largest([this.importPeakMb, peakMb])
    return end
  }

  #startImport(): CliProcess {
    return this.#start(['import', this.#file])
  }

  #start(command: readonly string[]): CliProcess {
    const args = [...command, '--corp', CORP, '--database', this.database]
    return startGenjin(args, { deadlineMs: DEADLINE_MS })
  }
}

/** Writes the bundle; answers its number of lines. */
async function writeBundle(file: string, follows: number): Promise<number> {
  let lines = 0
  const shape = { ...DEMO_SHAPE, follows, targets: Math.max(800, follows / 20) }
  const blocks = Readable.from(blocksOf(shape, () => lines++))
  await pipeline(blocks, createWriteStream(file))
  return lines
}

/** A server that is asked for lists without a pause. Asserts that it always answers and that its total never falls. */
async function watchServer(database: string) {
  const credentials = await addApp(database, CORP)
  const server = await startServe(['--database', database], { deadlineMs: 60 * 60_000 })
  const client = new TestClient(server.url, credentials)
  let [lists, total, slowestMs, stopping] = [0, 0, 0, false]
  async function ask(): Promise<void> {
    while (!stopping) {
      const started = performance.now()
      const answer = await client.list({ page_size: 5 })
      slowestMs = Math.max(slowestMs, Math.round(performance.now() - started))
      assert.ok(answer.total >= total, `the total fell from ${total} to ${answer.total}`)
      total = answer.total
      lists++
      await sleep(2)
    }
  }
  const asking = ask()
  asking.catch(() => {})
  return {
    /** Asserts that the last total is this. */
    async stop(expected: number) {
      stopping = true
      await asking
      assert.equal((await client.list()).total, expected)
      const peakMb = residentPeakMb(server.pid)
      const end = await server.stop()
      assert.equal(end.code, 0, end.stderr)
      return { lists, slowestMs, peakMb }
    },
    [Symbol.asyncDispose]: async () => {
      stopping = true
      await asking.catch(() => {})
      await server[Symbol.asyncDispose]()
    },
  }
}

async function digestOf(file: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(file), digest)
  return digest.digest('hex')
}

/** Asserts that SQLite finds nothing wrong. */
function assertSound(path: string): void {
  using database = new DatabaseSync(path) as DatabaseSync & Disposable
  assert.equal(database.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok')
  assert.deepEqual(database.prepare('PRAGMA foreign_key_check').all(), [])
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length > 0 ? Math.max(...known) : undefined
}

function mb(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
