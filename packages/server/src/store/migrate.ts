import { readdirSync, readFileSync } from 'node:fs'
import sql from 'sql-template-tag'
import { StoreError } from '../errors.ts'
import type { Dialect, Driver, DriverTx, Migration, MigrationReport } from './port.ts'

const FOLDER = new URL('./migrations/', import.meta.url)

/** The migrations of one engine, in order: files named `001-start.sqlite.sql`, never changed once released. */
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

/**
 * Applies the missing migrations, forward only, each in a transaction that one process at a time can be in. Of a database
 * that is up to date nothing is locked or written, so that a role without the right to change the schema is enough.
 */
export async function migrate(driver: Driver, now: () => number): Promise<MigrationReport> {
  const newest = driver.migrations.at(-1)?.version ?? 0
  const applied: string[] = []
  const current = await driver.read(undefined, (tx) => schemaVersion(driver.dialect, tx))
  refuseNewer(current, newest)
  for (const migration of driver.migrations) {
    if (migration.version <= current) continue
    await driver.exclusive(async (tx) => {
      const version = await schemaVersion(driver.dialect, tx)
      refuseNewer(version, newest)
      if (version >= migration.version) return
      if (version === 0) await tx.script(SCHEMA_MIGRATION)
      await tx.script(migration.sql)
      const done = sql`INSERT INTO schema_migration (version, name, applied_at)
        VALUES (${migration.version}, ${migration.name}, ${now()})`
      await tx.run(done[driver.dialect.placeholders], done.values)
      applied.push(migration.name)
    })
  }
  return { applied, version: newest }
}

const SCHEMA_MIGRATION = `CREATE TABLE IF NOT EXISTS schema_migration (
  version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL
)`

async function schemaVersion(dialect: Dialect, tx: DriverTx): Promise<number> {
  const exists = dialect.tableExists('schema_migration')
  if (!(await tx.get(exists[dialect.placeholders], exists.values))) return 0
  const row = await tx.get('SELECT coalesce(max(version), 0) FROM schema_migration', [])
  return Number(row?.[0] ?? 0)
}

function refuseNewer(version: number, newest: number): void {
  if (version > newest) {
    throw new StoreError(
      'newer',
      `数据库的结构版本是 ${version}，比本程序认识的 ${newest} 新：请升级 genjin，或换用匹配的数据库。` +
        ` / The database has schema version ${version}, newer than the ${newest} that this genjin knows: upgrade genjin.`,
    )
  }
}
