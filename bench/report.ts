import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ENDING, LANGUAGES, type Language, table } from '../tools/docs/language.ts'
import type { Engine } from './databases.ts'
import {
  count,
  type Figure,
  factsText,
  isReached,
  markOf,
  ROWS,
  type RowId,
  ratio,
  targetText,
  valueText,
} from './figures.ts'
import { engineName, type Machine, postgresText } from './machine.ts'
import { type Line, svgOf } from './plot.ts'
import { NAMES, type SummaryRow, TEXT } from './report-text.ts'
import type { Curve } from './rows/depth.ts'

/** One run on one engine. */
export interface Result {
  readonly machine: Machine
  /** Follow-ups of the company that most is measured on, and of the largest. */
  readonly size: number
  readonly largest: number
  /** In the order of the rows. */
  readonly figures: readonly Figure[]
  readonly depthCurves: readonly Curve[]
  readonly sizeCurves: readonly Curve[]
  readonly walkCurves: readonly Curve[]
}

const DOCS = fileURLToPath(new URL('../docs', import.meta.url))
const ENGINES: readonly Engine[] = ['sqlite', 'postgres']

/** Saves the figures beside the documents and rewrites these, with the other engine's latest figures. */
export function writeReport(result: Result): void {
  mkdirSync(`${DOCS}/performance`, { recursive: true })
  writeFileSync(fileOf(result.machine.engine), `${JSON.stringify(result, null, 2)}\n`)
  rewriteReport()
}

/** The same from the figures that are kept, when only the words have changed. */
export function rewriteReport(): void {
  const results = ENGINES.flatMap(readResult)
  for (const result of results) {
    for (const [name, svg] of Object.entries(svgsOf(result))) {
      writeFileSync(`${DOCS}/performance/${name}-${result.machine.engine}.svg`, svg)
    }
  }
  for (const language of LANGUAGES) {
    writeFileSync(`${DOCS}/performance${ENDING[language]}`, documentOf(results, language))
  }
}

function fileOf(engine: Engine): string {
  return `${DOCS}/performance/${engine}.json`
}

function readResult(engine: Engine): Result[] {
  const file = fileOf(engine)
  return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as Result] : []
}

function documentOf(results: readonly Result[], language: Language): string {
  const { title, twin, introduction, summary, method, engine } = TEXT[language]
  const parts = [`# ${title}`, twin, introduction, summary.title, summaryOf(results, language)]
  for (const result of results) {
    parts.push(
      engine(engineName(result.machine.engine)),
      settingOf(result, language),
      tableOf(result, language),
      ...missedOf(result, language),
      plotsOf(result, language),
      factsOf(result, language),
    )
  }
  return `${[...parts, method].join('\n\n')}\n`
}

const SUMMARY: Readonly<Record<SummaryRow, (figureOf: FigureOf, words: SummaryUnits) => string | undefined>> =
  {
    pages: (of, { perSecond }) => shown(of('P1', 'no filter')?.facts.genjinPerSecond, perSecond),
    staffPages: (of, { perSecond }) => shown(of('P1', 'one staff member')?.facts.genjinPerSecond, perSecond),
    departmentPages: (of, { perSecond }) =>
      shown(of('P1', 'department of 50')?.facts.genjinPerSecond, perSecond),
    repeated: (of, { perSecond }) => shown(of('P1', 'no filter')?.facts.againPerSecond, perSecond),
    deep: (of, { times }) => shown(of('P3', 'no filter, last')?.value, times),
    walk: (of, { seconds }) => shown(of('P5', 'no filter')?.facts.genjinSeconds, seconds),
    creates: (of, { linesPerSecond }) => shown(of('P7', '64 clients')?.facts.genjinPerSecond, linesPerSecond),
    imported: (of, { linesPerSecond }) =>
      shown(of('P8', 'the whole company')?.facts.genjinLines, linesPerSecond),
    mixes: (of, { ms }) => shown(of('P10', 'p99')?.value, ms),
    longest: (of, { seconds }) => shown(of('P10', 'longest')?.value, seconds),
    others: (of, { ms }) => shown(of('P12', '30 at once')?.facts.p99Ms, ms),
    memory: (of, { mb }) => shown(of('P9', 'memory')?.value, mb),
    startUp: (of, { seconds }) => shown(of('P9', 'start-up')?.value, seconds),
  }

