import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serversCrash } from './crash/servers-crash.ts'
import { ENGINE, emptyDatabase } from './support/database.ts'

test('servers on one database that are killed again and again lose no acknowledged write and make none twice', async (context) => {
  await using temp = await emptyDatabase()
  const least = { kills: 2, writes: 20, lists: 50 }
  const report = await serversCrash({
    temp,
    servers: ENGINE === 'postgres' ? 10 : 3,
    writers: 8,
    readers: 8,
    seconds: 5,
    least,
  })
  context.diagnostic(JSON.stringify(report))
  assert.ok(report.kills >= least.kills, `only ${report.kills} kills`)
  assert.ok(report.acknowledged >= least.writes, `only ${report.acknowledged} writes`)
  assert.ok(report.lists >= least.lists, `only ${report.lists} lists`)
})
