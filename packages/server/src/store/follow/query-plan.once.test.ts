import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqliteDialect } from '../driver/sqlite.ts'
import type { ReadTx } from '../port.ts'
import { Periods } from './counters.ts'
import { cheapest, type Estimates, EXPENSIVE } from './estimate.ts'
import type { DrivingIndex, FollowFilter } from './filter.ts'
import { type List, openList, planPage } from './query-plan.ts'

const STAFF: FollowFilter = { system: false, userIds: ['a', 'b'] }
const DAY_MS = 86_400_000

function estimatesOf(entries: Partial<Record<DrivingIndex, number>>): Estimates {
  return { entries: new Map(Object.entries(entries) as [DrivingIndex, number][]) }
}

/** Counts what comes before the page in its block. */
const tx: ReadTx = { corp: 1, dialect: sqliteDialect, all: async () => [], get: async () => [2_300] }

function planOf(
  filter: FollowFilter,
  entries: Partial<Record<DrivingIndex, number>>,
  total: number,
  known: Partial<List>,
) {
  const list: List = {
    ...{ filter, order: 'time', estimates: estimatesOf(entries), total },
    ...{ hasLong: false, ids: undefined, periods: undefined, ...known },
  }
  return planPage(tx, list, { limit: 20, offset: total / 2 }, EXPENSIVE)
}

/** `n` records in each of three years' blocks. */
function even(n: number): Periods {
  const blocks = Array.from({ length: 36 }, (_, at) => ({
    from: (35 - at) * 32 * DAY_MS,
    before: (36 - at) * 32 * DAY_MS,
    n,
  }))
  return new Periods(undefined, blocks)
}

test('what is narrowest is read first; what has to be looked up for each entry counts too', () => {
  const both: FollowFilter = { ...STAFF, businessTypes: [1] }
  assert.equal(cheapest(both, estimatesOf({ time: 1_000_000, user: 4_000, targetType: 300_000 })), 'user')
  const target: FollowFilter = { ...STAFF, targetIds: ['t'] }
  // A busy target and a few follow-ups of the staff, and the other way round.
  assert.equal(cheapest(target, estimatesOf({ time: 1_000_000, user: 2_000, target: Infinity })), 'user')
  assert.equal(cheapest(target, estimatesOf({ time: 1_000_000, user: 100_000, target: 40 })), 'target')
  const titled: FollowFilter = { system: false, title: 'x', targetIds: ['t'] }
  assert.equal(cheapest(titled, estimatesOf({ time: 1_000_000, title: 200, target: Infinity })), 'title')
})

test('a page is read aside when much has to be looked at, and not where its block is known', async () => {
  const user = { time: 1_000_000, user: 100_000 }
  assert.ok(await planOf(STAFF, user, 100_000, { periods: even(2_800) }))
  const both: FollowFilter = { ...STAFF, businessTypes: [1] }
  assert.equal(await planOf(both, { ...user, targetType: 300_000 }, 30_000, {}), undefined)
  assert.ok(await planOf(both, { ...user, targetType: 300_000 }, 30_000, { periods: even(830) }))
  const target: FollowFilter = { system: false, targetIds: ['a', 'b'] }
  assert.equal(await planOf(target, { time: 1_000_000, target: 600_000 }, 500_000, {}), undefined)
})

test('the ids of a list are kept where they are few, and not where the estimate was wrong', async () => {
  const filter: FollowFilter = { ...STAFF, businessTypes: [1] }
  const openWith = (ids: number) => {
    const found = Array.from({ length: ids }, (_, at) => at).join(',')
    // Every counter and estimate says 900.
    const get: ReadTx['get'] = async ({ sql }) => [sql.includes('group_concat') ? found : 900]
    return openList({ ...tx, get }, filter, 'time')
  }
  assert.equal((await openWith(900))?.ids?.length, 900)
  assert.equal((await openWith(4_001))?.ids, undefined)
})

test('a page is read from the nearer end of its period', async () => {
  const at = async (offset: number) => {
    const periods = new Periods(undefined, [{ from: 0, before: DAY_MS, n: 900 }])
    const list: List = {
      ...{ filter: { ...STAFF, userIds: ['a'] }, order: 'time', estimates: estimatesOf({}), total: 900 },
      ...{ hasLong: false, ids: undefined, periods },
    }
    const plan = await planPage(tx, list, { limit: 20, offset })
    return plan && { backwards: plan.backwards, offset: plan.offset, limit: plan.limit }
  }
  assert.deepEqual(await at(300), { backwards: false, offset: 300, limit: 20 })
  assert.deepEqual(await at(800), { backwards: true, offset: 80, limit: 20 })
  assert.deepEqual(await at(890), { backwards: true, offset: 0, limit: 10 })
})
