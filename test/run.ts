import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * `npm test`: the whole suite, or the files given. Every server of the suite logs at its most talkative into one folder,
 * every secret and token that a test sees is noted beside it; at the end none of them may stand in any log.
 */
const folder = mkdtempSync(join(tmpdir(), 'genjin-test-'))
const given = process.argv.slice(2)
const files = given.length > 0 ? given : ['packages/**/*.test.ts', 'test/**/*.test.ts']
const result = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=300000', ...files],
  { stdio: 'inherit', env: { ...process.env, GENJIN_TEST_FOLDER: folder } },
)
const leaks = given.length > 0 ? [] : findLeaks(folder)
for (const leak of leaks) console.error(leak)
rmSync(folder, { recursive: true, force: true })
process.exitCode = result.status === 0 && leaks.length === 0 ? 0 : 1

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
