import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.ts'
import { run } from './run.ts'
import { DIST, manifestOf } from './workspace.ts'

export interface Tarballs {
  readonly client: string
  readonly command: string
}

/** `npm run pack`: builds both packages and packs them into dist. Returns the paths of the tarballs. */
export async function pack(): Promise<Tarballs> {
  await build()
  const [client, command] = await Promise.all([packOne('client'), packOne('cli')])
  return { client, command }
}

async function packOne(room: 'client' | 'cli'): Promise<string> {
  const { name, version } = manifestOf(room)
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', DIST], {
    cwd: join(DIST, name),
  })
  const tarball = join(DIST, `${name}-${version}.tgz`)
  console.log(`dist/${name}-${version}.tgz  ${statSync(tarball).size.toLocaleString('en-US')} bytes`)
  return tarball
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await pack()
