import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { recordIds, type TestClient } from './support/client.ts'
import {
  CALL,
  changesNothing,
  clearsWhatItGives,
  commit,
  createBodyArb,
  created,
  DAY_MS,
  DEPARTMENTS,
  dayText,
  type Environment,
  endsBeforeItBegins,
  type Follow,
  followOfLine,
  givesEmptyObject,
  givesWrongStage,
  idArb,
  isBelow,
  isFiltered,
  isSameAfter,
  type Json,
  lacksId,
  lineOf,
  listPage,
  listRequestArb,
  MEETING,
  METHOD_NAMES,
  midnight,
  newestVersion,
  olderCode,
  olderPage,
  olderRequestArb,
  TARGETS,
  TITLES,
  TYPES,
  takeFollows,
  targetArb,
  USERS,
  updateBodyArb,
  updated,
  wholeText,
} from './support/model.ts'
import { startTestServer, type TestServer } from './support/server.ts'

/**
 * The server against a plain filter-sort-slice over arrays: ids, order and total of random requests over random data
 * must be equal, whatever is written, changed, deleted and restored in between.
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

const lineArb: fc.Arbitrary<Json> = fc.record({
  kind: fc.constant('follow'),
  id: idArb,
  follow_user_id: fc.constantFrom(...USERS),
  content: fc.constant('内容'),
  business_type: fc.constantFrom(...TYPES),
  business_id: fc.constantFrom(...TARGETS),
  target: targetArb,
  follow_type: fc.option(fc.integer({ min: 1, max: 5 }), { freq: 6 }),
  title: fc.option(fc.constantFrom(...TITLES), { freq: 2 }),
  follow_time: timeArb,
  system: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
})

const changeArb = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('follow' as const), value: lineArb }) },
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

/** What the server's clock says at the start: when follow-ups are written that do not come with an import. */
const NOW = Date.UTC(2025, 5, 15, 2)

const dayArb = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: -1, max: DAYS }).map((day) => dayText(midnight(day))) },
  { weight: 1, arbitrary: fc.constant(dayText(NOW)) },
)

/** Within the days of what is imported, or since the server's start. */
const timesArb = fc.oneof(
  fc
    .record({ day: fc.integer({ min: -1, max: DAYS }), length: fc.integer({ min: 0, max: 10 * 86_400 }) })
    .map(({ day, length }) => between(midnight(day) / 1000, length)),
  fc.integer({ min: 0, max: 5000 }).map((length) => between(NOW / 1000, length)),
)

function between(start: number, length: number): Json {
  return { start_time: start, end_time: start + length }
}

const listArb = fc.record({
  kind: fc.constant('list' as const),
  system: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
  body: listRequestArb({ day: dayArb, id: idArb }),
})

const olderArb = olderRequestArb({ id: idArb, times: timesArb }).map((request) => ({
  kind: 'older' as const,
  ...request,
}))

const WRITE_PARTS = {
  time: timeArb,
  user: fc.constantFrom(...USERS),
  method: fc.constantFrom(CALL.name, MEETING.name),
}

/** `at`: of the follow-ups that there are. `aim`: what is asked for afterwards. */
const at = fc.nat({ max: 500 })
const aim = fc.nat({ max: 2 })

const writeArb = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('update' as const), at, aim, body: updateBodyArb(WRITE_PARTS) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), at, aim }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('restore' as const), at, aim }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      aim,
      bodies: fc.array(createBodyArb(WRITE_PARTS), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('import again' as const), at, aim, deleted: fc.boolean() }),
  },
)

type Change = typeof changeArb extends fc.Arbitrary<infer T> ? T : never
type ListRequest = typeof listArb extends fc.Arbitrary<infer T> ? T : never
type OlderRequest = typeof olderArb extends fc.Arbitrary<infer T> ? T : never
type Write = typeof writeArb extends fc.Arbitrary<infer T> ? T : never

