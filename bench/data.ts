import { type DemoShape, demoLines } from 'genjin-server'
import { Reference } from './reference.ts'
import { runGenjin, type Sandbox } from './sandbox.ts'

/** The company that is measured: three years of 500 staff. */
export function benchShape(follows: number): DemoShape {
  return {
    seed: 20230101,
    staff: 500,
    departments: 60,
    methods: 12,
    targets: 20_000,
    follows,
    firstDay: '2023-01-01',
    days: 1096,
    systemShare: 0.1,
  }
}

/** A database that has been filled. */
export interface BenchData {
  readonly reference: Reference
  readonly appid: string
  readonly appSecret: string
  readonly lines: number
  /** From the start of the import's process to its end; the lines are made beside it. */
  readonly importSeconds: number
}

/** The company's id. */
export const CORP = 'bench'

/** Makes the company in the sandbox's database. */
export async function makeData(sandbox: Sandbox, shape: DemoShape): Promise<BenchData> {
  await runGenjin(sandbox, ['corp', 'add', CORP])
  const app = (await runGenjin(sandbox, ['app', 'add', '--corp', CORP])) as {
    appid: string
    app_secret: string
  }
  const reference = new Reference()
  const started = performance.now()
  const report = await runGenjin(sandbox, ['import', '-', '--corp', CORP], blocks(shape, reference))
  const importSeconds = (performance.now() - started) / 1000
  const { imported } = report as { imported: Record<string, number> }
  const lines = Object.values(imported).reduce((sum, count) => sum + count, 0)
  if (lines !== reference.lines) {
    throw new Error(`imported ${lines} lines of ${reference.lines}: ${JSON.stringify(report)}`)
  }
  return { reference, appid: app.appid, appSecret: app.app_secret, lines, importSeconds }
}

const BLOCK_CHARS = 256 * 1024

/** The bundle in blocks of lines, each line noted in the reference. */
function* blocks(shape: DemoShape, reference: Reference): Generator<string> {
  let block = ''
  for (const line of demoLines(shape)) {
    reference.take(line)
    block += `${line}\n`
    if (block.length < BLOCK_CHARS) continue
    yield block
    block = ''
  }
  if (block !== '') yield block
}
