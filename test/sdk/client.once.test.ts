import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { AnswerError, ApiError, ERROR_CODES, GenjinClient, NetworkError, toJson } from 'genjin-client'
import { disableApp, revokeToken } from 'genjin-server'
import { OK, scriptedServer } from '../support/scripted-server.ts'
import { clientOf } from '../support/sdk-client.ts'
import { follow, sharedServer } from '../support/server.ts'

const server = await sharedServer()

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    follow({
      id: index + 1,
      content: `第 ${index + 1} 条`,
      follow_time: Date.UTC(2025, 0, 1) + index * 60_000,
    }),
  )

test('1,000 parallel calls at the moment of expiry make one token call', async () => {
  const side = await server.company('expiry', lines(3))
  const { client, tokens } = clientOf(side, { now: () => server.clock.ms })
  const total = async () => (await client.call('followList', { page_size: 1 })).total
  const all = (calls = 1000) => Promise.all(Array.from({ length: calls }, total))
  assert.deepEqual(new Set(await all()), new Set([3]))
  assert.equal(tokens(), 1)
  // Five minutes before, it asks once; the server gives the same again, and is asked no more until that expires.
  server.clock.ms += 6_900_001
  await all(20)
  await all(20)
  assert.equal(tokens(), 2)
  server.clock.ms += 299_990
  await all(20)
  assert.equal(tokens(), 2)
  server.clock.ms += 60
  assert.deepEqual(new Set(await all()), new Set([3]))
  assert.equal(tokens(), 3)
})

test('a clock that is wrong by hours costs no more than one refused call at expiry', async () => {
  const side = await server.company('clocks', lines(1))
  for (const offMs of [-86_400_000, 86_400_000]) {
    const { client, tokens } = clientOf(side, { now: () => server.clock.ms + offMs })
    for (let call = 0; call < 3; call++) assert.equal((await client.call('followList', {})).total, 1)
    assert.equal(tokens(), 1)
    server.clock.ms += 7_200_001
    for (let call = 0; call < 3; call++) assert.equal((await client.call('followList', {})).total, 1)
    assert.equal(tokens(), 2)
  }
})

test('a revoked token makes one refresh, and reads and keyed writes succeed', async () => {
  const side = await server.company('revoked', [
    ...lines(3),
    { kind: 'staff', user_id: 'zhang', name: '张伟' },
  ])
  const { client, asked, tokens } = clientOf(side)
  const body = {
    type: 1,
    id: 'wm1',
    user_id: 'zhang',
    contact_type: '电话联系',
    follow_content: '已报价',
  } as const
  await client.call('followList', {})
  await revokeToken(server.core.context, side.credentials.appid)
  const totals = await Promise.all(Array.from({ length: 50 }, () => client.call('followList', {})))
  assert.deepEqual(new Set(totals.map(({ total }) => total)), new Set([3]))
  assert.equal(tokens(), 2)
  await revokeToken(server.core.context, side.credentials.appid)
  const id = await client.follow.create(body, { idempotencyKey: randomUUID() })
  assert.match(id, /^\d+$/)
  assert.equal(tokens(), 3)
  // A write without a key is sent once; the next call has a new token.
  await revokeToken(server.core.context, side.credentials.appid)
  asked.length = 0
  await assert.rejects(client.follow.create(body), { code: ERROR_CODES.tokenRevoked })
  assert.deepEqual(asked, ['crm/follow/create'])
  await client.follow.create(body)
  assert.equal((await client.call('followList', {})).total, 5)
  assert.equal(tokens(), 1)
})

test('an app that was disabled: one refresh, then what the token call says', async () => {
  const side = await server.company('disabled')
  const { client, tokens } = clientOf(side)
  await client.call('followList', {})
  await disableApp(server.core.context, side.credentials.appid)
  const refusal = { code: ERROR_CODES.credentialsWrong, sub_code: 'A0210' }
  await assert.rejects(client.call('followList', {}), refusal)
  assert.equal(tokens(), 2)
})

const failed = (client: GenjinClient, body = {}) =>
  client.call('followList', body).catch((reason: unknown) => reason)

test('a refusal is an ApiError with code, sub_code, msg and request id; secrets stand in no error and no print', async () => {
  const side = await server.company('errors')
  const { client } = clientOf(side)
  const error = await failed(client, { page_size: 1000 })
  assert.ok(error instanceof ApiError)
  const { code, sub_code, status, name, field } = error
  assert.deepEqual([code, sub_code, status, name], [ERROR_CODES.paramRange, 'A0420', 200, 'ApiError'])
  assert.equal(field, 'page_size')
  assert.match(error.msg, /page_size.*100/)
  assert.ok(error.requestId)
  assert.ok(error.message.includes(error.msg) && error.message.includes(error.requestId))
  const given = { appid: side.credentials.appid, appSecret: 'gjs_not-it', retry: { attempts: 1 } }
  const wrong = new GenjinClient({ baseUrl: side.url, ...given })
  const refused = await failed(wrong)
  assert.ok(refused instanceof ApiError && refused.field === undefined)
  const nobody = new GenjinClient({ baseUrl: 'http://127.0.0.1:1', ...given })
  const unreachable = await failed(nobody)
  assert.ok(unreachable instanceof NetworkError)
  const token = await side.token()
  const all = [error, refused, unreachable, client, wrong, nobody]
  const printed = inspect(all, { depth: 10, showHidden: true })
  for (const secret of ['gjs_not-it', side.credentials.app_secret, token])
    assert.ok(!printed.includes(secret))
})