type FigureOf = (id: RowId, of: string) => Figure | undefined
type SummaryUnits = (typeof TEXT)[Language]['summary']['units']

function shown(value: number | undefined, unit: string): string | undefined {
  return value === undefined ? undefined : `${ratio(value)} ${unit}`
}

/** What a user of the system wants to know, of each engine beside the other. */
function summaryOf(results: readonly Result[], language: Language): string {
  const { columns, rows, units } = TEXT[language].summary
  const names = results.map(({ machine }) => engineName(machine.engine))
  const figureIn =
    ({ figures }: Result): FigureOf =>
    (id, of) =>
      figures.find((figure) => figure.id === id && figure.of === of)
  const cells = Object.entries(SUMMARY).map(([row, textOf]) => [
    rows[row as SummaryRow],
    ...results.map((result) => textOf(figureIn(result), units) ?? ''),
  ])
  return table(columns(names), cells)
}

function settingOf({ machine, size, largest }: Result, language: Language): string {
  const setting = TEXT[language].setting(machine, count(size), count(largest))
  return machine.postgres ? `${setting}\n\n${postgresText(machine.postgres)}` : setting
}

function tableOf({ figures, machine }: Result, language: Language): string {
  const { engine } = machine
  return table(
    TEXT[language].columns,
    figures.map((figure) => [
      figure.id,
      ROWS[figure.id][language],
      nameOf(figure.of, language),
      `${valueText(figure)} ${markOf(figure, engine)}`.trimEnd(),
      targetText(figure, engine),
      figure.again === undefined ? '' : valueText(figure, figure.again),
    ]),
  )
}

/** Why figures are not what they should be. */
function missedOf({ figures, machine: { engine } }: Result, language: Language): string[] {
  const { title, ...why } = TEXT[language].missed
  const missed = new Set(figures.filter((figure) => isReached(figure, engine) === false).map(({ id }) => id))
  const lines = Object.entries(why[engine]).filter(([id]) => missed.has(id as Figure['id']))
  if (lines.length === 0) return []
  return [title, lines.map(([id, words]) => `- **${id}** ${words}`).join('\n')]
}

/** What the ratios are ratios of. */
function factsOf({ figures }: Result, language: Language): string {
  return table(
    TEXT[language].factColumns,
    figures.map((figure) => [`${figure.id} ${nameOf(figure.of, language)}`, factsText(figure, language)]),
  )
}

function nameOf(name: string, language: Language): string {
  if (language === 'en') return name
  return name
    .split(', ')
    .map((part) => NAMES[part] ?? part)
    .join('，')
}

function plotsOf({ machine: { engine } }: Result, language: Language): string {
  const { plots } = TEXT[language]
  return (['p3', 'p4', 'p5'] as const)
    .map((name) => `![${plots[name]}](performance/${name}-${engine}.svg)`)
    .join('\n\n')
}

function linesOf(curves: readonly Curve[]): Line[] {
  return curves.flatMap(({ of, genjin, naive }, color): Line[] => [
    { name: of, color, points: genjin },
    ...(naive.length > 0 ? [{ name: `${of}, naive`, color, dashed: true, points: naive }] : []),
  ])
}

/** The plots of a result by name. */
function svgsOf({ machine, size, depthCurves, sizeCurves, walkCurves }: Result) {
  const engine = engineName(machine.engine)
  const [walk, byKey] = walkCurves
  const records = 'records before the page'
  const firstTime = 'µs per page, first-time requests'
  return {
    p3: svgOf({
      title: `P3 · a page of ${count(size)}, by depth · ${engine}`,
      xTitle: records,
      yTitle: firstTime,
      xLog: false,
      lines: linesOf(depthCurves),
    }),
    p4: svgOf({
      title: `P4 · page 1 with total, by size · ${engine}`,
      xTitle: 'follow-ups of the company',
      yTitle: firstTime,
      xLog: true,
      lines: linesOf(sizeCurves),
    }),
    p5: svgOf({
      title: `P5 · reading ${count(size)}, 100 per page · ${engine}`,
      xTitle: records,
      yTitle: 'µs per page',
      xLog: false,
      lines: [
        { name: 'genjin over HTTP', color: 0, points: walk?.genjin ?? [] },
        { name: 'by key, plain engine', color: 1, points: byKey?.genjin ?? [] },
        { name: 'naive, plain engine', color: 5, dashed: true, points: walk?.naive ?? [] },
      ],
    }),
  }
}
