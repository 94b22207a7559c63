import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ERRORS, OPERATIONS, type Operation } from 'genjin-contract'
import { type Answer, envelopeIn, send, sendBytes } from './support/client.ts'
import { OWN_PAGE, person } from './support/people.ts'
import { follow, sharedServer } from './support/server.ts'

const server = await sharedServer()
const client = await server.company('bad-input', [
  ...['zhang', 'root'].map((userId) => ({ kind: 'staff', user_id: userId, name: userId })),
  follow({ id: 1 }),
])
/** For the operations of people. */
const admin = await person(server, 'bad-input', 'root', 'admin')
let healthy = (await client.post('crm/follow/list', {})).text

const CODES = new Map(Object.values(ERRORS).map((row) => [row.code as number, row]))
const POSTS = (Object.values(OPERATIONS) as Operation[]).filter(({ method }) => method === 'POST')

/** A refusal of the error table, never ours to blame, and the server goes on as before. */
async function refused(answer: Answer, names?: string): Promise<void> {
  const row = CODES.get(answer.envelope.code)
  assert.ok(row, answer.text)
  assert.equal(answer.status, row.status, answer.text)
  assert.equal(answer.envelope.sub_code, row.subCode)
  assert.ok(row.status < 500, answer.text)
  assert.equal(answer.envelope.data, null)
  if (names) assert.ok(answer.envelope.msg.includes(names), `${answer.text} names ${names}`)
  assert.equal((await client.post('crm/follow/list', {})).text, healthy)
}

async function postRaw(
  path: string,
  body: string | Buffer | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  const isOfApps = POSTS.find((operation) => operation.path === path)?.callers.includes('app') !== false
  return send(server.url, {
    method: 'POST',
    path: isOfApps ? `${path}?access_token=${await client.token()}` : path,
    headers: isOfApps ? headers : { cookie: admin.cookie, ...OWN_PAGE, ...headers },
    ...(body !== undefined && { body }),
  })
}

const LIST = '/openapi/crm/follow/list'
const JSON_TYPE = { 'content-type': 'application/json' }

test('bodies that are not JSON objects, on every POST operation', async () => {
  for (const { path } of POSTS) {
    const broken = ['', '{', '{"a":}', '\u00a0{}', '{"a":1}x', "{'a':1}", '{"a":1,}', 'NaN']
    const others = ['null', '[]', '[1]', '"text"', '12', 'true']
    for (const body of [...broken, ...others]) {
      await refused(await postRaw(path, body, JSON_TYPE), '请求体')
    }
    await refused(await postRaw(path, undefined, JSON_TYPE), '请求体')
    await refused(await postRaw(path, undefined, {}), '请求体')
    await refused(await postRaw(path, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), JSON_TYPE), 'UTF-8')
  }
})

test('100,000-deep JSON, 100,000-entry lists, 1 MiB of digits', async () => {
  for (const { path } of POSTS) {
    await refused(await postRaw(path, '['.repeat(100_000) + ']'.repeat(100_000), JSON_TYPE), '32 层')
    await refused(await postRaw(path, '{"a":'.repeat(100_000), JSON_TYPE), '32 层')
    await refused(await postRaw(path, `{"id_list":[${'1,'.repeat(100_000)}1]}`, JSON_TYPE), 'id_list')
    await refused(await postRaw(path, `{"attachment":[${'{},'.repeat(100_000)}{}]}`, JSON_TYPE), 'attachment')
  }
  const digits = '9'.repeat(1_000_000)
  for (const [body, names] of [
    [`{"page_size":${digits}}`, 'page_size'],
    [`{"page_size":"${digits}"}`, 'page_size'],
    ['{"id_list":[1e400]}', 'id_list'],
    [`{"title":${'x'.repeat(1024 * 1024)}}`, '1 MiB'],
  ] as const) {
    await refused(await postRaw(LIST, body, JSON_TYPE), names)
  }
})

test('content types that are not JSON', async () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonx',
    'nonsense',
    'application/json; charset=gbk',
  ]) {
    const answer = await postRaw(LIST, '{}', { 'content-type': type })
    assert.equal(answer.status, 415, type)
    await refused(answer, 'Content-Type')
  }
  await refused(await postRaw(LIST, '{}', {}), 'Content-Type')
  await refused(await postRaw(LIST, '{}', { ...JSON_TYPE, 'content-encoding': 'gzip' }), 'Content-Encoding')
  const json = ['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']
  for (const type of json) {
    assert.equal((await postRaw(LIST, '{}', { 'content-type': type })).text, healthy)
  }
})

test('wrong methods on every operation, with the right one in Allow', async () => {
  for (const operation of Object.values(OPERATIONS) as Operation[]) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
      (one) => one !== operation.method,
    )) {
      const body = method === 'GET' ? '' : '{'
      const headers = { ...JSON_TYPE, 'content-length': String(body.length) }
      const answer = await send(server.url, { method, path: operation.path, headers, body })
      assert.equal(answer.envelope.code, 40005)
      assert.equal(answer.headers.allow, operation.method)
      await refused(answer, operation.method)
    }
  }
})

