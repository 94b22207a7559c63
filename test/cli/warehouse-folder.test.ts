import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../support/temp-folder.ts'
import { type Seen, type Target, warehouseSuite } from '../support/warehouse-suite.ts'

async function make(): Promise<Target> {
  const folder = tempFolder()
  return {
    to: folder.path,
    look: async () => linesOf(folder.path),
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  }
}

function linesOf(path: string): Map<string, Seen> {
  const seen = new Map<string, Seen>()
  for (const year of readdirSync(path).filter((name) => name !== '.genjin')) {
    for (const file of readdirSync(join(path, year))) {
      for (const line of readFileSync(join(path, year, file), 'utf8')
        .split('\n')
        .slice(0, -1)) {
        seen.set(/^\{"id":(\d+),/.exec(line)?.[1] as string, { line })
      }
    }
  }
  return seen
}

warehouseSuite('a folder', make)
