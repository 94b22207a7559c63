import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { OPERATIONS, type Operation, type OperationName } from 'genjin-contract'
import { addApp, requireCorp } from 'genjin-server'
import { type Answer, assertRefused, TestClient } from '../support/client.ts'
import { type PersonClient, person } from '../support/people.ts'
import { follow, sharedServer } from '../support/server.ts'

/**
 * The rights matrix: every operation for every caller, on what is their own, their team's, their company's and another
 * company's. What each may is written here again, by hand: the table of the contract is what is tested.
 */

const server = await sharedServer()

/** amy and ann are in the team that lead manages, amy one department below; bob is in another; root is the administrator. */
const DIRECTORY = [
  { kind: 'department', id: 1, name: '公司' },
  { kind: 'department', id: 10, name: '一组', parent_id: 1 },
  { kind: 'department', id: 101, name: '一组小队', parent_id: 10 },
  { kind: 'department', id: 20, name: '二组', parent_id: 1 },
  { kind: 'staff', user_id: 'amy', name: '艾米', department_ids: [101] },
  { kind: 'staff', user_id: 'ann', name: '安', department_ids: [10] },
  { kind: 'staff', user_id: 'bob', name: '鲍勃', department_ids: [20] },
  { kind: 'staff', user_id: 'lead', name: '主管', department_ids: [1] },
  { kind: 'staff', user_id: 'root', name: '管理员', department_ids: [1] },
  { kind: 'target', type: 1, id: 'c-amy', name: '艾米的客户', owner_user_id: 'amy' },
  { kind: 'target', type: 1, id: 'c-ann', name: '安的客户', owner_user_id: 'ann' },
  { kind: 'target', type: 1, id: 'c-bob', name: '鲍勃的客户', owner_user_id: 'bob' },
  { kind: 'target', type: 1, id: 'c-none', name: '无主客户' },
  { kind: 'target', type: 3, id: '33', name: '艾米的商机', owner_user_id: 'amy' },
  // The same id as a customer of bob's, of another type.
  { kind: 'target', type: 3, id: 'c-bob', name: '艾米的另一商机', owner_user_id: 'amy' },
]

const WRITERS = ['amy', 'ann', 'bob', 'lead', 'root'] as const
const ABOUT = [
  { business_type: 1, business_id: 'c-amy' },
  { business_type: 1, business_id: 'c-ann' },
  { business_type: 1, business_id: 'c-bob' },
  { business_type: 1, business_id: 'c-none' },
  { business_type: 3, business_id: '33' },
  { business_type: 3, business_id: 'c-bob' },
  { business_type: 4, business_id: 'k-1', target: { external_id: 'c-amy' } },
  { business_type: 4, business_id: 'k-2', target: { external_id: 'c-bob' } },
] as const

interface Follow {
  readonly id: number
  readonly follow_user_id: string
  readonly business_type: number
  readonly business_id: string
  readonly target?: { readonly external_id?: string }
  readonly system: boolean
  readonly follow_time: number
  readonly create_time: number
  readonly follow_type: number
  readonly title: string
}

const TIME = Date.UTC(2025, 5, 1, 4)

/** Every writer about every target, by staff and by the system. */
const FOLLOWS: readonly Follow[] = [false, true]
  .flatMap((system) => WRITERS.flatMap((writer) => ABOUT.map((about) => ({ writer, about, system }))))
  .map(({ writer, about, system }, at) => ({
    id: 1000 + at,
    follow_user_id: writer,
    ...about,
    system,
    follow_time: TIME + at * 3_600_000,
    create_time: TIME + at * 3_600_000,
    follow_type: 1 + (at % 3),
    title: `标题 ${at % 4}`,
  }))

