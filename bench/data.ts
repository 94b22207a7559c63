import { type Credentials, type DemoShape, demoLines } from 'genjin-server'
import type { Json } from '../test/oracle/follow-list.ts'
import { sum } from './measure.ts'
import { Reference } from './reference.ts'
import { OlderReference } from './reference-older.ts'
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

/** Another company, with fewer targets. */
export function otherShape(follows: number, seed: number): DemoShape {
  return { ...benchShape(follows), targets: Math.max(100, follows / 5), seed }
}

/** The id of the company that is measured. */
export const CORP = 'bench'

/** The company that is measured, an app of it, and what its import did. */
export type BenchData = Awaited<ReturnType<typeof makeData>>

/** Makes the company in the sandbox's database. @param allLists with references of the three other lists too */
export async function makeData(sandbox: Sandbox, shape: DemoShape, allLists = false) {
  const reference = new Reference()
  const others = allLists ? { system: new Reference(true), older: new OlderReference() } : undefined
  const blocks = blocksOf(shape, (line) => {
    const fields = JSON.parse(line) as Json
    reference.take(line, fields)
    others?.system.take(line, fields)
    others?.older.take(line, fields)
  })
  const imported = await importCorp(sandbox, CORP, blocks)
  if (imported.lines !== reference.lines) {
    throw new Error(`imported ${imported.lines} lines of ${reference.lines}`)
  }
  return { reference, others, app: await addApp(sandbox, CORP), imported }
}

export async function addApp(sandbox: Sandbox, corp: string): Promise<Credentials> {
  return (await runGenjin(sandbox, ['app', 'add', '--corp', corp])) as Credentials
}

/**
 * Makes a company and imports blocks of lines into it. Answers how many lines, and the seconds from the start of the
 * import's process to its end; the lines are made beside it.
 */
export async function importCorp(sandbox: Sandbox, corp: string, blocks: Iterable<string>) {
  await runGenjin(sandbox, ['corp', 'add', corp])
  const started = performance.now()
  const report = await runGenjin(sandbox, ['import', '-', '--corp', corp], blocks)
  const seconds = (performance.now() - started) / 1000
  const { imported } = report as { imported: Record<string, number> }
  return { lines: sum(Object.values(imported)), seconds }
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
