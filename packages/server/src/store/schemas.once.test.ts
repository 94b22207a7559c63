import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts'
import { planDistribution } from './citus.ts'
import { openPostgres } from './driver/postgres.ts'
import { loadMigrations } from './migrate.ts'
import { createStore } from './store.ts'
import { CORP_TABLES } from './tenant-guard.ts'

/** A table as both engines can tell it. */
interface Table {
  /** Name → kind (`integer` or `text`), whether it must be there, and what it is when it is not given. */
  readonly columns: Record<string, string>
  readonly primaryKey: string[]
  /** Name → columns, and whether it is unique or covers a part only. Those that come with keys have no name. */
  readonly indexes: Record<string, string>
  readonly uniques: string[]
  readonly foreignKeys: string[]
}

type Schema = Record<string, Table>

const SHARED = ['corp', 'schema_migration', 'setting']

let database: TestDatabase
let client: pg.Client

before(async () => {
  database = await createDatabase()
  const store = createStore(await openPostgres({ url: database.url, connections: 2 }), () => 1)
  await store.migrate()
  await store.close()
  client = new pg.Client({ connectionString: database.url })
  await client.connect()
})

after(async () => {
  await client.end()
  await database[Symbol.asyncDispose]()
})

test('both engines have the same tables, columns, keys, indexes and foreign keys', async () => {
  const postgres = await postgresSchema()
  assert.ok(Object.keys(postgres).length > 10)
  assert.deepEqual(postgres, sqliteSchema())
})

test('the tables are the shared ones and those of companies, and no other', async () => {
  assert.deepEqual(Object.keys(await postgresSchema()).sort(), [...SHARED, ...CORP_TABLES].sort())
})

