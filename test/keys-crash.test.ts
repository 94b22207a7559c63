import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keysCrash } from './crash/keys-crash.ts'
import { tempDatabase } from './support/database.ts'

test('one key makes one record, however many callers use it at once and whichever server is killed', async (context) => {
  await using temp = await tempDatabase()
  const keys = 24
  const report = await keysCrash({ temp, servers: 3, keys, kills: 3, callers: 64, atOnce: 4 })
  context.diagnostic(JSON.stringify(report))
  assert.ok(report.kills >= 3, `only ${report.kills} kills`)
  assert.ok(report.impatient >= 100, `only ${report.impatient} hung up`)
  assert.ok(report.updates >= 3 && report.deletes >= 1, JSON.stringify(report))
})
