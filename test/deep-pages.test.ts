import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { verify } from 'genjin-server'
import {
  DAY_MS,
  type Directory,
  type Json,
  type Listable,
  listPage,
  newestFirst,
  SHANGHAI,
} from './oracle/follow-list.ts'
import type { TestClient } from './support/client.ts'
import { follow, startTestServer, type TestServer } from './support/server.ts'

/**
 * Totals and pages of thousands of records over years, deep ones too, against the oracle: with fewer records no page would be
 * found by the counters. In China, whose days are those of the counters, and in New York, whose days begin at other hours and
 * twice a year have another length.
 */
const RECORDS = 4000
const DAYS = 900
const FIRST = Date.UTC(2023, 0, 1)
const USERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'gone']
const TYPES = [1, 3, 4]
const FOLLOW_TYPES = [1, 2, 3, null]

const TITLES = ['日程', '通话']

interface Known extends Listable {
  readonly id: number
  readonly create_time: number
}

/** A business_id is one of nine, a customer one of forty, a contact one of thousands. */
function targetsOf(draw: (below: number) => number): Record<string, string> {
  if (draw(3) === 0) return {}
  return { external_id: `e${draw(40)}`, ...(draw(2) === 0 && { contact_id: `k${draw(3000)}` }) }
}

/** Many on few days, some at the same moment, a few long before and after all others. */
function records(): Known[] {
  let seed = 7
  const draw = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return (seed >>> 8) % below
  }
  return Array.from({ length: RECORDS }, (_, index): Known => {
    const day = draw(4) === 0 ? 500 + draw(3) : draw(DAYS)
    const moment = draw(3) === 0 ? 8 * 3_600_000 : draw(DAY_MS)
    const far = index % 1000 === 0 ? (index % 2000 === 0 ? -12_000 : 8_000) : 0
    return {
      id: index + 1,
      follow_user_id: USERS[draw(3) === 0 ? 0 : draw(USERS.length)] as string,
      business_type: TYPES[draw(TYPES.length)] as number,
      business_id: String(1 + ((index + 1) % 9)),
      target: targetsOf(draw),
      title: draw(5) === 0 ? (TITLES[draw(2)] as string) : null,
      follow_type: FOLLOW_TYPES[draw(FOLLOW_TYPES.length)] as number | null,
      follow_time: FIRST + (day + far) * DAY_MS + moment,
      create_time: FIRST + draw(DAYS) * DAY_MS + draw(1000) * 1000,
    }
  })
}

function staffLine(user: string, department: number): object {
  return { kind: 'staff', user_id: user, name: user, department_ids: [department] }
}

const DIRECTORY_LINES = [
  { kind: 'department', id: 1, name: '总部' },
  { kind: 'department', id: 2, name: '一组', parent_id: 1 },
  ...USERS.slice(0, 7).map((user, at) => staffLine(user, at < 3 ? 2 : 1)),
  ...[1, 2, 3].map((id) => ({ kind: 'follow_type', id, name: `方式${id}` })),
]
const DIRECTORY: Directory = {
  parents: new Map([
    ['1', null],
    ['2', '1'],
  ]),
  members: new Map(USERS.slice(0, 7).map((user, at) => [user, [at < 3 ? 2 : 1]])),
  followTypes: new Map(),
}

function lineOf(known: Known): Record<string, unknown> {
  const desc = known.follow_type === null ? null : `方式${known.follow_type}`
  return follow({ ...known, follow_type_desc: desc })
}

const dayArb = fc
  .oneof(fc.integer({ min: 0, max: DAYS }), fc.integer({ min: 496, max: 506 }))
  .map((day) => new Date(FIRST + day * DAY_MS).toISOString().slice(0, 10))

const some = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined, freq: 1 })
const seldom = <T>(arb: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: arb })

const targetArb = fc.oneof(
  fc.integer({ min: 1, max: 9 }).map(String),
  fc.integer({ min: 0, max: 39 }).map((at) => `e${at}`),
  fc.integer({ min: 0, max: 2999 }).map((at) => `k${at}`),
)

const requestArb = fc
  .record({
    // One, a few, and more than are looked up one by one.
    target_id_list: some(
      fc.oneof(
        fc.tuple(targetArb),
        fc.uniqueArray(targetArb, { minLength: 2, maxLength: 10 }),
        fc.uniqueArray(targetArb, { minLength: 25, maxLength: 200 }),
      ),
    ),
    title: seldom(fc.constantFrom(...TITLES)),
    id_list: seldom(
      fc.uniqueArray(fc.integer({ min: 1, max: RECORDS + 10 }), { minLength: 1, maxLength: 300 }),
    ),
    target_type: some(fc.constantFrom(...TYPES)),
    follow_type_list: some(fc.uniqueArray(fc.constantFrom(1, 2, 3), { minLength: 1 })),
    follow_user_ids: some(fc.uniqueArray(fc.constantFrom(...USERS), { minLength: 1 })),
    follow_dep_ids: some(fc.constantFrom([1], [2])),
    follow_time_start: some(dayArb),
    follow_time_end: some(dayArb),
    page_size: fc.constantFrom(1, 7, 20, 100),
    depth: fc.constantFrom(0, 0.1, 0.5, 0.5, 0.9, 1, 1.2),
  })
  .map((request) => {
    const { follow_time_start: start, follow_time_end: end } = request
    return start !== undefined && end !== undefined && start > end
      ? { ...request, follow_time_start: end, follow_time_end: start }
      : request
  })

