import type { Engine } from './databases.ts'
import {
  type Figure,
  factsText,
  isReached,
  markOf,
  ROWS,
  type RowId,
  targetText,
  valueText,
} from './figures.ts'

const NAME_WIDTH = 34
const CELL_WIDTH = 11

/** The table as text: every row with target, value and ✓ or ✗, what it was made of behind. */
export function tableText(figures: readonly Figure[], engine: Engine, judged: boolean): string {
  const lines = ['', 'Requests that nobody has sent before; repeated: the same one again and again']
  for (const id of Object.keys(ROWS) as RowId[]) {
    const own = figures.filter((figure) => figure.id === id)
    if (own.length === 0) continue
    lines.push('', `${id.padEnd(4)}${ROWS[id].en}`)
    for (const figure of own) lines.push(rowText(figure, engine, judged))
  }
  const reached = figures.map((figure) => isReached(figure, engine)).filter((is) => is !== undefined)
  if (judged) lines.push('', `${reached.filter(Boolean).length} of ${reached.length} targets reached`)
  return lines.join('\n')
}

function rowText(figure: Figure, engine: Engine, judged: boolean): string {
  const mark = (judged && markOf(figure, engine)) || ' '
  const cells = [
    `    ${figure.of}`.padEnd(NAME_WIDTH),
    targetText(figure, engine).padStart(CELL_WIDTH),
    `${valueText(figure).padStart(CELL_WIDTH)} ${mark}`,
    figure.again === undefined ? '' : `repeated ${valueText(figure, figure.again)};`,
    factsText(figure, 'en'),
  ]
  return cells.filter((cell) => cell !== '').join(' ')
}
