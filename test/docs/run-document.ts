import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text as textOf } from 'node:stream/consumers'
import { createDatabase } from '../support/postgres.ts'
import { noteSecret, recordedLog } from '../support/recording.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { type Block, type Document, ROOT, readDocument } from './markdown.ts'

const GENJIN = join(ROOT, 'packages/cli/bin/genjin.js')

/** Longest time that the blocks of one run may take together. */
const TIMEOUT_MS = 120_000

/** The address that stands for a PostgreSQL database of the reader's. */
const POSTGRES = 'postgres://genjin:change-me@127.0.0.1:5432/genjin'

/** Between the outputs of two blocks, with the place of the next one. */
const MARK = '@@@ block at '

/** What the blocks of a document printed, by the lines at which they begin. */
export type Printed = ReadonlyMap<number, string>

/**
 * Runs the `sh` and `ts` blocks of a document, as a reader would who pastes them one after another into one terminal
 * beside `npm start`. A text or json block right after one of them is what that one must print.
 */
export async function runDocument(path: string): Promise<void> {
  const [printed] = await runBlocks([path])
  compare(path, readDocument(path).blocks, printed as Printed)
}

/**
 * Runs the blocks of documents, one document after another: one script for `sh -eu` in an empty folder, `genjin` and
 * `npx` in the PATH, the demo server on the port that stands in the place of 8787. A `ts` block is a file that `node` runs,
 * with the packages of the repository to import.
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
  const ports = { 8787: await startDemo(cwd, env), 8443: { port: await freePort() } }
  const forReader = (text: string) =>
    text
      .replace(/\b8787\b/g, String(ports[8787].port))
      .replace(/\b8443\b/g, String(ports[8443].port))
      .replaceAll(POSTGRES, database?.url ?? '')
  try {
    const script = documents.map((document) => scriptOf(document, folder.path, forReader)).join('')
    return printedBy(documents, await runScript(script, cwd, env))
  } finally {
    await ports[8787].stop()
    for (const file of readdirSync(cwd)) if (file.endsWith('.json')) noteSecrets(join(cwd, file))
  }
}

function requireTool(name: string): void {
  const { error } = spawnSync(name, ['--version'])
  assert.equal(error, undefined, `${name} is needed to run the examples of the documents: please install it`)
}

/** The reader's environment: genjin, npx and Node 24 in the PATH, no settings of our own. */
function readersEnv(bin: string): NodeJS.ProcessEnv {
  mkdirSync(bin)
  const shim = (name: string, lines: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  shim('genjin', `exec '${process.execPath}' '${GENJIN}' "$@"`)
  shim('npx', 'exec "$@"')
  const kept = Object.entries(process.env).filter(([name]) => !/^(GENJIN_|NODE_)/.test(name))
  return {
    ...Object.fromEntries(kept),
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
    // A command then starts in 0.3 s instead of 0.7 s.
    NODE_COMPILE_CACHE: join(bin, 'cache'),
    ...(process.env.GENJIN_TEST_FOLDER && { GENJIN_LOG: 'trace' }),
  }
}

/** What `npm start` starts, on a free port. */
async function startDemo(
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ port: number; stop(): Promise<void> }> {
  const args = [GENJIN, 'serve', '--demo', '--port', '0', '--json']
  const server = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  server.stderr.on('data', (chunk) => recordedLog.write(String(chunk)))
  const ended = once(server, 'exit')
  const [line] = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line'),
    ended.then(([code]) => assert.fail(`genjin serve --demo ended with ${code}`)),
  ])
  const { url, app_secret: secret } = JSON.parse(line)
  noteSecret(secret)
  return {
    port: Number(new URL(url).port),
    stop: async () => {
      server.kill('SIGTERM')
      assert.deepEqual(await ended, [0, null], 'the demo server stops with exit code 0')
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return (address as { port: number }).port
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

/** Runs a script; answers its standard output. Whatever it left running in the background ends with it. */
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
  const [place] = (stdout.split(MARK).at(-1) as string).split('\n')
  assert.equal(code, 0, `${place}: the block ended with ${signal ?? code}\n${stdout}\n${stderr}`)
  return stdout
}

/** Ends the process group that we started. */
function endGroup(shell: ChildProcess): void {
  try {
    process.kill(-(shell.pid as number), 'SIGKILL')
  } catch {
    // Nothing of it is left.
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
    const where = `${path}:${line}: this is not what the block before it prints`
    if (language === 'text') assert.equal(actual, text.trim(), where)
    if (language === 'json') assert.deepEqual(JSON.parse(actual), JSON.parse(text), where)
  }
}

function noteSecrets(file: string): void {
  for (const [secret] of readFileSync(file, 'utf8').matchAll(/gj[st]_[\w-]+/g)) noteSecret(secret)
}