function expectedPage(known: readonly Known[], body: Json, timeZone = SHANGHAI) {
  const { total, records } = listPage(known, { system: false, body }, { ...DIRECTORY, timeZone })
  return { total, ids: records.map(({ id }) => String(id)) }
}

async function ask(
  client: TestClient,
  known: readonly Known[],
  timeZone: string,
  runs: number,
  seed: number,
) {
  let deep = 0
  // The oracle sorts what it is given, which is quick when it is sorted.
  const sorted = known.toSorted(newestFirst)
  await fc.assert(
    fc.asyncProperty(requestArb, async (request) => {
      const { depth, page_size: size, ...filter } = request
      const { total, ids } = expectedPage(sorted, { ...filter, page_size: RECORDS }, timeZone)
      const index = 1 + Math.floor((depth * total) / size)
      const body = { ...filter, page_size: size, current_index: index }
      const page = await client.ids(body)
      assert.deepEqual(page, { total, ids: ids.slice((index - 1) * size, index * size) })
      if ((index - 1) * size > 300 && page.ids.length > 0) deep++
    }),
    { numRuns: runs, seed },
  )
  return deep
}

async function assertClean(server: TestServer): Promise<void> {
  for (const { corp, follows, ...found } of await verify(server.core.context, undefined)) {
    assert.deepEqual(found, { wrongCounters: [], missingTargets: 0, strayTargets: 0 }, `${corp}, ${follows}`)
  }
}

for (const timeZone of ['Asia/Shanghai', 'America/New_York']) {
  test(`totals and pages of ${RECORDS} records, also deep ones and after changes, in ${timeZone}`, async () => {
    await using server = await startTestServer()
    let known = records()
    const client = await server.company('deep', [...DIRECTORY_LINES, ...known.map(lineOf)], timeZone)
    assert.ok((await ask(client, known, timeZone, 250, 1)) > 20)
    await assertClean(server)
    // Moved to other days, staff, target types and follow types; some deleted, some of them back.
    const moved = { follow_user_id: 'b', business_type: 4, follow_type: 2 }
    known = known.map((one, at) =>
      at % 3 > 0 ? one : { ...one, ...moved, follow_time: one.follow_time + ((at % 7) - 3) * 11 * DAY_MS },
    )
    await server.load('deep', known.map(lineOf))
    for (const id of [1, 50, 51, 400, 3000]) {
      await client.done('crm/follow/delete', { follow_id: id, user_id: 'a', reason: '测试' })
      if (id === 50) await client.done('crm/follow/restore', { follow_id: id, user_id: 'a' })
      else known = known.filter((one) => one.id !== id)
    }
    assert.ok((await ask(client, known, timeZone, 200, 2)) > 15)
    await assertClean(server)
  })
}

test('a walk through a list reads each record once, page after page, whatever the list is', async () => {
  await using server = await startTestServer()
  const known = records()
  const client = await server.company('walk', [...DIRECTORY_LINES, ...known.map(lineOf)])
  const lists = [
    {},
    { follow_dep_ids: [2] },
    { target_type: 3, follow_dep_ids: [1], follow_type_list: [1, 3] },
  ]
  for (const body of lists) {
    const read: string[] = []
    for (let index = 1; ; index++) {
      const page = await client.ids({ ...body, page_size: 100, current_index: index })
      if (page.ids.length === 0) break
      read.push(...page.ids)
    }
    assert.deepEqual(read, expectedPage(known, { ...body, page_size: RECORDS }).ids)
  }
})

