import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ADMIN, asAdmin, makeRole, type OwnPostgres, ROLE, startPostgres } from './support/postgres.ts'

/**
 * `npm test`: the whole suite on both engines, or the files given. PostgreSQL is the one of GENJIN_TEST_POSTGRES_URL (a
 * superuser's address), or else one that is started here. `--engine sqlite` or `--engine postgres` keeps to one of them.
 *
 * Every server of the suite logs at its most talkative into one folder, every secret and token that a test sees is noted
 * beside it; at the end none of them may stand in any log.
 */
const ENGINES = ['sqlite', 'postgres'] as const

/** The end of the name of files that need one engine only, or none, or choose it themselves: they run once. */
const ONCE = '.once.test.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const words = process.argv.slice(2)
const option = words.indexOf('--engine')
const [engine] = option < 0 ? [] : words.splice(option, 2).slice(1)
const engines = ENGINES.filter((name) => engine === undefined || engine === name)
const files =
  words.length > 0 ? words : globSync('{packages/*/src,tools,test}/**/*.test.ts', { cwd: root }).sort()
const folder = mkdtempSync(join(tmpdir(), 'genjin-test-'))
process.exitCode = await main()

async function main(): Promise<number> {
  const own = process.env.GENJIN_TEST_POSTGRES_URL ? undefined : await ownPostgres()
  const admin = process.env.GENJIN_TEST_POSTGRES_URL || (own as OwnPostgres).url
  const role = await makeRole(admin)
  const { rows } = await asAdmin((client) => client.query('SHOW server_version'), admin)
  console.log(`PostgreSQL ${rows[0].server_version}`)
  try {
    let failed = 0
    for (const name of engines) {
      const chosen = files.filter((file) => name === 'sqlite' || engine !== undefined || !file.endsWith(ONCE))
      if (chosen.length > 0 && !run(name, chosen, { [ADMIN]: admin, [ROLE]: role })) failed++
    }
    const leaks = words.length > 0 ? [] : findLeaks(folder)
    for (const leak of leaks) console.error(leak)
    return failed === 0 && leaks.length === 0 ? 0 : 1
  } finally {
    await asAdmin((client) => client.query(`DROP ROLE ${role.split(':')[0]}`), admin)
    await own?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ownPostgres(): Promise<OwnPostgres> {
  try {
    return await startPostgres(['fsync=off', 'full_page_writes=off', 'max_connections=300'])
  } catch (error) {
    console.error(
      `PostgreSQL cannot be started here, and half of the suite needs it: ${(error as Error).message}\n` +
        'Give GENJIN_TEST_POSTGRES_URL=postgres://superuser@host/database to test on another one.',
    )
    throw error
  }
}

function run(name: string, chosen: readonly string[], env: Record<string, string>): boolean {
  console.log(`on ${name}: ${chosen.length} files`)
  const { status } = spawnSync(
    process.execPath,
    ['--test', '--test-concurrency=2', '--test-timeout=120000', ...chosen],
    {
      stdio: 'inherit',
      cwd: root,
      env: { ...process.env, ...env, GENJIN_TEST_ENGINE: name, GENJIN_TEST_FOLDER: folder },
    },
  )
  return status === 0
}

function findLeaks(from: string): string[] {
  const names = readdirSync(from)
  const read = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => readFileSync(join(from, name), 'utf8'))
  const secrets = [...new Set(read('secrets-').flatMap((text) => text.split('\n').filter(Boolean)))]
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
