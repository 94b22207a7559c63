import { readdirSync, readFileSync } from 'node:fs'
import sql from 'sql-template-tag'
import { StoreError } from '../errors.ts'
import type { Driver, Migration, MigrationReport, Queries } from './port.ts'

const FOLDER = new URL('./migrations/', import.meta.url)

/** The migrations of one engine, in order: files named `001-start.sqlite.sql`. They are never changed once released. */
export function loadMigrations(engine: 'sqlite' | 'postgres'): Migration[] {
  const suffix = `.${engine}.sql`
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(suffix))
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 3)),
      name: file.slice(0, -suffix.length),
      sql: readFileSync(new URL(file, FOLDER), 'utf8'),
    }))
}

/** Applies what is missing, each migration in a transaction of its own. Only ever forward. */
export async function migrate(driver: Driver, now: () => number): Promise<MigrationReport> {
  const applied: string[] = []
  await driver.write(async (queries) => {
    await driver.script(
      queries,
      `CREATE TABLE IF NOT EXISTS schema_migration (
         version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL
       )`,
    )
  })
  const newest = driver.migrations.at(-1)?.version ?? 0
  for (const migration of driver.migrations) {
    await driver.write(async (queries) => {
      const version = await schemaVersion(queries)
      refuseNewer(version, newest)
      if (version >= migration.version) return
      await driver.script(queries, migration.sql)
      await queries.run(
        sql`INSERT INTO schema_migration (version, name, applied_at)
            VALUES (${migration.version}, ${migration.name}, ${now()})`,
      )
      applied.push(migration.name)
    })
  }
  return { applied, version: newest }
}

async function schemaVersion(queries: Queries): Promise<number> {
  const row = await queries.get(sql`SELECT coalesce(max(version), 0) FROM schema_migration`)
  return Number(row?.[0] ?? 0)
}

function refuseNewer(version: number, newest: number): void {
  if (version > newest) {
    throw new StoreError(
      'newer',
      `数据库的结构版本是 ${version},比本程序认识的 ${newest} 新:请升级 genjin,或换用匹配的数据库。` +
        ` / The database has schema version ${version}, newer than the ${newest} that this genjin knows: upgrade genjin.`,
    )
  }
}
