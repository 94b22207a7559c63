import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireRightCounters } from './crash/fleet.ts'
import { KINDS } from './crash/questions.ts'
import { totalsCrash } from './crash/totals.ts'
import { ENGINE, tempDatabase } from './support/database.ts'

/** Of one round (see totals.ts); `npm run soak:totals` asks for 100,000. */
const ANSWERS = 800

test('L12 no total and no page shows a part of a batch of 7, whichever process is killed', async (context) => {
  await using temp = await tempDatabase()
  const report = await totalsCrash({
    temp,
    servers: ENGINE === 'postgres' ? 3 : 2,
    answers: ANSWERS,
    seconds: 180,
  })
  context.diagnostic(JSON.stringify(report))
  await requireRightCounters(temp)
  assert.ok(report.answers >= ANSWERS, `only ${report.answers} answers`)
  assert.ok(report.kills >= 1 && report.writersKilled >= 2, 'nobody was killed')
  assert.ok(report.whole >= 500, `only ${report.whole} batches were seen whole`)
  for (const what of ['import', 'delete', 'batchCreate', 'refused']) {
    assert.ok((report.written[what] ?? 0) >= 3, `only ${report.written[what]} times ${what}`)
  }
  for (const kind of KINDS) {
    assert.ok((report.found[kind] ?? 0) >= 5, `only ${report.found[kind]} answers found something by ${kind}`)
  }
  for (const page of ['first', 'middle', 'last', 'past', 'walk']) {
    assert.ok((report.pages[page] ?? 0) >= 20, `only ${report.pages[page]} times a ${page} page`)
  }
})
