import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openMirror } from 'genjin-sync'
import {
  forgetting,
  mirrorSuite,
  pageOf,
  plainRecord,
  SOURCE,
  seenOf,
  type Target,
} from '../support/mirror-suite.ts'
import { tempFolder } from '../support/temp-folder.ts'

async function make(): Promise<Target> {
  const folder = tempFolder()
  const path = join(folder.path, 'deep/copy.db')
  return {
    to: `sqlite:${path}`,
    look: async () => {
      using database = new DatabaseSync(path, { readOnly: true }) as DatabaseSync & Disposable
      const select = database.prepare('SELECT * FROM follow_up')
      select.setReadBigInts(true)
      const state = database.prepare('SELECT definitions FROM genjin_sync').get()
      return seenOf(select.all(), state?.definitions)
    },
    forget: async () => {
      using database = new DatabaseSync(path) as DatabaseSync & Disposable
      const state = database.prepare('SELECT definitions FROM genjin_sync').get()
      for (const text of forgetting(state?.definitions)) database.exec(text)
    },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  }
}

mirrorSuite('SQLite', make)

test('SQLite: a row as a reader finds it', async () => {
  using folder = tempFolder()
  const path = join(folder.path, 'copy.db')
  const mirror = await openMirror(`sqlite:${path}`, { ...SOURCE, table: '跟进' })
  const fields = [
    { key: '金额', name: '金额', type: 'number' as const, options: null },
    { key: '意向', name: '意向', type: 'multi' as const, options: [{ id: '1', name: '高' }] },
  ]
  await mirror.describe({ fields, followTypes: new Map([['9007199254740993', '上门']]) })
  await mirror.apply(pageOf([plainRecord('1', { 金额: '12.50', 意向: ['1', '2'], 备注: 'x' })]))
  await mirror[Symbol.asyncDispose]()
  const database = new DatabaseSync(path)
  const [row] = database
    .prepare(
      'SELECT follow_time, update_time, is_ai, CAST(follow_type AS TEXT) AS type, follow_type_desc, field_金额, field_意向, field_备注, field_map, date(follow_time) AS day FROM 跟进',
    )
    .all()
  database.close()
  assert.deepEqual(
    { ...row },
    {
      follow_time: '2025-01-15T04:00:00.123Z',
      update_time: '9999-12-31T23:59:59.999Z',
      is_ai: 0,
      type: '9007199254740993',
      // The feed's names are newer than the list that was told before.
      follow_type_desc: '拜访',
      field_金额: 12.5,
      field_意向: '高、2',
      field_备注: 'x',
      field_map: '{"金额":"12.50","意向":["1","2"],"备注":"x"}',
      day: '2025-01-15',
    },
  )
})

test('SQLite: a table of others is refused; one of ours that was dropped begins empty', async () => {
  using folder = tempFolder()
  const path = join(folder.path, 'copy.db')
  const to = `sqlite:${path}`
  using database = new DatabaseSync(path) as DatabaseSync & Disposable
  database.exec('CREATE TABLE Follow_Up (id INTEGER); CREATE VIEW other AS SELECT 1')
  await assert.rejects(openMirror(to, SOURCE), /不是由 genjin sync 建立/)
  await assert.rejects(openMirror(to, { ...SOURCE, table: 'other' }), /did not make/)
  database.exec('DROP TABLE Follow_Up')
  {
    await using first = await openMirror(to, SOURCE)
    await first.apply(pageOf([plainRecord('1')]))
  }
  database.exec('DROP TABLE follow_up')
  await using second = await openMirror(to, SOURCE)
  assert.equal(second.cursor, undefined)
  await second.apply(pageOf([plainRecord('1')]))
})

test('SQLite: a table of others beside a copy is never dropped', async () => {
  using folder = tempFolder()
  const path = join(folder.path, 'copy.db')
  const to = `sqlite:${path}`
  using database = new DatabaseSync(path) as DatabaseSync & Disposable
  const theirs = () => database.prepare('SELECT count(*) AS n FROM follow_up_anew').get()?.n
  database.exec('CREATE TABLE follow_up_anew (id INTEGER); INSERT INTO follow_up_anew VALUES (1)')
  await assert.rejects(openMirror(to, SOURCE), /follow_up_anew/)
  assert.equal(theirs(), 1)
  database.exec('ALTER TABLE follow_up_anew RENAME TO away')
  await using copy = await openMirror(to, SOURCE)
  await copy.apply(pageOf([plainRecord('1')]))
  database.exec('ALTER TABLE away RENAME TO follow_up_anew')
  await assert.rejects(copy.startResync(), /follow_up_anew/)
  assert.equal(theirs(), 1)
  assert.deepEqual([copy.cursor, copy.isResyncing], ['after 1', false])
  await copy.apply(pageOf([plainRecord('2')], 2))
  database.exec('DROP TABLE follow_up_anew')
  await copy.startResync()
  await copy.startResync()
  await copy.finishResync()
})

test('addresses and names that cannot be used are refused, and not repeated', async () => {
  const secret = 'p4ss'
  const others = [`mysql://u:${secret}@h/d`, `postgres://u:${secret}@h:port/d`]
  for (const to of ['', 'sqlite:', 'sqlite::memory:', ...others]) {
    await assert.rejects(openMirror(to, SOURCE), (error: Error) => {
      return /--to/.test(error.message) && !error.message.includes(secret)
    })
  }
  using folder = tempFolder()
  const to = `sqlite:${join(folder.path, 'x.db')}`
  const reserved = ['genjin_sync', 'sqlite_x', 'pg_x', 'x_anew']
  for (const table of ['Follow', 'a b', '1a', ...reserved, '"', '跟'.repeat(17)]) {
    await assert.rejects(openMirror(to, { ...SOURCE, table }), /表名/)
  }
})

test('SQLite: a field changes its type under a view, which is named, and under an index, which stays', async () => {
  using folder = tempFolder()
  const path = join(folder.path, 'copy.db')
  await using mirror = await openMirror(`sqlite:${path}`, SOURCE)
  const describe = (type: 'text' | 'number') =>
    mirror.describe({
      fields: [{ key: 'price', name: '金额', type, options: null }],
      followTypes: new Map(),
    })
  await describe('text')
  await mirror.apply(pageOf([plainRecord('1', { price: '12.50' })]))
  using database = new DatabaseSync(path) as DatabaseSync & Disposable
  database.exec('CREATE INDEX by_price ON follow_up (field_price DESC)')
  const view = 'CREATE VIEW report AS SELECT id, field_price AS price FROM follow_up'
  database.exec(view)
  const prices = () =>
    database
      .prepare('SELECT price FROM report ORDER BY id')
      .all()
      .map(({ price }) => price)
  await describe('number')
  assert.match(mirror.warnings.join(), /field_price .*view report 使用了它.*先删除 view report/)
  await mirror.apply(pageOf([plainRecord('2', { price: 7.5 })], 2))
  assert.deepEqual(prices(), ['12.50', '7.5'])
  database.exec('DROP VIEW report')
  await describe('number')
  assert.deepEqual(mirror.warnings, [])
  database.exec(view)
  assert.deepEqual(prices(), [12.5, 7.5])
  const index = database.prepare("SELECT sql FROM sqlite_master WHERE name = 'by_price'").get()
  assert.match(String(index?.sql), /field_price DESC/)
})
