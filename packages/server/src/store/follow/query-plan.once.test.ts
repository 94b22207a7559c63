import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DrivingIndex, FollowFilter } from './filter.ts'
import { isExpensive, NO_ESTIMATES } from './query-plan.ts'

const STAFF: FollowFilter = { system: false, userIds: ['a', 'b'] }

function estimates(entries: Partial<Record<DrivingIndex, number>>, fullest: number) {
  return { entries: new Map(Object.entries(entries) as [DrivingIndex, number][]), fullestBlock: fullest }
}

test('a list is read aside when much of it must be looked at: all of it, or its fullest spans where there are counters', () => {
  assert.equal(isExpensive(STAFF, NO_ESTIMATES), false)
  // Three years of a large company: two spans hold little of it.
  assert.equal(isExpensive(STAFF, estimates({ time: 1_000_000, user: 100_000 }, 35_000)), false)
  assert.equal(isExpensive(STAFF, estimates({ time: 10_000_000, user: 1_000_000 }, 350_000)), true)
  // All of a young company is in one span.
  assert.equal(isExpensive(STAFF, estimates({ time: 500_000, user: 350_000 }, 500_000)), true)
  assert.equal(isExpensive(STAFF, estimates({ time: 30_000, user: 20_000 }, 30_000)), false)
  // Staff and type together have no counters: the narrowest part is looked at whole.
  const both = { ...STAFF, businessTypes: [1] }
  assert.equal(
    isExpensive(both, estimates({ time: 1_000_000, user: 100_000, targetType: 300_000 }, 35_000)),
    true,
  )
  assert.equal(
    isExpensive(both, estimates({ time: 1_000_000, user: 20_000, targetType: 300_000 }, 35_000)),
    false,
  )
  assert.equal(isExpensive(both, estimates({ time: 0, user: 0, targetType: 0 }, 0)), false)
})
