import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openCore, readConfig } from 'genjin-server'
import pg from 'pg'
import { CORP_TABLES } from '../packages/server/src/store/tenant-guard.ts'
import { addApp, addCompany, importLines } from './support/cli.ts'
import { type TempDatabase, tempDatabase } from './support/database.ts'
import { ROLE } from './support/postgres.ts'
import { ENVIRONMENT, follow } from './support/server.ts'

/** Row-level security, seen by a role that it holds for: the owner of the tables, no superuser. */

const KEY = randomBytes(32).toString('base64')
let temp: TempDatabase
let client: pg.Client

before(async () => {
  temp = await tempDatabase('postgres')
  for (const id of ['one', 'two']) {
    await addCompany(temp.database, id, KEY)
    await addApp(temp.database, id, { env: { GENJIN_KEY: KEY } })
    const lines = [
      { kind: 'department', id: 1, name: '销售部' },
      { kind: 'staff', user_id: 'zhang', name: '张', department_ids: [1] },
      { kind: 'person', user_id: 'zhang', role: 'manager', department_ids: [1] },
      { kind: 'custom_field', key: 'k', name: 'k', type: 'text' },
      { kind: 'target', type: 1, id: 'c1', name: '客户' },
      follow({ id: 1 }),
    ].map((line) => JSON.stringify(line))
    // The second import makes a version of the first.
    const changed = JSON.stringify(follow({ id: 1, content: '改' }))
    for (const all of [lines, [...lines, changed]]) await importLines(temp.database, id, all, KEY)
  }
  for (const [table, from, columns] of [
    ['call_window', 'app', 'appid, 1, 1'],
    ['write_key', 'app', "appid, 'k', 'h', 'a', 1"],
    ['person_session', 'person', "'id', user_id, 'password', 1, 1, '', ''"],
    ['passkey', 'person', "'id', user_id, 'n', 'key', 0, '', 1, NULL"],
    ['sign_in_count', 'corp', "'person zhang', 1, 1"],
  ]) {
    await temp.query(`INSERT INTO ${table} SELECT corp, ${columns} FROM ${from}`)
  }
  client = new pg.Client({ connectionString: temp.database })
  await client.connect()
})

after(async () => {
  await client.end()
  await temp[Symbol.asyncDispose]()
})

/** Runs statements in one transaction of a company, or of none, and undoes them. */
async function within<T>(corp: number | undefined, fn: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    if (corp !== undefined) await client.query(`SET LOCAL genjin.corp = '${corp}'`)
    return await fn()
  } finally {
    await client.query('ROLLBACK')
  }
}

async function count(table: string, where = 'true'): Promise<number> {
  return (await client.query(`SELECT count(*)::INTEGER AS n FROM ${table} WHERE ${where}`)).rows[0].n
}

test('the role of the tests owns the tables and cannot bypass row-level security', async () => {
  const { rows } = await client.query(
    `SELECT rolsuper, rolbypassrls, pg_get_userbyid(c.relowner) = current_user AS owner, current_user::TEXT AS name
     FROM pg_roles, pg_class c WHERE rolname = current_user AND c.relname = 'follow'`,
  )
  const name = process.env[ROLE]?.split(':')[0]
  assert.deepEqual(rows, [{ rolsuper: false, rolbypassrls: false, owner: true, name }])
})

test('bound to no company a query sees nothing, in every table, before a company was set and after', async () => {
  for (const round of ['before', 'after']) {
    for (const table of CORP_TABLES) {
      const [{ n }] = (await temp.query(`SELECT count(*)::INTEGER AS n FROM ${table}`)) as [{ n: number }]
      assert.ok(n >= 2, `${table}: the superuser sees ${n} rows`)
      assert.equal(await within(undefined, () => count(table)), 0, `${table} ${round}`)
    }
    // Left over from an earlier transaction of the same connection there is nothing.
    await within(1, () => count('follow'))
  }
})

test('bound to a company a query sees its rows and no other, whatever it asks for', async () => {
  for (const table of CORP_TABLES) {
    assert.ok((await within(1, () => count(table))) > 0, table)
    assert.equal(await within(1, () => count(table, 'corp <> 1')), 0, table)
    assert.equal(await within(1, () => count(table, 'corp = 2')), 0, table)
    assert.equal(await within(99, () => count(table)), 0, table)
  }
})

test("bound to a company nothing can be written to another's rows", async () => {
  for (const table of CORP_TABLES) {
    const update = `UPDATE ${table} SET corp = corp WHERE corp = 2`
    assert.equal((await within(1, () => client.query(update))).rowCount, 0, table)
  }
  for (const table of CORP_TABLES) {
    const move = `UPDATE ${table} SET corp = 2 WHERE corp = 1`
    await within(1, () => assert.rejects(client.query(move), /row-level security/, table))
  }
  for (const [corp, text] of [
    [1, "INSERT INTO staff (corp, user_id, name, status) VALUES (2, 'li', '李', 1)"],
    [undefined, "INSERT INTO staff (corp, user_id, name, status) VALUES (1, 'li', '李', 1)"],
  ] as const) {
    await within(corp, () => assert.rejects(client.query(text), /row-level security/))
  }
})

test('a role that bypasses row-level security is warned about', async () => {
  const open = (database: string) =>
    openCore(readConfig({ database, key: KEY }), ENVIRONMENT, { create: true })
  await using own = await open(temp.database)
  assert.deepEqual(own.context.store.warnings, [])
  await using superuser = await open(temp.adminUrl as string)
  assert.match(superuser.context.store.warnings.join(), /BYPASSRLS，行级安全对它无效/)
})
