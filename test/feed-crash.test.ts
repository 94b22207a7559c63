import assert from 'node:assert/strict'
import { test } from 'node:test'
import { feedCrash } from './crash/feed-crash.ts'
import { ENGINE, tempDatabase } from './support/database.ts'

test('followers of the change feed end with the source, record by record, whichever server is killed', async (context) => {
  await using temp = await tempDatabase()
  const servers = ENGINE === 'postgres' ? 4 : 3
  const least = { kills: 2, ofEach: 5 }
  const report = await feedCrash({ temp, servers, writers: 16, seconds: 5, least })
  context.diagnostic(JSON.stringify(report))
  assert.ok(report.kills >= least.kills, `only ${report.kills} kills`)
  for (const [op, count] of Object.entries(report.ops))
    assert.ok(count >= least.ofEach, `only ${count} times ${op}`)
  assert.ok((report.followers[2]?.crashes ?? 0) >= 1)
})
