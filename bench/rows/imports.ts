import { blocksOf, importCorp, otherShape } from '../data.ts'
import type { Figure } from '../figures.ts'
import { median } from '../measure.ts'
import type { Setting } from './setting.ts'

/** P8: an import of a company beside a bare bulk insert of the very rows that it became. */
export async function imports({ main, plan }: Setting, follows: number): Promise<Figure[]> {
  // Made beforehand: what makes the lines takes no time from the import.
  const blocks = [...blocksOf(otherShape(follows, 20230150))]
  const [ours, bare]: [number[], number[]] = [[], []]
  let lines = 0
  for (let round = 0; round < plan.rounds; round++) {
    const corp = `import-${round}`
    const imported = await importCorp(main.sandbox, corp, blocks)
    const filled = await main.bare.order('fill', corp)
    // Staff, departments, methods and fields are lines of the one and no rows of the other: 600 of 50,000.
    lines = imported.lines
    if (filled.lines > lines) throw new Error(`${lines} lines became ${filled.lines}`)
    ours.push(imported.lines / imported.seconds)
    bare.push(filled.lines / filled.seconds)
  }
  return [
    {
      id: 'P8',
      of: 'a new company',
      value: median(ours.map((rate, round) => rate / (bare[round] as number))),
      facts: {
        genjinLines: median(ours),
        bareLines: median(bare),
        lines,
        loadLines: main.data.imported.lines / main.data.imported.seconds,
      },
    },
  ]
}
