import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { recordIds, type TestClient } from './support/client.ts'
import {
  DAY_MS,
  DEPARTMENTS,
  dayText,
  endsBeforeItBegins,
  idArb,
  isBelow,
  isFiltered,
  listPage,
  listRequestArb,
  METHOD_NAMES,
  type ModelFollow,
  midnight,
  TARGET_KEYS,
  TARGETS,
  TITLES,
  TYPES,
  USERS,
  type World,
} from './support/model.ts'
import { startTestServer, type TestServer } from './support/server.ts'

/**
 * The server against a plain filter-sort-slice over arrays: ids, order and total of random requests over random data
 * must be equal.
 */

const DAYS = 12

const timeArb = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: DAYS - 1 }).map(midnight) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: DAYS - 1 }).map((day) => midnight(day + 1) - 1) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: 0, max: DAYS * DAY_MS - 1 }).map((offset) => midnight(0) + offset),
  },
)

const followArb: fc.Arbitrary<ModelFollow> = fc.record({
  id: idArb,
  follow_user_id: fc.constantFrom(...USERS),
  business_type: fc.constantFrom(...TYPES),
  business_id: fc.constantFrom(...TARGETS),
  target: fc.dictionary(fc.constantFrom(...TARGET_KEYS), fc.constantFrom(...TARGETS), { maxKeys: 3 }),
  follow_type: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 6 }),
  title: fc.option(fc.constantFrom(...TITLES), { freq: 2 }),
  follow_time: timeArb,
  system: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
})

const dayArb = fc.integer({ min: -1, max: DAYS }).map((day) => dayText(midnight(day)))

const requestArb = fc.record({
  system: fc.boolean(),
  body: listRequestArb({ day: dayArb, id: idArb }),
})

const changeArb = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('follow' as const), value: followArb }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('staff' as const),
      value: fc.record({
        user: fc.constantFrom(...USERS),
        departments: fc.uniqueArray(fc.constantFrom(...DEPARTMENTS), { maxLength: 3 }),
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('department' as const),
      value: fc.record({
        id: fc.constantFrom(...DEPARTMENTS),
        parent: fc.option(fc.constantFrom(...DEPARTMENTS)),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('method' as const),
      value: fc.record({ id: fc.integer({ min: 1, max: 5 }), name: fc.constantFrom(...METHOD_NAMES) }),
    }),
  },
)

type Change = typeof changeArb extends fc.Arbitrary<infer T> ? T : never
type Request = typeof requestArb extends fc.Arbitrary<infer T> ? T : never

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

test('the answer to any request equals a plain filter-sort-slice over the same data', async () => {
  let requests = 0
  let filtered = 0
  let company = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          changes: fc.array(changeArb, { minLength: 1, maxLength: 60, size: 'max' }),
          requests: fc.array(requestArb, { minLength: 4, maxLength: 12 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      async (rounds) => {
        const id = `model-${company++}`
        const client = await server.company(id)
        const world: World = {
          follows: new Map(),
          parents: new Map(),
          members: new Map(),
          methods: new Map(),
        }
        for (const round of rounds) {
          const lines = round.changes.flatMap((change) => apply(world, change))
          const report = await server.load(id, lines)
          assert.deepEqual(report.badLines, [])
          for (const request of round.requests) {
            const found = await compare(client, world, request)
            requests++
            if (found > 0 && isFiltered(request.body)) filtered++
          }
        }
      },
    ),
    { numRuns: 300, seed: 20250912 },
  )
  console.log(`${requests} requests, ${filtered} of them filtered and found something`)
  assert.ok(requests >= 1000, `${requests} requests`)
  // Requests that find nothing prove little.
  assert.ok(filtered >= 1000, `only ${filtered} of ${requests} requests filtered and found something`)
})

/** Applies a change to the model; answers the bundle line that does the same in the server. */
function apply(world: World, change: Change): unknown[] {
  switch (change.kind) {
    case 'follow': {
      const follow = change.value
      if (follow.follow_type !== null && !world.methods.has(String(follow.follow_type))) {
        world.methods.set(String(follow.follow_type), { name: '电话跟进' })
      }
      world.follows.set(follow.id, follow)
      return [
        {
          kind: 'follow',
          content: '内容',
          ...follow,
          ...(follow.follow_type !== null && { follow_type_desc: '电话跟进' }),
        },
      ]
    }
    case 'staff':
      world.members.set(change.value.user, change.value.departments)
      return [
        { kind: 'staff', user_id: change.value.user, name: 'x', department_ids: change.value.departments },
      ]
    case 'department': {
      const { id, parent } = change.value
      if (parent !== null && isBelow(world, parent, id)) return []
      world.parents.set(String(id), parent === null ? null : String(parent))
      return [{ kind: 'department', id, name: 'x', parent_id: parent }]
    }
    case 'method':
      world.methods.set(String(change.value.id), { name: change.value.name })
      return [{ kind: 'follow_type', id: change.value.id, name: change.value.name }]
  }
}

async function compare(client: TestClient, world: World, { system, body }: Request): Promise<number> {
  const answer = await client.post(system ? 'crm/follow/listForSystem' : 'crm/follow/list', body)
  if (endsBeforeItBegins(body)) {
    assert.equal(answer.envelope.code, 40000)
    return 0
  }
  assert.equal(answer.envelope.code, 0, answer.text)
  const { total, records } = listPage(world, system, body)
  const ids = recordIds(answer.text)
  assert.deepEqual({ total: answer.envelope.data.total, ids }, { total, ids: records.map(({ id }) => id) })
  return ids.length
}
