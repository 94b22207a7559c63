import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Answer, RawRequest } from './client.ts'
import { FAULTS, type Fault } from './equivalence-faults.ts'
import {
  addCreated,
  type Company,
  changesAnswer,
  createCode,
  departmentListAnswer,
  type Expected,
  followListAnswer,
  getAnswer,
  type Imported,
  idOf,
  importLines,
  keepAnswer,
  keptAnswer,
  type Line,
  methodListAnswer,
  ok,
  olderListAnswer,
  reconcileAnswer,
  remove,
  resolved,
  restore,
  type Sent,
  staffListAnswer,
  tokenAnswer,
  tokenCode,
  update,
  type Which,
  type WriteName,
} from './equivalence-model.ts'
import {
  CALL,
  createBodyArb,
  DAY_MS,
  DEPARTMENTS,
  endsBeforeItBegins,
  fieldMapArb,
  idArb,
  isFiltered,
  isRaw,
  type Json,
  listRequestArb,
  MEETING,
  METHOD_NAMES,
  newestVersion,
  olderRequestArb,
  rawNumber,
  remindArb,
  TARGETS,
  TITLES,
  TYPES,
  targetArb,
  USERS,
  updateBodyArb,
} from './model.ts'

/** Both engines, asked the same: each of these asserts that they answer the same, and answers that. */
export interface Both {
  ask(request: RawRequest): Promise<Answer>
  import(lines: readonly Line[], strict: boolean): Promise<Imported>
  export(): Promise<string>
  revokeTokens(appid: string): Promise<void>
  disableApp(appid: string): Promise<void>
  /** Notes what came of a command, for the counts at the end. */
  note(command: string, outcome: string): void
}

export type Command = fc.AsyncCommand<Company, Both>

function command(
  name: string,
  spec: unknown,
  run: (company: Company, both: Both) => Promise<void>,
  check: (company: Company) => boolean = () => true,
): Command {
  return { check, run, toString: () => `${name} ${JSON.stringify(spec)}` }
}

/** Which app asks, and with which of its tokens: a good one, fetched when there is none, or an old one. */
interface Access {
  readonly app: number
  readonly token: 'good' | number
}

const accessArb: fc.Arbitrary<Access> = fc.record({
  app: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  token: fc.oneof(
    { weight: 12, arbitrary: fc.constant('good' as const) },
    { weight: 1, arbitrary: fc.nat({ max: 3 }) },
  ),
})

