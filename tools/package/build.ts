import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build as bundle } from 'esbuild'
import { type Published, publishedManifest, thirdParty, typed, typedExports } from './manifests.ts'
import { run } from './run.ts'
import { COMPILED, Stage } from './stage.ts'
import { DIST, exportsOf, manifestOf, ROOT } from './workspace.ts'

/** `npm run build`: dist/genjin-client and dist/genjin, as they will be published. */
export async function build(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true })
  await run(process.execPath, [TSC, '-p', join(ROOT, 'tools/package/tsconfig.json')])
  await buildClient()
  buildCommand()
  rmSync(COMPILED, { recursive: true })
}

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

async function buildClient(): Promise<void> {
  const folder = join(DIST, 'genjin-client')
  const stage = new Stage(folder, (room) => (room === 'client' ? 'dist' : `dist/${room}`))
  for (const file of Object.values(exportsOf(manifestOf('client')))) stage.add('client', file)
  // One file for pages without a bundler.
  await bundle({
    entryPoints: [join(folder, 'dist/index.js')],
    outfile: join(folder, 'dist/browser.min.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
  })
  finish(stage, 'client', {
    // The first with JSON.rawJSON, which keeps ids exact.
    engines: { node: '>=22' },
    sideEffects: false,
    exports: {
      ...typedExports('client', './dist'),
      './browser': typed('./dist/index.d.ts', './dist/browser.min.js'),
      './package.json': './package.json',
    },
    files: ['dist'],
  })
}

/** The command line. It contains the workspaces it is made of, which are in no registry. */
function buildCommand(): void {
  const stage = new Stage(join(DIST, 'genjin'), (room) => room)
  for (const file of ['index.ts', 'main.ts']) stage.add('cli', file)
  // Loaded by a URL in sqlite-reader.ts.
  stage.add('server', 'store/driver/sqlite-reader-thread.ts')
  stage.copy('packages/server/src/store/migrations', 'server/store/migrations')
  for (const pages of ['reference', 'sign-in']) {
    stage.copy(`packages/server/src/http/${pages}`, `server/http/${pages}`)
  }
  stage.copy('packages/contract/openapi.json')
  stage.copy('packages/cli/bin', 'bin')
  finish(stage, 'cli', {
    // 22.16 brought what the store needs of DatabaseSync: setReturnArrays, isTransaction, timeout. Node 23 never had it.
    engines: { node: '^22.16.0 || >=24.0.0' },
    bin: { genjin: 'bin/genjin.js' },
    exports: {
      ...typedExports('cli', './cli'),
      './openapi.json': './openapi.json',
      './package.json': './package.json',
    },
    dependencies: thirdParty('cli'),
    files: ['bin', ...[...stage.folders].sort(), 'openapi.json'],
  })
}

function finish(stage: Stage, room: 'client' | 'cli', published: Published): void {
  for (const name of stage.foreign) {
    if (!published.dependencies?.[name]) throw new Error(`${name} is imported but is no dependency`)
  }
  stage.write('package.json', `${JSON.stringify(publishedManifest(room, published), null, 2)}\n`)
  stage.copy(`packages/${room}/README.md`)
  stage.copy('LICENSE')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build()
