import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addApp, addCompany, exportText, importLines, type ServeProcess, startServe } from '../support/cli.ts'
import { type Envelope, TestClient } from '../support/client.ts'
import { ENGINE, tempDatabase } from '../support/database.ts'
import { follow } from '../support/server.ts'

const SQLITE = ENGINE === 'sqlite'

/** A server with a company of a few follow-ups, and a client of it. */
async function startCorp() {
  await using stack = new AsyncDisposableStack()
  const temp = stack.use(await tempDatabase())
  await addCompany(temp.database, 'acme')
  const lines = [{ kind: 'staff', user_id: 'zhang', name: '张' }, follow({ id: 1 }), follow({ id: 2 })]
  await importLines(
    temp.database,
    'acme',
    lines.map((line) => JSON.stringify(line)),
  )
  const credentials = await addApp(temp.database, 'acme')
  const server = stack.use(await startServe(['--database', temp.database]))
  const client = new TestClient(server.url, credentials)
  const moved = stack.move()
  return { temp, server, client, [Symbol.asyncDispose]: () => moved.disposeAsync() }
}

/** A request whose head the server has read: it asked for the body, which is sent by `finish`. */
interface Begun {
  finish(): Promise<{ status: number; envelope: Envelope }>
  abandon(): void
}

async function begin(client: TestClient, path: string, body: unknown): Promise<Begun> {
  const { hostname, port } = new URL(client.url)
  const text = JSON.stringify(body)
  const sent = request({
    hostname,
    port,
    method: 'POST',
    path: `/openapi/${path}?access_token=${await client.token()}`,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      expect: '100-continue',
    },
    agent: false,
  })
  const answered = once(sent, 'response')
  answered.catch(() => {})
  sent.flushHeaders()
  await once(sent, 'continue')
  sent.write(text.slice(0, 1))
  return {
    async finish() {
      sent.end(text.slice(1))
      const [response] = await answered
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      return {
        status: response.statusCode,
        envelope: JSON.parse(Buffer.concat(chunks).toString('utf8')),
      }
    },
    abandon: () => sent.destroy(),
  }
}

/** Waits until the server takes no new connections: it knows that it is to stop. */
async function closed(url: string): Promise<void> {
  const { hostname, port } = new URL(url)
  for (;;) {
    const socket = connect({ host: hostname, port: Number(port) })
    const refused = await Promise.race([
      once(socket, 'connect').then(() => false),
      once(socket, 'error').then(() => true),
    ]).catch(() => true)
    socket.destroy()
    if (refused) return
  }
}

const CREATE = { type: 1, id: 'c9', user_id: 'zhang', contact_type: '拜访', follow_content: '停机前' }

/** Stops a server with requests on their way; asserts that all are answered and that nothing is left to recover. */
async function assertAnswersAll(signal: NodeJS.Signals): Promise<void> {
  await using company = await startCorp()
  const { client, server, temp } = company
  await client.list()
  const begun = await Promise.all([
    ...Array.from({ length: 10 }, () => begin(client, 'crm/follow/list', {})),
    ...Array.from({ length: 5 }, () => begin(client, 'crm/follow/create', CREATE)),
  ])
  if (SQLITE) assert.ok(readdirSync(temp.path).includes('genjin.db-wal'), 'there is a log to be written back')
  server.kill(signal)
  await closed(server.url)
  const answers = await Promise.all(begun.map((each) => each.finish()))
  for (const { status, envelope } of answers) {
    assert.equal(status, 200)
    assert.equal(envelope.code, 0, envelope.msg)
  }
  const { code, signal: by, stderr } = await server.ended
  assert.deepEqual([code, by], [0, null], stderr)
  assert.deepEqual(readdirSync(temp.path).sort(), SQLITE ? ['genjin.db', 'genjin.db.key'] : [])

  const kept = await exportText(temp.database, 'acme')
  for (const { envelope } of answers.slice(10)) {
    assert.ok(kept.includes(`{"kind":"follow","id":${envelope.data},`), 'what was acknowledged is kept')
  }
}

test('SIGTERM lets the requests that have begun be answered, exits with 0 and leaves no log file', async () => {
  await assertAnswersAll('SIGTERM')
})

test('SIGINT does the same', async () => {
  await assertAnswersAll('SIGINT')
})

test('connections at rest do not hold up the stop', async () => {
  await using company = await startCorp()
  const { client, server } = company
  await Promise.all(Array.from({ length: 5 }, () => client.list()))
  await assertStopsSoon(server)
})

test('a connection on which nothing was ever sent does not hold up the stop', async () => {
  await using company = await startCorp()
  const { hostname, port } = new URL(company.server.url)
  const silent = connect({ host: hostname, port: Number(port) })
  silent.on('error', () => {})
  try {
    await once(silent, 'connect')
    await company.client.list()
    await assertStopsSoon(company.server)
  } finally {
    silent.destroy()
  }
})

/** Longest that a stop may take with nothing to be answered. */
const SOON_MS = 4_000

async function assertStopsSoon(server: ServeProcess): Promise<void> {
  const end = await Promise.race([server.stop(), sleep(SOON_MS, undefined, { ref: false })])
  assert.ok(end, `it has not stopped after ${SOON_MS} ms`)
  assert.equal(end.code, 0, end.stderr)
}

test('a second signal ends the server at once, and the database is sound', async () => {
  await using company = await startCorp()
  const { client, server, temp } = company
  const before = await exportText(temp.database, 'acme')
  const begun = await begin(client, 'crm/follow/create', CREATE)
  server.kill('SIGTERM')
  await closed(server.url)
  const end = await server.stop('SIGTERM')
  begun.abandon()
  assert.equal(end.code, 1)
  if (SQLITE)
    assert.deepEqual({ ...(await temp.query('PRAGMA integrity_check'))[0] }, { integrity_check: 'ok' })
  assert.equal(await exportText(temp.database, 'acme'), before)
})
