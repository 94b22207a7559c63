import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The files of the repository, tracked and new ones alike, so that its rules hold before a commit too. None outside a
 * checkout.
 */
export const FILES: readonly string[] = existsSync(join(ROOT, '.git'))
  ? execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    })
      .split('\n')
      .filter((file) => file && existsSync(join(ROOT, file)))
  : []

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** TypeScript that is run or tested. */
export const SOURCES = FILES.filter((file) => /^(packages\/[^/]+\/src|tools|bench|test)\/.*\.ts$/.test(file))

export interface Import {
  /** What the file says: `./page.ts`, `genjin-server/serve`, `node:fs`, `pg`. */
  readonly specifier: string
  /** The file of this repository that it names, if it names one. */
  readonly file: string | undefined
  /** `eager`: loaded with the file. `lazy`: `import()`. `type`: gone when the program runs. */
  readonly kind: 'eager' | 'lazy' | 'type'
}

const IMPORT =
  /^(?:import|export)\s+(type\s)?(?:[\w*\s{},]+?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)(?=(\.\w)?)/gm

/** What a file imports. `import { type A }` without a value counts as a type import. */
export function importsOf(file: string): Import[] {
  return [...read(file).matchAll(IMPORT)].map(([statement, type, eager, lazy, typeOf]) => {
    const specifier = eager ?? lazy ?? ''
    const names = /\{([^}]*)\}/.exec(statement)?.[1]
    const onlyTypes = names?.split(',').every((name) => /^\s*(type\s.*)?$/s.test(name))
    const kind = type || onlyTypes || typeOf ? 'type' : lazy ? 'lazy' : 'eager'
    return { specifier, file: resolved(file, specifier), kind }
  })
}

function resolved(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier))
  const [, name, path = '.'] = /^genjin(?:-(\w+))?(?:\/(.+))?$/.exec(specifier) ?? []
  if (!specifier.startsWith('genjin')) return undefined
  const folder = `packages/${name ?? 'cli'}`
  const { exports } = JSON.parse(read(`${folder}/package.json`))
  const target = typeof exports === 'string' ? exports : exports[path === '.' ? '.' : `./${path}`]
  return normalize(join(folder, target))
}
