import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Answer, RawRequest } from './client.ts'
import { FAULTS, type Fault } from './equivalence-faults.ts'
import {
  addCreated,
  type Company,
  createAnswer,
  departmentListAnswer,
  type Expected,
  followListAnswer,
  type Imported,
  importLines,
  type Json,
  type Line,
  methodListAnswer,
  olderListAnswer,
  rawNumber,
  resolved,
  staffListAnswer,
  tokenAnswer,
  tokenCode,
} from './equivalence-model.ts'
import {
  DAY_MS,
  DEPARTMENTS,
  endsBeforeItBegins,
  idArb,
  isFiltered,
  listRequestArb,
  METHOD_NAMES,
  TARGET_KEYS,
  TARGETS,
  TITLES,
  TYPES,
  USERS,
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
    typeof value === 'number' ? ` ${value} ` : value,
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
  .record({
    which: fc.constantFrom('customer' as const, 'opportunity' as const),
    user: fc.record({ user_id: fc.constantFrom(...USERS) }),
    external: fc.record({ external_user_id: fc.constantFrom(...TARGETS) }),
    follow: fc.record({ follow_id: anyIdArb }),
    opportunity: fc.record({ opportunity_id: fc.constantFrom('123', '1538877699425540097') }),
    times: secondsArb,
    paging: fc.record({
      page_size: fc.integer({ min: 1, max: 20 }),
      current_index: fc.integer({ min: 1, max: 3 }),
    }),
    kinds: fc.subarray(['pair', 'user', 'follow', 'opportunity', 'times', 'paging'] as const, {
      maxLength: 2,
    }),
    access: accessArb,
  })
  .map(({ which, kinds, access, ...parts }) => {
    const spec: Json = {}
    for (const kind of kinds) {
      if (kind === 'pair') Object.assign(spec, parts.user, parts.external)
      else if (kind !== 'opportunity' || which === 'opportunity') Object.assign(spec, parts[kind])
    }
    const name = `${which}/list`
    return command(name, { spec, access }, async (company, both) => {
      const body = resolved(spec, company)
      const answer = await call(company, both, access, post(`crm/follow/${name}`, body))
      if (!answer) return
      const expected = olderListAnswer(company, which, body)
      if (typeof expected === 'number') return assertRefusal(both, name, answer, expected)
      const filtered = kinds.some((kind) => kind !== 'paging')
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

const targetArb = fc.dictionary(fc.constantFrom(...TARGET_KEYS), fc.constantFrom(...TARGETS), { maxKeys: 3 })
const timeArb = fc
  .oneof(
    fc.integer({ min: -11, max: 1 }).map((day) => day * DAY_MS),
    fc.integer({ min: -11, max: 1 }).map((day) => day * DAY_MS - 1),
    fc.integer({ min: -11 * DAY_MS, max: 2 * DAY_MS }),
  )
  .map((offset) => `@ms:${offset}`)
const remindArb = fc.record(
  {
    is_remind: fc.constantFrom(0, 1),
    time: timeArb,
    before: fc.constant(60_000),
    content: fc.constant('🙂'),
  },
  { requiredKeys: [] },
)

/** Custom values with numbers that a double would change. */
const fieldMapArb = fc.constantFrom<Json[]>(
  {},
  { 等级: 'a', '🙂': [1, null, false] },
  { long: rawNumber('1538877699425540097'), decimal: rawNumber('1.0'), deep: { e: rawNumber('1e3') } },
)

const createBodyArb = fc
  .record({
    what: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Json[]>({ type: 0 }, { type: 1 }, { type: 2, stage_id: 7 }) },
      { weight: 1, arbitrary: fc.constantFrom(...TYPES).map((type): Json => ({ target_type: type })) },
    ),
    always: fc.record({
      id: fc.constantFrom(...TARGETS),
      user_id: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('zhang', '李雷', '🙂') },
        { weight: 1, arbitrary: fc.constantFrom(...USERS, 'nobody') },
      ),
      contact_type: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('打电话', '线上会议', '加好友（企微加好友）') },
        { weight: 2, arbitrary: fc.constantFrom(...METHOD_NAMES, '不存在') },
      ),
      follow_content: fc.constantFrom('内容', '🙂\n"引"', '客户一', '\\u0041', '<&>'),
    }),
    often: fc.record(
      {
        title: fc.constantFrom(...TITLES),
        is_ai: fc.boolean(),
        follow_time: timeArb,
        target: targetArb,
        field_map: fieldMapArb,
        remind: remindArb,
        location_lat: fc.constant('31.2'),
        location_name: fc.constantFrom('上海', ' '),
        attachment: fc.array(
          fc.record(
            {
              name: fc.constantFrom('合同.pdf', 'a'),
              type: fc.constantFrom('file', 'image'),
              cos_url: fc.constant('https://files.example.com/1'),
            },
            { requiredKeys: ['name'] },
          ),
          { minLength: 1, maxLength: 2 },
        ),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ what, always, often }): Json => ({ ...what, ...always, ...often }))

