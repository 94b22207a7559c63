/** Lines in a plot with two logarithmic axes, or a linear one across; an SVG that is readable on light and dark. */

export interface Line {
  readonly name: string
  /** Which of the palette's colours. */
  readonly color: number
  readonly dashed?: boolean
  readonly points: readonly { readonly x: number; readonly us: number }[]
}

export interface Plot {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly xLog: boolean
  readonly lines: readonly Line[]
}

const WIDTH = 800
const HEIGHT = 400
const LEFT = 70
const RIGHT = 220
const TOP = 44
const BOTTOM = 52
const COLORS = 6

const STYLE = `
  .back { fill: #ffffff } .text { fill: #24292f; font: 12px sans-serif } .title { font-size: 14px; font-weight: bold }
  .grid { stroke: #d0d7de; stroke-width: 1 } .line { fill: none; stroke-width: 2 }
  .c0 { stroke: #0969da } .c1 { stroke: #1a7f37 } .c2 { stroke: #9a6700 } .c3 { stroke: #8250df } .c4 { stroke: #bf3989 }
  .c5 { stroke: #cf222e }
  @media (prefers-color-scheme: dark) {
    .back { fill: #0d1117 } .text { fill: #e6edf3 } .grid { stroke: #30363d }
    .c0 { stroke: #58a6ff } .c1 { stroke: #3fb950 } .c2 { stroke: #d29922 } .c3 { stroke: #bc8cff } .c4 { stroke: #f778ba }
    .c5 { stroke: #ff7b72 }
  }`

export function svgOf(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points)
  const right = WIDTH - RIGHT
  const [xs, ys] = [points.map((point) => point.x), points.map((point) => point.us)]
  const [x, y] = [scaleOf(xs, plot.xLog, LEFT, right), scaleOf(ys, true, HEIGHT - BOTTOM, TOP)]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${escaped(plot.title)}</title><style>${STYLE}\n</style>`,
    `<rect class="back" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    text(LEFT, 24, plot.title, 'start', 'text title'),
    ...y.ticks.map((tick) => {
      const at = round(y.place(tick))
      const grid = `<path class="grid" d="M${LEFT} ${at}H${right}"/>`
      return grid + text(LEFT - 8, at + 4, short(tick), 'end')
    }),
    ...x.ticks.map((tick) => text(round(x.place(tick)), HEIGHT - BOTTOM + 18, short(tick), 'middle')),
    text((LEFT + right) / 2, HEIGHT - 12, plot.xTitle, 'middle'),
    `<text class="text" text-anchor="middle" transform="translate(18 ${HEIGHT / 2}) rotate(-90)">${escaped(plot.yTitle)}</text>`,
    ...plot.lines.map((line) => lineOf(line, x.place, y.place)),
    ...plot.lines.map(legendOf),
    '</svg>',
    '',
  ].join('\n')
}

function lineOf({ color, dashed, points }: Line, x: Place, y: Place): string {
  const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${round(x(point.x))} ${round(y(point.us))}`)
  return `<path class="line c${color % COLORS}"${dashes(dashed)} d="${path.join('')}"/>`
}

function legendOf({ name, color, dashed }: Line, at: number): string {
  const [left, top] = [WIDTH - RIGHT + 14, TOP + 10 + at * 20]
  const sample = `<path class="line c${color % COLORS}"${dashes(dashed)} d="M${left} ${top}h22"/>`
  return sample + text(left + 28, top + 4, name, 'start')
}

function dashes(dashed = false): string {
  return dashed ? ' stroke-dasharray="5 4"' : ''
}

function text(x: number, y: number, content: string, anchor: string, name = 'text'): string {
  return `<text class="${name}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

type Place = (value: number) => number

interface Scale {
  readonly place: Place
  readonly ticks: readonly number[]
}

function scaleOf(values: readonly number[], log: boolean, start: number, end: number): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const ticks = log ? powers(least, most) : steps(most)
  const map = log ? Math.log10 : (value: number) => value
  const [low, high] = [map(ticks[0] ?? 0), map(ticks.at(-1) ?? 1)]
  return { ticks, place: (value) => start + ((map(value) - low) / (high - low || 1)) * (end - start) }
}

function powers(least: number, most: number): number[] {
  const first = Math.floor(Math.log10(least))
  const last = Math.max(first + 1, Math.ceil(Math.log10(most)))
  return Array.from({ length: last - first + 1 }, (_, at) => 10 ** (first + at))
}

function steps(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most))
  const step = [0.2, 0.5, 1, 2].map((part) => part * power).find((each) => most / each <= 6) ?? power
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, at) => at * step)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`
  return value >= 1000 ? `${value / 1000}k` : `${Number(value.toPrecision(2))}`
}
