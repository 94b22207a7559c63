import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertTelling, equivalence } from './support/equivalence.ts'

/** `npm run soak:equivalence` runs as many as are wanted; here as many of these as fit into the time, and 200 at least. */
const SEQUENCES = 1000
const BUDGET = { ms: 45_000, least: 200 }

test('both engines answer random sequences of commands with the same bytes, and as the rules say', async () => {
  const report = await equivalence({ sequences: SEQUENCES, seed: 20250930, budget: BUDGET })
  console.log(JSON.stringify(report))
  assert.ok(report.sequences >= BUDGET.least, `only ${report.sequences} sequences`)
  assertTelling(report)
})
