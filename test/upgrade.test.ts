import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { addApp, openCore, readConfig, requireCorp } from 'genjin-server'
import pg from 'pg'
import { TestClient } from './support/client.ts'
import { ENGINE, emptyDatabase, KEY, type TempDatabase } from './support/database.ts'
import { ENVIRONMENT, serve } from './support/server.ts'

const MIGRATIONS = fileURLToPath(new URL('../packages/server/src/store/migrations', import.meta.url))

/** A database as the first release left it: the first two migrations, and two companies with follow-ups. */
async function oldDatabase(temp: TempDatabase): Promise<void> {
  const files = globSync(`${MIGRATIONS}/00[12]-*.${ENGINE}.sql`).sort()
  assert.equal(files.length, 2)
  const script = [
    'CREATE TABLE schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)',
    ...files.map((file) => readFileSync(file, 'utf8').replace(/;\s*$/, '')),
    "INSERT INTO schema_migration VALUES (1, '001-start', 1), (2, '002-several-processes', 1)",
    ...[1, 2].flatMap(company),
  ].join(';\n')
  if (ENGINE === 'postgres') {
    // As the tables' owner, not as the superuser that temp.query is.
    const client = new pg.Client({ connectionString: temp.database })
    await client.connect()
    await client.query(`BEGIN; ${script}; COMMIT`)
    await client.end()
    return
  }
  using database = new DatabaseSync(temp.database.slice('sqlite:'.length))
  database.exec(script)
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
  return [
    `INSERT INTO corp VALUES (${corp}, 'corp${corp}', 'n', 'Asia/Shanghai', 1)`,
    // Row-level security shows one company at a time.
    ...(ENGINE === 'postgres' ? [`SET LOCAL genjin.corp = '${corp}'`] : []),
    `INSERT INTO corp_state VALUES (${corp})`,
    `INSERT INTO staff (corp, user_id, name, status) VALUES (${corp}, 'zhang', 'z', 1)`,
    `INSERT INTO follow_type VALUES (${corp}, 5, '电话', 0, 1, 0)`,
    ...follows,
    ...[30, 10, 20].map(
      (id) => `INSERT INTO follow_target VALUES (${corp}, 'c', ${id === 20 ? 1 : 0}, 1736913600000, ${id})`,
    ),
  ]
}

test('a database of the version before is brought up to date with its data: everything is in the change feed, once', async () => {
  await using temp = await emptyDatabase()
  await oldDatabase(temp)
  const config = readConfig({ database: temp.database, key: KEY, logLevel: 'warn' })
  await using core = await openCore(config, ENVIRONMENT, { create: true })
  assert.deepEqual(core.migrated.applied, ['003-write-side', '004-counters', '005-titles', '006-lists'])
  await using server = await serve(config)
  for (const corp of [1, 2]) {
    const app = await addApp(core.context, await requireCorp(core.context, `corp${corp}`))
    const client = new TestClient(server.url, app)
    const done = (path: string, body: object) => client.done(`crm/follow/${path}`, body)
    assert.equal((await done('update', { follow_id: 10, user_id: 'zhang', follow_content: '改' })).version, 2)
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
  }
})
