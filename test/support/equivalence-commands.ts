import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  addCreated,
  type Corp,
  changesAnswer,
  createCode,
  departmentListAnswer,
  type Expected,
  followListAnswer,
  followTypeListAnswer,
  getAnswer,
  type Imported,
  idOf,
  importLines,
  isRaw,
  keepAnswer,
  keptAnswer,
  type Line,
  newestVersion,
  ok,
  olderListAnswer,
  rawNumber,
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
} from '../oracle/corp.ts'
import { DAY_MS, dayOf, type Json } from '../oracle/follow-list.ts'
import type { Answer, RawRequest } from './client.ts'
import {
  CALL,
  createBodyArb,
  FIRST_LINES,
  isFiltered,
  lineArb,
  lineOrPersonArb,
  listRequestArb,
  olderRequestArb,
  onceIn,
  pagingArb,
  updateBodyArb,
  userArb,
} from './equivalence-arbitraries.ts'
import { FAULTS, type Fault } from './equivalence-faults.ts'

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

export type Command = fc.AsyncCommand<Corp, Both>
type CommandArb = fc.Arbitrary<Command>

/** A command of random parts; what it is about the company is put in when it is run. */
function commandArb<T extends object>(
  name: string,
  parts: { [Part in keyof T]: fc.Arbitrary<T[Part]> },
  run: (parts: T, corp: Corp, both: Both) => Promise<void>,
  check: (corp: Corp, parts: T) => boolean = () => true,
): CommandArb {
  return fc.record(parts).map((made) => ({
    check: (corp) => check(corp, made as T),
    run: (corp, both) => run(made as T, corp, both),
    toString: () => `${name} ${JSON.stringify(made)}`,
  }))
}

/** How a request is sent. */
interface Access {
  /** Which app asks, and with which of its tokens: a good one, fetched when there is none, or an old one. */
  readonly app: number
  readonly token: 'good' | number
  /** Whether with all that the reader puts up with (C7). */
  readonly loose: boolean
}

const accessArb: fc.Arbitrary<Access> = fc.record({
  app: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  token: fc.oneof(
    { weight: 12, arbitrary: fc.constant('good' as const) },
    { weight: 1, arbitrary: fc.nat({ max: 3 }) },
  ),
  loose: onceIn(6),
})

/** Sends a request as an app. Answers undefined when the token did not hold, and was refused as it must be (C5). */
async function call(
  corp: Corp,
  both: Both,
  { app: at, token }: Access,
  request: RawRequest,
): Promise<Answer | undefined> {
  const app = corp.apps[at] as Corp['apps'][number]
  if (token === 'good' && tokenCode(corp, app, app.tokens.length - 1) !== 0) await askToken(corp, both, at)
  const held = token === 'good' ? app.tokens.length - 1 : token % Math.max(1, app.tokens.length)
  const query = request.path.includes('?') ? '&' : '?'
  const path = `${request.path}${query}access_token=${app.tokens[held]?.text ?? ''}`
  const answer = await both.ask({ ...request, path })
  const code = tokenCode(corp, app, held)
  if (code === 0) return answer
  assertRefusal(both, 'token', answer, code)
  return undefined
}

/** The same for a POST of JSON. */
function post(
  corp: Corp,
  both: Both,
  access: Access,
  path: string,
  body: Json,
  headers: Record<string, string> = {},
): Promise<Answer | undefined> {
  return call(corp, both, access, {
    method: 'POST',
    path: `/openapi/${path}`,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(access.loose ? loosened(body) : body),
  })
}

/** Numbers as text, an unknown field, fields that are not given: all the same to the reader (C7). */
function loosened(body: Json): Json {
  const texts = Object.entries(body).map(([key, value]) => [
    key,
    typeof value === 'number' || isRaw(value) ? ` ${JSON.stringify(value)} ` : value,
  ])
  return { ...Object.fromEntries(texts), unknown: { a: [1] }, title: body.title ?? null }
}

function assertRefusal(both: Both, name: string, answer: Answer, code: number, status = 200): void {
  assert.equal(answer.envelope.code, code, answer.text)
  assert.equal(answer.envelope.data, null, answer.text)
  assert.equal(answer.status, status, answer.text)
  both.note(name, String(code))
}

