import { type DemoShape, demoLines } from 'genjin-server'
import { Reference } from './reference.ts'
import { runGenjin, type Sandbox } from './sandbox.ts'

/** The company that is measured: three years of 500 staff. */
export function benchShape(follows: number): DemoShape {
  return {
    seed: 20230101,
    staff: 500,
    departments: 60,
    followTypes: 12,
    targets: Math.min(200_000, Math.max(20_000, follows / 5)),
    follows,
    firstDay: '2023-01-01',
    days: 1096,
    systemShare: 0.1,
  }
}

/** An app of the company that is measured, and what that company has. */
export interface BenchData {
  readonly reference: Reference
  readonly appid: string
  readonly appSecret: string
  readonly imported: Imported
}

/** What an import did. */
export interface Imported {
  readonly lines: number
  /** From the start of the import's process to its end; the lines are made beside it. */
  readonly seconds: number
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
  const imported = await importLines(
    sandbox,
    CORP,
    blocksOf(shape, (line) => reference.take(line)),
  )
  if (imported.lines !== reference.lines) {
    throw new Error(`imported ${imported.lines} lines of ${reference.lines}`)
  }
  return { reference, appid: app.appid, appSecret: app.app_secret, imported }
}

/** Makes another company beside it. */
export async function makeOther(sandbox: Sandbox, corp: string, shape: DemoShape): Promise<void> {
  await runGenjin(sandbox, ['corp', 'add', corp])
  await importLines(sandbox, corp, blocksOf(shape))
}

/** Imports blocks of lines into a company that is there. */
export async function importLines(
  sandbox: Sandbox,
  corp: string,
  blocks: Iterable<string>,
): Promise<Imported> {
  const started = performance.now()
  const report = await runGenjin(sandbox, ['import', '-', '--corp', corp], blocks)
  const seconds = (performance.now() - started) / 1000
  const { imported } = report as { imported: Record<string, number> }
  return { lines: Object.values(imported).reduce((sum, count) => sum + count, 0), seconds }
}

const BLOCK_CHARS = 256 * 1024

/** A bundle in blocks of lines, each line noted. */
export function* blocksOf(shape: DemoShape, note: (line: string) => void = () => {}): Generator<string> {
  let block = ''
  for (const line of demoLines(shape)) {
    note(line)
    block += `${line}\n`
    if (block.length < BLOCK_CHARS) continue
    yield block
    block = ''
  }
  if (block !== '') yield block
}