const createArb = fc
  .record({
    spec: createBodyArb,
    key: fc.option(fc.constantFrom(...KEYS), { nil: undefined, freq: 2 }),
    access: accessArb,
    loose: looseArb,
  })
  .map(({ spec, key, access, loose }) =>
    command('create', { spec, key, access, loose }, async (company, both) => {
      const body = resolved(spec, company)
      if (key !== undefined) company.sent.push({ app: access.app, key, body })
      await create(company, both, access, { name: 'create', body, key, loose })
    }),
  )

/** A request that was sent with a key, once more: with the same body, or with another one. */
const retryArb = fc
  .record({ at: fc.nat({ max: 20 }), changed: fc.integer({ min: 0, max: 2 }), access: accessArb })
  .map(({ at, changed, access }) =>
    command(
      'create again',
      { at, changed, access },
      async (company, both) => {
        const { app, key, body } = company.sent[at % company.sent.length] as Company['sent'][number]
        const again = changed === 0 ? { ...body, follow_content: `${body.follow_content}!` } : body
        await create(company, both, { ...access, app }, { name: 'create again', body: again, key })
      },
      (company) => company.sent.length > 0,
    ),
  )

interface Creation {
  readonly name: string
  readonly body: Json
  readonly key: string | undefined
  readonly loose?: boolean
}

async function create(
  company: Company,
  both: Both,
  access: Access,
  { name, body, key, loose = false }: Creation,
): Promise<void> {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
  const request = post('crm/follow/create', loosely(body, loose), headers)
  const answer = await call(company, both, access, request)
  if (!answer) return
  const expected = createAnswer(company, access.app, body, key)
  if ('code' in expected) return assertRefusal(both, name, answer, expected.code)
  const id = /^\{"code":0,"msg":"请求成功","data":(\d+),"sub_code":"00000"\}$/.exec(answer.text)?.[1]
  assert.ok(id, answer.text)
  if (expected.id !== 'new') {
    assert.equal(id, expected.id)
    both.note(name, 'first answer again')
    return
  }
  const before = company.minted.at(-1)
  assert.ok(!company.follows.has(id), `the id ${id} was there already`)
  assert.ok(BigInt(id) > BigInt(before ?? 0) && BigInt(id) < 2n ** 53n, `${id} after ${before}`)
  const taken = before !== undefined && company.follows.has(String(BigInt(before) + 1n))
  addCreated(company, access.app, body, key, id)
  both.note(name, taken ? 'written, after an id that was taken' : 'written')
}

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

const customFieldLineArb = fc.record({
  kind: fc.constant('custom_field'),
  key: fc.constantFrom('level', 'Level', '等级', '🙂', 'Ａ'),
  name: fc.constantFrom('客户等级', 'x'),
  type: fc.constantFrom('text', 'single'),
})

const lineIdArb = fc.oneof(
  { weight: 10, arbitrary: idArb },
  { weight: 1, arbitrary: fc.nat({ max: 5 }).map((at) => `@minted:${at}`) },
  // Ids that the server is about to make.
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }).map((step) => `@next:${step}`) },
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
        remind: remindArb,
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ more, ...line }): Json => ({ ...line, ...more }))

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
  { weight: 14, arbitrary: createArb },
  { weight: 8, arbitrary: retryArb },
  { weight: 6, arbitrary: importArb },
  { weight: 6, arbitrary: directoryArb },
  { weight: 12, arbitrary: faultArb },
  { weight: 6, arbitrary: clockArb },
  { weight: 2, arbitrary: askTokenArb },
  { weight: 2, arbitrary: revokeArb },
  { weight: 1, arbitrary: exportArb },
  { weight: 1, arbitrary: disableArb },
)
