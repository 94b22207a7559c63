import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { CONNECTIONS, type Stretch, startCpuUse } from './load.ts'
import type { PageCase } from './pages.ts'
import type { Child, Sandbox } from './sandbox.ts'
import type { PageStatements } from './statements.ts'

/** What bare-driver.ts is started with. */
export interface DriverSetting extends PageStatements {
  /** Queries that wait for their answer at the same time. */
  readonly inFlight: number
}

/** A line that it reads. */
export interface DriverOrder {
  readonly filter: string
  readonly seconds: number
}

/** A line that it answers. */
export interface DriverStretch {
  readonly queries: number
  readonly seconds: number
}

/** The bare driver's process. */
export interface Driver {
  readonly child: Child
  /** Runs one page's query for so long; throws unless every answer is the recorded rows. A query counts as a page. */
  load(page: PageCase, seconds: number): Promise<Stretch>
}

const BARE = fileURLToPath(new URL('./bare-driver.ts', import.meta.url))

/** Starts it with as many queries in flight as the servers get requests. */
export function startDriver(sandbox: Sandbox, recorded: PageStatements): Driver {
  const setting: DriverSetting = { ...recorded, inFlight: CONNECTIONS }
  const file = join(sandbox.folder, 'statements.json')
  writeFileSync(file, JSON.stringify(setting, bigintAsText))
  const child = sandbox.start([BARE, file])
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    async load({ name }, seconds) {
      const order: DriverOrder = { filter: name, seconds }
      const cpuSince = startCpuUse(child)
      child.stdin.write(`${JSON.stringify(order)}\n`)
      const { value, done } = await answers.next()
      const cpu = cpuSince()
      if (done) throw new Error(`${name}: the bare driver ended by itself`)
      const stretch = JSON.parse(value) as DriverStretch
      return { pages: stretch.queries, seconds: stretch.seconds, cpu }
    },
  }
}

/** As pg sends it. */
function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