function assertList(
  both: Both,
  name: string,
  answer: Answer | undefined,
  expected: Expected | number,
  body: Json,
): void {
  if (!answer) return
  if (typeof expected === 'number') {
    assertRefusal(both, name, answer, expected)
    return
  }
  assert.equal(answer.text, expected.text)
  assert.equal(answer.envelope.data.total, expected.total)
  both.note(name, expected.found === 0 ? 'empty' : isFiltered(body) ? 'filtered and found' : 'found')
}

async function askList(corp: Corp, both: Both, access: Access, system: boolean, body: Json): Promise<void> {
  const name = system ? 'listForSystem' : 'list'
  const answer = await post(corp, both, access, `crm/follow/${name}`, body)
  assertList(both, name, answer, followListAnswer(corp, system, body), body)
}

const listArb = commandArb(
  'list',
  { system: onceIn(4), spec: listRequestArb, access: accessArb },
  ({ system, spec, access }, corp, both) => askList(corp, both, access, system, resolved(spec, corp)),
)

async function askOlder(
  corp: Corp,
  both: Both,
  access: Access,
  which: 'customer' | 'opportunity',
  body: Json,
): Promise<void> {
  const name = `${which}/list`
  const answer = await post(corp, both, { ...access, loose: false }, `crm/follow/${name}`, body)
  assertList(both, name, answer, olderListAnswer(corp, which, body), body)
}

const olderArb = commandArb(
  'older list',
  { request: olderRequestArb, access: accessArb },
  ({ request: { which, body }, access }, corp, both) =>
    askOlder(corp, both, access, which, resolved(body, corp)),
)

/** Looks for a follow-up that was changed lately, deleted ones too, where it must be, or must not be any more. */
const lookArb = commandArb(
  'look',
  { back: fc.nat({ max: 3 }), aim: fc.nat({ max: 2 }), access: accessArb },
  async ({ back, aim, access }, corp, both) => {
    const follow = corp.feed.at(-1 - (back % corp.feed.length))?.follow as Corp['feed'][number]['follow']
    const { id, follow_time, target, business_type, business_id, system } = follow
    await askGet(corp, both, access, { follow_id: rawNumber(id) })
    const day = dayOf(follow_time)
    const body = [
      { id_list: [id], target_type: business_type },
      { follow_time_start: day, follow_time_end: day },
      { target_id_list: [Object.values(target).find((each) => typeof each === 'string') ?? business_id] },
    ][aim] as Json
    await askList(corp, both, access, system, body)
    await askOlder(corp, both, access, business_type === 3 ? 'opportunity' : 'customer', { follow_id: id })
  },
  (corp) => corp.feed.length > 0,
)

const DIRECTORY = {
  'department/user/list': staffListAnswer,
  'department/list': departmentListAnswer,
  'crm/follow/type/list': followTypeListAnswer,
} as const

const directoryArb = commandArb(
  'directory',
  {
    path: fc.constantFrom(...(Object.keys(DIRECTORY) as (keyof typeof DIRECTORY)[])),
    paging: pagingArb as fc.Arbitrary<Json>,
    access: accessArb,
  },
  async ({ path, paging, access }, corp, both) => {
    const query = new URLSearchParams(paging as Record<string, string>)
    const answer =
      path === 'crm/follow/type/list'
        ? await post(corp, both, { ...access, loose: false }, path, paging)
        : await call(corp, both, access, { path: `/openapi/${path}?${query}` })
    assertList(both, path, answer, DIRECTORY[path](corp, paging), paging)
  },
)

const keyArb = fc.option(fc.constantFrom('k1', 'k2', 'K1'), { nil: undefined, freq: 2 })

const createArb = commandArb(
  'create',
  { spec: createBodyArb, key: keyArb, access: accessArb },
  ({ spec, key, access }, corp, both) =>
    write(corp, both, access, { name: 'create', body: resolved(spec, corp), key }),
)

/** Rows of batchCreate that any company refuses, and with which code. */
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

