import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { DIST, ROOT, type Room, workspaceFile } from './workspace.ts'

/** Where tsc writes: `cli/src/main.js`. */
export const COMPILED = join(DIST, 'compiled')

/** A compiled module without its extension: `{ room: 'server', path: 'store/port' }`. */
interface Module {
  readonly room: Room
  readonly path: string
}

/**
 * Copies compiled modules, and the modules they import, into a package. In the package each workspace has a folder, and an
 * import of another workspace becomes a relative import of that folder.
 */
export class Stage {
  readonly #folder: string
  readonly #folderOf: (room: Room) => string
  readonly #done = new Set<string>()
  /** Packages from the registry that the modules import: `fastify`, `pg`. */
  readonly foreign = new Set<string>()
  /** The folders that modules were copied to. */
  readonly folders = new Set<string>()

  /**
   * @param folder of the package
   * @param folderOf the folder within the package for the modules of a workspace
   */
  constructor(folder: string, folderOf: (room: Room) => string) {
    this.#folder = folder
    this.#folderOf = folderOf
    mkdirSync(folder, { recursive: true })
  }

  /** @param source below the workspace's `src`: `store/port.ts` */
  add(room: Room, source: string): void {
    this.#add(moduleOf(room, source))
  }

  /** Copies a file or folder unchanged. `from` is relative to the repository. */
  copy(from: string, to = basename(from)): void {
    cpSync(join(ROOT, from), join(this.#folder, to), { recursive: true })
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.#folder, path), text)
  }

  #add(module: Module): void {
    const key = `${module.room}/${module.path}`
    if (this.#done.has(key)) return
    this.#done.add(key)
    this.folders.add(this.#folderOf(module.room))
    for (const ending of ['.js', '.d.ts']) {
      const compiled = join(COMPILED, module.room, 'src', `${module.path}${ending}`)
      if (!existsSync(compiled)) throw new Error(`${compiled} does not exist`)
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
        if (name && !specifier.startsWith('node:')) this.foreign.add(name)
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
 * Replaces the module specifiers of a compiled file. Import and export statements start a line, so examples in comments do
 * not count; `import('…')` can be anywhere, in declarations as a type.
 */
function withSpecifiers(text: string, replace: (specifier: string) => string): string {
  return text.replace(
    /(^import\s*|^(?:import|export)\b[^'";]*?\bfrom\s*|\bimport\()(['"])([^'"\n]+)\2/gm,
    (_all, head: string, quote: string, specifier: string) => `${head}${quote}${replace(specifier)}${quote}`,
  )
}

function targetOf(specifier: string, from: Module): Module | undefined {
  if (specifier.startsWith('.')) {
    const file = posix.join(from.room, 'src', posix.dirname(from.path), specifier)
    const [, room, path] = /^([^/]+)\/src\/(.+)\.[jt]s$/.exec(file) ?? []
    if (!path) throw new Error(`${from.room}/${from.path} imports ${specifier}`)
    return { room: room as Room, path }
  }
  const named = workspaceFile(specifier)
  return named && moduleOf(named.room, named.file)
}

function moduleOf(room: Room, file: string): Module {
  return { room, path: file.replace(/^\.\/src\//, '').replace(/\.ts$/, '') }
}

function relative(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}
