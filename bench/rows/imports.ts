import { CORP } from '../data.ts'
import type { Figure } from '../figures.ts'
import type { Setting } from './setting.ts'

/** P8: the import of the whole company beside a bare bulk insert of the very rows that it became. */
export async function imports({ main }: Setting): Promise<Figure[]> {
  const { lines, seconds } = main.data.imported
  const filled = await main.bare.order('fill', CORP)
  // Staff, departments, follow types and fields are lines of the one and no rows of the other: 600 of 1,200,000.
  if (filled.lines > lines) throw new Error(`${lines} lines became ${filled.lines}`)
  const [genjinLines, bareLines] = [lines / seconds, filled.lines / filled.seconds]
  return [
    {
      id: 'P8',
      of: 'the whole company',
      value: genjinLines / bareLines,
      facts: { genjinLines, bareLines, lines },
    },
  ]
}
