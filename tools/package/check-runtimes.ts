import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lineChecksum, parseExact, recordLine } from 'genjin-client'
import { runInBrowser } from './browser.ts'
import { FOLLOWS, LARGE_ID, makeCorp } from './company.ts'
import { run, together } from './run.ts'
import { type Got, THIS_NODE } from './runtimes.ts'
import { startServed } from './served.ts'
import { ROOT } from './workspace.ts'

/** What tools/package/sdk-program.js returns. */
interface Result {
  readonly before: readonly string[]
  readonly created: string
  readonly read: string
  readonly content: string
  readonly checksum: string
}

const PROGRAM = join(ROOT, 'tools/package/sdk-program.js')

/** A record with numbers that a double would change. */
const RECORD = `{"id":${LARGE_ID},"content":"已报价","field_map":{"amount":1.10}}`

const MAIN = `import * as sdk from 'genjin-client'
import process from 'node:process'
import { sdkProgram } from './sdk-program.js'
console.log(JSON.stringify(await sdkProgram(sdk, JSON.parse(process.env.ACCESS))))
`

/**
 * Runs one program with the installed SDK under every runtime, all against one installed server. Returns the names of the
 * runtimes.
 */
export async function checkRuntimes(consumer: string, runtimes: Got, folder: string): Promise<string[]> {
  const node = process.execPath
  const database = join(folder, 'runtimes.db')
  const command = { node, folder: consumer, database }
  const app = await makeCorp(command)
  await using server = await startServed(command)
  const access = { baseUrl: server.url, ...app, record: RECORD }
  copyFileSync(PROGRAM, join(consumer, 'sdk-program.js'))
  writeFileSync(join(consumer, 'main.js'), MAIN)

  const { node22, deno, bun, chromium } = runtimes
  const variables = { ACCESS: JSON.stringify(access) }
  const cache = { DENO_DIR: join(folder, 'deno-cache'), DENO_NO_UPDATE_CHECK: '1' }
  const here = async (program: string, args: readonly string[], env = {}) =>
    JSON.parse(
      await run(program, [...args, 'main.js'], {
        cwd: consumer,
        env: { ...variables, ...env },
        deadlineMs: 60_000,
      }),
    ) as Result
  const expected = (await lineChecksum(recordLine(parseExact(RECORD) as object))).toString(16)
  const denoArgs = ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual']
  const programs = {
    'Node 22': node22 && here(node22, []),
    [THIS_NODE]: here(node, []),
    Deno: deno && here(deno, denoArgs, cache),
    Bun: bun && here(bun, ['run']),
    Chromium: chromium && browse(chromium, consumer, access, folder),
  }
  const running = Object.entries(programs).filter(([, result]) => result)
  await together(running.map(async ([name, result]) => judge(name, expected, (await result) as Result)))
  await server.stop()
  return running.map(([name]) => name)
}

async function browse(chromium: string, consumer: string, access: object, folder: string): Promise<Result> {
  const profile = join(folder, 'profile')
  mkdirSync(profile)
  const bundle = join(consumer, 'node_modules/genjin-client/dist/browser.min.js')
  return (await runInBrowser({ chromium, profile, bundle, program: PROGRAM, access })) as Result
}

function judge(name: string, expected: string, { before, created, read, content, checksum }: Result): void {
  // The other runtimes write to the same server meanwhile.
  assert.ok(before.length >= FOLLOWS, `${name}: ${before.length} follow-ups`)
  assert.ok(before.includes(LARGE_ID), `${name}: ${LARGE_ID} is not there digit for digit`)
  for (const id of [created, read, ...before]) {
    assert.ok(typeof id === 'string' && /^\d+$/.test(id), `${name}: ${id} is no id`)
  }
  assert.deepEqual([read, content], [created, '由 SDK 写入'], name)
  assert.equal(checksum, expected, name)
}
