import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GENJIN, startGenjin } from '../support/cli.ts'
import { doubleRecord, platformDouble } from '../support/platform-double.ts'
import { tempFolder } from '../support/temp-folder.ts'

const HOOK = fileURLToPath(new URL('../support/loaded-modules.ts', import.meta.url))

/** The server, and what it alone needs. */
const SERVER =
  /\/packages\/server\/|\/node_modules\/(fastify|@fastify|pg|pino|prom-client)\/|^(node:)?sqlite$/

test('commands that open no database load neither the server nor a driver', async () => {
  using folder = tempFolder()
  await using platform = await platformDouble([doubleRecord(1, Date.UTC(2025, 0, 15))])
  const loaded = join(folder.path, 'loaded')
  const run = async (args: readonly string[], code: number) => {
    await using process = startGenjin(['--import', HOOK, GENJIN, ...args], {
      program: globalThis.process.execPath,
      cwd: folder.path,
      env: {
        LOADED_MODULES: loaded,
        GENJIN_APP_SECRET: 'wxsecret',
        GENJIN_APP_SECRET_A: 'wxsecret',
        GENJIN_APP_SECRET_B: 'wxsecret',
      },
    })
    process.stdin.end()
    const end = await process.ended
    assert.equal(end.code, code, `${args.join(' ')}: ${end.stderr}`)
    return readFileSync(loaded, 'utf8').split('\n')
  }
  const from = ['--from', platform.url, '--appid', 'wxapp']
  const sides = ['--a', platform.url, '--b', platform.url, '--appid-a', 'wxapp', '--appid-b', 'wxapp']
  const cases: readonly [args: readonly string[], code: number][] = [
    [['--help'], 0],
    [['--version'], 0],
    [['serve', '--help'], 0],
    [['corp', 'add', '--help'], 0],
    [['pull', ...from, '--out', 'pulled.ndjson'], 0],
    [['export', ...from, '--format', 'xlsx', '--out', 'exported.xlsx'], 0],
    [['diff', ...sides, '--requests', '5'], 0],
    // The platform has no change feed: sync ends before it opens its target.
    [['sync', ...from, '--to', 'copy.db'], 1],
  ]
  for (const [args, code] of cases) {
    const modules = await run(args, code)
    assert.ok(
      modules.some((url) => url.endsWith('/packages/cli/src/index.ts')),
      args.join(' '),
    )
    assert.deepEqual(
      modules.filter((url) => SERVER.test(url)),
      [],
      args.join(' '),
    )
  }
  // What the test looks for is found where it belongs.
  const opened = await run(['migrate', '--database', 'sqlite:genjin.db'], 0)
  for (const part of [/\/packages\/server\//, /sqlite$/]) assert.ok(opened.some((url) => part.test(url)))
})