test("the company leads every primary key, unique index, index and foreign key of its tables: Citus's conditions", async () => {
  const schema = await postgresSchema()
  for (const name of CORP_TABLES) {
    const table = schema[name] as Table
    assert.equal(table.primaryKey[0], 'corp', name)
    for (const unique of table.uniques) assert.match(unique, /^corp\b/, name)
    for (const [index, columns] of Object.entries(table.indexes)) assert.match(columns, /^corp\b/, index)
    assert.ok(table.foreignKeys.length > 0, `${name} belongs to a company`)
    // To another table of companies by the company first; to a reference table whatever its key is.
    for (const key of table.foreignKeys) assert.match(key, /^corp(, \w+)* -> \w+ \(corp\b/, `${name}: ${key}`)
  }
})

test('every company table is behind row-level security that holds for its owner too; the shared ones are not', async () => {
  const { rows } = await client.query(
    `SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS forced,
       (SELECT count(*)::INTEGER FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polpermissive) AS policies
     FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  )
  for (const { relname, forced, policies } of rows) {
    const own = CORP_TABLES.includes(relname)
    assert.deepEqual([forced, policies], [own, own ? 1 : 0], relname)
  }
})

test('text is compared and ordered by its bytes, in every column', async () => {
  const { rows } = await client.query(
    `SELECT table_name, column_name, collation_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = 'text' AND table_name <> 'schema_migration'`,
  )
  assert.ok(rows.length > 30)
  for (const { table_name, column_name, collation_name } of rows) {
    assert.equal(collation_name, 'C', `${table_name}.${column_name}`)
  }
})

test('Citus: every table once, the shared ones as references, each after all that it refers to, all beside the first', async () => {
  const driver = await openPostgres({ url: database.url, connections: 1 })
  const steps = await driver.read(undefined, planDistribution)
  await driver.close()
  assert.deepEqual(steps.map(({ table }) => table).sort(), [...SHARED, ...CORP_TABLES].sort())
  const place = new Map(steps.map(({ table }, index) => [table, index]))
  for (const [name, table] of Object.entries(await postgresSchema())) {
    for (const key of table.foreignKeys) {
      const [, to = ''] = /-> (\w+)/.exec(key) ?? []
      assert.ok((place.get(to) as number) < (place.get(name) as number), `${name} after ${to}`)
    }
  }
  for (const { table, sql } of steps) {
    if (SHARED.includes(table)) assert.equal(sql, `SELECT create_reference_table('${table}')`)
    else if (table === 'corp_state') assert.match(sql, /'corp', colocate_with => 'none'/)
    else assert.match(sql, /'corp', colocate_with => 'corp_state'/)
  }
})

test('Citus: tables are distributed once, and a run that was cut off is finished by the next', async () => {
  await using stack = new AsyncDisposableStack()
  const own = stack.use(await createDatabase())
  const open = async () => {
    const store = createStore(await openPostgres({ url: own.url, connections: 2 }), () => 1)
    stack.defer(() => store.close())
    return store
  }
  const store = await open()
  await store.migrate()
  await assert.rejects(store.distribute(), /--citus 只用于装有 Citus 的 PostgreSQL/)
  // The two functions of Citus that are called, in the place of the extension: they note what they were asked.
  const beside = new pg.Client({ connectionString: own.adminUrl })
  await beside.connect()
  stack.defer(() => beside.end())
  await beside.query(`
    CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY);
    GRANT ALL ON pg_dist_partition TO PUBLIC;
    CREATE TABLE cut AS SELECT 'follow'::regclass AS at;
    GRANT SELECT ON cut TO PUBLIC;
    CREATE FUNCTION create_reference_table(t regclass) RETURNS VOID LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO pg_dist_partition VALUES (t); END $$;
    CREATE FUNCTION create_distributed_table(t regclass, c TEXT, colocate_with TEXT) RETURNS VOID LANGUAGE plpgsql AS
      $$ BEGIN
        IF EXISTS (SELECT 1 FROM cut WHERE at = t) THEN RAISE 'cut off'; END IF;
        INSERT INTO pg_dist_partition VALUES (t);
      END $$`)
  await assert.rejects(store.distribute(), /cut off/)
  await beside.query('DELETE FROM cut')
  const first = (await beside.query('SELECT logicalrelid::TEXT FROM pg_dist_partition')).rows.length
  assert.ok(first >= SHARED.length)
  const rest = await store.distribute()
  assert.ok(rest.includes('follow') && rest.includes('follow_target'))
  assert.equal(first + rest.length, SHARED.length + CORP_TABLES.length)
  assert.deepEqual(await store.distribute(), [])
})

function sqliteSchema(): Schema {
  const sqlite = new DatabaseSync(':memory:')
  sqlite.exec(
    'CREATE TABLE schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)',
  )
  for (const migration of loadMigrations('sqlite')) sqlite.exec(migration.sql)
  const all = (text: string) => sqlite.prepare(text).all() as Record<string, string | number | null>[]
  const schema: Schema = {}
  for (const { name } of all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  )) {
    const columns = all(`SELECT * FROM pragma_table_info('${name}')`)
    const indexes = all(`SELECT * FROM pragma_index_list('${name}')`)
    const columnsOf = (index: unknown) =>
      all(`SELECT name FROM pragma_index_info('${index}') ORDER BY seqno`).map((column) => column.name)
    const keys = Map.groupBy(
      all(`SELECT * FROM pragma_foreign_key_list('${name}') ORDER BY id, seq`),
      ({ id }) => id,
    )
    schema[name as string] = {
      columns: Object.fromEntries(
        columns.map((column) => [
          column.name,
          shape(
            String(column.type),
            column.notnull === 1 || Number(column.pk) > 0,
            column.dflt_value as string | null,
          ),
        ]),
      ),
      primaryKey: columns
        .filter(({ pk }) => Number(pk) > 0)
        .sort((a, b) => Number(a.pk) - Number(b.pk))
        .map((column) => column.name as string),
      indexes: Object.fromEntries(
        indexes
          .filter(({ origin }) => origin === 'c')
          .map((index) => [
            index.name,
            `${columnsOf(index.name).join(', ')}${index.partial ? ' partial' : ''}`,
          ])
          .sort(),
      ),
      uniques: indexes
        .filter(({ origin }) => origin === 'u')
        .map(({ name: index }) => columnsOf(index).join(', ')),
      foreignKeys: [...keys.values()]
        .map((rows) => {
          const from = rows.map((row) => row.from).join(', ')
          const to = rows.map((row) => row.to).join(', ')
          return `${from} -> ${rows[0]?.table} (${to})${rows[0]?.on_delete === 'CASCADE' ? ' cascade' : ''}`
        })
        .sort(),
    }
  }
  sqlite.close()
  return schema
}

async function postgresSchema(): Promise<Schema> {
  const all = async (text: string) => (await client.query(text)).rows
  const names = (conkey: string, table: string) =>
    `(SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(${conkey}) WITH ORDINALITY k (attnum, n)
      JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.attnum)`
  const columns = await all(
    `SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
     WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`,
  )
  const constraints = await all(
    `SELECT conrelid::regclass::TEXT AS "table", contype, ${names('conkey', 'conrelid')} AS columns,
       confrelid::regclass::TEXT AS target, ${names('confkey', 'confrelid')} AS target_columns, confdeltype
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')`,
  )
  const indexes = await all(
    `SELECT i.indrelid::regclass::TEXT AS "table", i.indexrelid::regclass::TEXT AS name, i.indpred IS NOT NULL AS partial,
       ${names('i.indkey::SMALLINT[]', 'i.indrelid')} AS columns
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = 'public'::regnamespace
     WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))`,
  )
  const schema: Schema = {}
  for (const name of new Set(columns.map((column) => column.table_name))) {
    const own = constraints.filter((constraint) => constraint.table === name)
    schema[name] = {
      columns: Object.fromEntries(
        columns
          .filter((column) => column.table_name === name)
          .map((column) => [
            column.column_name,
            shape(column.data_type, column.is_nullable === 'NO', column.column_default),
          ]),
      ),
      primaryKey: own.find(({ contype }) => contype === 'p')?.columns.split(', ') ?? [],
      indexes: Object.fromEntries(
        indexes
          .filter((index) => index.table === name)
          .map((index) => [index.name, `${index.columns}${index.partial ? ' partial' : ''}`])
          .sort(),
      ),
      uniques: own.filter(({ contype }) => contype === 'u').map((unique) => unique.columns),
      foreignKeys: own
        .filter(({ contype }) => contype === 'f')
        .map(
          (key) =>
            `${key.columns} -> ${key.target} (${key.target_columns})${key.confdeltype === 'c' ? ' cascade' : ''}`,
        )
        .sort(),
    }
  }
  return schema
}

function shape(type: string, required: boolean, fallback: string | null): string {
  const kind = /int/i.test(type) ? 'integer' : type.toLowerCase()
  return `${kind}${required ? ', required' : ''}${fallback === null ? '' : `, default ${fallback.replace('::text', '')}`}`
}