/** A company of the server, and what it must hold. */
interface Company {
  readonly id: string
  readonly client: TestClient
  readonly environment: Environment
}

const counts = { requests: 0, filtered: 0, update: 0, delete: 0, restore: 0, create: 0, 'import again': 0 }

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

test('the answer to any request equals a plain filter-sort-slice over the same data', async () => {
  let companies = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          changes: fc.array(changeArb, { minLength: 1, maxLength: 60, size: 'max' }),
          steps: fc.array(
            fc.oneof(
              { weight: 6, arbitrary: listArb },
              { weight: 2, arbitrary: olderArb },
              { weight: 8, arbitrary: writeArb },
            ),
            { minLength: 8, maxLength: 24 },
          ),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      async (rounds) => {
        const company = await newCorp(`model-${companies++}`)
        for (const { changes, steps } of rounds) {
          await take(company, changes)
          for (const step of steps) {
            if (step.kind === 'list') await compareList(company, step)
            else if (step.kind === 'older') await compareOlder(company, step)
            else await writeAndLook(company, step)
          }
        }
        assert.equal(await lastSeq(company), company.environment.feed.length)
      },
    ),
    { numRuns: 120, seed: 20250912 },
  )
  console.log(JSON.stringify(counts))
  assert.ok(counts.requests >= 4000, `${counts.requests} requests`)
  // Requests that find nothing prove little.
  assert.ok(counts.filtered >= 2000, `only ${counts.filtered} requests filtered and found something`)
  for (const kind of ['update', 'delete', 'restore', 'create', 'import again'] as const) {
    assert.ok(counts[kind] >= 100, `${kind} only ${counts[kind]} times`)
  }
})

async function newCorp(id: string): Promise<Company> {
  const staff = USERS.map((user_id) => ({ kind: 'staff', user_id, name: 'x' }))
  const environment: Environment = {
    follows: new Map(),
    feed: [],
    versions: new Map(),
    parents: new Map(),
    members: new Map(USERS.map((user) => [user, []])),
    methods: new Map([CALL, MEETING].map((method) => [String(method.id), method])),
  }
  return { id, client: await server.company(id, staff), environment }
}

/** Imports changes. */
async function take(company: Company, changes: readonly Change[]): Promise<void> {
  const { environment } = company
  const lines: Json[] = []
  const follows: Follow[] = []
  const write = () => takeFollows(environment, follows.splice(0), server.clock.ms)
  for (const change of changes) {
    // What stands before a line about a method is written before it.
    if (namesNewMethod(environment, change) || change.kind === 'method') write()
    const line = apply(environment, change)
    if (line?.kind === 'follow') follows.push(followOfLine(line))
    if (line) lines.push(line)
  }
  write()
  await load(company, lines)
}

async function load({ id }: Company, lines: readonly Json[]): Promise<void> {
  const report = await server.load(id, lines)
  assert.deepEqual(report.badLines, [])
}

function namesNewMethod(environment: Environment, { kind, value }: Change): boolean {
  return (
    kind === 'follow' && value.follow_type !== null && !environment.methods.has(String(value.follow_type))
  )
}

/** Applies a change to the model, but for follow-ups; answers the bundle line that does the same in the server. */
function apply(environment: Environment, change: Change): Json | undefined {
  switch (change.kind) {
    case 'follow': {
      const line = change.value
      if (namesNewMethod(environment, change))
        environment.methods.set(String(line.follow_type), { name: '电话跟进' })
      return { ...line, ...(line.follow_type !== null && { follow_type_desc: '电话跟进' }) }
    }
    case 'staff':
      environment.members.set(change.value.user, change.value.departments)
      return {
        kind: 'staff',
        user_id: change.value.user,
        name: 'x',
        department_ids: change.value.departments,
      }
    case 'department': {
      const { id, parent } = change.value
      if (parent !== null && isBelow(environment, parent, id)) return undefined
      environment.parents.set(String(id), parent === null ? null : String(parent))
      return { kind: 'department', id, name: 'x', parent_id: parent }
    }
    case 'method':
      environment.methods.set(String(change.value.id), { name: change.value.name })
      return { kind: 'follow_type', id: change.value.id, name: change.value.name }
  }
}

