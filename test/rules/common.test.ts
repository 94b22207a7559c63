import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPERATIONS } from 'genjin-contract'
import { disableApp, revokeToken } from 'genjin-server'
import { type Answer, assertRefused, send } from '../support/client.ts'
import { follow, sharedServer, startTestServer } from '../support/server.ts'

const server = await sharedServer()
const client = await server.company('common', [
  { kind: 'staff', user_id: 'zhang', name: '张伟', department_ids: [1], main_department_id: 1 },
  { kind: 'follow_type', id: 1, name: '电话跟进' },
  follow({ id: 1 }),
  '{"kind":"follow","id":1538877699425540097,"follow_user_id":"zhang","content":"长整数","business_type":1,"business_id":"c2","follow_type":1,"field_map":{"大":9223372036854775807,"小数":0.1234567890123456789,"一":1.0},"follow_time":1736913600001}',
])

const LIST = '/openapi/crm/follow/list'
const JSON_TYPE = { 'content-type': 'application/json' }

/** POSTs to follow/list with this query, without the token of the client. */
function postList(query: string, headers: Record<string, string> = {}, body = '{}'): Promise<Answer> {
  const path = `${LIST}${query}`
  return send(server.url, { method: 'POST', path, headers: { ...JSON_TYPE, ...headers }, body })
}

