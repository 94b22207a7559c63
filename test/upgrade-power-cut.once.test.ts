import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { isClean, openCore, readConfig, verify } from 'genjin-server'
import { loadMigrations } from '../packages/server/src/store/migrate.ts'
import { ENVIRONMENT } from './support/server.ts'
import { tempFolder } from './support/temp-folder.ts'

/**
 * A migration that a power cut ends on SQLite. What is on the disk then is the file as it was and a beginning of the write-ahead
 * log: each such beginning is opened.
 */

const MIGRATIONS = loadMigrations('sqlite')
const LAST = MIGRATIONS.at(-1) as (typeof MIGRATIONS)[number]
const ROWS = 500
const WAL_HEADER = 32
const FRAME_HEADER = 24

/** A database before the last migration, with rows in the tables that it changes. */
function databaseBefore(path: string): DatabaseSync {
  const database = new DatabaseSync(path)
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)',
  )
  for (const migration of MIGRATIONS.slice(0, -1)) apply(database, migration)
  database.exec(`BEGIN;
    INSERT INTO corp VALUES (1, 'acme', 'n', 'Asia/Shanghai', 1);
    INSERT INTO corp_state (corp, feed) VALUES (1, 'feed');
    INSERT INTO app (corp, appid, secret_hash, created_at) VALUES (1, 'gj000001oldoldoldold', 'h', 1)`)
  const insert = database.prepare("INSERT INTO write_key VALUES (1, 'gj000001oldoldoldold', ?, 'hash', ?, 1)")
  for (let row = 0; row < ROWS; row++) insert.run(`key-${row}`, 'x'.repeat(200))
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  return database
}

function apply(database: DatabaseSync, { version, name, sql }: (typeof MIGRATIONS)[number]): void {
  database.exec(`BEGIN IMMEDIATE; ${sql}`)
  database.exec(`INSERT INTO schema_migration VALUES (${version}, '${name}', 1); COMMIT`)
}

/** What a database holds that was cut off: its version, its keys, and whether the parts of the migration are there. */
function found(path: string) {
  using database = new DatabaseSync(path)
  const value = (text: string) => Object.values(database.prepare(text).get() as object)[0]
  const exists = (text: string) => Number(value(`SELECT EXISTS (${text})`)) === 1
  return {
    isSound:
      value('PRAGMA integrity_check') === 'ok' &&
      value('SELECT count(*) FROM pragma_foreign_key_check') === 0,
    version: Number(value('SELECT max(version) FROM schema_migration')),
    keys: Number(value('SELECT count(*) FROM write_key')),
    hasPeople: exists("SELECT 1 FROM sqlite_schema WHERE name = 'person'"),
    hasLabels: exists("SELECT 1 FROM pragma_table_info('app') WHERE name = 'label'"),
    hasCallers: exists("SELECT 1 FROM pragma_table_info('write_key') WHERE name = 'caller'"),
    hasIndex: exists("SELECT 1 FROM sqlite_schema WHERE name = 'write_key_by_time'"),
    hasRest: exists("SELECT 1 FROM sqlite_schema WHERE name = 'write_key_of_caller'"),
  }
}

test('a power cut at any moment of the last migration leaves all of it or nothing, and the next start finishes it', async () => {
  using folder = tempFolder()
  const path = join(folder.path, 'genjin.db')
  using database = databaseBefore(path)
  // Pages are written to the log before the end, as they are in a database that is larger than the cache.
  database.exec('PRAGMA cache_size = 10; PRAGMA cache_spill = 1')
  apply(database, LAST)
  const log = readFileSync(`${path}-wal`)
  const frame = FRAME_HEADER + Number(Object.values(database.prepare('PRAGMA page_size').get() as object)[0])
  const frames = (log.length - WAL_HEADER) / frame
  assert.ok(Number.isInteger(frames) && frames > 20, `${frames} frames`)
  const versions: number[] = []
  for (let kept = 0; kept <= frames; kept++) {
    const cut = join(folder.path, 'cut.db')
    copyFileSync(path, cut)
    // The frame that was being written is torn.
    const torn = kept < frames ? Math.floor(frame / 2) : 0
    writeFileSync(`${cut}-wal`, log.subarray(0, WAL_HEADER + kept * frame + torn))
    const { version, ...rest } = found(cut)
    const isDone = version === LAST.version
    versions.push(version)
    assert.deepEqual(
      rest,
      {
        ...{ isSound: true, keys: ROWS, hasIndex: true, hasRest: false },
        ...{ hasPeople: isDone, hasLabels: isDone, hasCallers: isDone },
      },
      `${kept} of ${frames} frames`,
    )
  }
  assert.deepEqual(versions, [...Array(frames).fill(LAST.version - 1), LAST.version])

  const cut = join(folder.path, 'again.db')
  copyFileSync(path, cut)
  writeFileSync(`${cut}-wal`, log.subarray(0, WAL_HEADER + (frames - 1) * frame))
  assert.ok(statSync(`${cut}-wal`).size > 0)
  const config = readConfig({ database: `sqlite:${cut}`, logLevel: 'error' })
  await using core = await openCore(config, ENVIRONMENT, { create: true })
  assert.deepEqual(core.migrated.applied, [LAST.name])
  assert.ok((await verify(core.context, undefined)).every(isClean))
})
