import sql from 'sql-template-tag'
import type { ReadTx, SharedReadTx, SharedWriteTx } from './port.ts'

/** Reads a setting of the whole database, such as the key's fingerprint. */
export async function readSetting(tx: SharedReadTx, name: string): Promise<string | undefined> {
  const row = await tx.shared.get(sql`SELECT value FROM setting WHERE name = ${name}`)
  return row?.[0] as string | undefined
}

/** Writes a setting unless there is one; answers the one that holds then. */
export async function keepSetting(tx: SharedWriteTx, name: string, value: string): Promise<string> {
  await tx.shared.run(
    sql`INSERT INTO setting (name, value) VALUES (${name}, ${value}) ON CONFLICT (name) DO NOTHING`,
  )
  return (await readSetting(tx, name)) as string
}

/** Writes or replaces a setting; removes it when there is no value. */
export async function putSetting(tx: SharedWriteTx, name: string, value: string | undefined): Promise<void> {
  await tx.shared.run(sql`DELETE FROM setting WHERE name = ${name}`)
  if (value !== undefined) await keepSetting(tx, name, value)
}

/** What tells this database from every other one, whatever address it was opened by. */
export async function databaseIdentity({ dialect, get }: ReadTx): Promise<string> {
  return JSON.stringify([dialect.name, ...((await get(dialect.identity())) ?? [])])
}
