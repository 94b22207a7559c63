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

/** Largest size of the SDK in one file, gzipped. */
const SDK_BYTES = 10_240

/**
 * `npm run check:packages`: packs both packages, installs them into empty folders outside the repository and uses them there,
 * as their users do.
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
  report('packed and installed, with the runtimes')
  const [both, alone] = await packages
  checkSize(both)
  await together([
    checkTypes(both).then(() => report('types hold, nodenext and bundler')),
    ...checkCommands(await runtimes, both, alone),
    checkRuntimes(both, await runtimes, folder).then((names) =>
      report(`the SDK works under ${names.join(', ')}`),
    ),
  ])
  report('the packages are good')
}

function checkCommands({ node2216, node22 }: Got, both: string, alone: string): Promise<void>[] {
  return Object.entries({ 'Node 22.16': node2216, 'Node 22': node22, [THIS_NODE]: process.execPath }).map(
    async ([name, node]) => {
      if (node === undefined) return
      const database = join(folder, name.replace(' ', ''), 'genjin.db')
      await checkStart(node, alone)
      await checkCommand({ node, folder: both, database })
      report(`the command line works under ${name}`)
    },
  )
}

/** Installs both packages into one empty folder, and the command line alone into another. */
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

/** The size of the file that a web page loads. */
function checkSize(consumer: string): void {
  const code = readFileSync(join(consumer, 'node_modules/genjin-client/dist/browser.min.js'))
  const size = gzipSync(code, { level: 9 }).length
  report(`the SDK in one file: ${code.length} bytes, ${size} gzipped, at most ${SDK_BYTES}`)
  if (size > SDK_BYTES) throw new Error(`the SDK is ${size - SDK_BYTES} bytes too large`)
}

function report(what: string): void {
  console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${what}`)
}
