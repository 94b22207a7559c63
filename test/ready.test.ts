import assert from 'node:assert/strict'
import { openSync, statSync, writeSync } from 'node:fs'
import { test } from 'node:test'
import { readConfig } from 'genjin-server'
import { addCompany } from './support/cli.ts'
import { send, TestClient } from './support/client.ts'
import { ENGINE, KEY, tempDatabase } from './support/database.ts'
import { ENVIRONMENT, serve, startTestServer } from './support/server.ts'

/** Writes rubbish over all of a SQLite database but its first page; takes a table away on PostgreSQL. */
async function spoil(temp: Awaited<ReturnType<typeof tempDatabase>>): Promise<void> {
  if (ENGINE === 'postgres') {
    await temp.query('ALTER TABLE corp RENAME TO corp_spoilt')
    return
  }
  const path = temp.database.replace('sqlite:', '')
  writeSync(openSync(path, 'r+'), Buffer.alloc(statSync(path).size - 4096, 7), 0, undefined, 4096)
}

test('a server whose database cannot be read is not ready', async () => {
  await using temp = await tempDatabase()
  await addCompany(temp.database, 'acme')
  await using server = await serve(readConfig({ database: temp.database, key: KEY, logLevel: 'error' }))
  const status = async (path: string) => (await send(server.url, { path })).status
  assert.equal(await status('/readyz'), 200)
  await spoil(temp)
  assert.equal(await status('/readyz'), 503)
  assert.equal(await status('/livez'), 200)
})

test('a server does not start on a clock before 2024', async () => {
  await using temp = await tempDatabase()
  const config = readConfig({ database: temp.database, key: KEY, logLevel: 'error' })
  const environment = { ...ENVIRONMENT, now: () => Date.UTC(1970, 0, 1, 0, 5) }
  const start = async () => {
    await using _ = await serve(config, { environment })
  }
  await assert.rejects(start, /时钟是 1970-01-01T00:05:00.000Z，早于 2024 年/)
})

test('a clock that falls back before 2024 refuses writes, and reading goes on', async () => {
  await using server = await startTestServer()
  const client = await server.company('clock', [{ kind: 'staff', user_id: 'zhang', name: '张' }])
  const body = { type: 1, id: 'c', user_id: 'zhang', contact_type: '拜访', follow_content: 'x' }
  const id = await client.done('crm/follow/create', body)
  const right = server.clock.ms
  server.clock.ms = Date.UTC(1970, 0, 1, 0, 5)
  const again = new TestClient(server.url, client.credentials)
  for (const [path, input] of [
    ['crm/follow/create', body],
    ['crm/follow/batchCreate', { records: [body] }],
    ['crm/follow/update', { follow_id: id, user_id: 'zhang', follow_content: 'y' }],
    ['department/save', { departments: [{ id: 1, name: '部' }] }],
  ] as const) {
    const { status, envelope } = await again.post(path, input)
    assert.deepEqual([status, envelope.code], [503, 50300], path)
    assert.match(envelope.msg, /时钟是 1970.*早于 2024 年/)
  }
  assert.equal((await again.list()).total, 1)
  server.clock.ms = right
  await new TestClient(server.url, client.credentials).done('crm/follow/create', body)
})

test('T1 a token issued in the future is not current: a new one is issued', async () => {
  await using server = await startTestServer()
  const client = await server.company('future')
  const first = await client.token()
  const right = server.clock.ms
  server.clock.ms = right - 4 * 60_000
  assert.equal(
    (await client.askToken()).envelope.data.access_token,
    first,
    'clocks of servers differ a little',
  )
  assert.equal((await client.list()).total, 0)
  server.clock.ms = right - 86_400_000
  assert.equal((await client.post('crm/follow/list', {})).envelope.code, 10010)
  const second = (await client.askToken()).envelope.data
  assert.notEqual(second.access_token, first)
  assert.equal(second.create_at, Math.floor(server.clock.ms / 1000))
})
