import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { addressOf, binOf, type Genjin } from './company.ts'
import { cleanEnvironment } from './run.ts'

export interface Served extends AsyncDisposable {
  readonly url: string
  /** Standard error so far. */
  readonly log: () => string
  /** Stops it with SIGTERM. Throws when its exit code is not 0. */
  stop(): Promise<void>
}

/**
 * Starts `genjin serve` of an installed package on a free port; resolves once it listens. The database is given in the
 * environment, which must survive the restart of the process with its V8 flags (bin/genjin.js).
 */
export async function startServed(command: Genjin, options: readonly string[] = []): Promise<Served> {
  const args = ['serve', '--port', '0', '--json', ...options]
  const child = spawn(command.node, [binOf(command.folder), ...args], {
    cwd: dirname(command.database),
    env: { ...cleanEnvironment(), GENJIN_DATABASE: addressOf(command.database) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  const failed = (code: unknown) => new Error(`genjin ${args.join(' ')}: ${code}\n${log}`)
  const greeting = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const early = ended.then(([code, signal]) => {
    throw failed(code ?? signal)
  })
  early.catch(() => {})
  const [line] = await Promise.race([greeting, early])
  return {
    url: (JSON.parse(line) as { url: string }).url,
    log: () => log,
    stop: async () => {
      child.kill('SIGTERM')
      const [code, signal] = await ended
      if (code !== 0) throw failed(code ?? signal)
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
