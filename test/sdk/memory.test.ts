import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { doubleRecord, platformDouble } from '../support/platform-double.ts'

const ROWS = 100_000
const GROWTH_MB = 60
/** What is still held after the garbage was collected: no more after all rows than after some. */
const HELD_MB = 8

/**
 * Iterates over a whole list; prints how many rows there were, how much more memory the process had at most than after the
 * first page, and how much more it held. V8 is told to collect soon: by default it takes some 100 MB for a loop of fetch
 * and JSON.parse alone, before it looks for garbage.
 */
const FLAGS = ['--expose-gc', '--max-semi-space-size=2', '--optimize-for-size']
const PROGRAM = `
import { GenjinClient } from ${JSON.stringify(import.meta.resolve('genjin-client'))}
const client = new GenjinClient({ baseUrl: process.argv[1], appid: 'wxapp', appSecret: 'wxsecret' })
const held = () => { gc(); return process.memoryUsage().heapUsed }
let rows = 0
let start = 0
let most = 0
let first = 0
for await (const { id } of client.follow.list({}, { concurrency: 4 })) {
  if (rows === 100) start = process.memoryUsage().rss
  if (rows === 1000) first = held()
  if (rows++ % 1000 === 0) most = Math.max(most, process.memoryUsage().rss)
}
const mb = (bytes) => bytes / 1024 / 1024
console.log(JSON.stringify({ rows, growthMb: mb(most - start), heldMb: mb(held() - first) }))
`

test(`${ROWS} rows are iterated under ${GROWTH_MB} MB of growth when V8 is told to collect soon`, async (t) => {
  const start = Date.UTC(2020, 0, 1)
  const records = Array.from({ length: ROWS }, (_, index) => doubleRecord(index, start + index * 60_000))
  await using platform = await platformDouble(records)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...FLAGS, '--input-type=module', '-e', PROGRAM, platform.url],
    { timeout: 100_000 },
  )
  const { rows, growthMb, heldMb } = JSON.parse(stdout)
  t.diagnostic(`grew by ${growthMb.toFixed(1)} MB, held ${heldMb.toFixed(1)} MB more`)
  assert.equal(rows, ROWS)
  assert.ok(growthMb < GROWTH_MB, `grew by ${growthMb} MB`)
  assert.ok(heldMb < HELD_MB, `held ${heldMb} MB more`)
})
