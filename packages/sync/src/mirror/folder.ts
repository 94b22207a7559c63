import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { LAST_MS, type Zone, zoneOf } from 'genjin-record'
import { flushFolder } from '../durable.ts'
import { refused } from '../error.ts'
import { blocksOf } from '../sheet/blocks.ts'
import type { Cell, Column } from './engine.ts'
import { iso, recordSelect, recordText, rowTexts } from './record-columns.ts'
import { openSqlite, type SqliteEngine } from './sqlite-engine.ts'
import type { State } from './state.ts'
import { DEFAULT_TABLE, openTable, TableMirror, type TableOptions } from './table-mirror.ts'

/** Days written between two commits: after a kill at most these are written again. */
const DAYS_AT_ONCE = 64
/** Text written at once (characters). */
const CHUNK = 256 * 1024

const INSIDE = '.genjin'

/** The sizes of the files as they were written. */
const DAY_FILE: readonly Column[] = [
  { name: 'day', kind: 'text', comment: '日' },
  { name: 'bytes', kind: 'bigint', comment: '文件的字节数' },
]

/**
 * A mirror in a folder: `2025/2025-01-15.ndjson`, a file for each day of follow_time, written from a table in `.genjin/sync.db`.
 * Triggers list the days whose rows changed in the same transaction; a file is written under another name and renamed, and
 * only then is its day taken off the list. What a kill leaves undone, the next `settle` does.
 */
export async function openFolder(path: string, options: TableOptions): Promise<TableMirror> {
  requireOurs(path)
  const engine = openSqlite(join(path, INSIDE, 'sync.db'))
  try {
    const { state } = await openTable(engine, { ...options, table: DEFAULT_TABLE }, false)
    const zone = zoneOf(options.timeZone)
    await markDays(engine, zone)
    await markAllUnknown(engine, path, options.timeZone)
    return new FolderMirror(path, engine, zone, options.timeZone, state)
  } catch (error) {
    await engine.close()
    throw error
  }
}

class FolderMirror extends TableMirror {
  readonly #path: string
  readonly #engine: SqliteEngine
  readonly #zone: Zone

  constructor(path: string, engine: SqliteEngine, zone: Zone, timeZone: string, state: State) {
    super(engine, DEFAULT_TABLE, timeZone, state)
    this.#path = path
    this.#engine = engine
    this.#zone = zone
  }

