import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { checkCommand, checkStart } from './check-command.ts'
import { checkRuntimes } from './check-runtimes.ts'
import { checkTypes } from './check-types.ts'
import { pack, type Tarballs } from './pack.ts'
import { npmInstall, together } from './run.ts'
import { type Got, getRuntimes, THIS_NODE } from './runtimes.ts'

/** The SDK in one file is no larger than this, with gzip. */
const SDK_BYTES = 10_240

/**
 * `npm run check:packages`: packs what would be published, installs it into empty folders outside the repository, and uses
 * it there, as somebody who has never seen the repository would.
 */
const begun = performance.now()
const folder = mkdtempSync(join(tmpdir(), 'genjin-packages-'))
try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

async function main(): Promise<void> {
  const runtimes = getRuntimes(join(folder, 'runtimes'))
  const packages = pack().then(installed)
  await together<unknown>([runtimes, packages])
  said('packed and installed; runtimes are there')
  const [both, alone] = await packages
  checkSize(both)
  await together([
    checkDeclarations(both),
    ...checkCommands(await runtimes, both, alone),
    checkSdk(both, await runtimes),
  ])
  said('the packages are good')
}

async function checkDeclarations(both: string): Promise<void> {
  await checkTypes(both)
  said('types hold, nodenext and bundler')
}

function checkCommands({ node2216, node22 }: Got, both: string, alone: string): Promise<void>[] {
  return Object.entries({ 'Node 22.16': node2216, 'Node 22': node22, [THIS_NODE]: process.execPath }).map(
    async ([name, node]) => {
      if (node === undefined) return
      const database = join(folder, name.replace(' ', ''), 'genjin.db')
      await checkStart(node, alone)
      await checkCommand({ node, folder: both, database })
      said(`the command line works under ${name}`)
    },
  )
}

async function checkSdk(both: string, runtimes: Got): Promise<void> {
  const names = await checkRuntimes(both, runtimes, folder)
  said(`the SDK works under ${names.join(', ')}`)
}

/** Both packages in one empty folder, and the command line alone in another. */
async function installed({ client, command }: Tarballs): Promise<[both: string, alone: string]> {
  const install = async (name: string, packages: readonly string[]) => {
    const path = join(folder, name)
    mkdirSync(path)
    writeFileSync(join(path, 'package.json'), '{ "private": true, "type": "module" }\n')
    await npmInstall(path, packages)
    return path
  }
  const [both, alone] = await together([install('both', [client, command]), install('alone', [command])])
  return [both as string, alone as string]
}

/** What a page has to load of it. */
function checkSize(consumer: string): void {
  const code = readFileSync(join(consumer, 'node_modules/genjin-client/dist/browser.min.js'))
  const size = gzipSync(code, { level: 9 }).length
  said(`the SDK in one file: ${code.length} bytes, ${size} with gzip, at most ${SDK_BYTES}`)
  if (size > SDK_BYTES) throw new Error(`the SDK is ${size - SDK_BYTES} bytes too large`)
}

function said(what: string): void {
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${what}`)
}