/** A row: a request to create, or the number of a bad one. */
const batchCreateArb = commandArb(
  'batchCreate',
  {
    rows: fc.array(
      fc.oneof(
        { weight: 5, arbitrary: createBodyArb },
        { weight: 1, arbitrary: fc.nat({ max: BAD_ROWS.length - 1 }) },
      ),
      { minLength: 1, maxLength: 6 },
    ),
    atomic: fc.boolean(),
    key: keyArb,
    access: accessArb,
  },
  ({ rows, atomic, key, access }, corp, both) => {
    const records = rows.map((row) => (typeof row === 'number' ? BAD_ROWS[row]?.[0] : resolved(row, corp)))
    return write(corp, both, access, { name: 'batchCreate', body: { records, atomic }, key })
  },
)

function whichArb(likely: 'present' | 'deleted'): fc.Arbitrary<Which> {
  const other = likely === 'present' ? 'deleted' : 'present'
  return fc.record({
    state: fc.oneof(
      { weight: 12, arbitrary: fc.constant<Which['state']>(likely) },
      { weight: 3, arbitrary: fc.constant<Which['state']>(other) },
      { weight: 1, arbitrary: fc.constant<Which['state']>('unknown') },
    ),
    at: fc.nat({ max: 200 }),
  })
}

/** Whether there are follow-ups in that state: without any, most requests would be about one that there never was. */
function hasSome(corp: Corp, { state }: Which): boolean {
  return state !== 'deleted' || corp.versions.size > corp.follows.size
}

const REASONS = ['重复录入', '误删 🙂', '"']

/** What every change of a follow-up is about: which one, and the version that the request says it knows. */
function changeArb<T extends object>(
  name: 'update' | 'delete' | 'restore',
  likely: 'present' | 'deleted',
  bodyArb: fc.Arbitrary<T>,
): CommandArb {
  return commandArb(
    name,
    {
      which: whichArb(likely),
      version: fc.constantFrom('none', 'none', 'none', 'right', 'right', 'wrong'),
      spec: bodyArb as fc.Arbitrary<Json>,
      key: keyArb,
      access: accessArb,
    },
    ({ which, version: known, spec, key, access }, corp, both) => {
      const id = idOf(corp, which)
      const newest = newestVersion(corp, id)?.version ?? 1
      const version = known !== 'none' && { version: known === 'right' ? newest : newest + 1 }
      const body = { follow_id: rawNumber(id), ...version, ...resolved(spec, corp) }
      return write(corp, both, access, { name, body, key })
    },
    name === 'restore' ? (corp, { which }) => hasSome(corp, which) : undefined,
  )
}

const updateArb = changeArb('update', 'present', updateBodyArb)
const deleteArb = changeArb(
  'delete',
  'present',
  fc.record({ user_id: userArb, reason: fc.constantFrom(...REASONS) }),
)
const restoreArb = changeArb(
  'restore',
  'deleted',
  fc.record({ user_id: userArb, reason: fc.constantFrom(...REASONS) }, { requiredKeys: ['user_id'] }),
)

/** A request that was answered under a key, once more: as it was, with another body, or to another operation. */
const retryArb = commandArb(
  'again',
  { at: fc.nat({ max: 20 }), changed: fc.integer({ min: 0, max: 4 }), access: accessArb },
  async ({ at, changed, access }, corp, both) => {
    const { app, key, name, body } = corp.sent[at % corp.sent.length] as Corp['sent'][number]
    const again = changed === 0 ? { ...body, ...otherwise(name, body) } : body
    const operation = changed === 1 ? readAlike(name, body) : name
    const sent = { ...access, app, loose: false }
    await write(corp, both, sent, { name: operation, body: again, key, again: true })
  },
  (corp) => corp.sent.length > 0,
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
  /** Whether it was sent before. */
  readonly again?: boolean
}

/** Sends a write, and makes it in the model. */
async function write(
  corp: Corp,
  both: Both,
  access: Access,
  { again = false, ...request }: WriteRequest,
): Promise<void> {
  const { name, body, key } = request
  const sent = { app: access.app, ...request }
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
  const answer = await post(corp, both, access, `crm/follow/${name}`, body, headers)
  if (!answer) return
  const noted = again ? `${name} again` : name
  const kept = keptAnswer(corp, sent)
  const { data, outcome = 'written' } =
    kept === undefined ? EFFECTS[name](corp, sent, answer) : { data: kept }
  if (typeof data === 'number') return assertRefusal(both, noted, answer, data)
  assert.equal(answer.text, ok(data))
  if (kept === undefined) keepAnswer(corp, sent, data)
  if (key !== undefined && !again) corp.sent.push({ ...sent, key })
  both.note(noted, kept === undefined ? outcome : 'first answer again')
}