/** Sends a request as an app. Answers undefined when the token did not hold, and was refused as it must be (C5). */
async function call(
  company: Company,
  both: Both,
  { app: at, token }: Access,
  request: RawRequest,
): Promise<Answer | undefined> {
  const app = company.apps[at] as Company['apps'][number]
  if (token === 'good' && tokenCode(company, app, app.tokens.length - 1) !== 0) {
    await askToken(company, both, at)
  }
  const held = token === 'good' ? app.tokens.length - 1 : token % Math.max(1, app.tokens.length)
  const query = request.path.includes('?') ? '&' : '?'
  const path = `${request.path}${query}access_token=${app.tokens[held]?.text ?? ''}`
  const answer = await both.ask({ ...request, path })
  const code = tokenCode(company, app, held)
  if (code === 0) return answer
  assertRefusal(both, 'token', answer, code)
  return undefined
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): RawRequest {
  return {
    method: 'POST',
    path: `/openapi/${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  }
}

function assertRefusal(both: Both, name: string, answer: Answer, code: number, status = 200): void {
  assert.equal(answer.envelope.code, code, answer.text)
  assert.equal(answer.envelope.data, null, answer.text)
  assert.equal(answer.status, status, answer.text)
  both.note(name, String(code))
}

function assertAnswer(both: Both, name: string, answer: Answer, expected: Expected, filtered = false): void {
  assert.equal(answer.text, expected.text)
  assert.equal(answer.envelope.data.total, expected.total)
  both.note(name, expected.found === 0 ? 'empty' : filtered ? 'filtered and found' : 'found')
}

/** Numbers as text, an unknown field, fields that are not given: all the same to the reader (C7). */
function loosely(body: Json, loose: boolean): Json {
  if (!loose) return body
  const texts = Object.entries(body).map(([key, value]) => [
    key,
    typeof value === 'number' || isRaw(value) ? ` ${JSON.stringify(value)} ` : value,
  ])
  return { ...Object.fromEntries(texts), unknown: { a: [1] }, title: body.title ?? null }
}

const dayArb = fc.integer({ min: -12, max: 3 }).map((day) => `@day:${day}`)
const anyIdArb = fc.oneof(
  { weight: 3, arbitrary: idArb },
  { weight: 1, arbitrary: fc.nat({ max: 5 }).map((at) => `@minted:${at}`) },
)
const looseArb = fc.integer({ min: 0, max: 5 }).map((chance) => chance === 0)

const listArb = fc
  .record({
    system: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
    spec: listRequestArb({ day: dayArb, id: anyIdArb }),
    access: accessArb,
    loose: looseArb,
  })
  .map(({ system, spec, access, loose }) => {
    const name = system ? 'listForSystem' : 'list'
    return command(name, { spec, access, loose }, async (company, both) => {
      const body = resolved(spec, company)
      const answer = await call(company, both, access, post(`crm/follow/${name}`, loosely(body, loose)))
      if (!answer) return
      if (endsBeforeItBegins(body)) return assertRefusal(both, name, answer, 40000)
      assertAnswer(both, name, answer, followListAnswer(company, system, body), isFiltered(spec))
    })
  })

const secondsArb = fc
  .record({
    start: fc.integer({ min: -12 * 86_400, max: 2 * 86_400 }),
    length: fc.constantFrom(0, 1, 3600, 86_400, 10 * 86_400, 30 * 86_400, 30 * 86_400 + 1, -1),
  })
  .map(({ start, length }) => ({ start_time: `@s:${start}`, end_time: `@s:${start + length}` }))

const olderArb = fc
  .record({ request: olderRequestArb({ id: anyIdArb, times: secondsArb }), access: accessArb })
  .map(({ request: { which, body: spec, filtered }, access }) => {
    const name = `${which}/list`
    return command(name, { spec, access }, async (company, both) => {
      const body = resolved(spec, company)
      const answer = await call(company, both, access, post(`crm/follow/${name}`, body))
      if (!answer) return
      const expected = olderListAnswer(company, which, body)
      if (typeof expected === 'number') return assertRefusal(both, name, answer, expected)
      assertAnswer(both, name, answer, expected, filtered)
    })
  })

const pagingArb = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record({
      page_size: fc.integer({ min: 1, max: 10 }),
      current_index: fc.integer({ min: 1, max: 3 }),
    }),
  },
)

const DIRECTORY = {
  'department/user/list': staffListAnswer,
  'department/list': departmentListAnswer,
  'crm/follow/type/list': methodListAnswer,
} as const

const directoryArb = fc
  .record({
    path: fc.constantFrom(...(Object.keys(DIRECTORY) as (keyof typeof DIRECTORY)[])),
    paging: pagingArb,
    access: accessArb,
  })
  .map(({ path, paging, access }) =>
    command(path, { paging, access }, async (company, both) => {
      const query = new URLSearchParams(paging as Record<string, string>)
      const request =
        path === 'crm/follow/type/list' ? post(path, paging) : { path: `/openapi/${path}?${query}` }
      const answer = await call(company, both, access, request)
      if (answer) assertAnswer(both, path, answer, DIRECTORY[path](company, paging))
    }),
  )

const KEYS = ['k1', 'k2', 'K1']

const keyArb = fc.option(fc.constantFrom(...KEYS), { nil: undefined, freq: 2 })

const timeArb = fc
  .oneof(
    fc.integer({ min: -11, max: 1 }).map((day) => day * DAY_MS),
    fc.integer({ min: -11, max: 1 }).map((day) => day * DAY_MS - 1),
    fc.integer({ min: -11 * DAY_MS, max: 2 * DAY_MS }),
  )
  .map((offset) => `@ms:${offset}`)

const WRITE_PARTS = {
  time: timeArb,
  user: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('zhang', '李雷', '🙂') },
    { weight: 1, arbitrary: fc.constantFrom(...USERS, 'nobody') },
  ),
  method: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(CALL.name, MEETING.name, '加好友（企微加好友）') },
    { weight: 2, arbitrary: fc.constantFrom(...METHOD_NAMES, '不存在') },
  ),
}

const createArb = fc
  .record({ spec: createBodyArb(WRITE_PARTS), key: keyArb, access: accessArb, loose: looseArb })
  .map(({ spec, key, access, loose }) =>
    command('create', { spec, key, access, loose }, (company, both) =>
      write(company, both, access, { name: 'create', body: resolved(spec, company), key, loose }),
    ),
  )

/** Rows of batchCreate that are refused, whatever the company holds, and with which code. */
const BAD_ROWS: readonly (readonly [row: unknown, code: number])[] = [
  [null, 40000],
  ['x', 40000],
  [[], 40000],
  [{}, 40010],
  [{ type: 1, id: 'c1', user_id: 'zhang', contact_type: CALL.name }, 40010],
  [{ type: 3, id: 'c1', user_id: 'zhang', contact_type: CALL.name, follow_content: 'x' }, 40020],
  [{ type: 2, id: '1', user_id: 'zhang', contact_type: CALL.name, follow_content: 'x' }, 40010],
  [{ type: 1, id: 'c1', user_id: 'nobody', contact_type: CALL.name, follow_content: 'x' }, 40000],
  [{ target_type: 1, id: 'c1', user_id: 'zhang', contact_type: '不存在', follow_content: 'x' }, 40000],
]

const badRowArb = fc.nat({ max: BAD_ROWS.length - 1 })

/** A row: a request to create, or the number of a bad one. */
const batchCreateArb = fc
  .record({
    rows: fc.array(
      fc.oneof({ weight: 5, arbitrary: createBodyArb(WRITE_PARTS) }, { weight: 1, arbitrary: badRowArb }),
      { minLength: 1, maxLength: 6 },
    ),
    atomic: fc.boolean(),
    key: keyArb,
    access: accessArb,
    loose: looseArb,
  })
  .map(({ rows, atomic, key, access, loose }) =>
    command('batchCreate', { rows, atomic, key, access, loose }, (company, both) => {
      const records = rows.map((row) =>
        typeof row === 'number' ? BAD_ROWS[row]?.[0] : resolved(row, company),
      )
      return write(company, both, access, { name: 'batchCreate', body: { records, atomic }, key, loose })
    }),
  )

function whichArb(likely: 'present' | 'deleted'): fc.Arbitrary<Which> {
  return fc.record({
    state: fc.oneof(
      { weight: 12, arbitrary: fc.constant(likely) },
      {
        weight: 3,
        arbitrary: fc.constant(likely === 'present' ? ('deleted' as const) : ('present' as const)),
      },
      { weight: 1, arbitrary: fc.constant('unknown' as const) },
    ),
    at: fc.nat({ max: 200 }),
  })
}

/** Whether there are follow-ups in that state: without any, most requests would be about one that there never was. */
function hasSome(company: Company, { state }: Which): boolean {
  return state !== 'deleted' || company.versions.size > company.follows.size
}

/** The version that a request says it knows. */
const versionArb = fc.constantFrom('none', 'none', 'none', 'right', 'right', 'wrong')

function versionOf(company: Company, id: string, which: string): { version?: number } {
  if (which === 'none') return {}
  const version = newestVersion(company, id)?.version ?? 1
  return { version: which === 'right' ? version : version + 1 }
}

const updateArb = fc
  .record({
    which: whichArb('present'),
    version: versionArb,
    spec: updateBodyArb(WRITE_PARTS),
    key: keyArb,
    access: accessArb,
    loose: looseArb,
  })
  .map(({ which, version, spec, key, access, loose }) =>
    command('update', { which, version, spec, key, access, loose }, (company, both) => {
      const id = idOf(company, which)
      const known = versionOf(company, id, version)
      const body = { follow_id: rawNumber(id), ...known, ...resolved(spec, company) }
      return write(company, both, access, { name: 'update', body, key, loose })
    }),
  )

const REASONS = ['重复录入', '误删 🙂', '"']

const deleteArb = fc
  .record({
    which: whichArb('present'),
    version: versionArb,
    user: WRITE_PARTS.user,
    reason: fc.constantFrom(...REASONS),
    key: keyArb,
    access: accessArb,
    loose: looseArb,
  })
  .map(({ which, version, user, reason, key, access, loose }) =>
    command('delete', { which, version, user, reason, key, access, loose }, async (company, both) => {
      const id = idOf(company, which)
      const body = { follow_id: rawNumber(id), user_id: user, reason, ...versionOf(company, id, version) }
      await write(company, both, access, { name: 'delete', body, key, loose })
    }),
  )

const restoreArb = fc
  .record({
    which: whichArb('deleted'),
    version: versionArb,
    user: WRITE_PARTS.user,
    reason: fc.option(fc.constantFrom(...REASONS), { nil: undefined }),
    key: keyArb,
    access: accessArb,
    loose: looseArb,
  })
  .map(({ which, version, user, reason, key, access, loose }) =>
    command(
      'restore',
      { which, version, user, reason, key, access, loose },
      (company, both) => {
        const id = idOf(company, which)
        const why = reason !== undefined && { reason }
        const body = { follow_id: rawNumber(id), user_id: user, ...why, ...versionOf(company, id, version) }
        return write(company, both, access, { name: 'restore', body, key, loose })
      },
      (company) => hasSome(company, which),
    ),
  )

/** A request that was answered under a key, once more: as it was, with another body, or to another operation. */
const retryArb = fc
  .record({ at: fc.nat({ max: 20 }), changed: fc.integer({ min: 0, max: 4 }), access: accessArb })
  .map(({ at, changed, access }) =>
    command(
      'again',
      { at, changed, access },
      async (company, both) => {
        const { app, key, name, body } = company.sent[at % company.sent.length] as Company['sent'][number]
        const again = changed === 0 ? { ...body, ...otherwise(name, body) } : body
        const operation = changed === 1 ? readAlike(name, body) : name
        await write(company, both, { ...access, app }, { name: operation, body: again, key, again: true })
      },
      (company) => company.sent.length > 0,
    ),
  )

function otherwise(name: WriteName, body: Json): Json {
  if (name === 'batchCreate') return { atomic: !body.atomic }
  if (name === 'create' || name === 'update') return { follow_content: `${body.follow_content ?? ''}!` }
  return { reason: `${body.reason ?? ''}!` }
}

/** An operation that takes the same body, if there is one. */
function readAlike(name: WriteName, { reason }: Json): WriteName {
  if (name === 'delete') return 'restore'
  return name === 'restore' && reason !== undefined ? 'delete' : name
}

interface WriteRequest extends Omit<Sent, 'app'> {
  readonly loose?: boolean
  /** Whether it was sent before. */
  readonly again?: boolean
}

/** Sends a write, and makes it in the model. */
async function write(
  company: Company,
  both: Both,
  access: Access,
  { loose = false, again = false, ...request }: WriteRequest,
): Promise<void> {
  const { name, body, key } = request
  const sent = { app: access.app, ...request }
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
  const answer = await call(company, both, access, post(`crm/follow/${name}`, loosely(body, loose), headers))
  if (!answer) return
  const noted = again ? `${name} again` : name
  const kept = keptAnswer(company, sent)
  const { data, outcome = 'written' } =
    kept === undefined ? EFFECTS[name](company, sent, answer) : { data: kept }
  if (typeof data === 'number') return assertRefusal(both, noted, answer, data)
  assert.equal(answer.text, ok(data))
  if (kept === undefined) keepAnswer(company, sent, data)
  if (key !== undefined && !again) company.sent.push({ ...sent, key })
  both.note(noted, kept === undefined ? outcome : 'first answer again')
}

interface Effect {
  /** What must be answered, or the code of a refusal. */
  readonly data: string | number
  readonly outcome?: string
}

/** Makes a write in the model. The answer says which ids the server has made. */
const EFFECTS: Record<WriteName, (company: Company, sent: Sent, answer: Answer) => Effect> = {
  create: creation,
  batchCreate: batchCreation,
  update: (company, { app, body }) => ({ data: update(company, app, body) }),
  delete: (company, { app, body }) => ({ data: remove(company, app, body) }),
  restore: (company, { app, body }) => ({ data: restore(company, app, body) }),
}

function creation(company: Company, { app, body }: Sent, answer: Answer): Effect {
  const code = createCode(company, body)
  if (code !== 0) return { data: code }
  const id = String(answer.envelope.data)
  const before = company.minted.at(-1)
  const taken = before !== undefined && company.follows.has(String(BigInt(before) + 1n))
  takeMinted(company, app, body, id)
  return { data: id, outcome: taken ? 'written, after an id that was taken' : 'written' }
}

/** Writes under an id of the server's, which must be new, exact in a double, and greater than those before it. */
function takeMinted(company: Company, app: number, body: Json, id: string): void {
  const before = company.minted.at(-1)
  assert.match(id, /^[1-9]\d*$/)
  assert.ok(!company.versions.has(id), `the id ${id} was there already`)
  assert.ok(BigInt(id) > BigInt(before ?? 0) && BigInt(id) < 2n ** 53n, `${id} after ${before}`)
  addCreated(company, app, body, id)
}

function batchCreation(company: Company, { app, body }: Sent, answer: Answer): Effect {
  const rows = body.records as readonly Json[]
  const codes = rows.map((row) => BAD_ROWS.find(([bad]) => bad === row)?.[1] ?? createCode(company, row))
  const refused = codes.filter((code) => code !== 0)
  if (body.atomic && refused[0] !== undefined) return { data: refused[0] }
  const answered = answer.envelope.data?.results as
    | { id: number; msg: string; sub_code: string }[]
    | undefined
  assert.equal(answered?.length, rows.length, answer.text)
  const results = rows.map((row, index) => {
    const { id, msg, sub_code } = (answered ?? [])[index] as { id: number; msg: string; sub_code: string }
    if (codes[index] === 0) {
      takeMinted(company, app, row, String(id))
      return { code: 0, msg: '请求成功', id, sub_code: '00000' }
    }
    assert.match(`${sub_code} ${msg}`, /^A\d{4} ./)
    return { code: codes[index], msg, id: null, sub_code }
  })
  const data = JSON.stringify({ created: rows.length - refused.length, failed: refused.length, results })
  const outcome = refused.length === 0 ? 'all' : refused.length === rows.length ? 'none' : 'some'
  return { data, outcome }
}

const getArb = fc
  .record({
    which: fc.oneof(whichArb('present'), whichArb('deleted')),
    before: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined, freq: 2 }),
    access: accessArb,
    loose: looseArb,
  })
  .map(({ which, before, access, loose }) =>
    command(
      'get',
      { which, before, access, loose },
      async (company, both) => {
        const id = idOf(company, which)
        const body = { follow_id: rawNumber(id), ...(before !== undefined && { history_before: before }) }
        const answer = await call(company, both, access, post('crm/follow/get', loosely(body, loose)))
        if (!answer) return
        const expected = getAnswer(company, body)
        if (typeof expected === 'number') return assertRefusal(both, 'get', answer, expected)
        assert.equal(answer.text, expected)
        const several = answer.envelope.data.history.length > 1
        const state = answer.envelope.data.deleted ? 'deleted' : 'present'
        both.note('get', several ? `${state}, with a history` : state)
      },
      (company) => hasSome(company, which),
    ),
  )

/** Where a reading of the feed begins: at the start, after an earlier cursor, or after one that is none of this feed. */
const changesArb = fc
  .record({
    from: fc.oneof(
      { weight: 3, arbitrary: fc.constant('start' as const) },
      { weight: 6, arbitrary: fc.nat({ max: 20 }) },
      { weight: 1, arbitrary: fc.constantFrom('damaged' as const, "another's" as const) },
    ),
    place: fc.nat({ max: 40 }),
    limit: fc.option(fc.constantFrom(1, 2, 3, 7, 20, 1000), { nil: undefined, freq: 3 }),
    access: accessArb,
    loose: looseArb,
  })
  .map(({ from, place, limit, access, loose }) =>
    command('changes', { from, place, limit, access, loose }, async (company, both) => {
      const { text = '', seq } = cursorOf(company, from, place)
      const body = { cursor: text || undefined, limit }
      const answer = await call(company, both, access, post('crm/follow/changes', loosely(body, loose)))
      if (!answer) return
      if (seq === undefined) {
        return assertRefusal(both, 'changes', answer, CURSOR.test(text) ? 40930 : 40000)
      }
      const expected = changesAnswer(company, seq, limit ?? 100)
      const cursor = answer.envelope.data?.cursor as string
      assert.equal(answer.text, expected.text(cursor))
      assert.match(cursor, CURSOR)
      company.cursors.push({ text: cursor, seq: expected.seq })
      const begun = seq === 0 ? 'from the start' : 'from a cursor'
      both.note(
        'changes',
        expected.found === 0 ? 'empty' : `${begun}${expected.more ? ', and there is more' : ''}`,
      )
    }),
  )

/** The form of a cursor: what has it and is none of this feed is told apart from what has not. */
const CURSOR = /^gjc(_[0-9a-z]+){3}_[\w-]{16}$/

/** The cursor to send, and the change that it is after; without one when it must be refused. */
function cursorOf(
  company: Company,
  from: number | 'start' | 'damaged' | "another's",
  place: number,
): { text?: string; seq?: number } {
  const known = company.cursors[typeof from === 'number' ? from % company.cursors.length : 0]
  if (from === 'start' || !known) return { seq: 0 }
  if (typeof from === 'number') return known
  if (from === "another's") return { text: company.otherCursor ?? 'gjc_1_0_1_' }
  const at = place % known.text.length
  const other = known.text[at] === '0' ? '1' : '0'
  return { text: `${known.text.slice(0, at)}${other}${known.text.slice(at + 1)}` }
}

const reconcileArb = fc
  .record({
    start: fc.integer({ min: -14, max: 3 }),
    length: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 16 }) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 30, 31, 400) },
    ),
    system: fc.option(fc.constantFrom(0, 1), { nil: undefined }),
    access: accessArb,
    loose: looseArb,
  })
  .map(({ start, length, system, access, loose }) =>
    command('reconcile', { start, length, system, access, loose }, async (company, both) => {
      const days = { follow_time_start: `@day:${start}`, follow_time_end: `@day:${start + length}` }
      const body = { ...resolved(days, company), system }
      const answer = await call(company, both, access, post('crm/follow/reconcile', loosely(body, loose)))
      if (!answer) return
      const expected = reconcileAnswer(company, body)
      if (typeof expected === 'number') return assertRefusal(both, 'reconcile', answer, expected)
      assert.equal(answer.text, expected.text)
      both.note('reconcile', expected.count === 0 ? 'empty' : 'found')
    }),
  )

const departmentArb = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...DEPARTMENTS) },
  { weight: 1, arbitrary: fc.constant('1538877699425540097') },
)

const departmentLineArb = fc.record(
  {
    kind: fc.constant('department'),
    id: departmentArb,
    name: fc.constantFrom('销售部', '一部', 'A'),
    parent_id: fc.option(departmentArb),
    order: fc.constantFrom(1, '-3', null),
  },
  { requiredKeys: ['kind', 'id', 'name'] },
)

const staffLineArb = fc.record(
  {
    kind: fc.constant('staff'),
    user_id: fc.constantFrom(...USERS),
    name: fc.constantFrom('张伟', '🙂', 'x'),
    department_ids: fc.array(departmentArb, { maxLength: 3 }),
    main_department_id: fc.option(departmentArb),
    status: fc.constantFrom(1, 2, 4, 5),
    alias: fc.constantFrom('', '老张', null),
    email: fc.constant('a@example.com'),
  },
  { requiredKeys: ['kind', 'user_id', 'name', 'department_ids'] },
)

const methodLineArb = fc.record(
  {
    kind: fc.constant('follow_type'),
    id: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(900_001, 900_002, '1538877699425540097')),
    name: fc.constantFrom(...METHOD_NAMES, '打电话', '加好友(企微加好友)'),
    enabled: fc.boolean(),
    builtin: fc.boolean(),
  },
  { requiredKeys: ['kind', 'id', 'name'] },
)

const targetLineArb = fc.record({
  kind: fc.constant('target'),
  type: fc.constantFrom(1, 3),
  id: fc.constantFrom(...TARGETS),
  name: fc.constantFrom('客户甲', '商机乙', '🎉'),
})

const customFieldLineArb = fc.record(
  {
    kind: fc.constant('custom_field'),
    key: fc.constantFrom('level', 'Level', '等级', '🙂', 'Ａ'),
    name: fc.constantFrom('客户等级', 'x'),
    type: fc.constantFrom('text', 'number', 'single'),
    options: fc.constantFrom([], [{ id: 'a', name: '重点' }], [{ id: 'b', name: '一般' }]),
    required: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
  },
  { requiredKeys: ['kind', 'key', 'name', 'type'] },
)

const lineIdArb = fc.oneof(
  { weight: 10, arbitrary: idArb },
  { weight: 1, arbitrary: fc.nat({ max: 5 }).map((at) => `@minted:${at}`) },
  // Ids that the server is about to make.
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }).map((step) => `@next:${step}`) },
)

const followLineArb = fc
  .record({
    kind: fc.constant('follow'),
    id: lineIdArb,
    follow_user_id: fc.constantFrom(...USERS),
    content: fc.constantFrom('内容', '', '🙂'),
    business_type: fc.oneof(fc.constantFrom(1, 3, 4), fc.constantFrom(...TYPES)),
    business_id: fc.constantFrom(...TARGETS),
    target: targetArb,
    follow_type: fc.option(
      fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 5 }) },
        { weight: 1, arbitrary: fc.constantFrom(900_001, 900_003) },
      ),
      { freq: 6 },
    ),
    title: fc.option(fc.constantFrom(...TITLES), { freq: 2 }),
    follow_time: timeArb,
    system: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
    more: fc.record(
      {
        follow_type_desc: fc.constantFrom(...METHOD_NAMES, '打电话'),
        create_time: timeArb,
        stage_id: fc.constantFrom('7', 's'),
        field_map: fieldMapArb,
        location: fc.record({ location_lat: fc.constant('31.2'), location_address: fc.constant('上海') }),
        attachment_list: fc.constantFrom([], [{ name: 'a', material_id: 'm' }]),
        remind: remindArb(timeArb),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ more, ...line }): Json => ({ ...line, ...more }))

/**
 * A line for a follow-up that is there or was: as it is, as it was before, or as it is and with another title. The first
 * changes nothing unless it is deleted; a deleted one is back.
 */
const againLineArb = fc
  .record({
    which: fc.oneof(whichArb('present'), whichArb('deleted')),
    how: fc.constantFrom('is', 'was', 'other'),
  })
  .map(({ which, how }) => `@again:${how}:${which.state}:${which.at}`)

/** Lines that are refused; the key `bad` says so to the model, and is none that the reader knows. */
const BAD_LINES: readonly Line[] = [
  '{',
  'x',
  '[]',
  '{"kind":"nothing"}',
  '{"kind":"staff","user_id":"zhang","name":"\\u0000"}',
  '{"kind":"staff","user_id":"zhang","name":"\\ud83d"}',
  { bad: 1, kind: 'staff', user_id: 'zhang' },
  { bad: 1, kind: 'staff', user_id: 'zhang', name: 'x', status: 9 },
  { bad: 1, kind: 'staff', user_id: 'zhang', name: 'x', department_ids: [null] },
  { bad: 1, kind: 'department', id: '9223372036854775808', name: 'x' },
  { bad: 1, kind: 'follow_type', id: 1, name: 'x'.repeat(257) },
  { bad: 1, kind: 'target', type: 2, id: 'c1', name: 'x' },
  { bad: 1, kind: 'custom_field', key: 'level', name: 'x', type: 'number?' },
  { bad: 1, kind: 'follow', id: -1 },
  {
    bad: 1,
    kind: 'follow',
    id: 1,
    follow_user_id: 'zhang',
    content: 'x',
    business_type: 1,
    business_id: 'c',
  },
]

const lineArb: fc.Arbitrary<Line> = fc.oneof(
  { weight: 24, arbitrary: followLineArb },
  { weight: 4, arbitrary: againLineArb },
  { weight: 6, arbitrary: staffLineArb },
  { weight: 6, arbitrary: departmentLineArb },
  { weight: 4, arbitrary: methodLineArb },
  { weight: 4, arbitrary: targetLineArb },
  { weight: 1, arbitrary: customFieldLineArb },
  { weight: 2, arbitrary: fc.constantFrom(...BAD_LINES) },
  { weight: 1, arbitrary: fc.constant('') },
)

const importArb = fc
  .record({
    lines: fc.array(lineArb, { minLength: 1, maxLength: 12 }),
    strict: fc.integer({ min: 0, max: 5 }).map((chance) => chance === 0),
  })
  .map(({ lines, strict }) => importCommand(lines, strict))

function importCommand(specs: readonly Line[], strict: boolean): Command {
  return command('import', { specs, strict }, async (company, both) => {
    const lines = specs.map((line) => resolved(line, company))
    assert.deepEqual(await both.import(lines, strict), importLines(company, lines, strict))
    both.note('import', company.follows.size === 0 ? 'no follow-ups yet' : 'imported')
  })
}

/** What every company begins with: staff in several departments, methods, names. */
const FIRST_LINES: readonly Line[] = [
  { kind: 'department', id: 2, name: '二部', parent_id: 1 },
  { kind: 'department', id: 1, name: '一部' },
  { kind: 'department', id: 1001, name: '销售', parent_id: 2 },
  { kind: 'staff', user_id: 'zhang', name: '张伟', department_ids: [1001, 3] },
  { kind: 'staff', user_id: '李雷', name: '李雷', department_ids: [1, 2] },
  { kind: 'staff', user_id: '🙂', name: '笑', department_ids: [] },
  { kind: 'follow_type', id: 1, name: '电话跟进' },
  { kind: 'follow_type', id: 2, name: '展会', enabled: false },
  { kind: 'target', type: 1, id: 'c1', name: '客户甲' },
]

/** The first command of every sequence. */
export const firstImportArb: fc.Arbitrary<Command> = fc
  .array(lineArb, { maxLength: 40, size: 'max' })
  .map((lines) => importCommand([...FIRST_LINES, ...lines], false))

async function askToken(company: Company, both: Both, at: number): Promise<void> {
  const app = company.apps[at] as Company['apps'][number]
  const { appid, app_secret } = app
  const query = new URLSearchParams({ appid, app_secret })
  const answer = await both.ask({ path: `/openapi/access_token?${query}` })
  if (app.disabled) return assertRefusal(both, 'access_token', answer, 40100)
  assert.equal(answer.envelope.code, 0, answer.text)
  const text = answer.envelope.data.access_token as string
  const known = app.tokens.some((token) => token.text === text)
  assert.equal(answer.text, tokenAnswer(company, app, text))
  both.note('access_token', known ? 'the same' : 'a new one')
  assert.equal(app.tokens.filter((token) => token.text === text).length, 1, 'a token was issued twice')
}

const askTokenArb = fc
  .constantFrom(0, 1)
  .map((app) => command('access_token', { app }, (company, both) => askToken(company, both, app)))

const revokeArb = fc.constantFrom(0, 0, 1).map((at) =>
  command('token revoke', { app: at }, async (company, both) => {
    const app = company.apps[at] as Company['apps'][number]
    await both.revokeTokens(app.appid)
    app.revoked = app.tokens.length
    both.note('token revoke', 'revoked')
  }),
)

const disableArb = fc.constantFrom(0, 1, 1, 1).map((at) =>
  command('app revoke', { app: at }, async (company, both) => {
    const app = company.apps[at] as Company['apps'][number]
    await both.disableApp(app.appid)
    app.disabled = true
    both.note('app revoke', 'disabled')
  }),
)

/** A sequence's days: the next one begins after them, so that ids grow. */
export const SEQUENCE_DAYS = 3

const HOUR_MS = 3_600_000
const clockArb = fc
  .constantFrom(1, 999, 60_000, 2 * HOUR_MS - 1, 2 * HOUR_MS, 24 * HOUR_MS - 1, 24 * HOUR_MS)
  .map((ms) =>
    command(
      'later',
      ms,
      async (company, both) => {
        company.clock.ms += ms
        both.note('later', 'moved')
      },
      (company) => company.clock.ms + ms < company.base + SEQUENCE_DAYS * DAY_MS,
    ),
  )

const faultArb = fc
  .record({ fault: fc.constantFrom(...FAULTS), access: accessArb })
  .map(({ fault, access }) =>
    command('fault', { ...shown(fault), access }, async (company, both) => {
      const { method = 'POST', path, headers, status } = fault
      const request: RawRequest = {
        method,
        path: `/openapi/${path}`,
        headers: { ...(method !== 'GET' && { 'content-type': 'application/json' }), ...headers },
        ...(method !== 'GET' && { body: fault.text ?? JSON.stringify(fault.body) }),
      }
      // A wrong method and an unknown path are told before anybody asks for a token.
      const open = fault.token === false || fault.code === 40005 || fault.code === 40400
      const answer = open ? await both.ask(request) : await call(company, both, access, request)
      if (answer) assertRefusal(both, 'fault', answer, fault.code, status)
    }),
  )

function shown({ method, path, body, text, headers }: Fault): Json {
  const sent = text === undefined ? JSON.stringify(body) : text.toString()
  return { method, path, sent: sent?.slice(0, 300), headers }
}

const exportArb = fc.constant(
  command('export', {}, async (_company, both) => {
    const text = await both.export()
    both.note('export', text === '' ? 'empty' : 'written')
  }),
)

export const commandArb: fc.Arbitrary<Command> = fc.oneof(
  { weight: 20, arbitrary: listArb },
  { weight: 12, arbitrary: olderArb },
  { weight: 12, arbitrary: createArb },
  { weight: 5, arbitrary: batchCreateArb },
  { weight: 14, arbitrary: updateArb },
  { weight: 10, arbitrary: deleteArb },
  { weight: 12, arbitrary: restoreArb },
  { weight: 16, arbitrary: retryArb },
  { weight: 10, arbitrary: getArb },
  { weight: 10, arbitrary: changesArb },
  { weight: 6, arbitrary: reconcileArb },
  { weight: 6, arbitrary: importArb },
  { weight: 6, arbitrary: directoryArb },
  { weight: 16, arbitrary: faultArb },
  { weight: 6, arbitrary: clockArb },
  { weight: 2, arbitrary: askTokenArb },
  { weight: 2, arbitrary: revokeArb },
  { weight: 1, arbitrary: exportArb },
  { weight: 1, arbitrary: disableArb },
)