test('unknown and malformed paths', async () => {
  const nearly = ['/openapi/crm/follow/List', '/openapi/crm/follow/list/', '//openapi/crm/follow/list']
  for (const path of ['/', '/openapi', ...nearly, `/${'x'.repeat(2000)}`]) {
    const answer = await send(server.url, { method: 'POST', path, headers: JSON_TYPE, body: '{}' })
    assert.equal(answer.status, 404, path)
    await refused(answer, '请求地址不存在')
  }
  for (const [path, names] of [
    ['/openapi/%zz?access_token=secret', '百分号'],
    ['/openapi/access_token?appid=%ff%fe&app_secret=%zz', undefined],
    ['/openapi/access_token?appid=a&appid=b&app_secret=c', 'appid'],
    ['/openapi/department/user/list?access_token=a&access_token=b', 'access_token'],
  ] as const) {
    await refused(await send(server.url, { path }), names)
  }
  const huge = await send(server.url, { path: `/openapi/access_token?appid=${'a'.repeat(20_000)}` })
  assert.equal(huge.status, 431)
  assert.equal(huge.envelope.code, 40001)
  assert.match(huge.envelope.msg, /16 KiB/)
})

test('what is not HTTP is answered with the envelope and the connection closed', async () => {
  for (const message of [
    'nonsense\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'POST /openapi/crm/follow/list HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  ]) {
    const text = await sendBytes(server.url, message)
    assert.match(text, /^HTTP\/1\.1 400 /)
    const envelope = envelopeIn(text)
    assert.equal(envelope.code, 40001)
    assert.equal(envelope.data, null)
  }
  assert.equal((await client.post('crm/follow/list', {})).text, healthy)
})

test('what Node would answer by itself carries the envelope: no Host, an odd Expect, CONNECT', async () => {
  const noHost = await sendBytes(server.url, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n')
  assert.match(noHost, /^HTTP\/1\.1 200 /)
  const token = await client.token()
  const expecting = await sendBytes(
    server.url,
    `POST /openapi/crm/follow/list?access_token=${token} HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\nContent-Length: 0\r\n\r\n`,
  )
  assert.match(expecting, /^HTTP\/1\.1 200 /)
  assert.match(expecting, /"code":40000,"msg":"请求头 Expect/)
  const connect = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'
  assert.equal(envelopeIn(await sendBytes(server.url, connect)).code, 40001)
  assert.equal((await client.post('crm/follow/list', {})).text, healthy)
})

test('after an answer to what is no HTTP the connection is gone, whether the client closes or not', async () => {
  const started = performance.now()
  // allowHalfOpen: this client never closes its side by itself.
  const text = await sendBytes(server.url, 'nonsense\r\n\r\n', { allowHalfOpen: true })
  assert.match(text, /^HTTP\/1\.1 400 /)
  assert.ok(performance.now() - started < 2000)
})

test('a body shorter or longer than its Content-Length harms nobody', async () => {
  const token = await client.token()
  const head = `POST /openapi/crm/follow/list?access_token=${token} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`
  await sendBytes(server.url, `${head}Content-Length: 100\r\n\r\n{}`, { hangUp: true })
  const closing = `${head}Connection: close\r\nContent-Length: 2\r\n\r\n{}{}{}`
  const text = await sendBytes(server.url, closing)
  assert.match(text, /^HTTP\/1\.1 (200|400) /)
  assert.equal((await client.post('crm/follow/list', {})).text, healthy)
})

test('keys of every object stay data: __proto__, constructor, toString', async () => {
  const body =
    '{"type":1,"id":"c","user_id":"zhang","contact_type":"拜访","follow_content":"x","field_map":{"__proto__":{"polluted":1},"constructor":"c","toString":"t"},"__proto__":{"type":2},"toString":1}'
  const created = await client.post('crm/follow/create', body)
  assert.equal(created.envelope.code, 0, created.text)
  const listed = await client.post('crm/follow/list', { id_list: [created.envelope.data] })
  assert.ok(
    listed.text.includes('"field_map":{"__proto__":{"polluted":1},"constructor":"c","toString":"t"}'),
    listed.text,
  )
  assert.equal(({} as { polluted?: number }).polluted, undefined)
  healthy = (await client.post('crm/follow/list', {})).text
})

test('random JSON on every POST operation: an answer of the table, never 500', async () => {
  const fields = [...new Set(POSTS.flatMap(({ body }) => Object.keys(body?.properties ?? {})))]
  const valueArb = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom('', null, [], {}, true, '9223372036854775808', '2025-01-01', 'zhang', '拜访'),
    fc.constantFrom(-1, 0, 1, 1.5, 2 ** 31, 2 ** 53),
  )
  const bodyArb = fc.dictionary(fc.constantFrom(...fields), valueArb, { maxKeys: 8 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...POSTS), bodyArb, async ({ path }, body) => {
      const answer = await postRaw(path, JSON.stringify(body), JSON_TYPE)
      assert.equal(answer.status, 200, answer.text)
      assert.ok(answer.envelope.code === 0 || CODES.has(answer.envelope.code), answer.text)
      assert.notEqual(answer.envelope.code, 50000)
    }),
    { numRuns: 1500 },
  )
})
