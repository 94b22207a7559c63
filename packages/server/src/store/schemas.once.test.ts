import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { createDatabase, type TestDatabase } from '../../../../test/support/postgres.ts'
import { openPostgres } from './driver/postgres.ts'
import { loadMigrations } from './migrate.ts'
import { createStore } from './store.ts'
import { CORP_TABLES } from './tenant-guard.ts'

/** A table as both engines can tell it. */
interface Table {
  /** Name → kind (`integer` or `text`), whether it must be there, and what it is when it is not given. */
  readonly columns: Record<string, string>
  primaryKey: string
  readonly uniques: string[]
  readonly foreignKeys: string[]
  /** Name → columns, and whether it covers a part only. Those that come with keys have no name. */
  readonly indexes: Record<string, string>
}

type Schema = Record<string, Table>

/** What an engine's catalog says, each row with the name of its table. */
interface Catalog {
  readonly columns: readonly {
    of: string
    name: string
    type: string
    required: unknown
    fallback: string | null
  }[]
  /** Primary keys, unique keys and foreign keys. */
  readonly keys: readonly { of: string; kind: 'p' | 'u' | 'f'; columns: string; target: string | null }[]
  readonly indexes: readonly { of: string; name: string; columns: string; partial: unknown }[]
}

function schemaOf({ columns, keys, indexes }: Catalog): Schema {
  const schema: Schema = {}
  for (const { of, name, type, required, fallback } of columns) {
    schema[of] ??= { columns: {}, primaryKey: '', uniques: [], foreignKeys: [], indexes: {} }
    const kind = /int/i.test(type) ? 'integer' : type.toLowerCase()
    const otherwise = fallback === null ? '' : `, default ${fallback.replace('::text', '')}`
    schema[of].columns[name] = `${kind}${required ? ', required' : ''}${otherwise}`
  }
  for (const { of, kind, columns, target } of keys) {
    const table = schema[of] as Table
    if (kind === 'p') table.primaryKey = columns
    else if (kind === 'u') table.uniques.push(columns)
    else table.foreignKeys.push(`${columns} -> ${target}`)
  }
  for (const { of, name, columns, partial } of indexes) {
    ;(schema[of] as Table).indexes[name] = `${columns}${partial ? ' partial' : ''}`
  }
  for (const { foreignKeys } of Object.values(schema)) foreignKeys.sort()
  return schema
}

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
  for (const schema of [await postgresSchema(), sqliteSchema()]) {
    for (const name of CORP_TABLES) {
      const table = schema[name] as Table
      assert.match(table.primaryKey, /^corp\b/, name)
      for (const unique of table.uniques) assert.match(unique, /^corp\b/, name)
      for (const [index, columns] of Object.entries(table.indexes)) assert.match(columns, /^corp\b/, index)
      assert.ok(table.foreignKeys.length > 0, `${name} belongs to a company`)
      // To another table of companies by the company first; to a reference table whatever its key is.
      for (const key of table.foreignKeys) assert.match(key, /^corp(, \w+)* -> \w+ \(corp\b/, name)
    }
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

function sqliteSchema(): Schema {
  const sqlite = new DatabaseSync(':memory:')
  sqlite.exec(
    'CREATE TABLE schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)',
  )
  for (const migration of loadMigrations('sqlite')) sqlite.exec(migration.sql)
  const all = (text: string) => sqlite.prepare(text).all() as never
  const tables = "FROM (SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%') t"
  const columns = "(SELECT group_concat(name, ', ' ORDER BY seqno) FROM pragma_index_info(i.name)) AS columns"
  const schema = schemaOf({
    columns: all(
      `SELECT t.name AS "of", c.name, c.type, c."notnull" OR c.pk > 0 AS required, c.dflt_value AS fallback
       ${tables} JOIN pragma_table_info(t.name) c`,
    ),
    keys: all(
      `SELECT t.name AS "of", 'p' AS kind, group_concat(c.name, ', ' ORDER BY c.pk) AS columns, NULL AS target
         ${tables} JOIN pragma_table_info(t.name) c WHERE c.pk > 0 GROUP BY t.name
       UNION ALL SELECT t.name, 'u', ${columns}, NULL
         ${tables} JOIN pragma_index_list(t.name) i WHERE i.origin = 'u'
       UNION ALL SELECT t.name, 'f', group_concat(f."from", ', ' ORDER BY f.seq), f."table" ||
           ' (' || group_concat(f."to", ', ' ORDER BY f.seq) || ')' || iif(f.on_delete = 'CASCADE', ' cascade', '')
         ${tables} JOIN pragma_foreign_key_list(t.name) f GROUP BY t.name, f.id`,
    ),
    indexes: all(
      `SELECT t.name AS "of", i.name, ${columns}, i.partial
       ${tables} JOIN pragma_index_list(t.name) i WHERE i.origin = 'c'`,
    ),
  })
  sqlite.close()
  return schema
}

async function postgresSchema(): Promise<Schema> {
  const all = async (text: string) => (await client.query(text)).rows
  const names = (conkey: string, table: string) =>
    `(SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(${conkey}) WITH ORDINALITY k (attnum, n)
      JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.attnum)`
  return schemaOf({
    columns: await all(
      `SELECT table_name AS of, column_name AS name, data_type AS type, is_nullable = 'NO' AS required,
         column_default AS fallback
       FROM information_schema.columns WHERE table_schema = 'public'`,
    ),
    keys: await all(
      `SELECT conrelid::regclass::TEXT AS of, contype AS kind, ${names('conkey', 'conrelid')} AS columns,
         confrelid::regclass || ' (' || ${names('confkey', 'confrelid')} || ')' ||
           CASE confdeltype WHEN 'c' THEN ' cascade' ELSE '' END AS target
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')`,
    ),
    indexes: await all(
      `SELECT i.indrelid::regclass::TEXT AS of, i.indexrelid::regclass::TEXT AS name, i.indpred IS NOT NULL AS partial,
         ${names('i.indkey::SMALLINT[]', 'i.indrelid')} AS columns
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = 'public'::regnamespace
       WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))`,
    ),
  })
}
