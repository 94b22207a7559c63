import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openCore, readConfig } from 'genjin-server'
import { findCorp } from '../packages/server/src/store/corp.ts'
import { addApp, addCompany, importLines } from './support/cli.ts'
import { TestClient } from './support/client.ts'
import { asAdmin, createDatabase, makeRole, startPostgres } from './support/postgres.ts'
import { ENVIRONMENT, serve } from './support/server.ts'

const KEY = randomBytes(32).toString('base64')
const CREATE = { type: 1, id: 'c', user_id: 'zhang', contact_type: '拜访', follow_content: '内容' }

test('L12 holds on a read replica: lagging, paused or gone, every list includes what was acknowledged before it', async () => {
  await using primary = await startPostgres(['fsync=off', 'hot_standby=on', 'max_wal_senders=4'])
  await using database = await createDatabase({ admin: primary.url, role: await makeRole(primary.url) })
  await addCompany(database.url, 'acme', KEY)
  const credentials = await addApp(database.url, 'acme', { env: { GENJIN_KEY: KEY } })
  await importLines(database.url, 'acme', ['{"kind":"staff","user_id":"zhang","name":"张"}'], KEY)
  await using replica = await primary.replica()
  const readUrl = new URL(database.url)
  readUrl.port = new URL(replica.url).port
  await using server = await serve(
    readConfig({ database: database.url, readDatabase: readUrl.href, key: KEY, logLevel: 'warn' }),
  )
  const client = new TestClient(server.url, credentials)
  let total = 0
  async function writeAndRead(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await client.done('crm/follow/create', CREATE)
      total++
      const pages = await Promise.all([client.list(), client.list(), client.list()])
      for (const page of pages) assert.equal(page.total, total)
    }
  }
  /** Transactions that the replica has ended so far. */
  const reads = () =>
    asAdmin(async (admin) => {
      const { rows } = await admin.query('SELECT xact_commit FROM pg_stat_database WHERE datname = $1', [
        new URL(database.url).pathname.slice(1),
      ])
      return Number(rows[0].xact_commit)
    }, replica.url)

  await writeAndRead(40)
  const before = await reads()
  for (let round = 0; round < 300; round++) assert.equal((await client.list()).total, total)
  // Statistics are handed in now and then, by connections at rest.
  for (let wait = 0; (await reads()) - before < 300; wait++) {
    assert.ok(wait < 200, `the replica ended ${(await reads()) - before} transactions in 300 lists`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await asAdmin((admin) => admin.query('SELECT pg_wal_replay_pause()'), replica.url)
  await writeAndRead(20)
  await asAdmin((admin) => admin.query('SELECT pg_wal_replay_resume()'), replica.url)
  await writeAndRead(20)
  await replica.kill()
  await writeAndRead(20)
  await replica.start()
  await writeAndRead(20)

  // A replica of something else, or none at all, is not read from; a server starts without it and says so.
  await using other = await startPostgres(['fsync=off'])
  const strange = new URL(database.url)
  strange.port = new URL(other.url).port
  await asAdmin((admin) => admin.query(`CREATE DATABASE ${strange.pathname.slice(1)}`), other.url)
  strange.username = 'postgres'
  strange.password = ''
  const nothing = new URL(strange)
  nothing.port = '1'
  for (const readDatabase of [strange.href, nothing.href, database.url]) {
    const config = readConfig({ database: database.url, readDatabase, key: KEY })
    await using core = await openCore(config, ENVIRONMENT, { create: true })
    assert.match(core.context.store.warnings.join(), /GENJIN_READ_DATABASE 没有响应，或不是这个数据库的副本/)
    assert.equal((await core.context.store.readShared((tx) => findCorp(tx, 'acme')))?.id, 'acme')
  }
  // A standby in the place of the primary counts as away.
  const standby = readConfig({ database: readUrl.href, key: KEY })
  await assert.rejects(openCore(standby, ENVIRONMENT, { create: true }), /数据库没有响应/)
})
