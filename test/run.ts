import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { unboundStatements } from './support/check-statements.ts'
import { preparePostgres } from './support/postgres.ts'

/**
 * `npm test`: the whole suite on both engines, or only the given files. `--engine sqlite` or `--engine postgres` runs one of
 * the two. PostgreSQL is the server of GENJIN_TEST_POSTGRES_URL (a superuser's address), or one that is started here.
 *
 * Files that take seconds have a process of their own; the others share one per folder and engine, because starting Node and
 * a first server costs a second of CPU, more than most of them. All processes of both engines run in one pool.
 *
 * Every server of the suite writes its log at trace level into one folder, and every secret and token that a test sees is
 * noted beside it: none of them may appear in any log. Every statement that a store sends is noted too, and parsed at the end
 * (see statement-parser.ts).
 */
const ENGINES = ['sqlite', 'postgres'] as const

/** Files that need one engine only, or none, or choose it themselves: they run once. */
const ONCE = '.once.test.ts'

/** Files below one of these share a process. */
const SHARED = ['packages/', 'tools/', 'test/rules/']

/** The longest, started first, so that no core is idle at the end. */
const LONGEST = [
  'slow-clients',
  'cli/move',
  'equivalence',
  'totals-crash',
  'keys-crash',
  'interleaving',
  'cli/workers',
  'deep-pages',
]

/** Tests of a duration: nothing else runs meanwhile. */
const TIMED = ['directory-large']

/** A process that hangs outside any test is killed. */
const PROCESS_TIMEOUT_MS = 600_000

const RECORD_STATEMENTS = new URL('./support/record-statements.ts', import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const given = process.argv.slice(2)
const option = given.indexOf('--engine')
const [engine] = option < 0 ? [] : given.splice(option, 2).slice(1)
const files = given.length > 0 ? given : globSync('{packages/*/src,tools,test}/**/*.test.ts', { cwd: root })
const folder = mkdtempSync(join(tmpdir(), 'genjin-test-'))
// Whatever ends this process stops the database server (see support/postgres.ts).
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.exitCode = await main()

interface Job {
  readonly engine: (typeof ENGINES)[number]
  readonly files: readonly string[]
}

async function main(): Promise<number> {
  try {
    // What is written here need not survive a power loss.
    await using _ = await preparePostgres(['fsync=off', 'full_page_writes=off'])
    const jobs = ENGINES.filter((name) => engine === undefined || engine === name).flatMap(jobsOf)
    jobs.sort((a, b) => rank(a) - rank(b))
    const counts = new Map<string, number>()
    const failed: string[] = []
    const work = async (queue: Job[]) => {
      for (let job = queue.shift(); job; job = queue.shift()) {
        if (!(await run(job, counts))) failed.push(`${job.engine}: ${job.files.join(' ')}`)
      }
    }
    const isTimed = ({ files }: Job) => TIMED.some((name) => files[0]?.includes(name))
    const beside = jobs.filter((job) => !isTimed(job))
    await Promise.all(Array.from({ length: availableParallelism() + 1 }, () => work(beside)))
    await work(jobs.filter(isTimed))
    const problems = given.length > 0 ? [] : [...findLeaks(), ...unboundStatements(folder)]
    for (const [name, count] of counts) console.log(`ℹ ${name} ${count}`)
    for (const line of [...failed.map((files) => `failed on ${files}`), ...problems]) console.error(line)
    return failed.length === 0 && problems.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function jobsOf(name: Job['engine']): Job[] {
  const chosen = files.filter((file) => name === 'sqlite' || engine !== undefined || !file.endsWith(ONCE))
  const groups = Map.groupBy(chosen, (file) => SHARED.find((prefix) => file.startsWith(prefix)) ?? file)
  return [...groups.values()].map((group) => ({ engine: name, files: group.sort() }))
}

function rank({ files: [file = ''] }: Job): number {
  const at = LONGEST.findIndex((name) => file.includes(name))
  return at < 0 ? LONGEST.length : at
}

/** Runs test files in one process, prints its report without the summary, adds up the summary. */
async function run(job: Job, counts: Map<string, number>): Promise<boolean> {
  const started = performance.now()
  const args = ['--test', '--test-isolation=none', '--test-timeout=300000', ...job.files]
  const child = spawn(process.execPath, args, {
    cwd: root,
    timeout: PROCESS_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      GENJIN_TEST_ENGINE: job.engine,
      GENJIN_TEST_FOLDER: folder,
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${RECORD_STATEMENTS}`,
      // Types are stripped and code is compiled once: 0.5 s of CPU saved for each process that loads the server.
      NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/genjin-test'),
    },
  })
  const ended = new Promise<boolean>((resolve) => child.once('close', (code) => resolve(code === 0)))
  const report = (await text(child.stdout)).replace(/^ℹ (\w+) ([\d.]+)\n/gm, (_line, name, count) => {
    if (name !== 'duration_ms') counts.set(name, (counts.get(name) ?? 0) + Number(count))
    return ''
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`on ${job.engine}, ${seconds} s: ${job.files.join(' ')}\n${report}`)
  return ended
}

function findLeaks(): string[] {
  const names = readdirSync(folder)
  const read = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => readFileSync(join(folder, name), 'utf8'))
  const secrets = [...new Set(read('secrets-').flatMap((noted) => noted.split('\n').filter(Boolean)))]
  const logs = read('log-').join('\n')
  const lines = logs.split('\n').length
  console.log(`log check: ${secrets.length} secrets, ${lines} log lines`)
  // A check that looks at nothing would always pass.
  if (secrets.length < 20 || lines < 1000)
    return ['log check: too few secrets or log lines, it proves nothing']
  return secrets
    .filter((secret) => logs.includes(secret))
    .map((secret) => `log check: a secret stands in a log: ${secret.slice(0, 12)}…`)
}
