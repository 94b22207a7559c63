import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { corpParameters } from './statement-parser.ts'

/** Fewer distinct statements than a run of the whole suite sends: then the check proves nothing. */
const FEWEST = 150

/** The statements noted in this folder that the parser does not prove bound to a company (C10). */
export function unboundStatements(folder: string): string[] {
  const lines = readdirSync(folder)
    .filter((name) => name.startsWith('statements-'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
  const texts = new Set(lines.filter(Boolean).map((line) => JSON.parse(line) as string))
  console.log(`statement check: ${texts.size} statements`)
  if (texts.size < FEWEST) return ['statement check: too few statements, it proves nothing']
  return [...texts].flatMap((text) => {
    try {
      corpParameters(text)
      return []
    } catch (error) {
      return `statement check: ${(error as Error).message}`
    }
  })
}
