import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { openSqlite } from '../../packages/server/src/store/driver/sqlite.ts'
import { createStore } from '../../packages/server/src/store/store.ts'
import { createDatabase } from './postgres.ts'
import { tempFolder } from './temp-folder.ts'

/** How long a question waits for a process that opens the database at the same time. */
const BUSY_WAIT_MS = 5_000

/** The engine of this process (see test/run.ts). */
export const ENGINE = process.env.GENJIN_TEST_ENGINE === 'postgres' ? 'postgres' : 'sqlite'

/** GENJIN_KEY of the tests on PostgreSQL, which has no place for a key file. On SQLite it lies beside the database. */
export const KEY = ENGINE === 'postgres' ? Buffer.alloc(32, 'genjin test').toString('base64') : undefined

/** A folder and a database, both removed when disposed. */
export interface TempDatabase extends AsyncDisposable {
  readonly path: string
  /** The address, as --database takes it. */
  readonly database: string
  /** The same for a superuser; PostgreSQL only. */
  readonly adminUrl?: string
  /** Queries the database directly, with none of genjin's checks. */
  query(text: string): Promise<Record<string, unknown>[]>
  /** Blocks writers as another process in the middle of a write would. Returns the function that ends it. */
  hold(): Promise<() => Promise<void>>
}

type Engine = 'sqlite' | 'postgres'

/** A database with the tables and no data, copied from a template: migrating takes 0.1 s on SQLite, 0.3 s on PostgreSQL. */
export function tempDatabase(engine: Engine = ENGINE): Promise<TempDatabase> {
  return makeDatabase(engine, true)
}

/** A database without tables; on SQLite there is no file yet. */
export function emptyDatabase(engine: Engine = ENGINE): Promise<TempDatabase> {
  return makeDatabase(engine, false)
}

async function makeDatabase(engine: Engine, migrated: boolean): Promise<TempDatabase> {
  await using stack = new AsyncDisposableStack()
  const { path } = stack.use(tempFolder())
  const file = join(path, 'genjin.db')
  if (engine === 'sqlite' && migrated) writeFileSync(file, await sqliteTemplate(), { mode: 0o600 })
  const sides = engine === 'sqlite' ? sqlite(file) : postgres(stack.use(await createDatabase({ migrated })))
  const kept = stack.move()
  return { path, ...sides, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

let template: Promise<Buffer> | undefined

/** The file of a migrated database, made once per process. */
function sqliteTemplate(): Promise<Buffer> {
  template ??= (async () => {
    using folder = tempFolder()
    const file = join(folder.path, 'template.db')
    const store = createStore(openSqlite(file), Date.now)
    await store.migrate()
    await store.close()
    return readFileSync(file)
  })()
  return template
}

type Sides = Omit<TempDatabase, 'path' | typeof Symbol.asyncDispose>

function sqlite(file: string): Sides {
  const open = (timeout = 0) => new DatabaseSync(file, { timeout }) as DatabaseSync & Disposable
  return {
    database: `sqlite:${file}`,
    query: async (text) => {
      using database = open(BUSY_WAIT_MS)
      return database.prepare(text).all()
    },
    hold: async () => {
      const database = open()
      database.exec('BEGIN IMMEDIATE')
      return async () => database.close()
    },
  }
}

function postgres({ url, adminUrl }: { url: string; adminUrl: string }): Sides {
  const connect = async () => {
    const client = new pg.Client({ connectionString: adminUrl })
    await client.connect()
    return client
  }
  return {
    database: url,
    adminUrl,
    query: async (text) => {
      const client = await connect()
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    },
    hold: async () => {
      const client = await connect()
      const { rows } = await client.query('SELECT corp FROM corp')
      await client.query('BEGIN')
      // One by one: on a Citus cluster they lie on several nodes.
      for (const { corp } of rows) {
        await client.query('SELECT 1 FROM corp_state WHERE corp = $1 FOR UPDATE', [corp])
      }
      return () => client.end()
    },
  }
}
