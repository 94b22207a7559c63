import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const files = new Map<string, number>()

/** Appends to this process's file in the folder of the whole run (see test/run.ts); without a run there is none. */
function record(kind: 'log' | 'secrets', text: string): void {
  const folder = process.env.GENJIN_TEST_FOLDER
  if (!folder) return
  const file = files.get(kind) ?? openSync(join(folder, `${kind}-${process.pid}`), 'a')
  files.set(kind, file)
  writeSync(file, text)
}

/** A log target that keeps what servers write, for the check at the end of the suite. */
export const recordedLog = { write: (line: string) => record('log', line) }

/** Records a secret or token that must not appear in any log. */
export function noteSecret(secret: string): void {
  record('secrets', `${secret}\n`)
}
