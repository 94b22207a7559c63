import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { exportText } from '../support/cli.ts'
import { ENGINE } from '../support/database.ts'
import { follow } from '../support/server.ts'
import { assertStopsSoon, begin, closed, serveCompany, silentConnection } from '../support/serving.ts'

const SQLITE = ENGINE === 'sqlite'

function startCorp() {
  return serveCompany([{ kind: 'staff', user_id: 'zhang', name: '张' }, follow({ id: 1 }), follow({ id: 2 })])
}

const CREATE = { type: 1, id: 'c9', user_id: 'zhang', contact_type: '拜访', follow_content: '停机前' }

/** Stops a server with requests in flight; asserts that all are answered and that nothing is left to recover. */
async function assertAnswersAll(signal: NodeJS.Signals): Promise<void> {
  await using company = await startCorp()
  const { client, server, temp } = company
  await client.list()
  const begun = await Promise.all([
    ...Array.from({ length: 10 }, () => begin(client, 'crm/follow/list', {})),
    ...Array.from({ length: 5 }, () => begin(client, 'crm/follow/create', CREATE)),
  ])
  if (SQLITE)
    assert.ok(readdirSync(temp.path).includes('genjin.db-wal'), 'there is a write-ahead log to check in')
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

test('idle connections do not delay the stop', async () => {
  await using company = await startCorp()
  const { client, server } = company
  await Promise.all(Array.from({ length: 5 }, () => client.list()))
  await assertStopsSoon(server)
})

test('a connection on which nothing was ever sent does not delay the stop', async () => {
  await using company = await startCorp()
  using _ = await silentConnection(company.server.url)
  await company.client.list()
  await assertStopsSoon(company.server)
})

test('a second signal ends the server at once, and the database is intact', async () => {
  await using company = await startCorp()
  const { client, server, temp } = company
  const before = await exportText(temp.database, 'acme')
  const begun = await begin(client, 'crm/follow/create', CREATE)
  server.kill('SIGTERM')
  await closed(server.url)
  const end = await server.stop('SIGTERM')
  begun.abandon()
  assert.equal(end.code, 143)
  if (SQLITE)
    assert.deepEqual({ ...(await temp.query('PRAGMA integrity_check'))[0] }, { integrity_check: 'ok' })
  assert.equal(await exportText(temp.database, 'acme'), before)
})
