import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig, revokeToken } from 'genjin-server'
import { assertRefused, send } from '../support/client.ts'
import { ENGINE, KEY } from '../support/database.ts'
import { serve, startTestServer } from '../support/server.ts'

test('T1 asked again while valid the same token, after expiry a new one', async () => {
  await using server = await startTestServer()
  const client = await server.company('t1')
  const first = await client.askToken()
  assert.deepEqual(Object.keys(first.envelope.data), ['access_token', 'expires_in', 'create_at'])
  assert.match(first.envelope.data.access_token, /^[\w-]{1,512}$/)
  assert.equal(first.envelope.data.expires_in, 7200)
  assert.equal(first.envelope.data.create_at, Math.floor(server.clock.ms / 1000))
  server.clock.ms += 7199 * 1000
  assert.equal((await client.askToken()).text, first.text)
  server.clock.ms += 1000
  const second = await client.askToken()
  assert.notEqual(second.envelope.data.access_token, first.envelope.data.access_token)
  assert.equal(second.envelope.data.create_at, Math.floor(server.clock.ms / 1000))
})

test('T1 many at once get one token', async () => {
  await using server = await startTestServer()
  const client = await server.company('t1-parallel')
  const answers = await Promise.all(Array.from({ length: 50 }, () => client.askToken()))
  assert.equal(new Set(answers.map((answer) => answer.text)).size, 1)
})

test('T1 appid and app_secret are required; wrong ones are refused alike, known appid or not', async () => {
  await using server = await startTestServer()
  const client = await server.company('t1-wrong')
  assertRefused(await send(server.url, { path: '/openapi/access_token' }), 40010, 'appid')
  assertRefused(await client.askToken({ appid: client.credentials.appid }), 40010, 'app_secret')
  const wrongSecret = await client.askToken({ appid: client.credentials.appid, app_secret: 'wrong' })
  assertRefused(wrongSecret, 40100, 'app_secret')
  const upper = client.credentials.appid.toUpperCase()
  for (const appid of ['gj000001zzzzzzzzzzzz', 'gjzzzzzzzzzzzzzzzzzz', 'wx123', upper]) {
    assert.equal((await client.askToken({ ...client.credentials, appid })).text, wrongSecret.text)
  }
})

test('T2 a token can be revoked early; a new one can be fetched', async () => {
  await using server = await startTestServer()
  const client = await server.company('t2')
  const first = await client.token()
  await revokeToken(server.core.context, client.credentials.appid)
  assertRefused(await client.post('crm/follow/list', {}), 10011)
  client.forgetToken()
  assert.notEqual(await client.token(), first)
  assert.equal((await client.post('crm/follow/list', {})).envelope.code, 0)
})

test('T3 more than 100 calls a minute and app are intercepted; other apps and later calls are not', async () => {
  await using server = await startTestServer()
  const busy = await server.company('t3-busy')
  const other = await server.company('t3-other')
  // Wrong secrets do not use up the app's calls.
  for (let call = 0; call < 120; call++) {
    const answer = await busy.askToken({ appid: busy.credentials.appid, app_secret: 'wrong' })
    assert.equal(answer.envelope.code, call < 100 ? 40100 : 42900)
  }
  for (let call = 0; call < 100; call++) assert.equal((await busy.askToken()).envelope.code, 0)
  const late = await busy.askToken()
  assertRefused(late, 42900, /100.*60 秒/)
  assert.equal(late.headers['retry-after'], '60')
  assert.equal((await other.askToken()).envelope.code, 0)
  server.clock.ms += 60_000
  assert.equal((await busy.askToken()).envelope.code, 0)
})

test('T4 the database holds neither secret nor token; the key lies beside it', async () => {
  await using server = await startTestServer()
  const client = await server.company('t4')
  const token = await client.token()
  const { temp } = server
  let bytes = ''
  for (const table of ['app', 'call_window', 'setting']) {
    bytes += JSON.stringify(await temp.query(`SELECT * FROM ${table}`))
  }
  let key = KEY
  if (ENGINE === 'sqlite') {
    const file = join(temp.path, 'genjin.db')
    await temp.query('PRAGMA wal_checkpoint(TRUNCATE)')
    bytes += readFileSync(file, 'latin1')
    key = readFileSync(`${file}.key`, 'utf8').trim()
  }
  assert.ok(bytes.includes(client.credentials.appid))
  const { app_secret: secret } = client.credentials
  for (const hidden of [secret, secret.slice(4), token, token.slice(-43), key as string]) {
    assert.ok(!bytes.includes(hidden))
  }
  // Another server with the same key knows the token without having issued it.
  const config = readConfig({ database: temp.database, key: KEY, logLevel: 'silent' })
  const environment = { now: () => server.clock.ms, random: (bytes: number) => Buffer.alloc(bytes, 7) }
  await using second = await serve(config, { environment })
  const answer = await send(second.url, { path: `/openapi/department/list?access_token=${token}` })
  assert.equal(answer.envelope.code, 0, answer.text)
})
