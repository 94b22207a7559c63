import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import sql, { type Sql } from 'sql-template-tag'
import type { DrivingIndex, FollowFilter, FollowOrder } from '../follow/filter.ts'
import type { List } from '../follow/query-plan.ts'
import { followPage } from '../follow/read.ts'
import type { ReadTx, Store } from '../port.ts'
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

/** A sort of everything found, or a walk through the whole table. */
const UNINDEXED = /TEMP B-TREE|SCAN [ft]\b/

/** A list of a large company of which `index` leaves some. */
function listOf(filter: Partial<FollowFilter>, index: DrivingIndex, order: FollowOrder = 'time'): List {
  const entries = new Map<DrivingIndex, number>([
    ['time', 1_000_000],
    [index, index === 'time' ? 1_000_000 : 900],
  ])
  return {
    ...{ filter: { system: false, ...filter }, order, estimates: { entries } },
    ...{ total: 800, ids: undefined, periods: undefined, hasLong: false },
  }
}

const PAGE = { limit: 20, offset: 0 }

test('each filter of the list, alone, is served by its index in the order of the list, without sorting', async () => {
  await using opened = await open()
  const filters: Record<string, [Partial<FollowFilter>, DrivingIndex, RegExp]> = {
    'L1 none': [{}, 'time', /USING (COVERING )?INDEX follow_by_time/],
    'L4 days': [{ followTime: { from: 1, before: 2 } }, 'time', /USING (COVERING )?INDEX follow_by_time/],
    'L5 target_type': [
      { businessTypes: [1] },
      'targetType',
      /USING (COVERING )?INDEX follow_by_business_type/,
    ],
    'L6 target': [{ targetIds: ['a'] }, 'target', /SEARCH t USING PRIMARY KEY/],
    'L8 staff': [{ userIds: ['a'] }, 'user', /USING (COVERING )?INDEX follow_by_user/],
    'L10 follow type': [{ followTypeIds: [1n] }, 'followType', /USING (COVERING )?INDEX follow_by_type/],
    'L11 title': [{ title: 'a' }, 'title', /USING (COVERING )?INDEX follow_by_title/],
  }
  for (const [name, [filter, index, expected]] of Object.entries(filters)) {
    for (const offset of [0, 300, 780]) {
      const page = await lastOf((tx) => followPage(tx, listOf(filter, index), { limit: 20, offset }))
      const plan = explain(opened.path, page as Sql)
      assert.match(plan, expected, `${name}\n${plan}`)
      // A page from the end is turned round by its keys.
      if (offset < 400) assert.doesNotMatch(plan, UNINDEXED, `${name}\n${plan}`)
    }
  }
  const older = await lastOf((tx) =>
    followPage(tx, listOf({ businessTypes: [1, 4] }, 'written', 'written'), PAGE),
  )
  const plan = explain(opened.path, older as Sql)
  assert.match(plan, /INDEX follow_by_create_time/)
  assert.doesNotMatch(plan, UNINDEXED)
})

test('a few ids, targets or staff are looked up by their own index, not along the time index', async () => {
  await using opened = await open()
  const filters: [Partial<FollowFilter>, DrivingIndex][] = [
    [{ ids: [1n] }, 'id'],
    [{ ids: [1n, 2n] }, 'id'],
    [{ targetIds: ['a', 'b'] }, 'target'],
    [{ externalId: 'a' }, 'target'],
    [{ userIds: ['a', 'b'] }, 'user'],
  ]
  for (const [filter, index] of filters) {
    const page = await lastOf((tx) => followPage(tx, { ...listOf(filter, index), total: 40 }, PAGE))
    const plan = explain(opened.path, page as Sql)
    const read = plan.replace(/CO-ROUTINE t\n[\s\S]*SCAN t\n/, '')
    // What is about a target has its place in time: it is looked up there, not walked to.
    assert.doesNotMatch(read, /follow_by_time \((?!.*follow_time=\? AND id=\?)|SCAN [ft]\b/, plan)
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
  await fn({ corp: 1, dialect: sqliteDialect, all: noting([]), get: noting([null]) })
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

test('what was written in bulk is flushed by a commit that waits for the disk, also beside a reader', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-store-'))
  const path = join(folder, 'bulk.db')
  const put = (store: Store, name: string) =>
    store.transactShared(async (tx) => {
      await tx.shared.run(sql`INSERT INTO setting (name, value) VALUES (${name}, 'x')`)
    })
  const synchronous = (store: Store) =>
    store.transactShared(async (tx) => Number((await tx.shared.get(sql`PRAGMA synchronous`))?.[0]))
  /** Frames of the log that are committed, as another process sees them. */
  const commits = () => {
    using database = new DatabaseSync(path) as DatabaseSync & Disposable
    return Number(database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.log)
  }
  const [bulk, other] = [true, false].map((inBulk) => createStore(openSqlite(path, inBulk), () => 1)) as [
    Store,
    Store,
  ]
  // Holds the log: a checkpoint has nothing to copy, and does not wait for the disk.
  const reader = new DatabaseSync(path)
  try {
    await bulk.migrate()
    assert.deepEqual(await Promise.all([bulk, other].map(synchronous)), [1, 2])
    await bulk.othersWrote()
    await put(bulk, 'bulk-1')
    assert.equal(await bulk.othersWrote(), false)
    await put(other, 'other')
    assert.equal(await bulk.othersWrote(), true)
    assert.equal(await bulk.othersWrote(), false)
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM setting').get()
    await put(bulk, 'bulk-2')
    const before = commits()
    await bulk.flush()
    assert.ok(commits() > before, 'no commit')
    assert.equal(await synchronous(bulk), 1, 'the next writes do not wait again')
  } finally {
    reader.close()
    await bulk.close()
    await other.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a log that is removed is noticed, also of a file that is opened by a link to it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-store-'))
  const [path, link] = [join(folder, 'real.db'), join(folder, 'link.db')]
  symlinkSync(path, link)
  const driver = openSqlite(link)
  try {
    driver.requireInPlace()
    rmSync(`${path}-wal`)
    assert.throws(() => driver.requireInPlace(), { kind: 'lost' })
    await assert.rejects(
      driver.write(undefined, (tx) => tx.run('CREATE TABLE t (a)', [])),
      { kind: 'lost' },
    )
  } finally {
    await driver.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('SQLite loads nothing of PostgreSQL', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-store-'))
  const script = `
    const { openCore, readConfig } = await import('genjin-server')
    const config = readConfig({ database: 'sqlite:${join(folder, 'lazy.db')}' })
    const core = await openCore(config, { now: Date.now, random: (await import('node:crypto')).randomBytes }, { create: true })
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
