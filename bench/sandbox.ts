import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

export type Child = ChildProcessByStdio<Writable, Readable, null>

/** A temporary folder and the child processes of one run. Disposing kills and removes them, as does any end of this
 * process but SIGKILL. */
export interface Sandbox extends Disposable {
  readonly folder: string
  /** Starts Node with these arguments; what it writes to stderr is shown. */
  start(args: readonly string[]): Child
  /** The same sandbox with more in the environment of what it starts: another database. */
  on(env: Readonly<Record<string, string>>): Sandbox
}

/** A server of this run, and the URL that it printed. */
export interface Server {
  readonly child: Child
  readonly url: string
}

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** On a signal, waits for `dispose` and exits; the exit handlers then remove what is left. */
export function exitOnSignals(dispose: () => Promise<void> = async () => {}): void {
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => dispose().finally(() => process.exit(code)))
  }
}

/** @param env beside this process's own environment: the database, if it is not to be a file in the folder */
export function openSandbox(env: Readonly<Record<string, string>> = {}): Sandbox {
  const folder = mkdtempSync(join(tmpdir(), 'genjin-bench-'))
  const file = `sqlite:${join(folder, 'bench.db')}`
  const children = new Set<Child>()
  function dispose(): void {
    for (const child of children) child.kill('SIGKILL')
    // A dying child can still create a file; Windows releases files late.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  // First: what the children use goes after them.
  process.prependOnceListener('exit', dispose)
  const within = (own: Readonly<Record<string, string>>): Sandbox => ({
    folder,
    on: (more) => within({ ...own, ...more }),
    start(args) {
      const child = spawn(process.execPath, args, {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, GENJIN_DATABASE: file, GENJIN_LOG: 'silent', ...own },
      })
      children.add(child)
      child.once('exit', () => children.delete(child))
      return child
    },
    [Symbol.dispose]: dispose,
  })
  return within(env)
}

const GENJIN = fileURLToPath(new URL('../packages/cli/bin/genjin.js', import.meta.url))

/** A genjin command line. Its database is in the environment: the address can hold a password. */
function genjinArgs(words: readonly string[]): string[] {
  return [GENJIN, ...words, '--json']
}

/** Runs a genjin command to its end and answers the JSON that it printed. Throws unless it exits with 0. */
export async function runGenjin(
  sandbox: Sandbox,
  words: readonly string[],
  input: Iterable<string> = [],
): Promise<unknown> {
  const child = sandbox.start(genjinArgs(words))
  const exited = once(child, 'exit')
  // A child that ends early breaks the pipe; its own words, below, say why.
  const [output, fed] = await Promise.all([
    text(child.stdout),
    pipeline(Readable.from(input), child.stdin).catch((error: Error) => error),
  ])
  const [code] = await exited
  if (code !== 0) throw new Error(`genjin ${words.join(' ')} exited with ${code}: ${output}`)
  if (fed) throw fed
  return JSON.parse(output)
}

/** Starts `genjin serve` on a free port. */
export function serveGenjin(sandbox: Sandbox, options: readonly string[] = []): Promise<Server> {
  return startServer(sandbox, genjinArgs(['serve', '--port', '0', ...options]))
}

/** Starts a script that prints a line of JSON with its `url` once it listens. */
export async function startServer(sandbox: Sandbox, args: readonly string[]): Promise<Server> {
  const child = sandbox.start(args)
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (done) throw new Error(`${args.join(' ')} ended before it listened`)
  const { url, error } = JSON.parse(value) as { url?: string; error?: string }
  if (url === undefined) throw new Error(`${args.join(' ')} did not start: ${error ?? value}`)
  return { child, url }
}

/** Asks a server to stop and waits until it has. */
export async function stopServer({ child }: Pick<Server, 'child'>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error('a server ended by itself')
  child.kill('SIGTERM')
  await once(child, 'exit')
}