test('ids are exact strings, numbers of custom fields are exact, and go back as they came', async () => {
  const text =
    '{"kind":"follow","id":1538877699425540097,"follow_user_id":"zhang","content":"a","business_type":1,"business_id":"c1",' +
    '"follow_type":9007199254740993,"follow_type_desc":"视频","follow_time":1736913600000,' +
    '"field_map":{"id":12345678901234567890,"rate":1.10,"n":7,"neg":-0}}'
  const side = await server.company('exact', [text])
  const { client } = clientOf(side)
  const [record] = await Array.fromAsync(client.follow.list({ id_list: ['1538877699425540097'] }))
  assert.equal(record?.id, '1538877699425540097')
  assert.equal(record?.follow_type, '9007199254740993')
  assert.equal(toJson(record?.field_map), '{"id":12345678901234567890,"rate":1.10,"n":7,"neg":-0}')
  assert.equal(record?.field_map.n, 7)
  const found = await client.call('followList', { follow_type_list: [9007199254740993n] })
  assert.equal(found.total, 1)
  assert.equal((await client.call('followList', { follow_type_list: ['9007199254740993'] })).total, 1)
  assert.equal((await client.follow.get({ follow_id: 1538877699425540097n })).record.id, record?.id)
})

test('lists: every record once, whatever page size and concurrency, and no more requests than pages', async () => {
  const side = await server.company('lists', lines(450))
  const { client, asked } = clientOf(side)
  const expected = Array.from({ length: 450 }, (_, index) => String(450 - index))
  for (const [size, concurrency, requests] of [
    [100, 1, 5],
    [100, 2, 5],
    [100, 8, 5],
    [50, 3, 9],
    [7, 16, 65],
  ] as const) {
    await client.call('followList', {})
    asked.length = 0
    const ids = []
    for await (const { id } of client.follow.list({ page_size: size }, { concurrency })) ids.push(id)
    assert.deepEqual(ids, expected)
    assert.equal(asked.length, requests)
  }
  assert.throws(() => client.follow.list({}, { concurrency: 0 }), RangeError)
  asked.length = 0
  for await (const { id } of client.follow.list({}, { concurrency: 2 })) {
    if (id === '449') break
  }
  assert.ok(asked.length <= 3)
})

test('a list that grows while it is read gives each record once', async () => {
  const side = await server.company('grows', lines(300))
  const { client } = clientOf(side)
  const ids = []
  for await (const { id } of client.follow.list({ page_size: 20 }, { concurrency: 2 })) {
    ids.push(id)
    if (ids.length % 50 === 0) {
      await server.load('grows', [follow({ id: 1000 + ids.length, follow_time: Date.UTC(2026, 0, 1) })])
    }
  }
  assert.equal(new Set(ids).size, ids.length)
  for (let id = 1; id <= 300; id++) assert.ok(ids.includes(String(id)), String(id))
})

test('changes: resumes at a cursor, gives a page again that was not worked through, follows on', async () => {
  const side = await server.company('feed', lines(25))
  const { client } = clientOf(side)
  const feed = client.follow.changes({ limit: 10 })
  const seqs: number[] = []
  for await (const { records } of feed) {
    if (seqs.length === 10) break
    seqs.push(...records.map(({ seq }) => seq))
  }
  assert.ok(feed.cursor)
  for await (const { records } of client.follow.changes({ cursor: feed.cursor, limit: 10 })) {
    seqs.push(...records.map(({ seq }) => seq))
  }
  const expected = Array.from({ length: 25 }, (_, index) => index + 1)
  assert.deepEqual(seqs, expected)
  const stop = new AbortController()
  const later: number[] = []
  const following = (async () => {
    for await (const { records } of client.follow.changes({}, { pollMs: 20, signal: stop.signal })) {
      later.push(...records.map(({ seq }) => seq))
      if (later.length === 25) await server.load('feed', [follow({ id: 99 })])
      if (later.length === 26) stop.abort(new Error('enough'))
    }
  })()
  await assert.rejects(following, /enough/)
  assert.equal(later.length, 26)
})

