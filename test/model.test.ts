import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { TestClient } from './support/client.ts'
import { startTestServer, type TestServer } from './support/server.ts'

/**
 * The server against a plain filter-sort-slice over arrays: ids, order and total of random requests over random data
 * must be equal. The model is written from the rules (L1-L14), not from the server's code.
 */

interface ModelFollow {
  id: string
  follow_user_id: string
  business_type: number
  business_id: string
  target: Record<string, string>
  follow_type: number | null
  title: string | null
  follow_time: number
  system: boolean
}

interface World {
  follows: Map<string, ModelFollow>
  /** Department → parent. */
  parents: Map<number, number | null>
  /** Staff → departments. */
  members: Map<string, number[]>
  methods: Map<number, string>
}

const HOUR = 3_600_000
const SHANGHAI = 8 * HOUR
const START = Date.UTC(2024, 11, 31, 16) // 2025-01-01 00:00 in Shanghai
const DAYS = 12

// Few values, so that requests find something: equal times, CJK, emoji, case, 19-digit ids.
const USERS = ['zhang', 'Zhang', '李雷', '🙂', 'user123', '张%_']
const TARGETS = ['c1', 'C1', '客户一', '客户一 ', '😀😀', '123', '1538877699425540097', "o'neil", '"引"']
const TITLES = ['回访', '回访 ', '系统跟进', '🎉', 'Title', 'title']
const METHOD_NAMES = ['电话跟进', '拜访', '展会', '拜访 ', '微信']
const DEPARTMENTS = [1, 2, 3, 4, 5, 6, 1001, 2147483648]
const TYPES = [1, 3, 4, 9, 10, 11, 12]
const TARGET_KEYS = ['contact_id', 'external_id', 'company_id', 'chat_id', 'clue_id']

const idArb = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 60 }).map(String) },
  { weight: 1, arbitrary: fc.bigInt({ min: 1538877699425540000n, max: 1538877699425540020n }).map(String) },
)
const timeArb = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: DAYS - 1 }).map((day) => START + day * 24 * HOUR) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: DAYS - 1 }).map((day) => START + (day + 1) * 24 * HOUR - 1),
  },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: DAYS * 24 * HOUR - 1 }).map((offset) => START + offset) },
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

const dayArb = fc.integer({ min: -1, max: DAYS }).map((day) => dayText(START + day * 24 * HOUR))
const some = <T>(arb: fc.Arbitrary<T>, max: number) => fc.array(arb, { minLength: 0, maxLength: max })
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined, freq: 20 })

const requestArb = fc
  .record({
    target_type: fc.option(fc.constantFrom(...TYPES), { nil: undefined, freq: 20 }),
    target_id_list: maybe(some(fc.constantFrom(...TARGETS, 'nothing'), 3)),
    id_list: fc.option(some(idArb, 40), { nil: undefined, freq: 20 }),
    follow_user_ids: maybe(some(fc.constantFrom(...USERS, 'nobody'), 3)),
    follow_dep_ids: maybe(some(fc.constantFrom(...DEPARTMENTS, 99), 3)),
    fetch_child: fc.option(fc.constantFrom(0, 1), { nil: undefined }),
    follow_type_list: maybe(some(fc.integer({ min: 1, max: 6 }), 3)),
    follow_type_name: fc.option(fc.constantFrom(...METHOD_NAMES), { nil: undefined, freq: 20 }),
    title: fc.option(fc.constantFrom(...TITLES), { nil: undefined, freq: 20 }),
    follow_time_start: maybe(dayArb),
    follow_time_end: maybe(dayArb),
    page_size: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    current_index: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    system: fc.boolean(),
  })
  // Most requests use a few filters: with all of them at once nothing is ever found.
  .chain((all) =>
    fc
      .subarray(
        Object.keys(all).filter((key) => key !== 'system'),
        { maxLength: 4 },
      )
      .map((keys) => ({
        ...Object.fromEntries(keys.map((key) => [key, (all as Record<string, unknown>)[key]])),
        system: all.system,
      })),
  )

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

const FILTERS = new Set([
  'target_type',
  'target_id_list',
  'id_list',
  'follow_user_ids',
  'follow_dep_ids',
  'follow_type_list',
  'follow_type_name',
  'title',
  'follow_time_start',
  'follow_time_end',
])

