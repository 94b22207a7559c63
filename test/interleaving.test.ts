import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireRightCounters } from './crash/fleet.ts'
import { interleaving } from './crash/interleaving.ts'
import { KINDS } from './crash/questions.ts'
import { tempDatabase } from './support/database.ts'

test('L12 each answer is that of one state between request and answer, while all kinds of writes go on', async (context) => {
  await using temp = await tempDatabase()
  const found = Object.fromEntries([...KINDS, 'system'].map((kind) => [kind, kind === 'many' ? 5 : 20]))
  const least = { found, deep: 200 }
  const { wrong, ...report } = await interleaving({ temp, reads: 3_200, seconds: 120, least })
  context.diagnostic(JSON.stringify(report))
  await requireRightCounters(temp)
  assert.equal(
    report.wrongs,
    0,
    `${report.wrongs} of ${report.reads} answers are wrong:\n${wrong.join('\n')}`,
  )
  assert.ok(report.reads >= 2_000, `only ${report.reads} reads`)
  assert.ok(report.deep >= least.deep, `only ${report.deep} reads of a page after the first`)
  for (const [kind, count] of Object.entries(found)) {
    assert.ok(
      (report.found[kind] ?? 0) >= count,
      `only ${report.found[kind]} answers found something by ${kind}`,
    )
  }
  for (const what of WRITES) {
    assert.ok((report.writes[what] ?? 0) >= 5, `only ${report.writes[what]} times ${what}`)
  }
})

const WRITES = [
  'create',
  'batchCreate',
  'update',
  're-date',
  'delete',
  'restore',
  'import',
  'import again',
  'move staff',
  'move department',
  'rename follow type',
]