interface Effect {
  /** What must be answered, or the code of a refusal. */
  readonly data: string | number
  readonly outcome?: string
}

/** Makes a write in the model. The answer says which ids the server has made. */
const EFFECTS: Record<WriteName, (corp: Corp, sent: Sent, answer: Answer) => Effect> = {
  create: creation,
  batchCreate: batchCreation,
  update: (corp, { app, body }) => ({ data: update(corp, app, body) }),
  delete: (corp, { app, body }) => ({ data: remove(corp, app, body) }),
  restore: (corp, { app, body }) => ({ data: restore(corp, app, body) }),
}

function creation(corp: Corp, { app, body }: Sent, answer: Answer): Effect {
  const code = createCode(corp, body)
  if (code !== 0) return { data: code }
  const id = String(answer.envelope.data)
  const before = corp.minted.at(-1)
  const taken = before !== undefined && corp.follows.has(String(BigInt(before) + 1n))
  takeMinted(corp, app, body, id)
  return { data: id, outcome: taken ? 'written, after an id that was taken' : 'written' }
}

/** Writes under an id of the server's, which must be new, exact in a double, and greater than those before it. */
function takeMinted(corp: Corp, app: number, body: Json, id: string): void {
  const before = corp.minted.at(-1)
  assert.match(id, /^[1-9]\d*$/)
  assert.ok(!corp.versions.has(id), `the id ${id} was there already`)
  assert.ok(BigInt(id) > BigInt(before ?? 0) && BigInt(id) < 2n ** 53n, `${id} after ${before}`)
  addCreated(corp, app, body, id)
}

function batchCreation(corp: Corp, { app, body }: Sent, answer: Answer): Effect {
  const rows = body.records as readonly Json[]
  const codes = rows.map((row) => BAD_ROWS.find(([bad]) => bad === row)?.[1] ?? createCode(corp, row))
  const refused = codes.filter((code) => code !== 0)
  if (body.atomic && refused[0] !== undefined) return { data: refused[0] }
  const answered: { id: number; msg: string; sub_code: string; field?: string }[] =
    answer.envelope.data?.results ?? []
  assert.equal(answered.length, rows.length, answer.text)
  const results = answered.map(({ id, msg, sub_code, field }, index) => {
    if (codes[index] === 0) {
      takeMinted(corp, app, rows[index] as Json, String(id))
      return { code: 0, msg: '请求成功', id, sub_code: '00000' }
    }
    assert.match(`${sub_code} ${msg}`, /^A\d{4} ./)
    assert.match(String(field), new RegExp(`^records\\[${index}\\](\\.|$)`))
    return { code: codes[index], msg, id: null, sub_code, field }
  })
  const data = JSON.stringify({ created: rows.length - refused.length, failed: refused.length, results })
  const outcome = refused.length === 0 ? 'all' : refused.length === rows.length ? 'none' : 'some'
  return { data, outcome }
}

async function askGet(corp: Corp, both: Both, access: Access, body: Json): Promise<void> {
  const answer = await post(corp, both, access, 'crm/follow/get', body)
  if (!answer) return
  const expected = getAnswer(corp, body)
  if (typeof expected === 'number') return assertRefusal(both, 'get', answer, expected)
  assert.equal(answer.text, expected)
  const several = answer.envelope.data.history.length > 1
  const state = answer.envelope.data.deleted ? 'deleted' : 'present'
  both.note('get', several ? `${state}, with a history` : state)
}

const getArb = commandArb(
  'get',
  {
    which: fc.oneof(whichArb('present'), whichArb('deleted')),
    before: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined, freq: 2 }),
    access: accessArb,
  },
  ({ which, before, access }, corp, both) => {
    const body = { follow_id: rawNumber(idOf(corp, which)), ...(before && { history_before: before }) }
    return askGet(corp, both, access, body)
  },
  (corp, { which }) => hasSome(corp, which),
)