const app = await server.company('acme', [...DIRECTORY, ...FOLLOWS.map((row) => follow({ ...row }))])
const foreign = await server.company('other', [
  ...DIRECTORY,
  follow({ id: 9001, follow_user_id: 'amy', business_id: 'c-amy' }),
])
const corp = await requireCorp(server.core.context, 'acme')
const reader = new TestClient(
  server.url,
  await addApp(server.core.context, corp, { label: '只读', read_only: true }),
)
const people = {
  staff: await person(server, 'acme', 'amy'),
  manager: await person(server, 'acme', 'lead', 'manager', [10n]),
  admin: await person(server, 'acme', 'root', 'admin'),
}
const CALLERS = { app, readOnlyApp: reader, ...people }
type Caller = keyof typeof CALLERS
const ALL = Object.keys(CALLERS) as Caller[]
const USER_IDS: Partial<Record<Caller, string>> = { staff: 'amy', manager: 'lead', admin: 'root' }

let cases = 0
after(() => console.log(`rights matrix: ${cases} cases`))

function ask(caller: Caller, operation: OperationName, input: Record<string, unknown>): Promise<Answer> {
  cases++
  return CALLERS[caller].call(OPERATIONS[operation], input)
}

/** Whose follow-ups a caller sees for who wrote them. */
const SCOPES: Partial<Record<Caller, readonly string[]>> = {
  staff: ['amy'],
  manager: ['amy', 'ann', 'lead'],
}

function owns(scope: readonly string[], type: number, id: string): boolean {
  const target = DIRECTORY.find((one) => one.kind === 'target' && one.type === type && one.id === id)
  return target?.owner_user_id !== undefined && scope.includes(target.owner_user_id)
}

/** What the rules say (P2). */
function maySee(caller: Caller, row: Follow): boolean {
  const scope = SCOPES[caller]
  if (!scope || scope.includes(row.follow_user_id)) return true
  const customer = row.target?.external_id ?? (row.business_type === 1 ? row.business_id : undefined)
  return (
    owns(scope, row.business_type, row.business_id) || (customer !== undefined && owns(scope, 1, customer))
  )
}

function wrote(caller: Caller, row: Follow): boolean {
  return SCOPES[caller]?.includes(row.follow_user_id) ?? true
}

const EVERYONE = ALL
const WRITING: readonly Caller[] = ['app', 'staff', 'manager', 'admin']
const SETTING: readonly Caller[] = ['app', 'admin']
const WHOLE: readonly Caller[] = ['app', 'readOnlyApp', 'admin']
const PEOPLE: readonly Caller[] = ['staff', 'manager', 'admin']
const ADMIN: readonly Caller[] = ['admin']

const MAY: Record<Exclude<OperationName, 'accessToken'>, readonly Caller[]> = {
  followList: EVERYONE,
  followListForSystem: EVERYONE,
  followCreate: WRITING,
  followUpdate: WRITING,
  followDelete: WRITING,
  followRestore: WRITING,
  followBatchCreate: WRITING,
  followGet: EVERYONE,
  followChanges: WHOLE,
  followReconcile: WHOLE,
  customerFollowList: EVERYONE,
  opportunityFollowList: EVERYONE,
  followTypeList: EVERYONE,
  followTypeAdd: SETTING,
  followTypeRename: SETTING,
  followTypeDisable: SETTING,
  followTypeEnable: SETTING,
  followTypeDelete: SETTING,
  customFieldList: EVERYONE,
  customFieldSave: SETTING,
  customFieldDelete: SETTING,
  staffList: EVERYONE,
  departmentList: EVERYONE,
  staffSave: SETTING,
  staffLeave: SETTING,
  staffMove: SETTING,
  departmentSave: SETTING,
  departmentMove: SETTING,
  directoryReplace: SETTING,
  me: EVERYONE,
  meSave: PEOPLE,
  meSessionEnd: PEOPLE,
  mePassword: PEOPLE,
  mePasskeyBegin: PEOPLE,
  mePasskeyAdd: PEOPLE,
  mePasskeyRemove: PEOPLE,
  personList: ADMIN,
  personInvite: ADMIN,
  personRole: ADMIN,
  personDisable: ADMIN,
  personSessionList: ADMIN,
  personSessionEnd: ADMIN,
  appList: ADMIN,
  appCreate: ADMIN,
  appRename: ADMIN,
  appRotate: ADMIN,
  appRevoke: ADMIN,
  auditList: ADMIN,
}

