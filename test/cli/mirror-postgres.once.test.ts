import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldDefinition, openMirror } from 'genjin-sync'
import pg from 'pg'
import {
  forgetting,
  mirrorSuite,
  pageOf,
  plainRecord,
  SOURCE,
  seenOf,
  type Target,
  ZONE,
} from '../support/mirror-suite.ts'
import { createDatabase } from '../support/postgres.ts'

async function make(): Promise<Target> {
  const database = await createDatabase()
  return {
    to: database.url,
    look: async () => {
      const [state] = await ask(database.url, 'SELECT definitions FROM genjin_sync')
      return seenOf(await ask(database.url, 'SELECT * FROM follow_up'), state?.definitions)
    },
    forget: async () => {
      const [state] = await ask(database.url, 'SELECT definitions FROM genjin_sync')
      for (const text of forgetting(state?.definitions)) await ask(database.url, text)
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

mirrorSuite('PostgreSQL', make)

/** The rows of a query, all values as texts. */
async function ask(url: string, text: string): Promise<Record<string, string>[]> {
  const types = { getTypeParser: () => String }
  const client = new pg.Client({ connectionString: url, types } as pg.ClientConfig)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

function field(key: string, type: FieldDefinition['type']): FieldDefinition {
  return { key, name: `${key}名`, type, options: null }
}

test('PostgreSQL: types and comments of the columns', async () => {
  await using database = await createDatabase()
  const mirror = await openMirror(database.url, { ...SOURCE, table: '跟进' })
  const fields = [field('金额', 'number'), field('签约日', 'date'), field('到访', 'datetime')]
  await mirror.describe({ fields, followTypes: new Map() })
  const exact = '123456789012345678901234567890.10'
  await mirror.apply(pageOf([plainRecord('1', { 金额: exact, 签约日: '2025-01-15', 到访: 1736913600000 })]))
  await mirror[Symbol.asyncDispose]()
  const [row] = await ask(
    database.url,
    `SELECT field_金额, field_签约日, field_到访, pg_typeof(field_金额) AS n, pg_typeof(field_签约日) AS d, pg_typeof(field_到访) AS t,
       pg_typeof(follow_time) AS f, extract(epoch FROM follow_time) AS s, pg_typeof(field_map) AS m, col_description('跟进'::regclass, 1) AS c,
       (SELECT col_description('跟进'::regclass, attnum) FROM pg_attribute WHERE attname = 'field_金额') AS fc, obj_description('跟进'::regclass) AS tc FROM 跟进`,
  )
  assert.deepEqual(row, {
    field_金额: exact,
    field_签约日: '2025-01-15',
    field_到访: '2025-01-15 12:00:00',
    n: 'numeric',
    d: 'date',
    t: 'timestamp without time zone',
    f: 'timestamp with time zone',
    s: '1736913600.123000',
    m: 'json',
    c: '跟进ID',
    fc: '自定义字段 金额名（金额）',
    tc: '跟进，由 genjin sync 写入，请勿改动',
  })
})

test('PostgreSQL: a column takes every time and number that is understood, up to the largest', async () => {
  await using database = await createDatabase()
  await using mirror = await openMirror(database.url, SOURCE)
  const fields = [field('datetime', 'datetime'), field('number', 'number')]
  await mirror.describe({ fields, followTypes: new Map() })
  const values = [
    { datetime: '0001-01-01 00:00', number: '-1e400' },
    { datetime: 253402300799999, number: '1e-400' },
    { datetime: Number.MAX_SAFE_INTEGER, number: '1e300' },
  ]
  await mirror.apply(pageOf(values.map((map, index) => plainRecord(String(index + 1), map))))
  const rows = await ask(
    database.url,
    'SELECT field_datetime AS t, field_number AS n FROM follow_up ORDER BY id',
  )
  assert.deepEqual(
    rows.map(({ t }) => t),
    ['0001-01-01 00:00:00', '10000-01-01 07:59:59.999', '287396-10-12 16:59:00.991'],
  )
  assert.deepEqual(
    rows.map(({ n }) => (n === null ? null : Number(n))),
    [null, 0, 1e300],
  )
})

test('PostgreSQL: a row of 300 custom fields fits, however long each is', async () => {
  await using database = await createDatabase()
  await using mirror = await openMirror(database.url, SOURCE)
  const keys = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`)
  const fields = keys('d', 200).map((key) => field(key, 'text'))
  await mirror.describe({ fields, followTypes: new Map() })
  const all = [...keys('d', 200), ...keys('k', 150)]
  // Shorter than what moves out of the row is the worst.
  const lengths = [1, 16, 19, 20, 21, 22, 23, 24, 60, 1000]
  const records = lengths.map((length, index) => {
    const value = (key: string) => `${key}${Math.random().toString(36).repeat(100)}`.slice(0, length)
    const long = 'x'.repeat(length)
    const record = plainRecord(String(index), Object.fromEntries(all.map((key) => [key, value(key)])))
    const target = { ...record.target, contact_id: long, company_id: long, chat_id: long, clue_id: long }
    const location = { location_lat: long, location_lng: long, location_address: long }
    const remind = { is_remind: 1 as const, time: 1, before: 1, user_ids: [long], content: long }
    const texts = { title: long, stage_id: long, business_id: long, follow_user_id: long }
    return { ...record, target, location, remind, ...texts }
  })
  await mirror.apply(pageOf(records))
  const [{ count } = {}] = await ask(
    database.url,
    "SELECT count(*) FROM pg_attribute WHERE attrelid = 'follow_up'::regclass AND attname LIKE 'field!_%' ESCAPE '!'",
  )
  // field_map, and 100 of the 150 keys that nobody defined.
  assert.equal(count, '301')
  for await (const sum of mirror.daySums(ZONE)) assert.equal(sum.count, lengths.length)
})

test('PostgreSQL: a table of others is refused, and no error tells the password', async () => {
  await using database = await createDatabase()
  await ask(database.url, 'CREATE TABLE follow_up (id int)')
  await assert.rejects(openMirror(database.url, SOURCE), /did not make/)
  const url = new URL(database.url)
  url.password = 'p4ss-w0rd'
  url.hostname = 'nowhere.invalid'
  await assert.rejects(openMirror(url.href, SOURCE), (error: Error) => {
    return /无法使用/.test(error.message) && !/p4ss/.test(`${error.message} ${error.stack} ${error.cause}`)
  })
})

test('PostgreSQL: a copy whose connection is lost says so, and another one goes on', async () => {
  await using database = await createDatabase()
  const lost = await openMirror(database.url, SOURCE)
  await lost.apply(pageOf([plainRecord('1')]))
  await ask(
    database.adminUrl,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'genjin sync' AND datname = current_database()",
  )
  await assert.rejects(lost.apply(pageOf([plainRecord('2')], 2)), /无法使用/)
  await lost[Symbol.asyncDispose]()
  await using next = await openMirror(database.url, SOURCE)
  assert.equal(next.cursor, 'after 1')
  await next.apply(pageOf([plainRecord('2')], 2))
})

/** What somebody can build on the column of a custom field, and how it is named. */
const USERS = [
  ['CREATE VIEW report AS SELECT id, field_price FROM follow_up', /view report/],
  ['CREATE MATERIALIZED VIEW total AS SELECT max(field_price) FROM follow_up', /materialized view total/],
  ['CREATE INDEX by_price ON follow_up (lower(field_price))', /by_price/],
  ["ALTER TABLE follow_up ADD COLUMN own text GENERATED ALWAYS AS (field_price || '元') STORED", /own/],
  [
    "ALTER TABLE follow_up ADD CONSTRAINT priced CHECK (field_price IS NULL OR field_price <> '')",
    /check|priced/i,
  ],
] as const

for (const [text, name] of USERS) {
  test(`PostgreSQL: a field changes its type under ${/(?:VIEW|INDEX|COLUMN|CONSTRAINT) \w+/.exec(text)}`, async () => {
    await using database = await createDatabase()
    await using mirror = await openMirror(database.url, SOURCE)
    const describe = (type: FieldDefinition['type'], more: FieldDefinition[] = []) =>
      mirror.describe({
        fields: [{ ...field('price', type), name: '金额' }, ...more],
        followTypes: new Map(),
      })
    await describe('text')
    await mirror.apply(pageOf([plainRecord('1', { price: '12.50' }), plainRecord('2', { price: 'x' })]))
    await ask(database.url, text)
    await describe('number', [field('other', 'number')])
    assert.equal(mirror.warnings.length, 1)
    assert.match(mirror.warnings[0] as string, name)
    assert.match(mirror.warnings[0] as string, /follow_up 的列 field_price .*先删除.*同步一次/)
    // Everything else goes on, in the column itself too.
    await mirror.apply(pageOf([plainRecord('3', { price: 7.1, other: 5 })], 3))
    const rows = () =>
      ask(database.url, 'SELECT field_price AS p, field_other AS o FROM follow_up ORDER BY id')
    assert.deepEqual(await rows(), [
      { p: '12.50', o: null },
      { p: 'x', o: null },
      { p: '7.1', o: '5' },
    ])
    const users: Record<string, string> = {
      VIEW: 'VIEW report',
      MATERIALIZED: 'MATERIALIZED VIEW total',
      INDEX: 'INDEX by_price',
    }
    const dropped = users[text.split(' ')[1] as string]
    const alter = text.includes('CONSTRAINT') ? 'DROP CONSTRAINT priced' : 'DROP COLUMN own'
    await ask(database.url, dropped ? `DROP ${dropped}` : `ALTER TABLE follow_up ${alter}`)
    await describe('number', [field('other', 'number')])
    assert.deepEqual(mirror.warnings, [])
    assert.deepEqual(
      (await rows()).map(({ p }) => p),
      ['12.50', null, '7.1'],
    )
  })
}

test('PostgreSQL: a long reader keeps neither sync nor other readers waiting; columns come with the next run', async () => {
  await using database = await createDatabase()
  await using mirror = await openMirror(database.url, SOURCE)
  await mirror.apply(pageOf([plainRecord('1', { level: 'a' })]))
  const reader = new pg.Client({ connectionString: database.url })
  await reader.connect()
  await reader.query('BEGIN')
  await reader.query('SELECT count(*) FROM follow_up')
  const fields = [field('level', 'number'), field('more', 'text')]
  const from = performance.now()
  const syncing = (async () => {
    await mirror.describe({ fields, followTypes: new Map([['9007199254740993', '上门']]) })
    for (const id of [2, 3]) {
      await mirror.apply(pageOf([plainRecord(String(id), { level: 7, more: '甲', appeared: `${id}` })], id))
    }
    return performance.now() - from
  })()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const [{ count } = {}] = await ask(database.url, 'SELECT count(*) FROM follow_up')
  const waited = performance.now() - from
  assert.equal(count, '1')
  assert.ok(waited < 3_000, `another reader waited ${waited} ms`)
  const synced = await syncing
  assert.ok(synced < 5_000, `sync waited ${synced} ms`)
  assert.match(mirror.warnings.join(), /field_more、field_level、field_appeared.*下一次同步时再试/)
  // Within a run it is not tried again: every attempt keeps readers waiting.
  await mirror.describe({ fields, followTypes: new Map() })
  assert.match(mirror.warnings.join(), /field_more/)
  assert.equal((await ask(database.url, 'SELECT 1 FROM follow_up')).length, 3)
  await reader.query('COMMIT')
  await reader.end()
  await mirror.inspect(false)
  await mirror.describe({ fields, followTypes: new Map() })
  assert.deepEqual(mirror.warnings, [])
  const rows = await ask(
    database.url,
    'SELECT field_level AS l, field_more AS m, field_appeared AS a FROM follow_up ORDER BY id',
  )
  assert.deepEqual(rows, [
    { l: null, m: null, a: null },
    { l: '7', m: '甲', a: '2' },
    { l: '7', m: '甲', a: '3' },
  ])
})

test('PostgreSQL: readers do not wait while a column is computed again', async () => {
  await using database = await createDatabase()
  await using mirror = await openMirror(database.url, SOURCE)
  await mirror.describe({ fields: [field('price', 'text')], followTypes: new Map() })
  await mirror.apply(pageOf([plainRecord('1', { price: '12.50' })]))
  await ask(
    database.url,
    `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(3); RETURN NEW; END';
     CREATE TRIGGER slow BEFORE UPDATE ON follow_up FOR EACH ROW EXECUTE FUNCTION slow()`,
  )
  const describing = mirror.describe({ fields: [field('price', 'number')], followTypes: new Map() })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const from = performance.now()
  await ask(database.url, 'SELECT count(*) FROM follow_up')
  assert.ok(performance.now() - from < 1_000)
  await describing
  const [row] = await ask(database.url, 'SELECT field_price AS p FROM follow_up')
  assert.equal(row?.p, '12.50')
})

test('PostgreSQL: what somebody added to the table and refuses rows is named, with the way out', async () => {
  await using database = await createDatabase()
  await using mirror = await openMirror(database.url, SOURCE)
  await ask(database.url, 'CREATE INDEX long_contents ON follow_up (content)')
  const content = Array.from({ length: 500 }, () => Math.random().toString(36)).join('')
  const page = pageOf([{ ...plainRecord('1'), content }])
  await assert.rejects(mirror.apply(page), /不接受来源的数据.*long_contents.*请删除/)
  await ask(database.url, 'DROP INDEX long_contents')
  await ask(database.url, 'ALTER TABLE follow_up ADD COLUMN mine INT NOT NULL')
  await assert.rejects(mirror.apply(page), /不接受来源的数据.*"mine".*请删除/)
  await ask(database.url, 'ALTER TABLE follow_up DROP COLUMN mine')
  await ask(
    database.url,
    `CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no more''; END'`,
  )
  await ask(
    database.url,
    'CREATE TRIGGER no_more BEFORE INSERT ON follow_up FOR EACH ROW EXECUTE FUNCTION no_more()',
  )
  await assert.rejects(mirror.apply(page), /不接受来源的数据.*no more.*请删除.*触发器/)
  await ask(database.url, 'DROP TRIGGER no_more ON follow_up')
  await mirror.apply(page)
})
