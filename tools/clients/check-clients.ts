import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { follow, startTestServer, type TestServer } from '../../test/support/server.ts'
import { npmInstall, run } from '../package/run.ts'
import { ROOT } from '../package/workspace.ts'
import { complete, HEY_API, OPENAPI_TYPESCRIPT } from './programs.ts'

/**
 * `npm run check:clients`: openapi.json gets no warning of two linters, and the clients that two generators make of it compile
 * and work against a server. Their packages (140 MB) are installed into a folder of their own, without scripts.
 */
const TOOLS = {
  '@redocly/cli': '2.77.0',
  '@stoplight/spectral-cli': '6.16.3',
  'openapi-typescript': '7.13.0',
  'openapi-fetch': '0.17.0',
  '@hey-api/openapi-ts': '0.99.0',
}

/** A double would make it …5000. */
const BIG = '2005841375225494994'

const folder = mkdtempSync(join(tmpdir(), 'genjin-clients-'))
try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

async function main(): Promise<void> {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  copyFileSync(join(ROOT, 'packages/contract/openapi.json'), join(folder, 'openapi.json'))
  await npmInstall(
    folder,
    Object.entries(TOOLS).map(([name, version]) => `${name}@${version}`),
  )
  await lint()
  await tool('openapi-typescript', 'openapi.json', '--output', 'schema.d.ts')
  await tool('openapi-ts', '--input', 'openapi.json', '--output', 'hey')
  await using server = await startTestServer({ demo: true })
  await server.load('demo', [follow({ id: BIG, content: '长整数' })])
  for (const [name, program] of Object.entries({ OPENAPI_TYPESCRIPT, HEY_API })) {
    await checkProgram(name, program, server)
    console.log(
      `the client of ${name.toLowerCase().replace('_', '-')} compiles, and ids above 2^53 are exact`,
    )
  }
}

function tool(name: string, ...args: string[]): Promise<string> {
  return run(process.execPath, [join(folder, 'node_modules/.bin', name), ...args], {
    cwd: folder,
    env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  })
}

async function lint(): Promise<void> {
  const { totals } = JSON.parse(await tool('redocly', 'lint', 'openapi.json', '--format=json'))
  assert.deepEqual(totals, { errors: 0, warnings: 0, ignored: 0 }, '@redocly/cli')
  writeFileSync(join(folder, '.spectral.yaml'), 'extends: ["spectral:oas"]\n')
  await tool('spectral', 'lint', 'openapi.json', '--fail-severity=hint')
  console.log('no warning of @redocly/cli and @stoplight/spectral-cli')
}

/** Compiles a program with its generated client, and runs it as a bundle: one generator writes imports without endings. */
async function checkProgram(name: string, program: string, { url, server }: TestServer): Promise<void> {
  const file = join(folder, `${name}.ts`)
  const seed = readFileSync(join(ROOT, 'test/fixtures/seed-request.json'), 'utf8')
  writeFileSync(file, complete(program, { seed, exactFetch: documentedFetch(), big: BIG }))
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node']
  const modules = ['--module', 'esnext', '--moduleResolution', 'bundler', '--allowImportingTsExtensions']
  const libraries = ['--lib', 'esnext,dom,dom.iterable', '--target', 'es2024', '--skipLibCheck']
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  await run(process.execPath, [tsc, '--noEmit', '--strict', ...modules, ...libraries, ...types, file], {
    cwd: folder,
  })
  const bundle = join(folder, `${name}.js`)
  await build({ entryPoints: [file], outfile: bundle, bundle: true, platform: 'node', format: 'esm' })
  const { appid, app_secret } = server.demo as { appid: string; app_secret: string }
  await run(process.execPath, [bundle], {
    env: { BASE: url, APPID: appid, SECRET: app_secret, MINE: 'user123' },
  })
}

/** The function that docs/client.md gives to users of generated clients. */
function documentedFetch(): string {
  const text = readFileSync(join(ROOT, 'docs/client.md'), 'utf8')
  const [found] = /^async function exactFetch[\s\S]*?^\}$/m.exec(text) ?? []
  assert.ok(found, 'docs/client.md has no exactFetch')
  return found
}