test('any page of the older lists, newest written first, by staff, customer, days and ids', async () => {
  await using server = await startTestServer()
  const known = records()
  const client = await server.company('older', [...DIRECTORY_LINES, ...known.map(lineOf)])
  const customerOf = ({ target, business_type, business_id }: Known) =>
    (target as { external_id?: string }).external_id ?? (business_type === 1 ? business_id : null)
  const newestWritten = known.toSorted((a, b) => b.create_time - a.create_time || b.id - a.id)
  const seconds = (day: number) => Math.floor((FIRST + day * DAY_MS) / 1000)
  const lists: [path: string, body: Json, matches: (one: Known) => boolean][] = [
    ['customer', {}, ({ business_type: type }) => type !== 3],
    [
      'customer',
      { user_id: 'a', external_user_id: 'e3' },
      (one) => one.business_type !== 3 && one.follow_user_id === 'a' && customerOf(one) === 'e3',
    ],
    [
      'customer',
      { start_time: seconds(100), end_time: seconds(129) - 1 },
      ({ business_type: type, create_time: time }) =>
        type !== 3 && time >= seconds(100) * 1000 && time < seconds(129) * 1000,
    ],
    ['opportunity', {}, ({ business_type: type }) => type === 3],
    ['opportunity', { user_id: 'a' }, (one) => one.business_type === 3 && one.follow_user_id === 'a'],
    ['opportunity', { external_user_id: 'e7' }, (one) => one.business_type === 3 && customerOf(one) === 'e7'],
    ['opportunity', { opportunity_id: 4 }, (one) => one.business_type === 3 && one.business_id === '4'],
    ['opportunity', { follow_id: 77 }, (one) => one.business_type === 3 && one.id === 77],
  ]
  for (const [path, body, matches] of lists) {
    const expected = newestWritten.filter(matches).map(({ id }) => id)
    for (const part of [0, 0.1, 0.5, 0.95, 1]) {
      const index = Math.max(1, Math.ceil((expected.length / 20) * part))
      const page = await client.done(`crm/follow/${path}/list`, {
        ...body,
        current_index: index,
        page_size: 20,
      })
      assert.equal(page.total, expected.length, `${path} ${JSON.stringify(body)}`)
      const ids = page.records.map((record: { follow_id: number }) => record.follow_id)
      assert.deepEqual(
        ids,
        expected.slice((index - 1) * 20, index * 20),
        `${path} ${JSON.stringify(body)} ${index}`,
      )
    }
  }
})

test('any page of a set of staff, dense or thin, in months of a thousand records', async () => {
  await using server = await startTestServer()
  const [count, rare] = [12_000, 10]
  const users = ['a', 'b', 'c', 'd', 'e', 'f']
  // Everything of a day at the same moments, so that many lie at the edges of what is counted.
  const known = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    follow_user_id:
      at % rare === 0 ? (at % (2 * rare) === 0 ? 'x' : 'y') : (users[at % users.length] as string),
    business_type: 1,
    business_id: String(1 + ((at + 1) % 9)),
    target: {},
    follow_type: 1,
    follow_time: FIRST + ((at * 7919) % 352) * DAY_MS + ((at * 31) % 50) * 1_000_000,
    create_time: FIRST,
  }))
  const staff = ['x', 'y', ...users].map((user) => staffLine(user, 1))
  const lines = [DIRECTORY_LINES[0], ...staff, DIRECTORY_LINES.at(-3), ...known.map(lineOf)]
  const client = await server.company('sets', lines)
  const sets = [
    ['a', 'b'],
    ['x', 'y'],
    ['a', 'x'],
    ['a', 'b', 'c', 'd', 'e', 'f', 'x', 'y'],
  ]
  for (const set of sets) {
    for (const range of [{}, { follow_time_start: '2023-02-10', follow_time_end: '2023-10-20' }]) {
      const request = { follow_user_ids: set, ...range }
      const expected = expectedPage(known, { ...request, page_size: count }).ids
      assert.ok(expected.length > 700)
      for (const size of [1, 20, 100]) {
        const last = Math.ceil(expected.length / size)
        for (const part of [0, 0.03, 0.11, 0.2, 0.31, 0.45, 0.5, 0.62, 0.77, 0.9, 0.99, 1]) {
          const index = Math.max(1, Math.round(last * part))
          const page = await client.ids({ ...request, page_size: size, current_index: index })
          const ids = expected.slice((index - 1) * size, index * size)
          assert.deepEqual(page, { total: expected.length, ids }, `${set} ${size} ${index}`)
        }
      }
    }
  }
})

test('any page of a company whose follow-ups are spread over two centuries', async () => {
  await using server = await startTestServer()
  const users = ['a', 'b']
  // A few in each of 2,400 months of 33 days: more blocks than are kept for a list.
  const known = Array.from({ length: 5_000 }, (_, at) => ({
    ...{ id: at + 1, follow_user_id: users[at % 2] as string, business_type: 1, business_id: '1' },
    ...{ target: {}, follow_type: 1, create_time: FIRST },
    follow_time: Date.UTC(1971, 0, 1) + (at >> 1) * 33 * DAY_MS + (at % 2) * 1000,
  }))
  const staff = users.map((user) => staffLine(user, 1))
  const client = await server.company('centuries', [
    DIRECTORY_LINES[0] as object,
    ...staff,
    DIRECTORY_LINES.at(-3) as object,
    ...known.map(lineOf),
  ])
  const filters = [
    {},
    { follow_user_ids: ['a'] },
    { target_type: 1 },
    { follow_user_ids: ['a', 'b'] },
    { follow_time_start: '1980-01-10', follow_time_end: '2150-06-03' },
    { follow_user_ids: ['b'], follow_time_start: '1980-01-10' },
  ]
  for (const filter of filters) {
    const expected = expectedPage(known, { ...filter, page_size: known.length }).ids
    const last = Math.ceil(expected.length / 20)
    for (const current_index of [1, 2, 17, last >> 2, last >> 1, last - 3, last]) {
      const page = await client.ids({ ...filter, current_index, page_size: 20 })
      const ids = expected.slice((current_index - 1) * 20, current_index * 20)
      assert.deepEqual(page, { total: expected.length, ids }, JSON.stringify({ ...filter, current_index }))
    }
  }
})
