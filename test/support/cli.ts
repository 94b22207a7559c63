import assert from 'node:assert/strict'
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { fileURLToPath } from 'node:url'
import {
  addCorp,
  type Credentials,
  exportBundle,
  importBundle,
  openCore,
  readConfig,
  requireCorp,
} from 'genjin-server'
import { run } from '../../packages/cli/src/index.ts'
import { KEY } from './database.ts'
import { noteSecret, recordedLog } from './recording.ts'

/** The program as users start it. */
export const GENJIN = fileURLToPath(new URL('../../packages/cli/bin/genjin.js', import.meta.url))

/** How long a command may run: one that hangs fails its test instead of the whole run. */
const DEADLINE_MS = 60_000

export interface CliOptions {
  readonly cwd?: string
  /** Added to the environment of the test without its GENJIN_… and NODE_… variables. */
  readonly env?: NodeJS.ProcessEnv
  readonly deadlineMs?: number
  /** A program to run instead of `genjin`, such as `sh`. */
  readonly program?: string
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A process of the command line. Disposing kills it and waits until it has ended. */
export interface CliProcess extends AsyncDisposable {
  readonly pid: number
  readonly stdin: Writable
  readonly stdout: Readable
  kill(signal: NodeJS.Signals): void
  /** What it has written to standard error so far. */
  log(): string
  /** Resolves when what the stream has carried so far matches; rejects when the process ends before that. */
  printed(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray>
  /** Rejects when the process exceeded its deadline and was killed. */
  readonly ended: Promise<Ended>
}

/** Starts `genjin` in a process. */
export function startGenjin(args: readonly string[], options: CliOptions = {}): CliProcess {
  cleanUpAtExit()
  const argv = options.program === undefined ? [GENJIN, ...args] : [...args]
  const child = spawn(options.program ?? process.execPath, argv, {
    cwd: options.cwd,
    env: environment(options),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  live.add(child)
  // EPIPE when the process ends before it has read everything.
  child.stdin.on('error', () => {})
  const written = { stdout: collect(child.stdout), stderr: collect(child.stderr) }
  child.stderr.on('data', (chunk: Buffer) => recordedLog.write(chunk.toString('utf8')))

  let late = false
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS
  const deadline = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, deadlineMs)
  const gone = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(deadline)
      live.delete(child)
      resolve({ code, signal, stdout: written.stdout.text(), stderr: written.stderr.text() })
    })
  })
  const ended = gone.then((end) => {
    assert.ok(!late, `genjin ${args.join(' ')}: did not end within ${deadlineMs} ms\n${end.stderr}`)
    return end
  })
  // A test that does not wait for the end must not fail as an unhandled rejection.
  ended.catch(() => {})

  return {
    pid: child.pid as number,
    stdin: child.stdin,
    stdout: child.stdout,
    kill: (signal) => child.kill(signal),
    log: written.stderr.text,
    printed: (stream, pattern) => written[stream].matching(pattern, gone),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await gone.catch(() => {})
    },
  }
}

/**
 * Runs a command line to its end in this process, with `input` on its standard input: a process costs 0.4 s of CPU, which
 * most commands do not. `serve` on a database gets one.
 */
export async function genjin(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  if (args[0] === 'serve' && args.includes('--database')) {
    await using child = startGenjin(args, options)
    child.stdin.end(options.input ?? '')
    return await child.ended
  }
  return options.cwd === undefined
    ? runHere(args, options)
    : inFolder(options.cwd, () => runHere(args, options))
}

export interface RunOptions extends CliOptions {
  readonly input?: string | Buffer
}

async function runHere(args: readonly string[], options: RunOptions): Promise<Ended> {
  // As main.ts does.
  process.umask(0o077)
  const [stdout, stderr] = [new Collected(), new Collected()]
  const code = await run(args, {
    stdin: Readable.from([Buffer.from(options.input ?? '')]),
    stdout,
    stderr,
    env: environment(options),
    environment: WORLD,
    signal: AbortSignal.timeout(options.deadlineMs ?? DEADLINE_MS),
  })
  recordedLog.write(stderr.text())
  return { code, signal: null, stdout: stdout.text(), stderr: stderr.text() }
}

/** Keeps copies: an export reuses its buffers once they are written. */
class Collected extends Writable {
  readonly #chunks: Buffer[] = []

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk))
    done()
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}

/** The last use of another working folder: there is one per process, so uses take turns. */
let turn: Promise<unknown> = Promise.resolve()

function inFolder<T>(cwd: string, fn: () => Promise<T>): Promise<T> {
  const result = turn.then(async () => {
    const home = process.cwd()
    process.chdir(cwd)
    try {
      return await fn()
    } finally {
      process.chdir(home)
    }
  })
  turn = result.catch(() => {})
  return result
}

/** Runs `genjin`, which must succeed. */
export async function genjinDone(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const end = await genjin(args, options)
  assert.equal(end.code, 0, `genjin ${args.join(' ')}: ${end.stderr}${end.stdout}`)
  return end
}

/** Adds a corp, for tests of other things. */
export async function addCompany(database: string, id: string, key = KEY): Promise<void> {
  await using core = await openCore(readConfig({ database, key }), WORLD, { create: true })
  await addCorp(core.context, { id, name: id, timeZone: 'Asia/Shanghai' })
}

