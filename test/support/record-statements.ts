import { subscribe } from 'node:diagnostics_channel'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Preloaded into every process of the suite: notes each statement that its store sends, a JSON text a line, for run.ts to
 * parse at the end.
 */
const folder = process.env.GENJIN_TEST_FOLDER
if (folder) {
  const file = join(folder, `statements-${process.pid}`)
  subscribe('genjin.store.statement', (text) => appendFileSync(file, `${JSON.stringify(text)}\n`))
}
