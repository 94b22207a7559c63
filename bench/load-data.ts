import { createHash, randomBytes } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BenchData, benchShape, makeData, makeOther } from './data.ts'
import type { Databases } from './databases.ts'
import { Reference } from './reference.ts'
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
  readonly name: string
  readonly sandbox: Sandbox
  readonly data: BenchData
}

export interface Loading {
  readonly sandbox: Sandbox
  readonly databases: Databases
  readonly volume: Volume
  /** Where loaded databases are kept for the next run. */
  readonly keep: string | undefined
  /** The size that is written to: kept databases stay as they are. */
  readonly written: number
  readonly say: (text: string) => void
}

const OTHERS = ['other-1', 'other-2', 'other-3', 'other-4']

/** Loads a database for each size, or takes the kept one. */
export async function loadAll(loading: Loading): Promise<Loaded[]> {
  const loaded: Loaded[] = []
  for (const size of loading.volume.sizes) loaded.push(await loadSize(loading, size))
  return loaded
}

async function loadSize(loading: Loading, size: number): Promise<Loaded> {
  const { sandbox, databases, keep, written, say } = loading
  const name = nameOf(loading, size)
  const started = performance.now()
  const kept = readKept(loading, name)
  const own = { ...databases.envOf(name), GENJIN_KEY: keyOf(keep) }
  const data = kept ?? (await makeSize(loading, name, size))
  const took = ((performance.now() - started) / 1000).toFixed(1)
  say(
    `${size.toLocaleString('en-US')} follow-ups: ${kept ? 'kept from an earlier run' : 'loaded'}, ${took} s`,
  )
  if (keep === undefined || size !== written) {
    return { size, name, data, sandbox: sandbox.on({ ...own, ...databases.envOf(name) }) }
  }
  databases.copy(name, 'written', false)
  await databases.settle('written')
  return { size, name: 'written', data, sandbox: sandbox.on({ ...own, ...databases.envOf('written') }) }
}

async function makeSize(loading: Loading, name: string, size: number): Promise<BenchData> {
  const { sandbox, databases, volume, keep } = loading
  const key = { GENJIN_KEY: keyOf(keep) }
  if (volume.othersInSmallest || size !== Math.min(...volume.sizes)) {
    databases.copy(await makeOthers(loading), name, keep !== undefined)
  } else {
    databases.create(name, keep !== undefined)
  }
  const data = await makeData(sandbox.on({ ...databases.envOf(name), ...key }), benchShape(size))
  await databases.settle(name)
  if (keep !== undefined) writeKept(loading, name, data)
  return data
}

/** Databases that hold only the other companies, by the databases of their run. */
const othersOf = new WeakMap<Databases, string>()

/** The four other companies are the same beside every size: made once and copied. */
async function makeOthers({ sandbox, databases, volume, keep }: Loading): Promise<string> {
  const known = othersOf.get(databases)
  if (known !== undefined) return known
  databases.create('others', false)
  const own = sandbox.on({ ...databases.envOf('others'), GENJIN_KEY: keyOf(keep) })
  for (const [at, corp] of OTHERS.entries()) {
    const shape = { ...benchShape(volume.others), targets: volume.others / 5, seed: 20230102 + at }
    await makeOther(own, corp, shape)
  }
  othersOf.set(databases, 'others')
  return 'others'
}

/** Tells shapes, schemas and data generators apart, so that nothing stale is taken for the data of today. */
function nameOf({ databases, volume }: Loading, size: number): string {
  const hash = createHash('sha256').update(
    JSON.stringify([benchShape(size), volume.others, volume.othersInSmallest]),
  )
  const sources = fileURLToPath(new URL('../packages/server/src', import.meta.url))
  const files = [`store/migrations/*.${databases.engine}.sql`, 'demo/*.ts', 'store/follow-counts.ts']
  for (const file of globSync(files, { cwd: sources }).sort()) hash.update(readFileSync(join(sources, file)))
  return `company-${size}-${hash.digest('hex').slice(0, 12)}`
}

let runKey: string | undefined

/** The key that secrets are derived with: kept with the databases, or else of this run. */
function keyOf(keep: string | undefined): string {
  const file = keep === undefined ? undefined : join(keep, 'key')
  if (file !== undefined && existsSync(file)) return readFileSync(file, 'utf8')
  runKey ??= randomBytes(32).toString('base64')
  if (keep !== undefined && file !== undefined) {
    mkdirSync(keep, { recursive: true })
    writeFileSync(file, runKey, { mode: 0o600 })
  }
  return runKey
}

function notesOf({ databases, keep }: Loading, name: string): { facts: string; reference: string } {
  const base = join(keep ?? '', `${databases.engine}-${name}`)
  return { facts: `${base}.json`, reference: `${base}.reference` }
}

function readKept(loading: Loading, name: string): BenchData | undefined {
  if (loading.keep === undefined) return undefined
  const { facts, reference } = notesOf(loading, name)
  if (!existsSync(facts)) return undefined
  // Told to be kept, so that it is looked for where kept ones are.
  loading.databases.adopt(name)
  const known = JSON.parse(readFileSync(facts, 'utf8')) as Omit<BenchData, 'reference'>
  return { ...known, reference: Reference.read(readFileSync(reference)) }
}

/** The facts come last: what has none was not finished. */
function writeKept(loading: Loading, name: string, { reference, ...known }: BenchData): void {
  const files = notesOf(loading, name)
  writeFileSync(files.reference, reference.write())
  writeFileSync(files.facts, JSON.stringify(known), { mode: 0o600 })
}
