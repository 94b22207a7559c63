import { exportsOf, manifestOf, ROOMS, type Room } from './workspace.ts'

/** What a published package.json has besides the fields taken from its workspace. */
export type Published = Readonly<Record<string, unknown>> & { readonly dependencies?: Record<string, string> }

/** A published package.json: name, version, description, keywords and license are those of the workspace. */
export function publishedManifest(room: Room, published: Published): Published {
  const { name, version, description, keywords, license } = manifestOf(room)
  if (!description || !keywords)
    throw new Error(`${name}: a published package has a description and keywords`)
  return { ...{ name, version, description, keywords, license, type: 'module' }, ...published }
}

/** Each export of a workspace with its declarations. */
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

/** Dependencies from the registry, of a workspace and of the workspaces it depends on. */
export function thirdParty(room: Room, found: Record<string, string> = {}): Record<string, string> {
  for (const [name, version] of Object.entries(manifestOf(room).dependencies ?? {})) {
    const inside = ROOMS.find((each) => manifestOf(each).name === name)
    if (inside) thirdParty(inside, found)
    else if ((found[name] ?? version) !== version) throw new Error(`${name}: ${found[name]} and ${version}`)
    else found[name] = version
  }
  return Object.fromEntries(Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1)))
}