type Start = number | 'start' | 'damaged' | "another's"

/** Where a reading of the feed begins: at the start, after an earlier cursor, or after one that is none of this feed. */
const changesArb = commandArb(
  'changes',
  {
    from: fc.oneof(
      { weight: 3, arbitrary: fc.constant<Start>('start') },
      { weight: 6, arbitrary: fc.nat({ max: 20 }) as fc.Arbitrary<Start> },
      { weight: 1, arbitrary: fc.constantFrom<Start[]>('damaged', "another's") },
    ),
    place: fc.nat({ max: 40 }),
    limit: fc.option(fc.constantFrom(1, 2, 3, 7, 20, 1000), { nil: undefined, freq: 3 }),
    access: accessArb,
  },
  async ({ from, place, limit, access }, corp, both) => {
    const { text = '', seq } = cursorOf(corp, from, place)
    const answer = await post(corp, both, access, 'crm/follow/changes', { cursor: text || undefined, limit })
    if (!answer) return
    if (seq === undefined) {
      return assertRefusal(both, 'changes', answer, CURSOR.test(text) ? 40930 : 40000)
    }
    const expected = changesAnswer(corp, seq, limit ?? 100)
    const cursor = answer.envelope.data?.cursor as string
    assert.equal(answer.text, expected.text(cursor))
    assert.match(cursor, CURSOR)
    corp.cursors.push({ text: cursor, seq: expected.seq })
    const begun = seq === 0 ? 'from the start' : 'from a cursor'
    both.note(
      'changes',
      expected.found === 0 ? 'empty' : `${begun}${expected.more ? ', and there is more' : ''}`,
    )
  },
)

/** The form of a cursor: one that has it and is of another feed is refused with another code than one that has not. */
const CURSOR = /^gjc(_[0-9a-z]+){3}_[\w-]{16}$/

/** The cursor to send, and the change that it is after; without one when it must be refused. */
function cursorOf(corp: Corp, from: Start, place: number): { text?: string; seq?: number } {
  const known = corp.cursors[typeof from === 'number' ? from % corp.cursors.length : 0]
  if (from === 'start' || !known) return { seq: 0 }
  if (typeof from === 'number') return known
  if (from === "another's") return { text: corp.otherCursor ?? 'gjc_1_0_1_' }
  const at = place % known.text.length
  const other = known.text[at] === '0' ? '1' : '0'
  return { text: `${known.text.slice(0, at)}${other}${known.text.slice(at + 1)}` }
}

const reconcileArb = commandArb(
  'reconcile',
  {
    start: fc.integer({ min: -14, max: 3 }),
    length: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 16 }) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 30, 31, 400) },
    ),
    system: fc.option(fc.constantFrom(0, 1), { nil: undefined }),
    access: accessArb,
  },
  async ({ start, length, system, access }, corp, both) => {
    const days = { follow_time_start: `@day:${start}`, follow_time_end: `@day:${start + length}` }
    const body = { ...resolved(days, corp), system }
    const answer = await post(corp, both, access, 'crm/follow/reconcile', body)
    if (!answer) return
    const expected = reconcileAnswer(corp, body)
    if (typeof expected === 'number') return assertRefusal(both, 'reconcile', answer, expected)
    assert.equal(answer.text, expected.text)
    both.note('reconcile', expected.count === 0 ? 'empty' : 'found')
  },
)

const importArb = importArbOf([], { minLength: 1, maxLength: 12 }, onceIn(6), lineOrPersonArb)

function importArbOf(
  first: readonly Line[],
  length: fc.ArrayConstraints,
  strict: fc.Arbitrary<boolean>,
  line = lineArb,
): CommandArb {
  return commandArb(
    'import',
    { specs: fc.array(line, length), strict },
    async ({ specs, strict }, corp, both) => {
      const lines = [...first, ...specs].map((line) => resolved(line, corp))
      assert.deepEqual(await both.import(lines, strict), importLines(corp, lines, strict))
      both.note('import', corp.follows.size === 0 ? 'no follow-ups yet' : 'imported')
    },
  )
}

/** The first command of every sequence: an import of so many lines at most, beside those that all companies have. */
export function firstImportArb(maxLength: number): CommandArb {
  return importArbOf(FIRST_LINES, { maxLength, size: 'max' }, fc.constant(false))
}

