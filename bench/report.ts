import { availableParallelism, cpus } from 'node:os'
import type { BenchData } from './data.ts'
import type { PostgresSetting } from './database.ts'
import type { Measured } from './measure.ts'

/** Where and on what the figures were taken. */
export interface Setting {
  readonly date: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly records: number
  readonly postgres?: PostgresSetting
}

export interface ImportFigures {
  readonly lines: number
  readonly seconds: number
  readonly linesPerSecond: number
}

export function settingOf(records: number, postgres?: PostgresSetting): Setting {
  return {
    date: new Date().toISOString(),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown CPU',
    cores: availableParallelism(),
    records,
    ...(postgres && { postgres }),
  }
}

export function importFigures({ lines, importSeconds }: BenchData): ImportFigures {
  return { lines, seconds: importSeconds, linesPerSecond: lines / importSeconds }
}

export function settingText({ date, node, cpu, cores, records, postgres }: Setting): string {
  const line = `genjin bench · ${date} · Node ${node} · ${cpu}, ${cores} cores · ${count(records)} records`
  return postgres ? `${line}\n${postgresText(postgres)}` : line
}

function postgresText(setting: PostgresSetting): string {
  const { version, synchronousCommit, sharedBuffers, rowLevelSecurity, connections } = setting
  const security = rowLevelSecurity ? 'holds' : 'does not hold for this role'
  return (
    `PostgreSQL ${version} · synchronous_commit ${synchronousCommit} · shared_buffers ${sharedBuffers} · ` +
    `row-level security ${security} · ${connections} connections`
  )
}

export function importText({ lines, seconds, linesPerSecond }: ImportFigures): string {
  return `import: ${count(lines)} lines in ${seconds.toFixed(1)} s, ${count(linesPerSecond)} lines/s`
}

interface Column {
  readonly head: readonly [string, string]
  cell(row: Measured): string
}

const FILTER_WIDTH = 22

const COLUMNS: readonly Column[] = [
  { head: ['', 'total'], cell: (row) => count(row.total) },
  { head: ['page', 'bytes'], cell: (row) => count(row.bytes) },
  { head: ['genjin', 'pages/s'], cell: (row) => count(row.genjin.pagesPerSecond) },
  { head: ['bare', 'pages/s'], cell: (row) => count(row.bare.pagesPerSecond) },
  { head: ['', 'ratio'], cell: (row) => share(row.ratio) },
  { head: ['genjin', 'µs CPU'], cell: (row) => figure(row.genjin.cpuUsPerPage, count) },
  { head: ['bare', 'µs CPU'], cell: (row) => figure(row.bare.cpuUsPerPage, count) },
  { head: ['CPU', 'ratio'], cell: (row) => figure(row.cpuRatio, share) },
  { head: ['genjin', 'busy'], cell: (row) => figure(row.genjin.busy, percent) },
  { head: ['bare', 'busy'], cell: (row) => figure(row.bare.busy, percent) },
  { head: ['others', 'busy'], cell: (row) => figure(othersOf(row), percent) },
]

/** Beside the others on PostgreSQL. */
const DRIVER_COLUMNS: readonly Column[] = [
  { head: ['driver', 'query/s'], cell: ({ driver }) => figure(driver?.pagesPerSecond, count) },
  { head: ['driver', 'ratio'], cell: (row) => figure(row.driverRatio, share) },
  { head: ['driver', 'µs CPU'], cell: ({ driver }) => figure(driver?.cpuUsPerPage, count) },
  { head: ['driver', 'busy'], cell: ({ driver }) => figure(driver?.busy, percent) },
  { head: ['database', 'busy'], cell: (row) => figure(databaseOf(row), percent) },
]

function columns(postgres: boolean): readonly Column[] {
  return postgres ? [...COLUMNS, ...DRIVER_COLUMNS] : COLUMNS
}

const WIDTH = 9

/** The two lines above the table's rows. */
export function tableHead(postgres: boolean): string {
  return [0, 1]
    .map((line) => {
      const cells = columns(postgres).map(({ head }) => (head[line] as string).padStart(WIDTH))
      return (line === 0 ? '' : 'filter').padEnd(FILTER_WIDTH) + cells.join('')
    })
    .join('\n')
}

export function tableRow(row: Measured): string {
  const cells = columns(row.driver !== undefined).map((column) => column.cell(row).padStart(WIDTH))
  return row.filter.padEnd(FILTER_WIDTH) + cells.join('')
}

/** More than this and the pages/s are lower than the machine would give. */
const QUIET = 0.1
/** Below this the bare server mostly waited: its own pages/s would be higher. */
const LOADED = 0.75

const DRIVER_NOTES = [
  "driver: the same page's query alone, by pg from a pool of as many connections; no total, no token, no HTTP.",
  "driver ratio: genjin's pages/s to its queries/s. Nothing loads it from outside; genjin shares the machine with its load.",
  'database busy: what ran beside genjin and the load, PostgreSQL if it is on this machine.',
]

/** What a reader must know to judge the table. */
export function notes(rows: readonly Measured[]): string {
  const lines = [
    "ratio: pages/s, genjin to bare, median of the rounds. µs CPU: of the server's process, for one page.",
    'busy: CPU time in the time measured, 100% is one core. Every answer was compared byte by byte.',
  ]
  if (rows.some(({ driver }) => driver)) lines.push(...DRIVER_NOTES)
  const disturbed = rows.filter((row) => (othersOf(row) ?? 0) > QUIET)
  if (disturbed.length > 0) {
    lines.push(`Other work ran on the machine during ${disturbed.length} of ${rows.length} rows.`)
  }
  const waiting = rows.filter(({ bare }) => bare.busy !== null && bare.busy < LOADED)
  if (waiting.length > 0) {
    lines.push(
      `The bare server was not fully loaded in ${waiting.length} of ${rows.length} rows, so "ratio" flatters there: "CPU ratio" holds.`,
    )
  }
  return lines.join('\n')
}

/** On PostgreSQL only the bare server's rounds tell: during the others the database works. */
function othersOf({ genjin, bare, driver }: Measured): number | null {
  if (genjin.others === null || bare.others === null) return null
  return driver ? bare.others : (genjin.others + bare.others) / 2
}

/** What works while genjin does and not while the bare server does: PostgreSQL, where it is on this machine. */
function databaseOf({ genjin, bare }: Measured): number | null {
  return genjin.others === null || bare.others === null ? null : Math.max(0, genjin.others - bare.others)
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function share(value: number): string {
  return value < 0.01 ? value.toFixed(4) : value.toFixed(3)
}

function percent(value: number): string {
  return `${Math.round(value * 100)}%`
}

function figure(value: number | null | undefined, show: (value: number) => string): string {
  return value === null || value === undefined ? '-' : show(value)
}