/** Imports bundle lines, all of which must be good. */
export async function importLines(
  database: string,
  id: string,
  lines: Iterable<string>,
  key = KEY,
): Promise<void> {
  await using core = await openCore(readConfig({ database, key }), WORLD)
  const corp = await requireCorp(core.context, id)
  const chunks = Readable.from(lines, { objectMode: true }).map((line: string) => Buffer.from(`${line}\n`))
  const { bad } = await importBundle(core.context, corp.key, chunks)
  assert.equal(bad, 0)
}

/** A corp's bundle. */
export async function exportText(database: string, id: string, key = KEY): Promise<string> {
  await using core = await openCore(readConfig({ database, key }), WORLD)
  const corp = await requireCorp(core.context, id)
  let text = ''
  await exportBundle(core.context.store, corp.key, async (lines) => {
    text += lines
  })
  return text
}

const WORLD = { now: Date.now, random: randomBytes }

/** Adds an app to a corp by the command line. */
export async function addApp(database: string, corp: string, options: CliOptions = {}): Promise<Credentials> {
  const { stdout } = await genjinDone(
    ['app', 'add', '--corp', corp, '--json', '--database', database],
    options,
  )
  const credentials = JSON.parse(stdout) as Credentials
  noteSecret(credentials.app_secret)
  return credentials
}

/** A server process and what it printed at its start. */
export interface ServeProcess extends CliProcess {
  readonly url: string
  /** Of the demo company; only with `--demo`. */
  readonly demo: Credentials | undefined
  /** Sends a signal (SIGTERM) and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Ended>
}

/** Starts `genjin serve` on a free port and waits until it listens. */
export async function startServe(args: readonly string[], options: CliOptions = {}): Promise<ServeProcess> {
  const process = startGenjin(['serve', '--port', '0', '--json', ...args], {
    deadlineMs: 10 * DEADLINE_MS,
    ...options,
  })
  try {
    const [line] = await process.printed('stdout', /^\{.*\}\n/)
    const greeting = JSON.parse(line) as { url: string } & Partial<Credentials>
    const { appid, app_secret } = greeting
    if (app_secret !== undefined) noteSecret(app_secret)
    return {
      ...process,
      url: greeting.url,
      demo: appid !== undefined && app_secret !== undefined ? { appid, app_secret } : undefined,
      stop: (signal = 'SIGTERM') => {
        process.kill(signal)
        return process.ended
      },
    }
  } catch (error) {
    await process[Symbol.asyncDispose]()
    throw error
  }
}

/** Collects what a stream carries. */
function collect(stream: Readable) {
  const decoder = new StringDecoder('utf8')
  const listeners = new Set<() => void>()
  let text = ''
  let isTold = true
  stream.on('data', (chunk: Buffer) => {
    text += decoder.write(chunk)
    if (!isTold || listeners.size === 0) return
    // A log at trace level comes in thousands of pieces: looking through all of it for each would take most of a test's time.
    isTold = false
    setTimeout(() => {
      isTold = true
      for (const listener of listeners) listener()
    }, 5)
  })
  return {
    text: () => text,
    matching(pattern: RegExp, gone: Promise<Ended>): Promise<RegExpExecArray> {
      return new Promise((resolve, reject) => {
        function look(): void {
          const match = pattern.exec(text)
          if (match) end(() => resolve(match))
        }
        function end(tell: () => void): void {
          listeners.delete(look)
          clearTimeout(deadline)
          tell()
        }
        const fail = (why: string) =>
          end(() => reject(new Error(`${why} ${pattern}: ${text.slice(-20_000)}`)))
        const deadline = setTimeout(() => fail(`did not print within ${DEADLINE_MS} ms`), DEADLINE_MS)
        listeners.add(look)
        look()
        gone.then(({ code, signal }) => {
          look()
          fail(`ended (${code ?? signal}) before it printed`)
        }, reject)
      })
    },
  }
}

function environment(options: CliOptions): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => name === 'NODE_COMPILE_CACHE' || !/^(GENJIN|NODE)_/.test(name),
  )
  return { ...Object.fromEntries(kept), GENJIN_LOG: 'trace', ...(KEY && { GENJIN_KEY: KEY }), ...options.env }
}

const live = new Set<ChildProcessByStdio<Writable, Readable, Readable>>()
let cleaning = false

/** Kills the started processes when the test's process ends, whatever ends it. */
function cleanUpAtExit(): void {
  if (cleaning) return
  cleaning = true
  process.on('exit', () => {
    for (const child of live) child.kill('SIGKILL')
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
}

/** Waits for a process's end; also returns its peak memory (MB), where the system tells it. */
export async function watched(process: CliProcess): Promise<[Ended, number | undefined]> {
  let peakMb = residentPeakMb(process.pid)
  const timer = setInterval(() => {
    peakMb = residentPeakMb(process.pid) ?? peakMb
  }, 20)
  try {
    return [await process.ended, peakMb]
  } finally {
    clearInterval(timer)
  }
}

/** VmHWM: the largest resident set that a process has had so far (MB). */
export function residentPeakMb(pid: number): number | undefined {
  try {
    const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kb === undefined ? undefined : Math.round(Number(kb) / 1024)
  } catch {
    // No /proc, or the process has ended.
    return undefined
  }
}
