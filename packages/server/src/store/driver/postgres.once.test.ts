import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '../../../../../test/support/postgres.ts'
import { createStore } from '../store.ts'
import { type OpenedStore, storeSuite } from '../store-suite.ts'
import { openPostgres } from './postgres.ts'

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
