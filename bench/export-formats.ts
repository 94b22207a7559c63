import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseExact } from 'genjin-client'
import { demoLines } from 'genjin-server'
import { keepTableMemoryLow } from '../packages/sync/src/sheet/memory.ts'
import type { CustomField, FollowSheetRecord } from '../packages/sync/src/sheet/record.ts'
import { openSheet, SHEET_FORMATS, type SheetFormat } from '../packages/sync/src/sheet/sheet.ts'

/**
 * What the tables of `genjin export --format` take: made-up records are parsed and written page by page, each format in
 * a process of its own. `node bench/export-formats.ts [--rows 1000000] [--keep FOLDER]`; the files are removed unless
 * they are to be kept.
 */
const PAGE = 100

const [mode, ...words] = process.argv.slice(2)
if (mode === '--write') await writeOne(words[0] as SheetFormat, words[1] as string, Number(words[2]))
else writeAll()

function writeAll(): void {
  const rows = Number(option('--rows') ?? 1_000_000)
  const kept = option('--keep')
  const folder = kept ?? join(tmpdir(), `genjin-export-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  try {
    // The first one compiles, as the first `genjin` of an installation does.
    inProcess('csv', folder, 1000, 'ignore')
    for (const format of SHEET_FORMATS) inProcess(format, folder, rows, 'inherit')
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

function inProcess(format: SheetFormat, folder: string, rows: number, stdio: 'ignore' | 'inherit'): void {
  const file = join(folder, `follow.${format}`)
  const args = [fileURLToPath(import.meta.url), '--write', format, file, String(rows)]
  // As in packages/cli/bin/genjin.js.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const { status } = spawnSync(process.execPath, args, { stdio, env })
  if (status !== 0) process.exitCode = 1
}

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name)
  return at < 0 ? undefined : process.argv[at + 1]
}

async function writeOne(format: SheetFormat, file: string, rows: number): Promise<void> {
  keepTableMemoryLow()
  // What the command has in memory too.
  await import('../packages/cli/src/index.ts')
  const source = sourceOf(rows)
  const stream = createWriteStream(file)
  const started = performance.now()
  const sheet = openSheet(format, stream, {
    headings: 'zh',
    raw: false,
    timeZone: 'Asia/Shanghai',
    customFields: source.customFields,
    staffNames: source.staffNames,
  })
  for (const page of source.pages) await sheet.write(page)
  const summary = await sheet.end()
  stream.end()
  await finished(stream)
  const seconds = (performance.now() - started) / 1000
  const megabytes = statSync(file).size / 1e6
  const { maxRSS, userCPUTime } = process.resourceUsage()
  const peak = maxRSS / 1024
  console.log(
    `${format.padEnd(6)} ${summary.rows} rows, ${seconds.toFixed(1)} s (${(userCPUTime / 1e6).toFixed(1)} s of a processor), ${Math.round(rows / seconds)} rows/s, ` +
      `${megabytes.toFixed(0)} MB, peak RSS ${peak.toFixed(0)} MB, ${summary.shortened} shortened`,
  )
}

interface Source {
  readonly customFields: CustomField[]
  readonly staffNames: Map<string, string>
  readonly pages: Iterable<FollowSheetRecord[]>
}

function sourceOf(rows: number): Source {
  const lines = demoLines({
    seed: 20230101,
    staff: 500,
    departments: 60,
    methods: 12,
    targets: 1000,
    follows: rows,
    firstDay: '2023-01-01',
    days: 1096,
    systemShare: 0,
  })
  const customFields: CustomField[] = []
  const staffNames = new Map<string, string>()
  const iterator = lines[Symbol.iterator]()
  let line = iterator.next()
  for (; !line.done && !line.value.startsWith('{"kind":"follow",'); line = iterator.next()) {
    const entry = JSON.parse(line.value)
    if (entry.kind === 'custom_field') customFields.push(entry)
    if (entry.kind === 'staff') staffNames.set(entry.user_id, entry.name)
  }
  return { customFields, staffNames, pages: pagesOf(line.value, iterator) }
}

function* pagesOf(first: string, rest: Iterator<string>): Generator<FollowSheetRecord[]> {
  let page = [first]
  for (let line = rest.next(); !line.done; line = rest.next()) {
    if (page.length === PAGE) {
      yield recordsOf(page)
      page = []
    }
    page.push(line.value)
  }
  yield recordsOf(page)
}

/** As a page of follow/list comes: parsed exactly, ids as texts. */
function recordsOf(lines: readonly string[]): FollowSheetRecord[] {
  const records = parseExact(`[${lines.join(',')}]`) as (FollowSheetRecord & Record<string, unknown>)[]
  return records.map(({ kind, system, title, create_time, update_time, stage_id, ...record }) => ({
    ...record,
    id: JSON.stringify(record.id),
  }))
}
