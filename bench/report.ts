import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Engine } from './databases.ts'
import { count, type Figure, factsText, isReached, ROWS, targetText, valueText } from './figures.ts'
import { engineName, postgresText } from './machine.ts'
import { type Line, type Plot, svgOf } from './plot.ts'
import { type Language, NAMES, TEXT } from './report-text.ts'
import type { Result } from './result.ts'
import type { Curve, Point } from './rows/depth.ts'

const DOCS = fileURLToPath(new URL('../docs', import.meta.url))
const ENGINES: readonly Engine[] = ['sqlite', 'postgres']

/** Saves the figures beside the documents and rewrites the documents, with the other engine's latest figures. */
export function writeReport(result: Result): void {
  mkdirSync(`${DOCS}/performance`, { recursive: true })
  writeFileSync(fileOf(result.machine.engine), `${JSON.stringify(result, null, 2)}\n`)
  rewriteReport()
}

/** The same from the figures that are kept, when only the words have changed. */
export function rewriteReport(): void {
  writeDocuments(ENGINES.flatMap(readResult))
}

function writeDocuments(results: readonly Result[]): void {
  for (const result of results) {
    const plots = { p3: depthPlot(result), p4: sizePlot(result), p5: walkPlot(result) }
    for (const [name, plot] of Object.entries(plots)) {
      writeFileSync(`${DOCS}/performance/${name}-${result.machine.engine}.svg`, svgOf(plot))
    }
  }
  writeFileSync(`${DOCS}/performance.md`, documentOf(results, 'zh'))
  writeFileSync(`${DOCS}/performance.en.md`, documentOf(results, 'en'))
}

function fileOf(engine: Engine): string {
  return `${DOCS}/performance/${engine}.json`
}

function readResult(engine: Engine): Result[] {
  const file = fileOf(engine)
  return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as Result] : []
}

function documentOf(results: readonly Result[], language: Language): string {
  const { title, twin, introduction, method, engine } = TEXT[language]
  const parts = [`# ${title}`, twin, introduction]
  for (const result of results) {
    parts.push(engine(engineName(result.machine.engine)), settingOf(result, language))
    parts.push(
      tableOf(result, language),
      ...missedOf(result, language),
      plotsOf(result, language),
      factsOf(result, language),
    )
  }
  return `${[...parts, method].join('\n\n')}\n`
}

function settingOf({ machine, size, largest }: Result, language: Language): string {
  const { date, commit, node, cpu, cores, memoryGb, postgres } = machine
  const setting = TEXT[language].setting({
    day: date.slice(0, 10),
    commit,
    node,
    cpu,
    cores,
    memoryGb,
    size: count(size),
    largest: count(largest),
  })
  return postgres ? `${setting}\n\n${postgresText(postgres)}` : setting
}

function tableOf({ figures, machine }: Result, language: Language): string {
  const { engine } = machine
  return table(
    TEXT[language].columns,
    inOrder(figures).map((figure) => {
      const row = ROWS[figure.id]
      const reached = isReached(figure, engine)
      return [
        figure.id,
        language === 'en' ? row.title : row.zh,
        nameOf(figure.of, language),
        targetText(figure, engine),
        `${valueText(figure)}${reached === undefined ? '' : reached ? ' ✓' : ' ✗'}`,
        figure.fresh === undefined ? '' : valueText(figure, figure.fresh),
      ]
    }),
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
    inOrder(figures).map((figure) => [
      `${figure.id} ${nameOf(figure.of, language)}`,
      factsText(figure, language),
    ]),
  )
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [columns, columns.map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function inOrder(figures: readonly Figure[]): Figure[] {
  return (Object.keys(ROWS) as Figure['id'][]).flatMap((id) => figures.filter((each) => each.id === id))
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
    { name: of, color, points: pointsOf(genjin) },
    ...(naive.length > 0 ? [{ name: `${of}, naive`, color, dashed: true, points: pointsOf(naive) }] : []),
  ])
}

function pointsOf(points: readonly Point[]): { x: number; y: number }[] {
  return points.map(({ x, us }) => ({ x, y: us }))
}

function depthPlot({ machine, size, depthCurves }: Result): Plot {
  return {
    title: `P3 · a page of ${count(size)}, by depth · ${engineName(machine.engine)}`,
    xTitle: 'records before the page',
    yTitle: 'µs per page, first-time requests',
    xLog: false,
    lines: linesOf(depthCurves),
  }
}

function sizePlot({ machine, sizeCurves }: Result): Plot {
  return {
    title: `P4 · page 1 with total, by size · ${engineName(machine.engine)}`,
    xTitle: 'follow-ups of the company',
    yTitle: 'µs per page, first-time requests',
    xLog: true,
    lines: linesOf(sizeCurves),
  }
}

function walkPlot({ machine, size, walkCurves }: Result): Plot {
  const [walk, byKey] = walkCurves
  return {
    title: `P5 · reading ${count(size)}, 100 per page · ${engineName(machine.engine)}`,
    xTitle: 'records before the page',
    yTitle: 'µs per page',
    xLog: false,
    lines: [
      { name: 'genjin over HTTP', color: 0, points: pointsOf(walk?.genjin ?? []) },
      { name: 'by key, plain engine', color: 1, points: pointsOf(byKey?.genjin ?? []) },
      { name: 'naive, plain engine', color: 5, dashed: true, points: pointsOf(walk?.naive ?? []) },
    ],
  }
}
