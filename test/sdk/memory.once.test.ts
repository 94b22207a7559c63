import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { doubleRecord, platformDouble } from '../support/platform-double.ts'
import { tempFolder } from '../support/temp-folder.ts'

const ROWS = 100_000
/** More memory of the process, at most, than after the first page. */
const GROWTH_MB = 60
/** What is still held after the garbage was collected: no more after all rows than after some. */
const HELD_MB = 8

/** Iterates over a whole list; prints how many rows there were and the two figures. */
const program = (sdk: string) => `
import { GenjinClient } from ${JSON.stringify(sdk)}
const client = new GenjinClient({ baseUrl: process.argv[1], appid: 'wxapp', appSecret: 'wxsecret' })
const held = () => (gc(), process.memoryUsage().heapUsed)
let rows = 0
let start = 0
let most = 0
let first = 0
for await (const { id } of client.follow.list()) {
  if (rows === 100) start = process.memoryUsage.rss()
  if (rows === 1000) first = held()
  if (rows++ % 100 === 0) most = Math.max(most, process.memoryUsage.rss())
}
const mb = (bytes) => bytes / 1024 / 1024
console.log(JSON.stringify({ rows, growthMb: mb(most - start), heldMb: mb(held() - first) }))
`

test(`${ROWS} rows are iterated under ${GROWTH_MB} MB of growth, and nothing is held`, async (t) => {
  const start = Date.UTC(2020, 0, 1)
  const records = Array.from({ length: ROWS }, (_, index) => doubleRecord(index, start + index * 60_000))
  await using platform = await platformDouble(records)
  using folder = tempFolder()
  const sdk = join(folder.path, 'sdk.mjs')
  const entry = fileURLToPath(import.meta.resolve('genjin-client'))
  await build({ entryPoints: [entry], outfile: sdk, bundle: true, format: 'esm', target: 'es2023' })

  const args = ['--expose-gc', '--input-type=module', '-e', program(sdk), platform.url]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 250_000 })
  const { rows, growthMb, heldMb } = JSON.parse(stdout)
  assert.equal(rows, ROWS)
  t.diagnostic(`grew by ${growthMb.toFixed(1)} MB, held ${heldMb.toFixed(1)} MB more`)
  assert.ok(growthMb < GROWTH_MB, `grew by ${growthMb} MB`)
  assert.ok(heldMb < HELD_MB, `held ${heldMb} MB more`)
})
