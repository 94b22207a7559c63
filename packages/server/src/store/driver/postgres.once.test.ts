import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { createDatabase } from '../../../../../test/support/postgres.ts'
import { createStore } from '../store.ts'
import { type OpenedStore, storeSuite } from '../store-suite.ts'
import { openPostgres } from './postgres.ts'
import { statementsOf } from './postgres-statements.ts'

/** The texts of simple messages, which may hold several statements; others hold one by the protocol. */
const messages: string[] = []
const connections = (pg as unknown as { Connection: { prototype: { query(text: string): void } } }).Connection
const send = connections.prototype.query
connections.prototype.query = function (text) {
  messages.push(text)
  send.call(this, text)
}

async function open(): Promise<OpenedStore> {
  const database = await createDatabase()
  const store = createStore(await openPostgres({ url: database.url, connections: 10 }), () => 1)
  await store.migrate()
  return {
    store,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await database[Symbol.asyncDispose]()
    },
  }
}

storeSuite('postgres', open)

test('a read fails with its first failed statement, not with one that was sent after it', async () => {
  await using database = await createDatabase()
  const driver = await openPostgres({ url: database.url, connections: 4 })
  try {
    const read = driver.read(1, async (tx) => {
      const first = tx.all('SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(1)', [])
      first.catch(() => {})
      return tx.all('SELECT 1', [])
    })
    await assert.rejects(read, { name: 'StoreError', kind: 'busy' })
  } finally {
    await driver.close()
  }
})

test('each statement is a message of its own, as Citus needs it', () => {
  const kinds = new Set(messages.map((text) => text.trim().split(/\s/)[0]?.toUpperCase()))
  for (const kind of ['BEGIN', 'SET', 'COMMIT', 'SAVEPOINT', 'RELEASE', 'ROLLBACK', 'CREATE', 'DO']) {
    assert.ok(kinds.has(kind), `no ${kind} among ${[...kinds]}`)
  }
  assert.deepEqual(
    messages.filter((text) => statementsOf(text).length !== 1),
    [],
  )
})

test('what changes the schema asks Citus to change one shard after the other', () => {
  const begun = messages.flatMap((text, at) => (text.includes('pg_advisory_xact_lock') ? [at] : []))
  assert.ok(begun.length > 0)
  for (const at of begun) {
    assert.ok(messages.slice(at - 4, at).includes("SET LOCAL citus.multi_shard_modify_mode = 'sequential'"))
  }
})

test('a script is divided at the ends of its statements only', () => {
  const script = "-- a; comment\nSELECT ';';\nDO $$ BEGIN x; y; END $$;\n\n-- the end;\n SELECT 'it''s; one' "
  assert.deepEqual(statementsOf(script), [
    "-- a; comment\nSELECT ';'",
    'DO $$ BEGIN x; y; END $$',
    "-- the end;\n SELECT 'it''s; one'",
  ])
})
