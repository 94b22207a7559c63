import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { createDatabase } from './postgres.ts'
import { tempFolder } from './temp-folder.ts'

/** The engine that this run of the suite is on (see test/run.ts). */
export const ENGINE = process.env.GENJIN_TEST_ENGINE === 'postgres' ? 'postgres' : 'sqlite'

/**
 * The key of the tests' PostgreSQL databases. SQLite has a file beside the database, gone with its folder; there is no
 * such place beside a server.
 */
export const KEY = ENGINE === 'postgres' ? Buffer.alloc(32, 'genjin test').toString('base64') : undefined

/** A folder and a database that is not there yet (SQLite) or empty (PostgreSQL), both gone with their test. */
export interface TempDatabase extends AsyncDisposable {
  readonly path: string
  /** The address, as --database takes it. */
  readonly database: string
  /** The same for a superuser, where there are roles. */
  readonly adminUrl?: string
  /** Asks the database itself, past everything that genjin puts in front of it. */
  query(text: string): Promise<Record<string, unknown>[]>
  /** Keeps writers out, as another process would that is in the middle of a write. Answers what lets them in again. */
  hold(): Promise<() => Promise<void>>
}

export async function tempDatabase(engine: 'sqlite' | 'postgres' = ENGINE): Promise<TempDatabase> {
  await using stack = new AsyncDisposableStack()
  const { path } = stack.use(tempFolder())
  const sides =
    engine === 'sqlite' ? sqlite(join(path, 'genjin.db')) : postgres(stack.use(await createDatabase()))
  const kept = stack.move()
  return { path, ...sides, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

type Sides = Omit<TempDatabase, 'path' | typeof Symbol.asyncDispose>

function sqlite(file: string): Sides {
  const open = () => new DatabaseSync(file) as DatabaseSync & Disposable
  return {
    database: `sqlite:${file}`,
    query: async (text) => {
      using database = open()
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
      await client.query('BEGIN; SELECT 1 FROM corp_state FOR UPDATE')
      return () => client.end()
    },
  }
}
