import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertTelling, equivalence } from './support/equivalence.ts'

/**
 * The same sequences on every machine, however fast it is, so that what comes up in them is always the same too.
 * `npm run soak:equivalence` runs 1,500 others, or as many as are wanted.
 */
const SEQUENCES = 100
/** Of larger companies. */
const LISTS = 60

test('both engines answer random sequences of commands with the same bytes, and as the rules say', async () => {
  const report = await equivalence({ sequences: SEQUENCES, seed: 20251002 })
  console.log(JSON.stringify(report))
  assert.equal(report.sequences, SEQUENCES)
  assertTelling(report)
})

test('lists of larger companies are a plain filter, sort and slice, whatever is written in between', async () => {
  const report = await equivalence({ sequences: LISTS, seed: 20250912, lists: true })
  console.log(JSON.stringify(report))
  assert.ok(report.requests >= 1_500, `${report.requests} requests`)
  assertTelling(report, true)
})