test('P1 an operation is refused to whom it is not open, before its body is looked at, and to nobody else', async () => {
  for (const [name, may] of Object.entries(MAY) as [keyof typeof MAY, readonly Caller[]][]) {
    for (const caller of ALL) {
      // Nothing that any operation takes: the callers it is open to are told what is wrong with that, or are answered.
      const answer = await ask(caller, name, { current_index: -1, follow_id: -1, page_size: 0 })
      if (may.includes(caller))
        assert.notEqual(answer.envelope.code, 40300, `${caller} ${name}: ${answer.text}`)
      else assertRefused(answer, 40300, OPERATIONS[name].path)
    }
  }
})

test('the callers of the contract are these', () => {
  for (const [name, operation] of Object.entries(OPERATIONS) as [OperationName, Operation][]) {
    const may = name === 'accessToken' ? [] : MAY[name]
    assert.deepEqual([...operation.callers].sort(), [...may].sort(), name)
  }
})

/** The text of an answer with an id in it put in place of another, to compare answers byte for byte. */
function withId(answer: Answer, id: number, other: number): string {
  return answer.text.replaceAll(String(id), String(other))
}

const UNKNOWN = 7777

test('P2 follow/get: what one may not see answers as what does not exist, byte for byte', async () => {
  for (const caller of ALL) {
    const none = await ask(caller, 'followGet', { follow_id: UNKNOWN })
    assertRefused(none, 40410)
    for (const row of FOLLOWS) {
      const answer = await ask(caller, 'followGet', { follow_id: row.id })
      if (maySee(caller, row)) assert.equal(answer.envelope.code, 0, `${caller} ${JSON.stringify(row)}`)
      else assert.equal(withId(answer, row.id, UNKNOWN), none.text, `${caller} ${JSON.stringify(row)}`)
    }
    assert.equal(withId(await ask(caller, 'followGet', { follow_id: 9001 }), 9001, UNKNOWN), none.text)
  }
})

/** The ids of all pages of a list, and its total. */
async function listed(
  caller: Caller,
  operation: OperationName,
  input: Record<string, unknown>,
): Promise<{ total: number; ids: number[] }> {
  const ids: number[] = []
  for (let index = 1; ; index++) {
    const answer = await ask(caller, operation, { ...input, current_index: index, page_size: 7 })
    assert.equal(answer.envelope.code, 0, answer.text)
    const { total, records } = answer.envelope.data
    ids.push(...records.map((record: { id?: number; follow_id?: number }) => record.id ?? record.follow_id))
    if (records.length < 7) return { total, ids }
  }
}

const newestFirst = (rows: readonly Follow[]) =>
  [...rows].sort((a, b) => b.follow_time - a.follow_time || b.id - a.id).map(({ id }) => id)

