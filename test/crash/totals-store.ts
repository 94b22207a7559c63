import { readConfig } from 'genjin-server'
import { allCorps } from '../../packages/server/src/store/corp.ts'
import { openPostgres } from '../../packages/server/src/store/driver/postgres.ts'
import { openSqlite } from '../../packages/server/src/store/driver/sqlite.ts'
import type { Store } from '../../packages/server/src/store/port.ts'
import { createStore } from '../../packages/server/src/store/store.ts'

/** What writes of several follow-ups in one transaction need. */
export interface Beside extends AsyncDisposable {
  readonly store: Store
  /** The key of the only company. */
  readonly corp: number
  readonly now: () => number
}

/**
 * The store of a database that servers work on, opened beside them: what HTTP has no operation for, such as deleting seven
 * follow-ups at once, is written through it. It needs no key, which only the servers have.
 */
export async function openBeside(address: string): Promise<Beside> {
  const { database } = readConfig({ database: address })
  const driver = database.engine === 'sqlite' ? openSqlite(database.path) : await openPostgres(database)
  const store = createStore(driver, Date.now)
  const [corp] = await store.readShared(allCorps)
  if (!corp) throw new Error('there is no company')
  return { store, corp: corp.key, now: Date.now, [Symbol.asyncDispose]: () => store.close() }
}

/** Lines of a bundle as they are read from a file. */
export async function* chunksOf(lines: readonly object[]): AsyncGenerator<Buffer> {
  yield Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}