async function askToken(corp: Corp, both: Both, at: number): Promise<void> {
  const app = corp.apps[at] as Corp['apps'][number]
  const { appid, app_secret } = app
  const query = new URLSearchParams({ appid, app_secret })
  const answer = await both.ask({ path: `/openapi/access_token?${query}` })
  if (app.disabled) return assertRefusal(both, 'access_token', answer, 40100)
  assert.equal(answer.envelope.code, 0, answer.text)
  const text = answer.envelope.data.access_token as string
  const known = app.tokens.some((token) => token.text === text)
  assert.equal(answer.text, tokenAnswer(corp, app, text))
  both.note('access_token', known ? 'the same' : 'a new one')
  assert.equal(app.tokens.filter((token) => token.text === text).length, 1, 'a token was issued twice')
}

const askTokenArb = commandArb('access_token', { app: fc.constantFrom(0, 1) }, ({ app }, corp, both) =>
  askToken(corp, both, app),
)

const revokeArb = commandArb('token revoke', { at: fc.constantFrom(0, 0, 1) }, async ({ at }, corp, both) => {
  const app = corp.apps[at] as Corp['apps'][number]
  await both.revokeTokens(app.appid)
  app.revoked = app.tokens.length
  both.note('token revoke', 'revoked')
})

const disableArb = commandArb(
  'app revoke',
  { at: fc.constantFrom(0, 1, 1, 1) },
  async ({ at }, corp, both) => {
    const app = corp.apps[at] as Corp['apps'][number]
    await both.disableApp(app.appid)
    app.disabled = true
    both.note('app revoke', 'disabled')
  },
)

/** A sequence's days: the next one begins after them, so that ids grow. */
export const SEQUENCE_DAYS = 3

const HOUR_MS = 3_600_000
const clockArb = commandArb(
  'later',
  { ms: fc.constantFrom(1, 999, 60_000, 2 * HOUR_MS - 1, 2 * HOUR_MS, 24 * HOUR_MS - 1, 24 * HOUR_MS) },
  async ({ ms }, corp, both) => {
    corp.clock.ms += ms
    both.note('later', 'moved')
  },
  (corp, { ms }) => corp.clock.ms + ms < corp.base + SEQUENCE_DAYS * DAY_MS,
)

const faultArb = commandArb(
  'fault',
  { fault: fc.constantFrom(...FAULTS) as fc.Arbitrary<Fault>, access: accessArb },
  async ({ fault, access }, corp, both) => {
    const { method = 'POST', path, headers, status } = fault
    const request: RawRequest = {
      method,
      path: `/openapi/${path}`,
      headers: { ...(method !== 'GET' && { 'content-type': 'application/json' }), ...headers },
      ...(method !== 'GET' && { body: fault.text ?? JSON.stringify(fault.body) }),
    }
    // A wrong method and an unknown path are refused before the token is looked at.
    const open = fault.token === false || fault.code === 40005 || fault.code === 40400
    const answer = open ? await both.ask(request) : await call(corp, both, access, request)
    if (answer) assertRefusal(both, 'fault', answer, fault.code, status)
  },
)

const exportArb = commandArb('export', {}, async (_parts, _corp, both) => {
  const text = await both.export()
  both.note('export', text === '' ? 'empty' : 'written')
})

/** Everything that a company can be asked for. */
export const commandsArb: CommandArb = fc.oneof(
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

/** Lists, over and over, while follow-ups change: each write is looked for in them. */
export const listCommandsArb: CommandArb = fc.oneof(
  { weight: 14, arbitrary: listArb },
  { weight: 5, arbitrary: olderArb },
  { weight: 6, arbitrary: updateArb },
  { weight: 6, arbitrary: deleteArb },
  { weight: 8, arbitrary: restoreArb },
  { weight: 4, arbitrary: createArb },
  { weight: 1, arbitrary: batchCreateArb },
  { weight: 2, arbitrary: importArbOf([], { minLength: 1, maxLength: 60, size: 'max' }, fc.constant(false)) },
  { weight: 10, arbitrary: lookArb },
  { weight: 1, arbitrary: clockArb },
)