/** Filters of follow/list, what each asks of a row, and whether it names targets or follow-ups. */
const FILTERS: readonly {
  readonly input: Record<string, unknown>
  readonly matches: (row: Follow) => boolean
  readonly isNamed?: boolean
}[] = [
  { input: {}, matches: () => true },
  { input: { target_type: 1 }, matches: (row) => row.business_type === 1 },
  { input: { follow_type_list: [1, 2] }, matches: (row) => row.follow_type !== 3 },
  { input: { title: '标题 1' }, matches: (row) => row.title === '标题 1' },
  {
    input: { follow_user_ids: ['amy', 'bob'] },
    matches: (row) => ['amy', 'bob'].includes(row.follow_user_id),
  },
  { input: { follow_user_ids: ['bob'] }, matches: (row) => row.follow_user_id === 'bob' },
  { input: { follow_dep_ids: [1] }, matches: () => true },
  { input: { follow_dep_ids: [10], fetch_child: 0 }, matches: (row) => row.follow_user_id === 'ann' },
  {
    input: { follow_time_start: '2025-06-02', follow_time_end: '2025-06-02' },
    matches: (row) => row.follow_time >= TIME + 12 * 3_600_000 && row.follow_time < TIME + 36 * 3_600_000,
  },
  ...['c-amy', 'c-ann', 'c-bob', 'c-none', '33', 'k-1', 'nowhere'].map((id) => ({
    input: { target_id_list: [id] },
    matches: (row: Follow) => row.business_id === id || row.target?.external_id === id,
    isNamed: true,
  })),
  {
    input: { target_id_list: ['c-amy', 'c-bob'] },
    matches: (row) =>
      ['c-amy', 'c-bob'].some((id) => row.business_id === id || row.target?.external_id === id),
    isNamed: true,
  },
  {
    input: { target_id_list: ['c-amy', 'c-bob'], follow_user_ids: ['bob'] },
    matches: (row) =>
      row.follow_user_id === 'bob' &&
      ['c-amy', 'c-bob'].some((id) => row.business_id === id || row.target?.external_id === id),
    isNamed: true,
  },
  {
    input: { target_id_list: ['c-amy'], target_type: 4 },
    matches: (row) => row.business_type === 4 && row.target?.external_id === 'c-amy',
    isNamed: true,
  },
  { input: { id_list: FOLLOWS.map(({ id }) => id) }, matches: () => true, isNamed: true },
  {
    input: { id_list: [1000, 1001, 1016, 9001, UNKNOWN] },
    matches: (row) => [1000, 1001, 1016].includes(row.id),
    isNamed: true,
  },
]

for (const [operation, system] of [
  ['followList', false],
  ['followListForSystem', true],
] as const) {
  test(`P2 ${operation}: what those in one's scope wrote, and all that one sees where targets or follow-ups are named`, async () => {
    for (const caller of ALL) {
      for (const { input, matches, isNamed = false } of FILTERS) {
        if (system && ('follow_type_list' in input || 'title' in input)) continue
        const wanted = newestFirst(
          FOLLOWS.filter(
            (row) =>
              row.system === system && matches(row) && (isNamed ? maySee(caller, row) : wrote(caller, row)),
          ),
        )
        const { total, ids } = await listed(caller, operation, input)
        assert.deepEqual(ids, wanted, `${caller} ${JSON.stringify(input)}`)
        assert.equal(total, wanted.length, `${caller} ${JSON.stringify(input)}`)
      }
    }
  })
}

test("P2 the platform's older lists: the same", async () => {
  const staff = FOLLOWS.filter(({ system }) => !system)
  for (const caller of ALL) {
    for (const [operation, types] of [
      ['customerFollowList', [1, 4]],
      ['opportunityFollowList', [3]],
    ] as const) {
      const rows = staff.filter((row) => (types as readonly number[]).includes(row.business_type))
      const all = await listed(caller, operation, {})
      assert.deepEqual(
        all.ids,
        newestFirst(rows.filter((row) => wrote(caller, row))),
        `${caller} ${operation}`,
      )
      for (const id of [1000, 1016, 1019, 9001]) {
        const one = await listed(caller, operation, { follow_id: id })
        const wanted = rows.filter((row) => row.id === id && maySee(caller, row))
        assert.deepEqual(one.ids, newestFirst(wanted), `${caller} ${operation} ${id}`)
      }
    }
    for (const user of WRITERS) {
      for (const customer of ['c-amy', 'c-bob', 'nobody']) {
        const { ids } = await listed(caller, 'customerFollowList', {
          user_id: user,
          external_user_id: customer,
        })
        const wanted = staff.filter(
          (row) =>
            row.business_type !== 3 &&
            row.follow_user_id === user &&
            (row.target?.external_id ?? row.business_id) === customer &&
            maySee(caller, row),
        )
        assert.deepEqual(ids, newestFirst(wanted), `${caller} ${user} ${customer}`)
      }
    }
  }
})

const NEW = { type: 1, id: 'c-none', contact_type: '电话跟进', follow_content: '新的一条' }

