import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the whole run (see test/run.ts), or undefined when a file is run on its own. */
const folder = process.env.GENJIN_TEST_FOLDER

/** A log target that keeps what servers write, for the check at the end of the suite. */
export const recordedLog = {
  write(line: string): void {
    if (folder) appendFileSync(join(folder, `log-${process.pid}`), line)
  },
}

/** Notes a secret or token that must not stand in any log. */
export function noteSecret(secret: string): void {
  if (folder) appendFileSync(join(folder, `secrets-${process.pid}`), `${secret}\n`)
}
