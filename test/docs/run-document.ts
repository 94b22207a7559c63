import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { GENJIN, startServe } from '../support/cli.ts'
import { createDatabase, freePort } from '../support/postgres.ts'
import { noteSecret } from '../support/recording.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { type Block, type Document, ROOT, readDocument } from './markdown.ts'

/** How long the blocks of one run may take together. */
const TIMEOUT_MS = 240_000

/** The address that documents use for the reader's PostgreSQL database. */
const POSTGRES = 'postgres://genjin:change-me@127.0.0.1:5432/genjin'

/** Precedes the output of a block, with the block's place. */
const MARK = '@@@ block at '

/** What the blocks of a document printed: first line of the block → output. */
export type Printed = ReadonlyMap<number, string>

/**
 * Runs the `sh` and `ts` blocks of a document the way a reader does who pastes them one after another into a terminal
 * beside `npm start`. A text or json block right after one of them must be what it prints.
 */
export async function runDocument(path: string): Promise<void> {
  const [printed] = await runBlocks([path])
  compare(path, readDocument(path).blocks, printed as Printed)
}

/**
 * Runs the blocks of documents, one document after another, as one script for `sh -eu` in an empty folder with `genjin` in
 * the PATH; the port of a demo server replaces 8787. A `ts` block becomes a file that `node` runs and that can
 * import the packages of the repository.
 */
export async function runBlocks(paths: readonly string[]): Promise<Printed[]> {
  requireTool('curl')
  requireTool('openssl')
  const documents = paths.map(readDocument)
  using folder = tempFolder()
  const cwd = join(folder.path, 'checkout')
  mkdirSync(cwd)
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'))
  const env = readersEnv(join(folder.path, 'bin'))
  await using database = documents.some(({ text }) => text.includes(POSTGRES))
    ? await createDatabase()
    : undefined
  await using demo = await startServe(['--demo'], { cwd, env })
  const tlsPort = String(await freePort())
  const forReader = (text: string) =>
    text
      .replace(/\b8787\b/g, new URL(demo.url).port)
      .replace(/\b8443\b/g, tlsPort)
      .replaceAll(POSTGRES, database?.url ?? '')
  try {
    const script = documents.map((document) => scriptOf(document, folder.path, forReader)).join('')
    return printedBy(documents, await runScript(script, cwd, env))
  } finally {
    const { code } = await demo.stop()
    assert.equal(code, 0, 'the demo server stops with exit code 0')
    for (const file of readdirSync(cwd))
      if (file.endsWith('.json')) noteSecrets(readFileSync(join(cwd, file), 'utf8'))
  }
}

function requireTool(name: string): void {
  const { error } = spawnSync(name, ['--version'])
  assert.equal(error, undefined, `the examples of the documents need ${name}: please install it`)
}

/** The reader's environment: genjin and Node 24 in the PATH, no settings of the suite. */
function readersEnv(bin: string): NodeJS.ProcessEnv {
  mkdirSync(bin)
  const shim = (name: string, lines: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  shim('genjin', `exec '${process.execPath}' '${GENJIN}' "$@"`)
  const kept = Object.entries(process.env).filter(([name]) => !/^(GENJIN_|NODE_)/.test(name))
  return {
    ...Object.fromEntries(kept),
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
    // The suite's key is not the reader's.
    GENJIN_KEY: undefined,
    // Commands start in 0.3 s instead of 0.7 s.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    ...(process.env.GENJIN_TEST_FOLDER && { GENJIN_LOG: 'trace' }),
  }
}

function scriptOf({ path, blocks }: Document, folder: string, forReader: (text: string) => string): string {
  return blocks
    .filter(({ language }) => language === 'sh' || language === 'ts')
    .map(({ language, text, line }) => {
      const file = join(folder, `${path.replaceAll('/', '-')}-${line}.ts`)
      if (language === 'ts') writeFileSync(file, forReader(text))
      const command = language === 'ts' ? `node '${file}'` : forReader(text)
      return `printf '\\n%s\\n' '${MARK}${path}:${line}'\n${command}\n`
    })
    .join('')
}

/** Runs a script and returns its standard output. What it leaves running in the background is ended too. */
async function runScript(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const file = join(cwd, '..', 'script.sh')
  writeFileSync(file, script)
  const shell = spawn('sh', ['-eu', file], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const late = setTimeout(() => endGroup(shell), TIMEOUT_MS)
  const ended = once(shell, 'exit')
  const outputs = Promise.all([textOf(shell.stdout), textOf(shell.stderr)])
  const [code, signal] = await ended
  clearTimeout(late)
  endGroup(shell)
  const [stdout, stderr] = await outputs
  noteSecrets(stdout)
  const [place] = (stdout.split(MARK).at(-1) as string).split('\n')
  assert.equal(code, 0, `${place}: the block ended with ${signal ?? code}\n${stdout}\n${stderr}`)
  return stdout
}

/** Ends the process group of the script. */
function endGroup(shell: ChildProcess): void {
  try {
    process.kill(-(shell.pid as number), 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function printedBy(documents: readonly Document[], stdout: string): Printed[] {
  const printed = new Map(documents.map(({ path }) => [path, new Map<number, string>()]))
  for (const part of stdout.split(`\n${MARK}`).slice(1)) {
    const end = part.indexOf('\n')
    const [path = '', line] = part.slice(0, end).split(':')
    printed.get(path)?.set(Number(line), part.slice(end + 1).trim())
  }
  return [...printed.values()]
}

/** Compares what the blocks printed with the text and json blocks after them. */
function compare(path: string, blocks: readonly Block[], printed: Printed): void {
  for (const [index, { language, text, line, follows }] of blocks.entries()) {
    const before = blocks[index - 1]
    if (!follows || (before?.language !== 'sh' && before?.language !== 'ts')) continue
    const actual = printed.get(before.line) ?? ''
    const where = `${path}:${line}: the block before it prints something else`
    if (language === 'text') assert.equal(actual, text.trim(), where)
    if (language === 'json') assert.deepEqual(JSON.parse(actual), JSON.parse(text), where)
  }
}

function noteSecrets(text: string): void {
  for (const [secret] of text.matchAll(/gj[istw]_[\w.-]+/g)) noteSecret(secret)
}
