import { exportsOf, manifestOf, ROOMS, type Room } from './workspace.ts'

/** What the package.json of a published package says besides. */
export interface Published {
  readonly engines: { readonly node: string }
  readonly exports: unknown
  readonly bin?: Readonly<Record<string, string>>
  readonly sideEffects?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly files: readonly string[]
}

/** The package.json of a published package: name, version and words are those of its workspace. */
export function publishedManifest(room: Room, published: Published): Published {
  const { name, version, description, keywords, license } = manifestOf(room)
  if (!description || !keywords)
    throw new Error(`${name}: a published package has a description and keywords`)
  return { ...{ name, version, description, keywords, license, type: 'module' }, ...published }
}

/** Each export with its types. */
export function typedExports(room: Room, folder: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(exportsOf(manifestOf(room))).map(([name, file]) => {
      const path = file.replace(/^\.\/src\//, `${folder}/`)
      return [name, typed(path.replace(/\.ts$/, '.d.ts'), path.replace(/\.ts$/, '.js'))]
    }),
  )
}

export function typed(types: string, code: string): object {
  return { types, default: code }
}

/** What a workspace needs that is not in this repository, and what those need that it needs. */
export function thirdParty(room: Room, found: Record<string, string> = {}): Record<string, string> {
  for (const [name, version] of Object.entries(manifestOf(room).dependencies ?? {})) {
    const inside = ROOMS.find((each) => manifestOf(each).name === name)
    if (inside) thirdParty(inside, found)
    else if ((found[name] ?? version) !== version) throw new Error(`${name}: ${found[name]} and ${version}`)
    else found[name] = version
  }
  return Object.fromEntries(Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1)))
}
