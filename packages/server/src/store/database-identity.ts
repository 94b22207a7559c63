import sql from 'sql-template-tag'
import type { ReadTx } from './port.ts'

/**
 * What tells this database from every other that there is now, whatever address it was opened by: the file's path with
 * links followed, or the server's start, to the microsecond, and the database's name.
 */
export async function databaseIdentity(tx: ReadTx): Promise<string> {
  const row = await tx.get(
    tx.dialect.name === 'sqlite'
      ? sql`SELECT file FROM pragma_database_list WHERE name = 'main'`
      : sql`SELECT CAST(extract(epoch FROM pg_postmaster_start_time()) AS TEXT), current_database()`,
  )
  return JSON.stringify([tx.dialect.name, ...(row ?? [])])
}