type Change = typeof changeArb extends fc.Arbitrary<infer T> ? T : never
type Request = Record<string, unknown> & { system: boolean }

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
          const lines = round.changes.flatMap((change) => apply(world, change as Change))
          const report = await server.load(id, lines)
          assert.deepEqual(report.badLines, [])
          for (const request of round.requests as Request[]) {
            const found = await compare(client, world, request)
            requests++
            if (found > 0 && Object.keys(request).some((key) => FILTERS.has(key))) filtered++
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
      if (follow.follow_type !== null && !world.methods.has(follow.follow_type)) {
        world.methods.set(follow.follow_type, '电话跟进')
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
      world.parents.set(id, parent)
      return [{ kind: 'department', id, name: 'x', parent_id: parent }]
    }
    case 'method':
      world.methods.set(change.value.id, change.value.name)
      return [{ kind: 'follow_type', id: change.value.id, name: change.value.name }]
  }
}

/** Whether `department` is `of` or below it. */
function isBelow(world: World, department: number, of: number): boolean {
  const parent = world.parents.get(department)
  return department === of || (parent != null && isBelow(world, parent, of))
}

async function compare(client: TestClient, world: World, request: Request): Promise<number> {
  const { system, ...body } = request
  const { follow_time_start: start, follow_time_end: end } = body as Record<string, string | undefined>
  const path = system ? 'crm/follow/listForSystem' : 'crm/follow/list'
  const answer = await client.post(path, body)
  if (start !== undefined && end !== undefined && start > end) {
    assert.equal(answer.envelope.code, 40000)
    return 0
  }
  assert.equal(answer.envelope.code, 0, answer.text)
  const matching = [...world.follows.values()]
    .filter((follow) => follow.system === system && matches(world, follow, body))
    .sort((a, b) => b.follow_time - a.follow_time || (BigInt(b.id) > BigInt(a.id) ? 1 : -1))
  const size = (body.page_size as number | undefined) ?? 20
  const from = (((body.current_index as number | undefined) ?? 1) - 1) * size
  const ids = [...answer.text.matchAll(/\{"id":(\d+),"follow_user_id"/g)].map((match) => match[1])
  assert.deepEqual(
    { total: answer.envelope.data.total, ids },
    { total: matching.length, ids: matching.slice(from, from + size).map(({ id }) => id) },
  )
  return ids.length
}

function matches(world: World, follow: ModelFollow, body: Record<string, unknown>): boolean {
  const list = (field: string) => {
    const values = body[field] as unknown[] | undefined
    return values && values.length > 0 ? values : undefined
  }
  const day = dayText(follow.follow_time)
  const targets = [follow.business_id, ...Object.values(follow.target)]
  const departments = list('follow_dep_ids') as number[] | undefined
  const memberOf = world.members.get(follow.follow_user_id) ?? []
  const below = body.fetch_child !== 0
  const inDepartments = (asked: number[]) =>
    memberOf.some((own) => asked.some((one) => (below ? isBelow(world, own, one) : own === one)))
  const methodName = follow.follow_type === null ? undefined : world.methods.get(follow.follow_type)
  const staffOnly = !follow.system
  return (
    (body.target_type === undefined || body.target_type === follow.business_type) &&
    (list('target_id_list')?.some((id) => targets.includes(id as string)) ?? true) &&
    (list('id_list')?.includes(follow.id) ?? true) &&
    (list('follow_user_ids')?.includes(follow.follow_user_id) ?? true) &&
    (departments === undefined || inDepartments(departments)) &&
    (!staffOnly || (list('follow_type_list')?.includes(follow.follow_type) ?? true)) &&
    (!staffOnly || body.follow_type_name === undefined || body.follow_type_name === methodName) &&
    (body.title === undefined || body.title === follow.title) &&
    (body.follow_time_start === undefined || day >= (body.follow_time_start as string)) &&
    (body.follow_time_end === undefined || day <= (body.follow_time_end as string))
  )
}

/** The day of an instant in Shanghai, which has had no summer time in these years. */
function dayText(ms: number): string {
  return new Date(ms + SHANGHAI).toISOString().slice(0, 10)
}
