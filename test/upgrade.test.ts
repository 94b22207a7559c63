import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { OPERATIONS } from 'genjin-contract'
import {
  addApp,
  addCorp,
  byCommand,
  invitePerson,
  isClean,
  listApps,
  openCore,
  readConfig,
  requireCorp,
  verify,
} from 'genjin-server'
import pg from 'pg'
import { appidOf } from '../packages/server/src/service/auth/access-token.ts'
import { hashOf, type WriteCall } from '../packages/server/src/service/idempotent-write.ts'
import { createKeys } from '../packages/server/src/service/keys.ts'
import { readerOf } from '../packages/server/src/service/read-value.ts'
import { loadMigrations } from '../packages/server/src/store/migrate.ts'
import { TestClient } from './support/client.ts'
import { ENGINE, emptyDatabase, type TempDatabase } from './support/database.ts'
import { ENVIRONMENT, serve } from './support/server.ts'

const MASTER = Buffer.alloc(32, 'genjin upgrade')
const MIGRATIONS = loadMigrations(ENGINE)

/** What the app of a company wrote with an idempotency key before the upgrade. */
const WRITTEN = { type: 1, id: 'c', user_id: 'zhang', contact_type: '电话', follow_content: '旧' }
const ANSWER = '30'

function credentialsOf(corp: number) {
  return { appid: appidOf(corp, 'oldoldoldold'), app_secret: 'gjs_from_the_first_release' }
}

/** A database as an earlier release left it: migrations up to a version, and two companies that wrote since the first one. */
async function oldDatabase(temp: TempDatabase, version: number): Promise<void> {
  const scripts = MIGRATIONS.slice(0, version).map((migration) => [
    migration.sql.replace(/;\s*$/, ''),
    `INSERT INTO schema_migration VALUES (${migration.version}, '${migration.name}', 1)`,
    ...(migration.version === 1 ? [1, 2].flatMap(company) : []),
  ])
  const schema =
    'CREATE TABLE schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)'
  const transactions = [[schema], ...scripts].map((script) => `BEGIN;\n${script.join(';\n')};\nCOMMIT`)
  if (ENGINE === 'postgres') {
    // As the tables' owner, not as the superuser that temp.query is.
    const client = new pg.Client({ connectionString: temp.database })
    await client.connect()
    for (const transaction of transactions) await client.query(transaction)
    await client.end()
    return
  }
  using database = new DatabaseSync(temp.database.slice('sqlite:'.length))
  for (const transaction of transactions) database.exec(transaction)
}

/** Ids in another order than that of writing; a clue, an opportunity and one by the system among them. */
function company(corp: number): string[] {
  const follows = [30, 10, 20].map((id) => {
    const head = `{"id":${id},"follow_user_id":"zhang","content":"${corp}-${id}","target":{"contact_id":null,"external_id":null,"company_id":null,"chat_id":null,"clue_id":null,"is_ai":null},"business_type":1,"business_id":"c","follow_type":5`
    const tail =
      '"field_map":{},"attachment_list":[],"location":null,"follow_time":1736913600000,"remind":null}'
    const system = id === 20 ? 1 : 0
    return `INSERT INTO follow VALUES (${corp}, ${id}, ${system}, 1736913600000, 'zhang', 1, 'c', 5, NULL, 'c', NULL, 7, 8, '${head}', '${tail}')`
  })
  const { appid, app_secret } = credentialsOf(corp)
  const secretHash = createKeys(MASTER).secretHash(appid, app_secret)
  const input = readerOf(OPERATIONS.followCreate.body, { emptyIsAbsent: true })(WRITTEN) as object
  const requestHash = hashOf({ operation: 'followCreate', input } as WriteCall<'followCreate'>)
  return [
    `INSERT INTO corp VALUES (${corp}, 'corp${corp}', 'n', 'Asia/Shanghai', 1)`,
    // Row-level security shows one company at a time.
    ...(ENGINE === 'postgres' ? [`SET LOCAL genjin.corp = '${corp}'`] : []),
    `INSERT INTO staff (corp, user_id, name, status) VALUES (${corp}, 'zhang', 'z', 1)`,
    `INSERT INTO follow_type VALUES (${corp}, 5, '电话', 0, 1, 0)`,
    ...follows,
    ...[30, 10, 20].map(
      (id) => `INSERT INTO follow_target VALUES (${corp}, 'c', ${id === 20 ? 1 : 0}, 1736913600000, ${id})`,
    ),
    `INSERT INTO app (corp, appid, secret_hash, created_at) VALUES (${corp}, '${appid}', '${secretHash}', 5)`,
    `INSERT INTO write_key (corp, appid, key, request_hash, answer, created_at)
     VALUES (${corp}, '${appid}', 'k', '${requestHash}', '${ANSWER}', ${Date.now()})`,
  ]
}