async function compareList({ client, environment }: Company, { system, body }: Omit<ListRequest, 'kind'>) {
  const answer = await client.post(system ? 'crm/follow/listForSystem' : 'crm/follow/list', body)
  counts.requests++
  if (endsBeforeItBegins(body)) return assert.equal(answer.envelope.code, 40000)
  assert.equal(answer.envelope.code, 0, answer.text)
  const { total, records } = listPage(environment, system, body)
  const ids = recordIds(answer.text)
  assert.deepEqual({ total: answer.envelope.data.total, ids }, { total, ids: records.map(({ id }) => id) })
  if (ids.length > 0 && isFiltered(body)) counts.filtered++
}

async function compareOlder(
  { client, environment }: Company,
  { which, body, filtered }: Omit<OlderRequest, 'kind'>,
): Promise<void> {
  const answer = await client.post(`crm/follow/${which}/list`, body)
  counts.requests++
  const code = olderCode(which, body)
  assert.equal(answer.envelope.code, code, answer.text)
  if (code !== 0) return
  const { total, records } = olderPage(environment, which, body)
  const ids = [...answer.text.matchAll(/\{"follow_id":(\d+),/g)].map((match) => match[1])
  assert.deepEqual({ total: answer.envelope.data.total, ids }, { total, ids: records.map(({ id }) => id) })
  if (ids.length > 0 && filtered) counts.filtered++
}

/** Writes, and looks at what was written, and for it in the lists: as it is and as it was. */
async function writeAndLook(company: Company, write: Write): Promise<void> {
  server.clock.ms += 1000
  const touched = await WRITES[write.kind](company, write as never)
  if (touched.length > 0) counts[write.kind]++
  for (const follow of touched) {
    await compareRecord(company, follow.id)
    await compareList(company, { system: follow.system, body: aimedAt(follow, write.aim) })
    const which = follow.business_type === 3 ? 'opportunity' : 'customer'
    await compareOlder(company, { which, body: { follow_id: follow.id }, filtered: true })
  }
}

function aimedAt(follow: Follow, way: number): Json {
  const day = dayText(follow.follow_time)
  if (way === 0) return { id_list: [follow.id], target_type: follow.business_type }
  if (way === 1) return { follow_time_start: day, follow_time_end: day }
  return { target_id_list: [follow.business_id] }
}

/** The record itself: what was restored is as it was, but for its time of update. */
async function compareRecord({ client, environment }: Company, id: string): Promise<void> {
  const answer = await client.post('crm/follow/get', { follow_id: id })
  const newest = newestVersion(environment, id)
  assert.ok(newest)
  const { deleted, record, history } = answer.envelope.data
  const { version, follow_type_desc: _name, ...rest } = record
  assert.deepEqual(
    { deleted, version, op: history[0].op, record: rest },
    {
      deleted: newest.deleted,
      version: newest.version,
      op: newest.op,
      record: JSON.parse(wholeText(newest.follow)),
    },
  )
}

/** Each makes a write; answers the records that it is about, as they are and as they were. */
const WRITES = { update, delete: remove, restore, create, 'import again': importAgain }

type Made<Kind extends Write['kind']> = Extract<Write, { kind: Kind }>

/** One of the follow-ups that are there, or that are deleted. */
function pick({ environment }: Company, number: number, deleted = false): Follow | undefined {
  const ids = [...environment.versions.keys()].filter((id) => environment.follows.has(id) !== deleted)
  const id = ids[number % ids.length]
  return id === undefined ? undefined : newestVersion(environment, id)?.follow
}

/** What a member of staff does now. */
function changeBy({ client }: Company, user: string, reason: string | null = null) {
  return { at: server.clock.ms, app: client.credentials.appid, user, reason }
}

async function update(company: Company, { at: number, body }: Made<'update'>): Promise<Follow[]> {
  const follow = pick(company, number)
  if (!follow) return []
  const answer = await company.client.post('crm/follow/update', { follow_id: follow.id, ...body })
  const code = updateCode(follow, body)
  assert.equal(answer.envelope.code, code, answer.text)
  if (code !== 0) return []
  const method = body.contact_type === undefined ? undefined : methodId(body)
  const after = updated(follow, body, { method, now: server.clock.ms })
  if (isSameAfter(follow, after)) return [follow]
  commit(company.environment, 'update', after, changeBy(company, body.user_id as string))
  return [after, follow]
}

/** The code that an update is answered with. */
function updateCode(follow: Follow, body: Json): number {
  if (follow.system) return 40920
  if (changesNothing(body)) return 40010
  if (givesEmptyObject(body) || clearsWhatItGives(body)) return 40000
  if (lacksId(follow, body)) return 40010
  return givesWrongStage(follow, body) ? 40000 : 0
}

function methodId(body: Json): number {
  return body.contact_type === CALL.name ? CALL.id : MEETING.id
}

async function remove(company: Company, { at: number }: Made<'delete'>): Promise<Follow[]> {
  const follow = pick(company, number)
  if (!follow) return []
  const body = { follow_id: follow.id, user_id: 'zhang', reason: '重复录入' }
  await accepted(company, 'delete', body)
  const deleted = { ...follow, update_time: server.clock.ms }
  commit(company.environment, 'delete', deleted, changeBy(company, 'zhang', body.reason))
  return [deleted]
}

async function restore(company: Company, { at: number }: Made<'restore'>): Promise<Follow[]> {
  const follow = pick(company, number, true)
  if (!follow) return []
  await accepted(company, 'restore', { follow_id: follow.id, user_id: '李雷' })
  const restored = { ...follow, update_time: server.clock.ms }
  commit(company.environment, 'restore', restored, changeBy(company, '李雷'))
  return [restored]
}

/** One with create, several with batchCreate. */
async function create(company: Company, { bodies }: Made<'create'>): Promise<Follow[]> {
  const [first, ...others] = bodies
  const answered =
    others.length === 0
      ? [await accepted(company, 'create', first as Json)]
      : (await accepted(company, 'batchCreate', { records: bodies })).results.map(idIn)
  return bodies.map((body, index) => {
    const made = { id: String(answered[index]), method: methodId(body), now: server.clock.ms }
    const follow = created(body, made)
    commit(company.environment, 'create', follow, changeBy(company, body.user_id as string))
    return follow
  })
}

function idIn({ id }: { id: number }): number {
  return id
}

/** The line of a record as it is: that of a deleted one brings it back, that of one that is there changes nothing. */
async function importAgain(
  company: Company,
  { at: number, deleted }: Made<'import again'>,
): Promise<Follow[]> {
  const follow = pick(company, number, deleted)
  if (!follow) return []
  await load(company, [lineOf(follow)])
  takeFollows(company.environment, [follow], server.clock.ms)
  assert.equal(await lastSeq(company), company.environment.feed.length)
  return [follow]
}

/** The answer to a write that must succeed: its `data`. */
// biome-ignore lint/suspicious/noExplicitAny: the answer of any write
async function accepted({ client }: Company, name: string, body: Json): Promise<any> {
  const answer = await client.post(`crm/follow/${name}`, body)
  assert.equal(answer.envelope.code, 0, answer.text)
  return answer.envelope.data
}

/** How many changes of follow-ups the company has seen. */
async function lastSeq({ client }: Company): Promise<number> {
  const day = dayText(NOW)
  const answer = await client.post('crm/follow/reconcile', { follow_time_start: day, follow_time_end: day })
  return answer.envelope.data.seq
}
