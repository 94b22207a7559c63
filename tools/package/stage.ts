import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { DIST, ROOT, type Room, workspaceFile } from './workspace.ts'

/** Where tsc leaves its output: `cli/src/main.js`. */
export const COMPILED = join(DIST, 'compiled')

/** A compiled module, without its extension: `{ room: 'server', path: 'store/sqlite' }`. */
interface Module {
  readonly room: Room
  readonly path: string
}

/**
 * Copies compiled modules, and whatever they import, into a package. The package holds every workspace of which it takes
 * something in a folder of its own; imports of a workspace by its name become imports of that folder.
 */
export class Stage {
  readonly #folder: string
  readonly #folderOf: (room: Room) => string
  readonly #done = new Set<string>()
  readonly #foreign = new Set<string>()

  /**
   * @param folder the package
   * @param folderOf where in it the modules of a workspace stand
   */
  constructor(folder: string, folderOf: (room: Room) => string) {
    this.#folder = folder
    this.#folderOf = folderOf
    mkdirSync(folder, { recursive: true })
  }

  /** @param source `store/sqlite.ts`, below the workspace's `src` */
  add(room: Room, source: string): void {
    this.#add({ room, path: source.replace(/^\.\/src\//, '').replace(/\.ts$/, '') })
  }

  /** A file that stays as it is, from the root of the repository. */
  copy(from: string, to = basename(from)): void {
    cpSync(join(ROOT, from), join(this.#folder, to), { recursive: true })
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.#folder, path), text)
  }

  /** The packages of others that the modules import: `@fastify/swagger-ui`, `pg`. */
  get foreign(): readonly string[] {
    return [...this.#foreign]
  }

  #add(module: Module): void {
    const key = `${module.room}/${module.path}`
    if (this.#done.has(key)) return
    this.#done.add(key)
    for (const ending of ['.js', '.d.ts']) {
      const compiled = join(COMPILED, module.room, 'src', `${module.path}${ending}`)
      if (!existsSync(compiled)) throw new Error(`${compiled} is not there`)
      const to = join(this.#folder, this.#folderOf(module.room), `${module.path}${ending}`)
      mkdirSync(dirname(to), { recursive: true })
      writeFileSync(to, this.#rewritten(readFileSync(compiled, 'utf8'), module))
    }
  }

  #rewritten(text: string, from: Module): string {
    return withSpecifiers(text, (specifier) => {
      const target = targetOf(specifier, from)
      if (!target) {
        const [, name] = /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier) ?? []
        if (name && !specifier.startsWith('node:')) this.#foreign.add(name)
        return specifier
      }
      this.#add(target)
      return relative(this.#placeOf(from), `${this.#placeOf(target)}.js`)
    })
  }

  #placeOf({ room, path }: Module): string {
    return posix.join(this.#folderOf(room), path)
  }
}

/**
 * The module specifiers of a compiled file, replaced. Statements begin a line, so that an example in a comment is none;
 * `import('…')` stands anywhere, in declarations as a type.
 */
export function withSpecifiers(text: string, replace: (specifier: string) => string): string {
  return text
    .replace(
      /^(import\s*|(?:import|export)\b[^'";]*?\bfrom\s*)(['"])([^'"\n]+)\2/gm,
      (_all, head: string, quote: string, specifier: string) =>
        `${head}${quote}${replace(specifier)}${quote}`,
    )
    .replace(
      /\bimport\((['"])([^'"\n]+)\1\)/g,
      (_all, quote: string, specifier: string) => `import(${quote}${replace(specifier)}${quote})`,
    )
}

function targetOf(specifier: string, from: Module): Module | undefined {
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(from.path), specifier)
    return { room: from.room, path: path.replace(/\.[jt]s$/, '') }
  }
  const named = workspaceFile(specifier)
  return named && { room: named.room, path: named.file.replace(/^\.\/src\//, '').replace(/\.ts$/, '') }
}

function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}
