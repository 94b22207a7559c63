import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldDefinition, openMirror } from 'genjin-sync'
import pg from 'pg'
import {
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
