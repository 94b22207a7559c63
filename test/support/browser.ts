import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
} from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, createBrotliDecompress } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'

/** Chromium as a program, with the variables that it needs. */
export interface ChromiumProgram {
  readonly program: string
  readonly env: Readonly<Record<string, string>>
}

const PACKAGE = fileURLToPath(new URL('..', import.meta.resolve('@sparticuz/chromium')))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/genjin-chromium', import.meta.url))

/** Why there is no browser here, or undefined: the npm package has that of Linux on x64. */
export const NO_BROWSER =
  process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : 'the browser of npm is for Linux on x64: see docs/testing.md'

/**
 * The Chromium of the npm package @sparticuz/chromium with the libraries and the font beside it, unpacked once (5 s, 250 MB)
 * into node_modules/.cache: nothing has to be installed on the machine.
 */
export async function chromiumProgram(): Promise<ChromiumProgram> {
  if (!existsSync(CACHE)) await unpack()
  const libraries = [join(CACHE, 'al2023/lib'), CACHE].join(':')
  return {
    program: join(CACHE, 'chromium'),
    env: { LD_LIBRARY_PATH: libraries, FONTCONFIG_FILE: join(CACHE, 'fonts.conf'), HOME: CACHE },
  }
}

/** Several processes may unpack at once: the first that is done wins. */
async function unpack(): Promise<void> {
  mkdirSync(dirname(CACHE), { recursive: true })
  const folder = mkdtempSync(`${CACHE}-`)
  const packed = (name: string) => join(PACKAGE, 'bin', name)
  const program = join(folder, 'chromium')
  await pipeline(
    createReadStream(packed('chromium.br')),
    createBrotliDecompress(),
    createWriteStream(program),
  )
  chmodSync(program, 0o755)
  for (const name of ['al2023', 'swiftshader', 'fonts']) {
    const into = join(folder, name === 'swiftshader' ? '.' : name)
    mkdirSync(into, { recursive: true })
    const input = brotliDecompressSync(readFileSync(packed(`${name}.tar.br`)))
    const { status, error } = spawnSync('tar', ['-x', '-C', into], {
      input,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    if (status !== 0) throw new Error(`tar could not unpack ${name}: ${status}`, { cause: error })
  }
  const fonts = `<fontconfig><dir>${CACHE}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${CACHE}/fontconfig</cachedir></fontconfig>`
  await writeFile(join(folder, 'fonts.conf'), fonts)
  await rename(folder, CACHE).catch(async (error) => {
    if (!existsSync(CACHE)) throw error
    await rm(folder, { recursive: true })
  })
}

/** A headless browser for a test: `await using browser = await openBrowser()`. */
export async function openBrowser(): Promise<Browser> {
  const { program, env } = await chromiumProgram()
  return chromium.launch({
    executablePath: program,
    args: ['--no-sandbox', '--disable-gpu'],
    env: { ...process.env, ...env } as Record<string, string>,
  })
}
