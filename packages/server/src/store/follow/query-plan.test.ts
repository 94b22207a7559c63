import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FollowFilter, Lead } from './filter.ts'
import { isWide, NO_WEIGHTS } from './query-plan.ts'

const STAFF: FollowFilter = { system: false, userIds: ['a', 'b'] }

function weights(entries: Partial<Record<Lead, number>>, fullest: number) {
  return { entries: new Map(Object.entries(entries) as [Lead, number][]), fullest }
}

test('a list is read aside when much of it must be looked at: all of it, or its fullest spans where there are counters', () => {
  assert.equal(isWide(STAFF, NO_WEIGHTS), false)
  // Three years of a large company: two spans hold little of it.
  assert.equal(isWide(STAFF, weights({ time: 1_000_000, user: 100_000 }, 35_000)), false)
  assert.equal(isWide(STAFF, weights({ time: 10_000_000, user: 1_000_000 }, 350_000)), true)
  // All of a young company is in one span.
  assert.equal(isWide(STAFF, weights({ time: 500_000, user: 350_000 }, 500_000)), true)
  assert.equal(isWide(STAFF, weights({ time: 30_000, user: 20_000 }, 30_000)), false)
  // Staff and type together have no counters: the narrowest part is looked at whole.
  const both = { ...STAFF, businessTypes: [1] }
  assert.equal(isWide(both, weights({ time: 1_000_000, user: 100_000, type: 300_000 }, 35_000)), true)
  assert.equal(isWide(both, weights({ time: 1_000_000, user: 20_000, type: 300_000 }, 35_000)), false)
  assert.equal(isWide(both, weights({ time: 0, user: 0, type: 0 }, 0)), false)
})