test('an abort ends waits, requests and loops with its own reason', async () => {
  const side = await server.company('abort', lines(300))
  const { client } = clientOf(side)
  const stop = new AbortController()
  let seen = 0
  const reading = (async () => {
    for await (const _ of client.follow.list({ page_size: 10 }, { signal: stop.signal })) {
      if (++seen === 25) stop.abort(new Error('stopped'))
    }
  })()
  await assert.rejects(reading, /stopped/)
  assert.ok(seen < 60)
  const signal = AbortSignal.abort(new Error('before'))
  await assert.rejects(client.call('followList', {}, { signal }), /before/)
  // The client's signal holds for calls that have one of their own, too.
  const all = new AbortController()
  const whole = clientOf(side, { signal: all.signal }).client
  await whole.call('followList', {}, { signal: new AbortController().signal })
  all.abort(new Error('all'))
  await assert.rejects(whole.call('followList', {}, { signal: new AbortController().signal }), /all/)
})

test('a server whose pages are shorter than asked for is read to its end; an odd page is an AnswerError', async () => {
  const page = (at: number) => {
    const records = Array.from({ length: 7 }, (_, index) => ({ id: at * 7 + index }))
    return { text: JSON.stringify({ code: 0, msg: 'ok', data: { total: 35, records }, sub_code: '00000' }) }
  }
  await using short = await scriptedServer([page])
  const listed = await Array.fromAsync(clientOf(short).client.follow.list({}, { concurrency: 1 }))
  const expected = Array.from({ length: 35 }, (_, index) => String(index))
  assert.deepEqual(
    listed.map(({ id }) => id),
    expected,
  )
  const text = '{"code":0,"msg":"ok","data":{"total":1,"records":null},"sub_code":"00000"}'
  await using odd = await scriptedServer([() => ({ text })])
  await assert.rejects(Array.fromAsync(clientOf(odd).client.follow.list()), AnswerError)
})

test('nobody waits for the next token while the present one is good', async () => {
  let now = 0
  let fetches = 0
  await using side = await scriptedServer([OK])
  const client = new GenjinClient({
    baseUrl: side.url,
    now: () => now,
    fetchToken: () => {
      fetches++
      return fetches === 1
        ? Promise.resolve({ access_token: 't', create_at: 0, expires_in: 7200 })
        : new Promise(() => {})
    },
  })
  await client.call('followList', {})
  now = 6_950_000
  await client.call('followList', {})
  assert.equal(fetches, 2)
})

test('what the caller did wrong is thrown at once, and not sent', async () => {
  await using side = await scriptedServer([OK])
  const { client } = clientOf(side)
  await client.call('followList', {})
  const rounded = Number('1538877699425540097')
  await assert.rejects(client.follow.get({ follow_id: rounded }), RangeError)
  await assert.rejects(client.call('followList', { id_list: ['1', rounded] }), RangeError)
  await assert.rejects(client.follow.get({ follow_id: Number.NaN }), RangeError)
  for (const timeoutMs of [0, Number.POSITIVE_INFINITY]) {
    await assert.rejects(client.call('followList', {}, { timeoutMs }), RangeError)
  }
  assert.throws(() => client.follow.list({ page_size: 0 }), RangeError)
  const body = { id: 'c', user_id: 'u', contact_type: 'x', follow_content: 'y' }
  await assert.rejects(client.follow.create(body, { idempotencyKey: '键' }), TypeError)
  assert.equal(side.requests(), 1)
})

test('an address or credentials that cannot be are refused at once', () => {
  for (const baseUrl of ['nowhere', 'ftp://host', 'https://user:pw@host', 'https://host/?a=1']) {
    assert.throws(() => new GenjinClient({ baseUrl, appid: 'a', appSecret: 'b' }), TypeError)
  }
  assert.throws(() => new GenjinClient({ baseUrl: 'https://host', appid: 'a' }), /appSecret/)
})

test('what a server answers as null, leaves out, or sends as text is an empty list or map, and a number', async () => {
  const envelope = (data: string) => ({ text: `{"code":0,"msg":"ok","data":${data},"sub_code":"00000"}` })
  const record =
    '{"id":1538877699425540097,"attachment_list":null,"field_map":null,"remind":{"user_ids":null},"location":null}'
  const read = async (name: 'followList' | 'staffList', data: string, index = 1) => {
    await using side = await scriptedServer([() => envelope(data)])
    const { client } = clientOf(side)
    const list = name === 'staffList' ? client.staff.list() : client.follow.list()
    return await list.page(index)
  }
  for (const empty of [
    '{"total":0,"records":null}',
    '{"total":"0","records":null}',
    '{"total":null,"records":null}',
    '{"total":0}',
    '{"records":[]}',
  ]) {
    assert.deepEqual(await read('staffList', empty), { total: 0, records: [] }, empty)
  }
  const behind = await read('followList', '{"total":200,"records":null}', 3)
  assert.deepEqual(behind, { total: 200, records: [] })
  assert.deepEqual(await read('followList', `{"total":"1","records":[${record}]}`), {
    total: 1,
    records: [
      {
        id: '1538877699425540097',
        attachment_list: [],
        field_map: {},
        remind: { user_ids: [] },
        location: null,
      },
    ],
  })
  for (const wrong of [
    'null',
    '[]',
    '{"total":null,"records":[{}]}',
    '{"total":"x","records":null}',
    '{"total":1,"records":{}}',
  ]) {
    await assert.rejects(read('followList', wrong), AnswerError, wrong)
  }
})
