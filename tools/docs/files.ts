import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { withErrorTable } from './errors.ts'
import { ENDING, LANGUAGES } from './language.ts'
import { docsPages, type Samples } from './pages.ts'

const ROOT = new URL('../..', import.meta.url)
const SAMPLES = new URL('./samples.json', import.meta.url)

/** A part of JavaScript that TypeScript does not declare yet. */
const json = JSON as unknown as {
  rawJSON(text: string): unknown
  parse(text: string, reviver: (key: string, value: unknown, context: { source: string }) => unknown): unknown
}

/** Parses JSON with exact 64-bit integers (C6): `JSON.stringify` returns them digit by digit. */
export function parseExact(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? json.rawJSON(source) : value,
  )
}

/** The samples that are checked in. */
export function readSamples(): Samples {
  return parseExact(readFileSync(SAMPLES, 'utf8')) as Samples
}

export function writeSamples(samples: Samples): void {
  writeFileSync(SAMPLES, `${JSON.stringify(samples, null, 2)}\n`)
}

/** Everything that `npm run docs` writes: path from the root of the repository → text. */
export function docsFiles(samples: Samples): Map<string, string> {
  const files = docsPages(samples)
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
