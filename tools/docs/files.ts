import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { parseExact } from 'genjin-record'
import { withErrorTable } from './errors.ts'
import { ENDING, LANGUAGES } from './language.ts'
import { docsPages } from './pages.ts'
import { referencePages } from './reference.ts'
import type { Samples } from './samples.ts'

const ROOT = new URL('../..', import.meta.url)
const SAMPLES = new URL('./samples.json', import.meta.url)

/** The samples that are checked in. */
export function readSamples(): Samples {
  return parseExact(readFileSync(SAMPLES, 'utf8')) as Samples
}

export function writeSamples(samples: Samples): void {
  writeFileSync(SAMPLES, `${JSON.stringify(samples, null, 2)}\n`)
}

/** Everything that `npm run docs` writes: path from the root of the repository → text. */
export function docsFiles(samples: Samples): Map<string, string> {
  const files = new Map([...docsPages(samples), ...referencePages(samples)])
  for (const language of LANGUAGES) {
    const path = `docs/errors${ENDING[language]}`
    files.set(path, withErrorTable(readFileSync(new URL(path, ROOT), 'utf8'), language))
  }
  return files
}

export function writeDocs(samples: Samples): void {
  for (const folder of ['docs/api/', 'docs/errors/']) mkdirSync(new URL(folder, ROOT), { recursive: true })
  for (const [path, text] of docsFiles(samples)) writeFileSync(new URL(path, ROOT), text)
}