for (const { version, name } of MIGRATIONS.slice(0, -1)) {
  test(`a database of ${name} is brought up to date with its data: feed, keys, apps and counters are right`, async () => {
    await using temp = await emptyDatabase()
    await oldDatabase(temp, version)
    const config = readConfig({
      database: temp.database,
      key: MASTER.toString('base64'),
      logLevel: 'warn',
    })
    await using core = await openCore(config, ENVIRONMENT, { create: true })
    const { context, migrated } = core
    assert.deepEqual(
      migrated.applied,
      MIGRATIONS.slice(version).map((migration) => migration.name),
    )
    assert.ok((await verify(context, undefined)).every(isClean))
    await using server = await serve(config)
    for (const corp of [1, 2]) {
      const client = new TestClient(server.url, credentialsOf(corp))
      // biome-ignore lint/suspicious/noExplicitAny: tests look into any answer
      const done = (path: string, body: object, headers = {}): Promise<any> =>
        client.done(`crm/follow/${path}`, body, headers)
      assert.equal(await done('create', WRITTEN, { 'idempotency-key': 'k' }), Number(ANSWER))
      assert.equal(
        (await done('update', { follow_id: 10, user_id: 'zhang', follow_content: '改' })).version,
        2,
      )
      const { records } = await done('changes', {})
      assert.deepEqual(
        // biome-ignore lint/suspicious/noExplicitAny: tests look into any answer
        records.map((change: any) => {
          const { id, content, version, system, create_time, update_time } = change.record
          return [change.seq, change.op, id, content, version, system, create_time, update_time === 8]
        }),
        [
          [1, 'create', 10, `${corp}-10`, 1, false, 7, true],
          [2, 'create', 20, `${corp}-20`, 1, true, 7, true],
          [3, 'create', 30, `${corp}-30`, 1, false, 7, true],
          [4, 'update', 10, '改', 2, false, 7, false],
        ],
      )
      assert.equal((await done('get', { follow_id: 10 })).history[1].time, 8)
      assert.equal((await client.list({ target_id_list: ['c'] })).total, 2)
      const owner = await requireCorp(context, `corp${corp}`)
      const [app, ...others] = await context.store.read(corp, (tx) => listApps(context, tx, 10, 0))
      const { appid, label, read_only, created_at, revoked_at, old_secret_until } = app ?? {}
      assert.deepEqual(
        [appid, label, read_only, created_at, revoked_at, old_secret_until, others],
        [credentialsOf(corp).appid, '', false, 5, null, null, []],
      )
      await byCommand(context, owner, (tx, session) =>
        invitePerson(context, tx, session, { user_id: 'zhang', role: 'admin' }),
      )
    }
    assert.ok((await verify(context, undefined)).every(isClean))
  })
}

test('a fresh database has every migration, and is right', async () => {
  await using temp = await emptyDatabase()
  const config = readConfig({ database: temp.database, key: MASTER.toString('base64'), logLevel: 'warn' })
  await using core = await openCore(config, ENVIRONMENT, { create: true })
  const { context, migrated } = core
  assert.deepEqual(
    migrated.applied,
    MIGRATIONS.map(({ name }) => name),
  )
  await addApp(context, await addCorp(context, { id: 'new', name: '新', timeZone: 'Asia/Shanghai' }))
  assert.ok((await verify(context, undefined)).every(isClean))
})