test('P3 one writes in one’s own name, an administrator and an app in anyone’s', async () => {
  for (const caller of WRITING) {
    for (const author of ['amy', 'ann', 'bob', 'lead', 'root', 'nobody']) {
      const isOwn = USER_IDS[caller] === author
      const mayName = isOwn || caller === 'app' || caller === 'admin'
      const wanted = !mayName ? 40300 : author === 'nobody' ? 40000 : 0
      const answer = await ask(caller, 'followCreate', { ...NEW, user_id: author })
      assert.equal(answer.envelope.code, wanted, `${caller} ${author}: ${answer.text}`)
      if (wanted === 40300) assertRefused(answer, 40300, 'user_id')
      const batch = await ask(caller, 'followBatchCreate', { records: [{ ...NEW, user_id: author }] })
      assert.equal(batch.envelope.data.results[0].code, wanted, `${caller} ${author}: ${batch.text}`)
      if (wanted !== 0) continue
      const { data } = await CALLERS[caller]
        .post('crm/follow/get', { follow_id: answer.envelope.data })
        .then(({ envelope }) => envelope)
      const [first] = data.history
      const change = { appid: first.appid === null, user_id: first.user_id }
      const by =
        caller === 'app' ? { appid: false, user_id: author } : { appid: true, user_id: USER_IDS[caller] }
      assert.deepEqual(change, by, 'the history names who wrote it')
    }
  }
})

test('P4 P5 correcting, deleting and restoring: unseen is not found, seen but not allowed says so', async () => {
  /** Follow-ups of their own for each attempt: the first rows of each writer about each target. */
  const rows = FOLLOWS.filter(({ system }) => !system)
  for (const caller of WRITING) {
    const me = USER_IDS[caller]
    const userId = me ?? 'root'
    const none = await ask(caller, 'followUpdate', { follow_id: UNKNOWN, user_id: userId, title: '改' })
    const noneDeleted = await ask(caller, 'followDelete', {
      follow_id: UNKNOWN,
      user_id: userId,
      reason: '误',
    })
    const noneRestored = await ask(caller, 'followRestore', { follow_id: UNKNOWN, user_id: userId })
    for (const row of rows) {
      const seen = maySee(caller, row)
      const isOwn = row.follow_user_id === me
      const isWhole = caller === 'app' || caller === 'admin'
      const update = await ask(caller, 'followUpdate', {
        follow_id: row.id,
        user_id: userId,
        title: `改 ${caller}`,
      })
      const remove = () => ask(caller, 'followDelete', { follow_id: row.id, user_id: userId, reason: '误' })
      const what = `${caller} ${JSON.stringify(row)}`
      if (!seen) {
        assert.equal(withId(update, row.id, UNKNOWN), none.text, what)
        assert.equal(withId(await remove(), row.id, UNKNOWN), noneDeleted.text, what)
        const restore = await ask(caller, 'followRestore', { follow_id: row.id, user_id: userId })
        assert.equal(withId(restore, row.id, UNKNOWN), noneRestored.text, what)
        continue
      }
      assert.equal(update.envelope.code, isWhole || isOwn ? 0 : 40300, `${what}: ${update.text}`)
      const mayDelete = isWhole || isOwn || (caller === 'manager' && wrote(caller, row))
      const removed = await remove()
      assert.equal(removed.envelope.code, mayDelete ? 0 : 40300, `${what}: ${removed.text}`)
      if (!mayDelete) continue
      const again = await remove()
      assertRefused(again, 40920, '已删除')
      const restored = await ask(caller, 'followRestore', { follow_id: row.id, user_id: userId })
      assert.equal(restored.envelope.code, 0, `${what}: ${restored.text}`)
    }
    for (const operation of ['followUpdate', 'followDelete', 'followRestore'] as const) {
      const other = await ask(caller, operation, {
        follow_id: 9001,
        user_id: userId,
        title: '改',
        reason: '误',
      })
      const missing = await ask(caller, operation, {
        follow_id: UNKNOWN,
        user_id: userId,
        title: '改',
        reason: '误',
      })
      assert.equal(withId(other, 9001, UNKNOWN), missing.text, `${caller} ${operation}`)
    }
  }
})

