import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Sql } from 'sql-template-tag'
import type { FollowFilter } from '../follow/filter.ts'
import { countFollows } from '../follow/query-plan.ts'
import { followDetailPage, followPage } from '../follow/read.ts'
import type { ReadTx } from '../port.ts'
import { createStore } from '../store.ts'
import { type OpenedStore, storeSuite } from '../store-suite.ts'
import { openSqlite, sqliteDialect } from './sqlite.ts'

async function open(): Promise<OpenedStore & { path: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-store-'))
  const path = join(folder, 'store.db')
  const store = createStore(openSqlite(path), () => 1)
  await store.migrate()
  return {
    store,
    path,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

storeSuite('sqlite', open)

const MANY = { total: 1_000_000, limit: 20, offset: 0 }

/** A sort of everything found, or a walk through the whole table. */
const UNINDEXED = /TEMP B-TREE|SCAN [ft]\b/

test('each filter of the list, alone, is served by its index in the order of the list, without sorting', async () => {
  await using opened = await open()
  const filters: Record<string, [Partial<FollowFilter>, RegExp]> = {
    'L1 none': [{}, /USING (COVERING )?INDEX follow_by_time/],
    'L4 days': [{ followTime: { from: 1, before: 2 } }, /USING (COVERING )?INDEX follow_by_time/],
    'L5 target_type': [{ businessTypes: [1] }, /USING (COVERING )?INDEX follow_by_business_type/],
    'L6 target': [{ targetIds: ['a'] }, /SEARCH t USING PRIMARY KEY/],
    'L7 id': [{ ids: [1n] }, /SEARCH f USING INDEX sqlite_autoindex_follow_1/],
    'L8 staff': [{ userIds: ['a'] }, /USING (COVERING )?INDEX follow_by_user/],
    'L10 follow type': [{ followTypeIds: [1n] }, /USING (COVERING )?INDEX follow_by_type/],
    'L11 title': [{ title: 'a' }, /USING (COVERING )?INDEX follow_by_title/],
  }
  for (const [name, [filter, index]] of Object.entries(filters)) {
    const whole = { system: false, ...filter }
    const page = await lastOf((tx) => followPage(tx, whole, MANY))
    const plan = explain(opened.path, page as Sql)
    assert.match(plan, index, `${name}\n${plan}`)
    assert.doesNotMatch(keysPart(plan), UNINDEXED, `${name}\n${plan}`)
    const count = await lastOf((tx) => countFollows(tx, whole))
    assert.doesNotMatch(explain(opened.path, count as Sql), UNINDEXED, name)
  }
  const older = await lastOf((tx) =>
    followDetailPage(tx, { system: false, businessTypes: [1, 4] }, 'written', MANY),
  )
  const plan = explain(opened.path, older as Sql)
  assert.match(plan, /USING INDEX follow_by_create_time/)
  assert.doesNotMatch(keysPart(plan), UNINDEXED)
})

/** The part of a plan that finds the page; the rest sorts the page's own rows, 100 at most. */
function keysPart(plan: string): string {
  const [keys = '', rest] = plan.split(/SCAN [kp]/)
  assert.ok(rest !== undefined, plan)
  return keys
}

test('a few ids or targets are looked up by their own index, not along the time index', async () => {
  await using opened = await open()
  for (const filter of [{ ids: [1n, 2n] }, { targetIds: ['a', 'b'] }, { userIds: ['a', 'b'] }]) {
    const page = await lastOf((tx) => followPage(tx, { system: false, ...filter }, { ...MANY, total: 40 }))
    const plan = explain(opened.path, page as Sql)
    assert.doesNotMatch(plan, /follow_by_time|SCAN [ft]\b/, plan)
  }
})

/** The last of the statements that `fn` runs, not run. */
async function lastOf(fn: (tx: ReadTx) => Promise<unknown>): Promise<Sql | undefined> {
  let last: Sql | undefined
  const noting =
    <T>(found: T) =>
    async (statement: Sql) => {
      last = statement
      return found
    }
  await fn({ corp: 1, dialect: sqliteDialect, all: noting([]), get: noting([0]) })
  return last
}

function explain(path: string, statement: Sql): string {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${statement.sql}`).all(...(statement.values as string[]))
  database.close()
  return rows.map((row) => row.detail).join('\n')
}

test('what is acknowledged is durable: WAL with synchronous FULL, foreign keys on', async () => {
  await using opened = await open()
  const pragma = (name: string) =>
    opened.store.transactShared(
      async (tx) => (await tx.shared.get({ sql: `PRAGMA ${name}`, values: [] } as never))?.[0],
    )
  assert.equal(await pragma('journal_mode'), 'wal')
  assert.equal(await pragma('synchronous'), 2)
  assert.equal(await pragma('foreign_keys'), 1)
})

test('SQLite loads nothing of PostgreSQL', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-store-'))
  const script = `
    const { openCore, readConfig } = await import('genjin-server')
    const config = readConfig({ database: 'sqlite:${join(folder, 'lazy.db')}' })
    const core = await openCore(config, { now: Date.now, random: (await import('node:crypto')).randomBytes })
    await core[Symbol.asyncDispose]()
    const { createRequire } = await import('node:module')
    console.log(Object.keys(createRequire('/').cache).filter((file) => /node_modules.pg/.test(file)).length)`
  try {
    const run = (code: string) =>
      execFileSync(process.execPath, ['--input-type=module', '-e', code], {
        cwd: import.meta.dirname,
        encoding: 'utf8',
      })
    assert.equal(run(script).trim(), '0')
    // The same look finds it where it is loaded.
    assert.notEqual(run(`await import('./postgres.ts')\n${script}`).trim(), '0')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
