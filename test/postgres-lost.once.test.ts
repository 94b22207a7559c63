import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from 'genjin-server'
import { addApp, addCompany, importLines } from './support/cli.ts'
import { type Answer, send, TestClient } from './support/client.ts'
import { assertWithin } from './support/crowding.ts'
import { tempDatabase } from './support/database.ts'
import { startProxy } from './support/proxy.ts'
import { serve } from './support/server.ts'

const KEY = randomBytes(32).toString('base64')

/** Longest that a request may take while the database is away. */
const FAIL_MS = 2_000
/** Longest until all is well again after it is back. */
const HEAL_MS = 1_000

/** A server whose way to the database can be cut. */
async function startCut() {
  await using stack = new AsyncDisposableStack()
  const temp = stack.use(await tempDatabase('postgres'))
  const address = new URL(temp.database)
  const proxy = stack.use(await startProxy({ host: address.hostname, port: Number(address.port || 5432) }))
  const through = new URL(address)
  through.hostname = '127.0.0.1'
  through.port = String(proxy.port)
  await addCompany(temp.database, 'acme', KEY)
  const credentials = await addApp(temp.database, 'acme', { env: { GENJIN_KEY: KEY } })
  await importLines(temp.database, 'acme', ['{"kind":"staff","user_id":"zhang","name":"张伟"}'], KEY)
  const config = readConfig({ database: through.href, key: KEY, logLevel: 'warn' })
  const server = stack.use(await serve(config))
  const client = new TestClient(server.url, credentials)
  await client.token()
  const kept = stack.move()
  return { temp, proxy, client, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

function body(content: string) {
  return { type: 1, id: 'c', user_id: 'zhang', contact_type: '拜访', follow_content: content }
}

const list = (client: TestClient) => client.post('crm/follow/list', {})

/** Sends 30 requests at once, every third of which writes. */
function askAtOnce(client: TestClient, round: number) {
  return Array.from({ length: 30 }, (_, index) =>
    timed(index % 3 === 0 ? client.post('crm/follow/create', body(`${round}-${index}`)) : list(client)),
  )
}

async function timed<T>(asked: Promise<T>): Promise<{ answer: T; ms: number }> {
  const started = performance.now()
  const answer = await asked
  return { answer, ms: performance.now() - started }
}

function assertAway({ answer, ms }: { answer: Answer; ms: number }): void {
  assert.equal(answer.status, 503, answer.text)
  assert.equal(answer.envelope.code, 50300)
  assert.equal(answer.envelope.data, null)
  assertWithin(ms, FAIL_MS, 'a refusal')
}

const ready = (client: TestClient) => send(client.url, { path: '/readyz' })

async function assertHeals(client: TestClient): Promise<void> {
  const started = performance.now()
  while ((await ready(client)).status !== 200) {
    assertWithin(performance.now() - started, HEAL_MS, 'not healed')
    await sleep(20)
  }
  assert.equal((await list(client)).envelope.code, 0)
}

for (const how of ['freeze', 'refuse'] as const) {
  test(`a database that is away (${how}): 503 within 2 s, /readyz false, healed within 1 s of its return`, async () => {
    await using cut = await startCut()
    const { proxy, client } = cut
    for (let round = 0; round < 2; round++) {
      // Enough to have the whole pool in use, and more waiting for it.
      const asked = askAtOnce(client, round)
      proxy[how]()
      const answers = await Promise.all(asked)
      for (const each of answers) if (each.answer.envelope.code !== 0) assertAway(each)
      await sleep(FAIL_MS)
      const started = performance.now()
      assert.equal((await ready(client)).status, 503)
      assertAway(await timed(list(client)))
      assertAway(await timed(client.post('crm/follow/create', body('away'))))
      assertWithin(performance.now() - started, 500, 'once it is known to be away, nothing waits')
      assert.equal((await send(client.url, { path: '/livez' })).status, 200)
      proxy.pass()
      await assertHeals(client)
    }
  })
}

test('a database that goes at any moment of a request is told as away, never as an error of the server', async () => {
  await using cut = await startCut()
  const { proxy, client } = cut
  for (let round = 0; round < 20; round++) {
    const asked = askAtOnce(client, round)
    // What a write to a closed connection fails with depends on how far it was.
    await sleep(1.5 * round)
    proxy.refuse()
    for (const each of await Promise.all(asked)) if (each.answer.envelope.code !== 0) assertAway(each)
    proxy.pass()
    await assertHeals(client)
  }
})

test('connections that are never heard of again, those just being made too, are given up: healed by new ones', async () => {
  await using cut = await startCut()
  const { proxy, client } = cut
  for (let round = 0; round < 2; round++) {
    proxy.freeze()
    // More than there are connections: some are made now, and hear nothing.
    const asked = Array.from({ length: 30 }, () => timed(list(client)))
    await sleep(200)
    proxy.strand()
    for (const each of await Promise.all(asked)) if (each.answer.envelope.code !== 0) assertAway(each)
    await assertHeals(client)
    const again = Array.from({ length: 30 }, () => timed(list(client)))
    for (const { answer, ms } of await Promise.all(again)) {
      assert.equal(answer.envelope.code, 0, answer.text)
      assertWithin(ms, FAIL_MS, 'the pool has its connections back')
    }
  }
})

test('ending the watching connection alone disturbs nobody', async () => {
  await using cut = await startCut()
  const { client, temp } = cut
  const until = performance.now() + 1_500
  const asking = (async () => {
    while (performance.now() < until) {
      await client.list()
      await client.done('crm/follow/create', body('on'))
    }
  })()
  for (let round = 0; round < 5; round++) {
    await temp.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query = 'SELECT NOT pg_is_in_recovery()'`,
    )
    await sleep(250)
  }
  await asking
})

test('a write cut off around its commit is done once when it is sent again with its key', async () => {
  await using cut = await startCut()
  const { proxy, client, temp } = cut
  // That the app has called is noted beside its first request, in a transaction of its own.
  await client.done('crm/follow/create', body('first'))
  while ((await temp.query('SELECT 1 FROM app WHERE used_at IS NOT NULL')).length === 0) await sleep(5)
  for (const when of ['before', 'after'] as const) {
    for (let round = 0; round < 5; round++) {
      const content = `${when}-${round}`
      const headers = { 'idempotency-key': randomUUID() }
      const create = () => client.post('crm/follow/create', body(content), headers)
      const done = proxy.cut(when, /SET LOCAL idle_in_transaction/, /COMMIT/)
      const first = await timed(create())
      await done
      assertAway(first)
      const deadline = performance.now() + 3_000
      let again = await create()
      while (again.envelope.code === 50300 && performance.now() < deadline) {
        await sleep(50)
        again = await create()
      }
      assert.equal(again.envelope.code, 0, again.text)
      const rows = await temp.query(`SELECT id FROM follow WHERE head LIKE '%"${content}"%'`)
      assert.deepEqual(rows, [{ id: String(again.envelope.data) }])
    }
  }
})
