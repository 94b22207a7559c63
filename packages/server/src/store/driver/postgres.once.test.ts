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