test('C1 the token travels in the query, on GET and POST; Authorization: Bearer is also taken; header or body are not', async () => {
  const token = await client.token()
  assert.equal((await postList(`?access_token=${token}`)).envelope.code, 0)
  const onGet = await send(server.url, { path: `/openapi/department/user/list?access_token=${token}` })
  assert.equal(onGet.envelope.code, 0)
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` })
  assert.equal((await postList('', bearer(token))).envelope.code, 0)
  const both = await postList(`?access_token=${token}`, bearer('wrong'))
  assert.equal(both.envelope.code, 0, 'the query comes first')
  assertRefused(await postList('?access_token=wrong', bearer(token)), 10001, 'access_token')
  assertRefused(await postList('', { access_token: token }), 10001, 'access_token')
  assertRefused(await postList('', {}, JSON.stringify({ access_token: token })), 10001, 'access_token')
})

test('C2 success: code 0, msg 请求成功 (ok on access_token), data, sub_code "00000", in this order', async () => {
  const list = await client.post('crm/follow/list', {})
  assert.deepEqual(Object.keys(list.envelope), ['code', 'msg', 'data', 'sub_code'])
  assert.equal(list.envelope.code, 0)
  assert.equal(list.envelope.msg, '请求成功')
  assert.equal(list.envelope.sub_code, '00000')
  assert.match(String(list.headers['content-type']), /^application\/json; charset=utf-8$/)
  const token = await client.askToken()
  assert.equal(token.envelope.msg, 'ok')
  assert.equal(token.envelope.code, 0)
  assert.equal(token.envelope.sub_code, '00000')
})

test('C3 failure: code not 0, msg names the field and what is allowed, data null, a five-character sub_code', async () => {
  await client.refused('crm/follow/list', { page_size: 101 }, 40020, /page_size.*1 到 100.*101/)
  await client.refused('crm/follow/create', {}, 40010, 'id')
  await client.refused('crm/follow/list', { page_size: 'many' }, 40000, 'page_size')
})

test('C3 field is the path of the parameter that a refusal is about, and absent where none is', async () => {
  const fieldOf = async (path: string, body: unknown) => (await client.post(path, body)).envelope.field
  assert.equal(await fieldOf('crm/follow/list', { page_size: 101 }), 'page_size')
  assert.equal(await fieldOf('crm/follow/list', { id_list: [1, 'x'] }), 'id_list[1]')
  assert.equal(await fieldOf('crm/follow/list', { id_list: [1, null] }), 'id_list[1]')
  assert.equal(await fieldOf('crm/follow/list', '{"a":[{"b":"\\u0000"}]}'), 'a[0].b')
  assert.equal(await fieldOf('crm/follow/create', {}), 'id')
  const departments = [
    { id: 1, name: 'a' },
    { id: 2, name: 'b', parent_id: -1 },
  ]
  assert.equal(await fieldOf('department/save', { departments }), 'departments[1].parent_id')
  const circle = [departments[0], { id: 2, name: 'b', parent_id: 3 }, { id: 3, name: 'c', parent_id: 2 }]
  assert.equal(await fieldOf('department/save', { departments: circle }), 'departments[1].parent_id')
  const span = { start_time: 1, end_time: 30 * 24 * 3600 + 2 }
  assert.equal(await fieldOf('crm/follow/customer/list', span), 'start_time')
  assert.equal(await fieldOf('crm/follow/get', { follow_id: 404 }), 'follow_id')
  const query = await client.get('department/list', { page_size: '0' })
  assert.equal(query.envelope.field, 'page_size')
  for (const answer of [
    await client.post('crm/follow/list', '{'),
    await client.post('crm/follow/list', '[]'),
    await client.post('crm/follow/list', `{"${'x'.repeat(600)}":"\\u0000"}`),
    await client.post('crm/follow/none', {}),
    await client.post('crm/follow/update', { follow_id: 1, user_id: 'zhang' }),
    await send(server.url, { path: '/openapi/department/list' }),
  ]) {
    assert.notEqual(answer.envelope.code, 0)
    assert.deepEqual(Object.keys(answer.envelope), ['code', 'msg', 'data', 'sub_code'], answer.text)
  }
})

test('C4 status 200 for what is about the request; 404, 413, 415 and the envelope for the rest', async () => {
  const query = `?access_token=${await client.token()}`
  assert.equal((await client.post('crm/follow/list', { page_size: 0 })).status, 200)
  assert.equal((await postList('')).status, 200)
  assertRefused(await send(server.url, { path: '/openapi/unknown' }), 40400, '/openapi/unknown')
  assertRefused(await postList(query, {}, `{"title":"${'a'.repeat(1024 * 1024)}"}`), 41300, '1 MiB')
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  assertRefused(await postList(query, form, 'a=b'), 41500, 'Content-Type')
  const put = { method: 'PUT', path: `${LIST}${query}`, headers: JSON_TYPE, body: '{}' }
  assertRefused(await send(server.url, put), 40005, 'POST')
})

test('C4 every wrong method gets 40005 and Allow, TRACE as well; a wrong HEAD has no body', async () => {
  const right = { [LIST]: 'POST', '/openapi/access_token': 'GET', '/openapi/department/list': 'GET' }
  for (const [path, allowed] of Object.entries(right)) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
      if (method === allowed) continue
      const answer = await send(server.url, { method, path })
      assert.equal(answer.headers.allow, allowed, `${method} ${path}`)
      if (method === 'HEAD') assert.deepEqual([answer.status, answer.text], [200, ''])
      else assertRefused(answer, 40005, allowed)
    }
  }
})

test('C4 HEAD answers as GET does, without the body, on what is not an operation', async () => {
  const paths = ['/openapi.json', '/docs', '/docs/', '/docs/reference.css', '/livez', '/readyz']
  for (const path of paths) {
    const get = await send(server.url, { path })
    const head = await send(server.url, { method: 'HEAD', path })
    assert.ok(get.status < 400, path)
    assert.deepEqual([head.status, head.text], [get.status, ''], path)
    for (const name of ['content-type', 'content-length', 'location']) {
      assert.equal(head.headers[name], get.headers[name], `${path} ${name}`)
    }
  }
})

test('C4 500 for our fault, with the envelope and nothing of the inside', async () => {
  await using broken = await startTestServer()
  const caller = await broken.company('broken')
  await caller.token()
  await broken.temp.query('DROP TABLE follow_target')
  const answer = await caller.post('crm/follow/list', { target_id_list: ['x'] })
  assertRefused(answer, 50000, 'X-Request-Id')
  assert.ok(answer.headers['x-request-id'])
  assert.ok(!answer.text.includes('follow_target'), 'the inner text stays inside')
})

test('C4 503 while another process holds the database, with the envelope; reads go on', async () => {
  await using held = await startTestServer()
  const caller = await held.company('held', [{ kind: 'staff', user_id: 'zhang', name: '张伟' }])
  await caller.token()
  const release = await held.temp.hold()
  const body = { type: 1, id: 'c', user_id: 'zhang', contact_type: '拜访', follow_content: '内容' }
  const [create, list] = await Promise.all([
    caller.post('crm/follow/create', body),
    caller.post('crm/follow/list', {}),
  ])
  assertRefused(create, 50300, '稍后重试')
  assert.equal(list.envelope.code, 0)
  await release()
  assert.equal((await caller.post('crm/follow/create', body)).envelope.code, 0)
  assert.equal((await caller.list()).total, 1)
})

test('C5 token trouble is 10001 missing or unknown, 10010 expired, 10011 revoked or disabled, as numbers', async () => {
  await using own = await startTestServer()
  const caller = await own.company('c5')
  const ask = (query: string) =>
    send(own.url, { method: 'POST', path: `${LIST}${query}`, headers: JSON_TYPE, body: '{}' })
  const token = await caller.token()
  assertRefused(await ask(''), 10001, 'access_token')
  for (const wrong of ['', 'abc', `${token}x`, 'null']) {
    assertRefused(await ask(`?access_token=${wrong}`), 10001, 'access_token')
  }
  const forged = `${token.slice(0, -3)}${token.endsWith('AAA') ? 'BBB' : 'AAA'}`
  assertRefused(await ask(`?access_token=${forged}`), 10001)
  own.clock.ms += 7200 * 1000
  assertRefused(await ask(`?access_token=${token}`), 10010, '过期')
  caller.forgetToken()
  const second = await caller.token()
  assert.notEqual(second, token)
  assertRefused(await ask(`?access_token=${token}`), 10010)
  await revokeToken(own.core.context, caller.credentials.appid)
  assertRefused(await ask(`?access_token=${second}`), 10011, '作废')
  caller.forgetToken()
  const third = await caller.token()
  assert.equal((await ask(`?access_token=${third}`)).envelope.code, 0)
  await disableApp(own.core.context, caller.credentials.appid)
  assertRefused(await ask(`?access_token=${third}`), 10011, '停用')
})

test('C6 int64 is exact: a bare number out, number or string in', async () => {
  const id = '1538877699425540097'
  for (const given of [id, `"${id}"`]) {
    const answer = await client.post('crm/follow/list', `{"id_list":[${given}]}`)
    assert.match(answer.text, /"records":\[\{"id":1538877699425540097,/)
    const fields = /"field_map":\{"大":9223372036854775807,"小数":0.1234567890123456789,"一":1.0\}/
    assert.match(answer.text, fields)
  }
  // One off in the last digit is another id: nothing is rounded.
  assert.equal((await client.list('{"id_list":[1538877699425540096]}')).total, 0)
  // The nearest double of this one prints as the same digits and is another integer all the same.
  await server.load('common', [
    '{"kind":"follow","id":1917041098315968300,"follow_user_id":"zhang","content":"x","business_type":1,"business_id":"c9","follow_time":94694400001}',
  ])
  assert.deepEqual((await client.ids('{"id_list":[1917041098315968300]}')).ids, ['1917041098315968300'])
  await client.refused('crm/follow/list', '{"id_list":[9223372036854775808]}', 40020, 'id_list[0]')
})

test('C6 ids that we mint stay below 2^53', async () => {
  const body = { type: 1, id: 'c1', user_id: 'zhang', contact_type: '电话跟进', follow_content: '内容' }
  const answer = await client.post('crm/follow/create', body)
  assert.match(answer.text, /"data":\d+,/)
  assert.ok(Number.isSafeInteger(answer.envelope.data))
})

test('C7 a number where text is wanted, a numeric string where an integer is wanted, unknown fields ignored', async () => {
  await server.load('common', [follow({ id: 77, business_id: '123', follow_user_id: '456' })])
  for (const body of [
    { target_id_list: [123] },
    { follow_user_ids: [456] },
    { id_list: ['77'], current_index: '1', page_size: ' 20 ' },
    { id_list: [77.0], target_type: '1', nobody: { knows: ['this'] } },
  ]) {
    assert.deepEqual((await client.ids(body)).ids, ['77'])
  }
})

test('C7 null, "" and [] mean "not given"', async () => {
  const all = await client.ids({})
  assert.ok(all.total > 1)
  const fields = Object.keys(OPERATIONS.followList.body.properties)
  assert.equal(fields.length, 13)
  for (const nothing of [null, '', []]) {
    const body = Object.fromEntries(fields.map((field) => [field, nothing]))
    assert.deepEqual(await client.ids(body), all)
  }
})

test('C7 anything else of the wrong type is an error that names the field', async () => {
  const wrong: [Record<string, unknown>, string][] = [
    [{ target_type: true }, 'target_type'],
    [{ target_type: 1.5 }, 'target_type'],
    [{ target_type: 'customer' }, 'target_type'],
    [{ target_type: {} }, 'target_type'],
    [{ target_id_list: 'x' }, 'target_id_list'],
    [{ target_id_list: [{}] }, 'target_id_list[0]'],
    [{ target_id_list: ['a', null] }, 'target_id_list[1]'],
    [{ id_list: [''] }, 'id_list[0]'],
    [{ id_list: ['12x'] }, 'id_list[0]'],
    [{ id_list: [[1]] }, 'id_list[0]'],
    [{ follow_user_ids: { 0: 'a' } }, 'follow_user_ids'],
    [{ follow_dep_ids: [false] }, 'follow_dep_ids[0]'],
    [{ follow_type_list: ['one'] }, 'follow_type_list[0]'],
    [{ follow_type_name: ['电话跟进'] }, 'follow_type_name'],
    [{ title: false }, 'title'],
    [{ follow_time_start: 20250101 }, 'follow_time_start'],
    [{ follow_time_end: true }, 'follow_time_end'],
    [{ page_size: {} }, 'page_size'],
    [{ current_index: '1.5' }, 'current_index'],
  ]
  for (const [body, field] of wrong) await client.refused('crm/follow/list', body, 40000, field)
})

test('C8 NUL and lone surrogates, bodies over 1 MiB, nesting over 32, lists over 1,000 are refused', async () => {
  const refuse = async (body: string, names: RegExp) => {
    const answer = await client.post('crm/follow/list', body)
    assert.notEqual(answer.envelope.code, 0, body.slice(0, 60))
    assert.match(answer.envelope.sub_code, /^A04(00|20)$/)
    assert.match(answer.envelope.msg, names)
  }
  await refuse('{"title":"a\\u0000b"}', /title/)
  await refuse('{"title":"\\ud800"}', /title/)
  await refuse('{"title":"\\udc00\\ud800"}', /title/)
  await refuse('{"follow_user_ids":["a","\\uDBFF"]}', /follow_user_ids\[1\]/)
  await refuse('{"a\\u0000":1}', /键含有 NUL/)
  await refuse(`{"x":${'['.repeat(32)}${']'.repeat(32)}}`, /32 层/)
  await refuse(`{"id_list":[${Array.from({ length: 1001 }, (_, index) => index).join(',')}]}`, /id_list/)
  await refuse(`{"unknown":{"deep":[${Array(1001).fill(0).join(',')}]}}`, /unknown\.deep/)
  await client.list(`{"x":${'['.repeat(31)}${']'.repeat(31)},"title":"\\ud83d\\ude00"}`)
  await client.list({ id_list: Array.from({ length: 1000 }, (_, index) => index + 5000) })
  const inQuery = await send(server.url, { path: `/openapi/access_token?appid=a%00b&app_secret=x` })
  assertRefused(inQuery, 40000, 'appid')
})

test('C8 a length counts characters, not UTF-16 units or bytes: an emoji is one, in requests and in bundles', async () => {
  // Of four bytes each, and all different: an index of PostgreSQL compresses what is repeated.
  const rare = (first: number) =>
    String.fromCodePoint(...Array.from({ length: 256 }, (_, index) => first + ((index * 7919) % 40_000)))
  const [id, name] = [rare(0x20000), rare(0x20001)]
  const people = await server.company('characters', [
    { kind: 'staff', user_id: id, name },
    { kind: 'follow_type', id: 1, name },
    follow({ id: 1, follow_user_id: id, business_id: id, title: name, content: '😀'.repeat(100_000) }),
  ])
  assert.equal((await people.list({ follow_user_ids: [id], target_id_list: [id], title: name })).total, 1)
  const row = { type: 1, id, user_id: id, contact_type: name, follow_content: '😀'.repeat(100_000) }
  await people.done('crm/follow/create', row)
  const long = { ...row, follow_content: '😀'.repeat(100_001) }
  await people.refused('crm/follow/create', long, 40020, /follow_content 长 100001 个字符，最多 100000 个/)
  await people.refused('crm/follow/create', { ...row, title: `${name}x` }, 40020, /title 长 257 个字符/)
  const options = [{ id: '😀', name: '😀'.repeat(256) }]
  await people.done('crm/follow/field/save', { key: id, name, type: 'single', options })
})

test("C9 days are days of the company's time zone, whatever the process's is", async () => {
  const instant = Date.UTC(2025, 2, 1, 16, 30) // 2025-03-02 00:30 in Shanghai, 2025-03-01 11:30 in New York
  const lines = [follow({ id: 1, follow_time: instant })]
  const shanghai = await server.company('zone-shanghai', lines, 'Asia/Shanghai')
  const newYork = await server.company('zone-new-york', lines, 'America/New_York')
  const day = (text: string) => ({ follow_time_start: text, follow_time_end: text })
  assert.equal((await shanghai.list(day('2025-03-02'))).total, 1)
  assert.equal((await shanghai.list(day('2025-03-01'))).total, 0)
  assert.equal((await newYork.list(day('2025-03-01'))).total, 1)
  assert.equal((await newYork.list(day('2025-03-02'))).total, 0)
})

test('C9 a day of summer time is as long as it was (China, 1988-04-17 has 23 hours)', async () => {
  const hour = 3_600_000
  const start = Date.UTC(1988, 3, 16, 16) // 1988-04-17 00:00 in Shanghai, +08:00
  const shanghai = await server.company('zone-1988', [
    follow({ id: 1, follow_time: start - 1 }),
    follow({ id: 2, follow_time: start }),
    follow({ id: 3, follow_time: start + 23 * hour - 1 }),
    follow({ id: 4, follow_time: start + 23 * hour }),
  ])
  const found = await shanghai.ids({ follow_time_start: '1988-04-17', follow_time_end: '1988-04-17' })
  assert.deepEqual(found, { total: 2, ids: ['3', '2'] })
})

test('C10 what belongs to another company answers exactly as what does not exist', async () => {
  const mine = await server.company('tenant-a', [follow({ id: 900, business_id: 'shared' })])
  const exhibition = { follow_type: 7, follow_type_desc: '展会' }
  const theirs = await server.company('tenant-b', [
    follow({ id: 901, business_id: 'shared', follow_user_id: 'li', title: 't', ...exhibition }),
    { kind: 'department', id: 5, name: '部门' },
    { kind: 'staff', user_id: 'li', name: '李', department_ids: [5] },
  ])
  assert.equal((await theirs.list({ id_list: [901] })).total, 1)
  const pairs: [Record<string, unknown>, Record<string, unknown>][] = [
    [{ id_list: [901] }, { id_list: [999999] }],
    [{ follow_user_ids: ['li'] }, { follow_user_ids: ['nobody'] }],
    [{ follow_dep_ids: [5] }, { follow_dep_ids: [6] }],
    [{ follow_type_list: [7] }, { follow_type_list: [8] }],
    [{ follow_type_name: '展会' }, { follow_type_name: '没有' }],
    [{ title: 't' }, { title: 'u' }],
  ]
  for (const [foreign, unknown] of pairs) {
    const a = await mine.post('crm/follow/list', foreign)
    const b = await mine.post('crm/follow/list', unknown)
    assert.equal(a.text, b.text)
    assert.equal(a.envelope.data.total, 0)
  }
  assert.deepEqual((await mine.ids({ target_id_list: ['shared'] })).ids, ['900'])
})
