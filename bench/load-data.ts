import { randomBytes } from 'node:crypto'
import { type BenchData, benchShape, blocksOf, importCorp, makeData, otherShape } from './data.ts'
import type { Databases } from './databases.ts'
import type { Sandbox } from './sandbox.ts'

/** How much there is of everything. */
export interface Volume {
  /** Follow-ups of the company that is measured: a database for each. */
  readonly sizes: readonly number[]
  /** Follow-ups of each of the four other companies beside it. */
  readonly others: number
  /** Whether the smallest database has them too. */
  readonly othersInSmallest: boolean
}

/** A database of one size, ready to be served. */
export interface Loaded {
  readonly size: number
  readonly sandbox: Sandbox
  readonly data: BenchData
}

const OTHERS = ['other-1', 'other-2', 'other-3', 'other-4']

/** Loads a database for each size; up to `main` with references of all lists. The four other companies are the same beside each: made once and copied. */
export async function loadAll(
  sandbox: Sandbox,
  databases: Databases,
  { sizes, others, othersInSmallest }: Volume,
  main: number,
  say: (text: string) => void,
): Promise<Loaded[]> {
  const key = { GENJIN_KEY: randomBytes(32).toString('base64') }
  const on = (name: string) => sandbox.on({ ...databases.envOf(name), ...key })
  await databases.create('others')
  for (const [at, corp] of OTHERS.entries()) {
    await importCorp(on('others'), corp, blocksOf(otherShape(others, 20230102 + at)))
  }
  const loaded: Loaded[] = []
  for (const size of sizes) {
    const started = performance.now()
    const name = `company-${size}`
    if (othersInSmallest || size !== Math.min(...sizes)) await databases.copy('others', name)
    else await databases.create(name)
    const data = await makeData(on(name), benchShape(size), size <= main)
    await databases.settle(name)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    say(`${size.toLocaleString('en-US')} follow-ups: loaded, ${seconds} s`)
    loaded.push({ size, data, sandbox: on(name) })
  }
  return loaded
}
