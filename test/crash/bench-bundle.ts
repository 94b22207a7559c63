import { demoLines } from 'genjin-server'
import { benchShape } from '../../bench/data.ts'

/** A bundle of so many follow-ups, in blocks of lines. */
export function* bundleBlocks(follows: number): Generator<string> {
  let block = ''
  for (const line of demoLines(benchShape(follows))) {
    block += `${line}\n`
    if (block.length < 256 * 1024) continue
    yield block
    block = ''
  }
  yield block
}