  override async inspect(isThorough: boolean): Promise<number> {
    const marked = await this.#engine.transaction(() => this.#markOtherSizes())
    return isThorough ? marked + (await this.#markOtherTexts()) : marked
  }

  /** In a transaction that writes: no other process is writing the files meanwhile. */
  async #markOtherSizes(): Promise<number> {
    const there = new Map(daysOfFiles(this.#path).map((day) => [day, statSync(this.#fileOf(day)).size]))
    const differing = new Set(there.keys())
    for (const [day, bytes] of await this.#engine.all('SELECT day, bytes FROM day_file')) {
      if (there.get(day as string) === Number(bytes)) differing.delete(day as string)
      else differing.add(day as string)
    }
    return await markAll(this.#engine, differing)
  }

  async #markOtherTexts(): Promise<number> {
    const rows = await this.#engine.all(`SELECT DISTINCT genjin_day(follow_time) FROM ${DEFAULT_TABLE}`)
    const days = [...new Set([...rows.map(([day]) => day as string), ...daysOfFiles(this.#path)])].sort()
    let marked = 0
    for (let at = 0; at < days.length; at += DAYS_AT_ONCE) {
      const some = days.slice(at, at + DAYS_AT_ONCE)
      marked += await this.#engine.transaction(() =>
        markAll(
          this.#engine,
          some.filter((day) => !this.#isAsWritten(day)),
        ),
      )
    }
    return marked
  }

  override async settle(): Promise<void> {
    while ((await this.#dirty(1)).length > 0) {
      // In a transaction that writes: two processes cannot both write the files, nor one of them outdated rows.
      await this.step({}, async () => {
        const days = await this.#dirty(DAYS_AT_ONCE)
        const written = days.map((day) => [day, this.#write(day)] as const)
        for (const folder of new Set(days.map((day) => this.#folderOf(day)))) tidy(folder)
        flushFolder(this.#path)
        const kept = written.flatMap(([day, bytes]): Cell[][] => (bytes === 0 ? [] : [[day, bytes]]))
        await this.#engine.remove('day_file', days, 'day')
        await this.#engine.upsert('day_file', DAY_FILE, kept)
        await this.#engine.remove('dirty_day', days, 'day')
        return {}
      })
    }
  }

  async #dirty(limit: number): Promise<string[]> {
    const rows = await this.#engine.all(`SELECT day FROM dirty_day ORDER BY day LIMIT ${limit}`)
    return rows.map(([day]) => day as string)
  }

  #folderOf(day: string): string {
    return join(this.#path, day.slice(0, 4))
  }

  #fileOf(day: string): string {
    return join(this.#folderOf(day), `${day}.ndjson`)
  }

  /** Writes the file of a day, or removes it when the day has no follow-ups. Returns its size in bytes. */
  #write(day: string): number {
    const target = this.#fileOf(day)
    const draft = join(this.#path, INSIDE, 'draft.ndjson')
    const file = openSync(draft, 'w', 0o600)
    let bytes = 0
    try {
      for (const text of this.#chunks(day)) writeFileSync(file, text)
      bytes = fstatSync(file).size
      if (bytes > 0) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (bytes === 0) {
      rmSync(draft)
      rmSync(target, { force: true })
      return 0
    }
    mkdirSync(this.#folderOf(day), { recursive: true, mode: 0o700 })
    renameSync(draft, target)
    return bytes
  }

  /** Whether the file of a day holds what would be written now. */
  #isAsWritten(day: string): boolean {
    const target = this.#fileOf(day)
    const file = existsSync(target) ? openSync(target, 'r') : undefined
    try {
      for (const text of this.#chunks(day)) {
        if (file === undefined) return false
        const wanted = Buffer.from(text)
        if (!wanted.equals(readFully(file, wanted.length))) return false
      }
      return file === undefined || readFully(file, 1).length === 0
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }

  #chunks(day: string): Generator<string> {
    const engine = this.#engine
    const last = Math.min(this.#zone.endOfDay(day) - 1, LAST_MS)
    const rows = engine.each(
      `SELECT ${recordSelect(engine)} FROM ${DEFAULT_TABLE} WHERE follow_time BETWEEN :p1 AND :p2 ORDER BY id`,
      [iso(this.#zone.startOfDay(day)), iso(last)],
    )
    return blocksOf(
      rows.map((row) => `${recordText(rowTexts(engine, row), true)}\n`),
      CHUNK,
    )
  }
}

/** Refuses a file, and a folder that holds something else. */
function requireOurs(path: string): void {
  const found = existsSync(path) ? statSync(path) : undefined
  if (!found) return
  if (!found.isDirectory()) {
    throw refused(
      `${path} 是一个文件：SQLite 数据库须写作 sqlite:${path} / this is a file: a SQLite database is written sqlite:FILE`,
    )
  }
  if (existsSync(join(path, INSIDE, 'sync.db'))) return
  if (readdirSync(path).every((name) => name === INSIDE)) return
  throw refused(
    `文件夹 ${path} 里已有别的内容：请换一个空的或新的文件夹 / the folder holds something else: choose an empty or a new one`,
  )
}

/** From here on every change of a row marks its day. TEMP triggers, of this connection only: others lack the function. */
async function markDays(engine: SqliteEngine, zone: Zone): Promise<void> {
  engine.define('genjin_day', (time) => zone.dayOf(Date.parse(time)))
  await engine.run('CREATE TABLE IF NOT EXISTS dirty_day (day TEXT PRIMARY KEY) STRICT, WITHOUT ROWID')
  const mark = (row: 'old' | 'new') =>
    `INSERT INTO dirty_day (day) VALUES (genjin_day(${row}.follow_time)) ON CONFLICT DO NOTHING;`
  const differs = ['whole_checksum', 'follow_type_desc'].map((name) => `old.${name} IS NOT new.${name}`)
  const triggers = [
    ['insert', '', mark('new')],
    ['delete', '', mark('old')],
    ['update', `WHEN ${differs.join(' OR ')}`, `${mark('old')} ${mark('new')}`],
  ]
  for (const [event, when, body] of triggers) {
    await engine.run(
      `CREATE TEMP TRIGGER mark_${event} AFTER ${event} ON main.${DEFAULT_TABLE} ${when} BEGIN ${body} END`,
    )
  }
}

/**
 * Marks the days of all files, and of all rows, when the time zone is another one than when they were written, or when the
 * files' sizes are not known: older versions did not store them.
 */
async function markAllUnknown(engine: SqliteEngine, path: string, timeZone: string): Promise<void> {
  const isKept = await engine.hasTable('day_file')
  await engine.run('CREATE TABLE IF NOT EXISTS day_zone (zone TEXT PRIMARY KEY) STRICT, WITHOUT ROWID')
  const [stored] = await engine.all('SELECT zone FROM day_zone')
  if (isKept && stored?.[0] === timeZone) return
  await engine.transaction(async () => {
    await engine.run(
      'CREATE TABLE IF NOT EXISTS day_file (day TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID',
    )
    await markAll(engine, daysOfFiles(path))
    await engine.run(
      `INSERT INTO dirty_day (day) SELECT DISTINCT genjin_day(follow_time) FROM ${DEFAULT_TABLE} WHERE true ON CONFLICT DO NOTHING`,
    )
    await engine.run('DELETE FROM day_zone')
    await engine.run('INSERT INTO day_zone (zone) VALUES (:p1)', [timeZone])
  })
}

/** Returns how many were not marked before. */
async function markAll(engine: SqliteEngine, days: Iterable<string>): Promise<number> {
  let marked = 0
  for (const day of days) {
    marked += await engine.run('INSERT INTO dirty_day (day) VALUES (:p1) ON CONFLICT DO NOTHING', [day])
  }
  return marked
}

function daysOfFiles(path: string): string[] {
  const years = readdirSync(path).filter((name) => /^\d{4}$/.test(name))
  const files = years.flatMap((year) => readdirSync(join(path, year)))
  return files.flatMap((name) => /^(\d{4}-\d{2}-\d{2})\.ndjson$/.exec(name)?.[1] ?? [])
}

/** The next `length` bytes, or as many as there are. */
function readFully(file: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let read = 0
  while (read < length) {
    const more = readSync(file, bytes, read, length - read, null)
    if (more === 0) break
    read += more
  }
  return bytes.subarray(0, read)
}

/** Flushes the names in a year's folder to the disk, or removes the folder when it is empty. */
function tidy(folder: string): void {
  if (!existsSync(folder)) return
  if (readdirSync(folder).length === 0) rmdirSync(folder)
  else flushFolder(folder)
}