test('P5 what a manager deleted is not restored by its author; what the author withdrew is', async () => {
  const { staff, manager, admin } = people
  const id = await staff.done('crm/follow/create', { ...NEW, user_id: 'amy' })
  await manager.done('crm/follow/delete', { follow_id: id, user_id: 'lead', reason: '重复' })
  await staff.refused('crm/follow/restore', { follow_id: id, user_id: 'amy' }, 40300, '由他人删除')
  await manager.done('crm/follow/restore', { follow_id: id, user_id: 'lead' })
  await staff.done('crm/follow/delete', { follow_id: id, user_id: 'amy', reason: '误录' })
  await staff.done('crm/follow/restore', { follow_id: id, user_id: 'amy' })
  // Who manages others is not their own manager.
  const own = await manager.done('crm/follow/create', { ...NEW, user_id: 'lead' })
  await admin.done('crm/follow/delete', { follow_id: own, user_id: 'root', reason: '重复' })
  await manager.refused('crm/follow/restore', { follow_id: own, user_id: 'lead' }, 40300, '由他人删除')
  await admin.done('crm/follow/restore', { follow_id: own, user_id: 'root' })
  await admin.done('crm/follow/delete', { follow_id: id, user_id: 'root', reason: '重复' })
  await staff.refused('crm/follow/update', { follow_id: id, user_id: 'amy', title: '改' }, 40920, '已删除')
})

test('P3 a person’s changes are in their own name only', async () => {
  for (const caller of ['staff', 'manager', 'admin'] as const) {
    const own = USER_IDS[caller]
    const id = await people[caller].done('crm/follow/create', { ...NEW, user_id: own })
    for (const operation of ['followUpdate', 'followDelete'] as const) {
      const answer = await ask(caller, operation, {
        follow_id: id,
        user_id: 'bob',
        title: '改',
        reason: '误',
      })
      assertRefused(answer, 40300, 'user_id')
    }
  }
})

test('P2 rights follow the directory and the owners at once', async () => {
  const { staff, manager } = people
  const row = FOLLOWS.find(
    ({ follow_user_id: by, business_id: id, system }) => by === 'bob' && id === 'c-none' && !system,
  ) as Follow
  const sees = async (who: PersonClient) =>
    (await who.post('crm/follow/get', { follow_id: row.id })).envelope.code === 0
  const total = async (who: PersonClient) => (await who.done('crm/follow/list')).total
  const before = await total(manager)
  assert.deepEqual([await sees(staff), await sees(manager)], [false, false])
  await server.load('acme', [{ kind: 'target', type: 1, id: 'c-none', name: '有主', owner_user_id: 'amy' }])
  assert.deepEqual([await sees(staff), await sees(manager)], [true, true])
  await server.load('acme', [{ kind: 'target', type: 1, id: 'c-none', name: '无主' }])
  assert.deepEqual([await sees(staff), await sees(manager)], [false, false])
  await app.done('department/user/move', { user_ids: ['bob'], department_ids: [101] })
  assert.deepEqual([await sees(staff), await sees(manager)], [false, true])
  const written = await app.list({ follow_user_ids: ['bob'] })
  assert.equal(await total(manager), before + written.total)
  await app.done('department/user/move', { user_ids: ['bob'], department_ids: [20] })
  assert.equal(await total(manager), before)
})

test('operations with ids of another company find nothing', async () => {
  const { admin } = people
  const otherApp = foreign.credentials.appid
  for (const [path, body] of [
    ['app/rename', { appid: otherApp, label: '改' }],
    ['app/rotate', { appid: otherApp }],
    ['app/revoke', { appid: otherApp }],
    ['person/role', { user_id: 'bob', role: 'staff' }],
    ['person/disable', { user_id: 'bob' }],
    ['person/session/list', { user_id: 'bob' }],
    ['person/session/end', { user_id: 'bob' }],
    ['me/session/end', { id: 'nothing' }],
    ['me/passkey/remove', { id: 'nothing' }],
  ] as const) {
    cases++
    await admin.refused(path, body, 40410)
  }
})
