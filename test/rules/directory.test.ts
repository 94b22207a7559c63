import assert from 'node:assert/strict'
import { type ClientRequest, request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { OPERATIONS, type Operation } from 'genjin-contract'
import { assertRefused, type TestClient } from '../support/client.ts'
import { follow, sharedServer } from '../support/server.ts'

const server = await sharedServer()

const CONFLICT = 40920
const NOT_FOUND = 40410
const INVALID = 40000
const RANGE = 40020

const ALL = { page_size: 100 }
const STAFF_LIST = 'department/user/list'
const SAVE_STAFF = 'department/user/save'
const LEAVE = 'department/user/leave'
const MOVE_STAFF = 'department/user/move'
const SAVE = 'department/save'
const MOVE = 'department/move'
const REPLACE = 'department/replace'

const counts = (added: number, updated: number, unchanged: number) => ({ added, updated, unchanged })

/** The directory as both lists answer it, exact. */
async function directory(client: TestClient): Promise<string> {
  const [departments, staff] = [await client.get('department/list', ALL), await client.get(STAFF_LIST, ALL)]
  return `${departments.text}\n${staff.text}`
}

async function staffList(client: TestClient): Promise<Record<string, string | null>[]> {
  return (await client.get(STAFF_LIST, ALL)).envelope.data.records
}

/** These fields of one of the staff, as the list has them. */
async function staffFields(client: TestClient, user: string, ...names: string[]) {
  const found = (await staffList(client)).find(({ userId }) => userId === user)
  return names.map((name) => found?.[name])
}

/** Each department with the one above it. */
async function tree(client: TestClient): Promise<string> {
  const { records } = (await client.get('department/list', ALL)).envelope.data
  return records
    .map(({ id, parent_id }: { id: number; parent_id: number | null }) => `${id}<${parent_id}`)
    .join(' ')
}

/** A call that must be refused, with nothing written. */
async function refused(client: TestClient, ...call: Parameters<TestClient['refused']>): Promise<void> {
  const before = await directory(client)
  await client.refused(...call)
  assert.equal(await directory(client), before)
}

const member = (user_id: string, fields: Record<string, unknown> = {}) => ({
  user_id,
  name: user_id,
  ...fields,
})

test('D1 staff are added and replaced as a whole in batches, which count what they did', async () => {
  const client = await server.company('staff-save')
  const contact = {
    alias: '大张',
    mobile: '13800138000',
    position: '销售',
    email: 'zhang@example.com',
    avatar: 'https://files.example.com/a.png',
  }
  const zhang = {
    user_id: 'zhang',
    name: '张伟',
    department_ids: ['9007199254740993', 2, 2],
    main_department_id: 2,
    status: 4,
    ...contact,
  }
  assert.deepEqual(await client.done(SAVE_STAFF, { staff: [zhang, member('li')] }), counts(2, 0, 0))
  const nothing = { alias: null, mobile: null, position: null, email: null, avatar: null }
  const nowhere = { main_department_id: null, department_id: '', status: '1' }
  const inTwo = { main_department_id: '2', department_id: '9007199254740993,2', status: '4' }
  assert.deepEqual(await staffList(client), [
    { userId: 'li', username: 'li', ...nothing, ...nowhere },
    { userId: 'zhang', username: '张伟', ...contact, ...inTwo },
  ])
  const before = await directory(client)
  assert.deepEqual(await client.done(SAVE_STAFF, { staff: [zhang, member('li')] }), counts(0, 0, 2))
  assert.equal(await directory(client), before)
  const batch = [member('zhang', { department_ids: [2] }), member('li'), member('wang')]
  assert.deepEqual(await client.done(SAVE_STAFF, { staff: batch }), counts(1, 1, 1))
  const names = ['alias', 'mobile', 'main_department_id', 'department_id', 'status']
  assert.deepEqual(await staffFields(client, 'zhang', ...names), [null, null, null, '2', '1'])
  // Every single thing that is written makes a difference.
  for (const [name, value] of Object.entries(zhang).slice(1)) {
    await client.done(SAVE_STAFF, { staff: [member('one')] })
    const changed = await client.done(SAVE_STAFF, { staff: [member('one', { [name]: value })] })
    assert.deepEqual(changed, counts(0, 1, 0), name)
  }
})

test('D1 bad batches of staff are refused as a whole', async () => {
  const client = await server.company('staff-refused', [{ kind: 'staff', ...member('zhang') }])
  const twice = [member('a'), member('b'), member('a', { name: '又' })]
  const inTwice = { user_ids: ['zhang'], department_ids: [1, 2, '1'] }
  const user_ids = ['zhang', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6']
  const unknown = /user_ids 里有 6 个.*n1、n2、n3、n4、n5…/
  for (const [path, body, code, names] of [
    [SAVE_STAFF, { staff: twice }, INVALID, /staff\[2\]\.user_id.*staff\[0\]\.user_id.*a/],
    [SAVE_STAFF, { staff: [member('a'), member('b', { status: 3 })] }, RANGE, 'staff[1].status'],
    [LEAVE, { user_ids: ['zhang', 'zhang'] }, INVALID, /user_ids\[1\].*zhang/],
    [MOVE_STAFF, inTwice, INVALID, /department_ids\[2\].*department_ids\[0\].*1/],
    [LEAVE, { user_ids }, NOT_FOUND, unknown],
    [MOVE_STAFF, { user_ids, department_ids: [1] }, NOT_FOUND, unknown],
  ] as const) {
    await refused(client, path, body, code, names)
  }
})

test('D1 who leaves keeps records and departments; who moves takes the records along', async () => {
  const li = member('li', { department_ids: [3], main_department_id: 3 })
  const client = await server.company('staff-move', [
    { kind: 'department', id: 1, name: '总部' },
    { kind: 'department', id: 2, name: '一部', parent_id: 1 },
    { kind: 'department', id: 3, name: '二部', parent_id: 1 },
    { kind: 'staff', ...member('zhang', { department_ids: [2], main_department_id: 2, alias: '大张' }) },
    { kind: 'staff', ...li },
    { kind: 'follow_type', id: 1, name: '电话跟进' },
    follow({ id: 1 }),
    follow({ id: 2, follow_user_id: 'li' }),
  ])
  const ofDepartment = async (id: number) => (await client.ids({ follow_dep_ids: [id] })).ids.join()
  assert.deepEqual([await ofDepartment(2), await ofDepartment(3)], ['1', '2'])

  assert.deepEqual(await client.done(LEAVE, { user_ids: ['zhang'] }), counts(0, 1, 0))
  assert.deepEqual(await client.done(LEAVE, { user_ids: ['zhang', 'li'] }), counts(0, 1, 1))
  assert.deepEqual(await client.done(SAVE_STAFF, { staff: [li] }), counts(0, 1, 0))
  const fields = ['status', 'department_id', 'main_department_id', 'alias']
  assert.deepEqual(await staffFields(client, 'zhang', ...fields), ['5', '2', '2', '大张'])
  assert.equal(await ofDepartment(2), '1')
  assert.equal((await client.list({ follow_user_ids: ['zhang'] })).total, 1)

  const move = { user_ids: ['zhang', 'li'], department_ids: [3] }
  assert.deepEqual(await client.done(MOVE_STAFF, move), counts(0, 1, 1))
  assert.deepEqual([await ofDepartment(2), await ofDepartment(3), await ofDepartment(1)], ['', '2,1', '2,1'])
  assert.deepEqual(await staffFields(client, 'zhang', ...fields), ['5', '3', '3', '大张'])
  const both = { user_ids: ['zhang'], department_ids: [3, 2], main_department_id: 2 }
  assert.deepEqual(await client.done(MOVE_STAFF, both), counts(0, 1, 0))
  assert.deepEqual(await staffFields(client, 'zhang', 'department_id', 'main_department_id'), ['3,2', '2'])
})

test('D2 departments are added and replaced in batches, in any order, below unknown ones too', async () => {
  const client = await server.company('department-save')
  const departments = [
    { id: 3, name: '三', parent_id: 2, order: 5 },
    { id: 2, name: '二', parent_id: 1 },
    { id: 1, name: '一' },
    { id: '9223372036854775807', name: '大', parent_id: 404 },
  ]
  assert.deepEqual(await client.done(SAVE, { departments }), counts(4, 0, 0))
  assert.equal(
    (await client.get('department/list')).text,
    '{"code":0,"msg":"请求成功","data":{"total":4,"records":[' +
      '{"id":1,"name":"一","parent_id":null,"order":null},' +
      '{"id":2,"name":"二","parent_id":1,"order":null},' +
      '{"id":3,"name":"三","parent_id":2,"order":5},' +
      '{"id":9223372036854775807,"name":"大","parent_id":404,"order":null}]},"sub_code":"00000"}',
  )
  assert.deepEqual(await client.done(SAVE, { departments }), counts(0, 0, 4))
  const changed = [
    { id: 3, name: '三', parent_id: 2 },
    { id: 2, name: '二', parent_id: 1 },
    { id: 5, name: '五' },
  ]
  assert.deepEqual(await client.done(SAVE, { departments: changed }), counts(1, 1, 1))
  const twice = [7, '7'].map((id) => ({ id, name: '七' }))
  const names = /departments\[1\]\.id.*departments\[0\]\.id.*7/
  await refused(client, SAVE, { departments: twice }, INVALID, names)
})

test('D2 a department moves below another or to the top, with everything below it', async () => {
  const client = await server.company('department-move', [
    { kind: 'department', id: 1, name: '一' },
    { kind: 'department', id: 2, name: '二', parent_id: 1, order: 9 },
    { kind: 'department', id: 3, name: '三', parent_id: 2 },
    { kind: 'department', id: 4, name: '四' },
    { kind: 'staff', ...member('zhang', { department_ids: [3] }) },
    { kind: 'follow_type', id: 1, name: '电话跟进' },
    follow({ id: 1 }),
  ])
  const total = async (department: number) => (await client.list({ follow_dep_ids: [department] })).total
  const totals = async () => [await total(1), await total(4)]
  assert.deepEqual(await totals(), [1, 0])
  assert.deepEqual(await client.done(MOVE, { id: 2, parent_id: 4 }), counts(0, 1, 0))
  assert.deepEqual(await client.done(MOVE, { id: 2, parent_id: 4 }), counts(0, 0, 1))
  assert.deepEqual(await totals(), [0, 1])
  assert.equal(await tree(client), '1<null 2<4 3<2 4<null')
  assert.deepEqual(await client.done(MOVE, { id: 2, parent_id: 0 }), counts(0, 1, 0))
  assert.equal(await tree(client), '1<null 2<null 3<2 4<null')
  const { records } = (await client.get('department/list')).envelope.data
  assert.deepEqual(records[1], { id: 2, name: '二', parent_id: null, order: 9 })
  await refused(client, MOVE, { id: 77, parent_id: 1 }, NOT_FOUND, /参数 id .*77/)
  await refused(client, MOVE, { id: 2, parent_id: 77 }, NOT_FOUND, /parent_id.*77.*给 0/)
})

test('D2 a cycle is refused by save, move and replace, which name it and write nothing', async () => {
  const client = await server.company('department-cycle', [
    { kind: 'department', id: 1, name: '一' },
    { kind: 'department', id: 2, name: '二', parent_id: 1 },
    { kind: 'department', id: 3, name: '三', parent_id: 2 },
    { kind: 'staff', ...member('zhang') },
  ])
  await refused(client, MOVE, { id: 1, parent_id: 3 }, CONFLICT, /1 → 3 → 2 → 1/)
  await refused(client, MOVE, { id: 1, parent_id: 1 }, CONFLICT, /1 → 1/)
  const below = [
    { id: 9, name: '九' },
    { id: 1, name: '一', parent_id: 2 },
  ]
  await refused(client, SAVE, { departments: below }, CONFLICT, /1 → 2 → 1/)
  // The cycle is above what the first one names.
  const above = [
    { id: 8, name: '八', parent_id: 7 },
    { id: 7, name: '七', parent_id: 6 },
    { id: 6, name: '六', parent_id: 7 },
  ]
  await refused(client, SAVE, { departments: above }, CONFLICT, /7 → 6 → 7/)
  await refused(client, REPLACE, { departments: above, staff: [member('li')] }, CONFLICT, /7 → 6 → 7/)
  // Turned round as a whole it is a tree again.
  const turned = [
    { id: 3, name: '三' },
    { id: 2, name: '二', parent_id: 3 },
    { id: 1, name: '一', parent_id: 2 },
  ]
  assert.deepEqual(await client.done(SAVE, { departments: turned }), counts(0, 3, 0))
})

test('D3 the directory is replaced: departments removed, staff marked as left, everything counted', async () => {
  const client = await server.company('replace', [
    { kind: 'department', id: 1, name: '一' },
    { kind: 'department', id: 2, name: '二', parent_id: 1 },
    { kind: 'department', id: 3, name: '三' },
    { kind: 'staff', ...member('same', { department_ids: [1] }) },
    { kind: 'staff', ...member('other', { department_ids: [1] }) },
    { kind: 'staff', ...member('gone', { department_ids: [2, 3], main_department_id: 2, alias: '别名' }) },
    { kind: 'staff', ...member('long-gone', { status: 5 }) },
    { kind: 'staff', ...member('back', { status: 5 }) },
    { kind: 'follow_type', id: 1, name: '电话跟进' },
    follow({ id: 1, follow_user_id: 'gone' }),
  ])
  const body = {
    departments: [
      { id: 1, name: '一' },
      { id: 2, name: '新二', parent_id: 1 },
      { id: 4, name: '四', parent_id: 404 },
    ],
    staff: [
      member('same', { department_ids: [1] }),
      member('other', { department_ids: [2, 4] }),
      member('back'),
      member('new', { department_ids: [4] }),
    ],
  }
  assert.deepEqual(await client.done(REPLACE, body), {
    departments: { ...counts(1, 1, 1), removed: 1 },
    staff: { ...counts(1, 2, 1), left: 1 },
  })
  assert.equal(await tree(client), '1<null 2<1 4<404')
  const staff = await staffList(client)
  const told = staff.map(({ userId, department_id, status }) => [userId, department_id, status].join(' '))
  assert.deepEqual(told, ['back  1', 'gone 2,3 5', 'long-gone  5', 'new 4 1', 'other 2,4 1', 'same 1 1'])
  assert.deepEqual(await staffFields(client, 'gone', 'main_department_id', 'alias'), ['2', '别名'])
  assert.equal((await client.list({ follow_dep_ids: [1] })).total, 1)
  const before = await directory(client)
  assert.deepEqual(await client.done(REPLACE, body), {
    departments: { ...counts(0, 0, 3), removed: 0 },
    staff: { ...counts(0, 0, 4), left: 0 },
  })
  assert.equal(await directory(client), before)
})

test('D3 a bad directory is refused as a whole', async () => {
  const client = await server.company('replace-refused', [
    { kind: 'department', id: 1, name: '一' },
    { kind: 'staff', ...member('zhang') },
  ])
  const departments = [{ id: 2, name: '二' }]
  const staff = [member('li')]
  for (const [body, code, names] of [
    [{ staff: [...staff, ...staff] }, INVALID, /staff\[1\]\.user_id.*li/],
    [{ departments: [...departments, ...departments] }, INVALID, /departments\[1\]\.id.*2/],
    [{ staff: [...staff, { user_id: 'no-name' }] }, 40010, 'staff[1].name'],
    // Nobody at all: more likely a mistake than a wish.
    [{ staff: [] }, 40010, 'staff'],
    [{ staff: [member('li', { alias: 'a\0b' })] }, INVALID, /staff\[0\]\.alias.*NUL/],
  ] as const) {
    await refused(client, REPLACE, { departments, staff, ...body }, code, names)
  }
})

test('D3 1,001 staff are taken here and refused elsewhere; 10,001 departments and 1,001 departments of a member are too many', async () => {
  const client = await server.company('replace-limits')
  const departments = [{ id: 1, name: '一' }]
  const staff = Array.from({ length: 1001 }, (_, at) => member(`u${at}`))
  await refused(client, SAVE_STAFF, { staff }, RANGE, /staff.*1001.*1000/)
  assert.equal((await client.done(REPLACE, { departments, staff })).staff.added, 1001)
  const many = Array.from({ length: 10_001 }, (_, at) => ({ id: at + 1, name: '部' }))
  await refused(client, REPLACE, { departments: many, staff }, RANGE, /departments.*10001.*10000/)
  const inMany = [member('a', { department_ids: Array.from({ length: 1001 }, (_, at) => at + 1) })]
  const names = /staff\[0\]\.department_ids.*1001.*1000/
  await refused(client, REPLACE, { departments, staff: inMany }, RANGE, names)
  const everybody = Array.from({ length: 100_001 }, () => 1)
  await refused(client, REPLACE, { departments, staff: everybody }, RANGE, /staff.*100001.*100000/)
})

test('D3 a body of over 1 MiB is taken here and refused elsewhere; over 32 MiB it is refused here too', async () => {
  const client = await server.company('replace-bytes')
  const body = { departments: [{ id: 1, name: '一' }], staff: [member('a'), member('b')] }
  const padded = (bytes: number) => `${JSON.stringify(body)}${' '.repeat(bytes)}`
  const tooLarge = 41300
  await refused(client, SAVE_STAFF, padded(1024 * 1024), tooLarge, '1 MiB（1048576 字节）')
  assert.equal((await client.done(REPLACE, padded(1024 * 1024))).staff.added, 2)
  await refused(client, REPLACE, padded(32 * 1024 * 1024), tooLarge, '32 MiB（33554432 字节）')
})

test('D1 a main department is one of the departments; D2 departments have ids of 1 and more', async () => {
  const client = await server.company('directory-edges', [{ kind: 'staff', ...member('zhang') }])
  const wrong = { department_ids: [1, 2], main_department_id: 3 }
  await refused(client, MOVE_STAFF, { user_ids: ['zhang'], ...wrong }, INVALID, 'main_department_id')
  await refused(client, SAVE_STAFF, { staff: [member('zhang', wrong)] }, INVALID, 'staff[0]')
  for (const id of [0, -5]) {
    const departments = [1, id].map((each) => ({ id: each, name: '部' }))
    await refused(client, SAVE, { departments }, RANGE, 'departments[1].id')
  }
})

test('D3 departments of all staff together are limited; parent_id 0 is the top', async () => {
  const client = await server.company('replace-members')
  const many = Array.from({ length: 1000 }, (_, index) => index + 1)
  const staff = Array.from({ length: 501 }, (_, index) => member(`u${index}`, { department_ids: many }))
  const departments = [{ id: 1, name: '一', parent_id: 0 }]
  await refused(client, REPLACE, { departments, staff }, RANGE, '500000')
  await client.done(REPLACE, { departments, staff: [member('u1')] })
  const { records } = (await client.get('department/list')).envelope.data
  assert.deepEqual(records, [{ id: 1, name: '一', parent_id: null, order: null }])
})

test('D2 every way of having no parent is the top: in requests and in bundles', async () => {
  const parents = [{}, { parent_id: null }, { parent_id: 0 }, { parent_id: '0' }, { parent_id: '' }]
  const departments = parents.map((parent, index) => ({ id: index + 1, name: '部', ...parent }))
  const tops = departments.map(({ id, name }) => ({ id, name, parent_id: null, order: null }))
  const saved = await server.company('tops-saved')
  await saved.done(SAVE, { departments })
  const replaced = await server.company('tops-replaced')
  await replaced.done(REPLACE, { departments, staff: [member('u1')] })
  const lines = departments.map((department) => ({ kind: 'department', ...department }))
  const imported = await server.company('tops-imported', lines)
  for (const client of [saved, replaced, imported]) {
    const { records } = (await client.get('department/list')).envelope.data
    assert.deepEqual(records, tops)
    assert.deepEqual(await client.done(SAVE, { departments }), counts(0, 0, departments.length))
  }
  assert.deepEqual(await saved.done(MOVE, { id: 2, parent_id: '0' }), counts(0, 0, 1))
  for (const parent_id of [null, '', undefined]) {
    await refused(saved, MOVE, { id: 2, parent_id }, 40010, 'parent_id')
  }
})

test('D3 one replacement of a company at a time, until nothing works at it any more', async () => {
  const client = await server.company('directory-turns')
  const other = await server.company('directory-turns-beside')
  const body = { departments: [{ id: 1, name: '一' }], staff: [member('zhang')] }
  const code = async (app: TestClient) => (await app.post(REPLACE, body)).envelope.code
  const url = new URL(`${server.url}/openapi/${REPLACE}?access_token=${await client.token()}`)
  const begin = (text: string, length = Buffer.byteLength(text)) => {
    const headers = { 'content-type': 'application/json', 'content-length': String(length) }
    const request = httpRequest(url, { method: 'POST', headers })
    request.on('error', () => {})
    request.write(text)
    return request
  }
  const until = async (expected: number) => {
    const deadline = performance.now() + 3_000
    let got = await code(client)
    for (; got !== expected && performance.now() < deadline; got = await code(client)) await sleep(10)
    assert.equal(got, expected)
  }
  // One that is still sending, then hangs up. Should it come while one that asks is at work, it is refused: then again.
  const send = (): ClientRequest =>
    begin('{"departments":[', 1000).once('response', (answer) => {
      answer.resume()
      sending = send()
    })
  let sending = send()
  await until(42900)
  assert.equal(await code(other), 0)
  sending.destroy()
  await until(0)
  // One that has sent everything and hung up is still at work: it waits for the database.
  const release = await server.temp.hold()
  const sent = begin(JSON.stringify(body))
  await sleep(200)
  sent.destroy()
  await sleep(100)
  await client.refused(REPLACE, body, 42900, REPLACE)
  await release()
  await until(0)
})

/** For each operation a request that succeeds, whatever the one before it did, and one that says something else. */
const KEYED: Record<string, [Record<string, unknown>, Record<string, unknown>]> = {
  followTypeAdd: [{ name: '上门' }, { name: '出门' }],
  followTypeRename: [
    { id: 1, name: '去电' },
    { id: 1, name: '来电' },
  ],
  followTypeDisable: [{ id: 1 }, { id: 2 }],
  followTypeEnable: [{ id: 1 }, { id: 2 }],
  followTypeDelete: [{ id: 2 }, { id: 1 }],
  customFieldSave: [
    { key: 'k', name: '名', type: 'text' },
    { key: 'k', name: '另一名', type: 'text' },
  ],
  customFieldDelete: [{ key: 'k' }, { key: 'j' }],
  staffSave: [{ staff: [member('zhang')] }, { staff: [member('li')] }],
  staffLeave: [{ user_ids: ['zhang'] }, { user_ids: ['wang'] }],
  staffMove: [
    { user_ids: ['zhang'], department_ids: [1] },
    { user_ids: ['zhang'], department_ids: [2] },
  ],
  departmentSave: [{ departments: [{ id: 1, name: '一' }] }, { departments: [{ id: 2, name: '二' }] }],
  departmentMove: [
    { id: 1, parent_id: 9 },
    { id: 1, parent_id: 0 },
  ],
  directoryReplace: [
    { departments: [{ id: 9, name: '九' }], staff: [member('zhao')] },
    { departments: [{ id: 8, name: '八' }], staff: [member('zhao')] },
  ],
}

test('D4 every write takes an Idempotency-Key: the same request again has no effect, another one is refused', async () => {
  const client = await server.company('directory-keys', [
    { kind: 'follow_type', id: 1, name: '电话跟进' },
    { kind: 'follow_type', id: 2, name: '没有用过' },
    { kind: 'department', id: 9, name: '九部' },
    { kind: 'staff', ...member('wang') },
  ])
  const operations = (Object.entries(OPERATIONS) as [string, Operation][]).filter(
    ([, { path, keyed }]) => keyed && /\/(?:department|type|field)\//.test(path),
  )
  assert.deepEqual(
    operations.map(([name]) => name),
    Object.keys(KEYED),
  )
  const everything = async () => {
    const lists = ['crm/follow/type/list', 'crm/follow/field/list'].map((path) => client.post(path, ALL))
    return [await directory(client), ...(await Promise.all(lists)).map(({ text }) => text)].join('\n')
  }
  for (const [name, { path }] of operations) {
    const [body, otherBody] = KEYED[name] as (typeof KEYED)[string]
    const short = path.slice('/openapi/'.length)
    const key = { 'idempotency-key': `key-of-${name}` }
    const before = await everything()
    const first = await client.post(short, body, key)
    assert.equal(first.envelope.code, 0, `${name} ${first.text}`)
    const written = await everything()
    assert.notEqual(written, before, name)
    assert.equal((await client.post(short, body, key)).text, first.text)
    assertRefused(await client.post(short, otherBody, key), 40900, 'Idempotency-Key')
    assert.equal(await everything(), written)
  }
})
