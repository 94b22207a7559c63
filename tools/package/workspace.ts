import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const DIST = join(ROOT, 'dist')

/** The workspaces by folder. `client` and `cli` are published; the others are included in these. */
export const ROOMS = ['contract', 'record', 'client', 'sync', 'server', 'cli'] as const
export type Room = (typeof ROOMS)[number]

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly license: string
  readonly exports: string | Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}

export function manifestOf(room: Room): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'packages', room, 'package.json'), 'utf8'))
}

/** `./serve` → `./src/serve.ts` */
export function exportsOf({ exports }: Manifest): Readonly<Record<string, string>> {
  return typeof exports === 'string' ? { '.': exports } : exports
}

/** The source file of a specifier such as `genjin-server/serve`; undefined for packages of others. */
export function workspaceFile(specifier: string): { room: Room; file: string } | undefined {
  const [name, ...rest] = specifier.split('/')
  const room = ROOMS.find((each) => manifestOf(each).name === name)
  if (!room) return undefined
  const file = exportsOf(manifestOf(room))[['.', ...rest].join('/')]
  if (file === undefined) throw new Error(`${specifier} is not exported`)
  return { room, file }
}
