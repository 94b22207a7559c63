import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { cleanEnvironment } from './run.ts'

export interface Served extends AsyncDisposable {
  readonly url: string
  /** Everything it said on standard error. */
  readonly log: () => string
  /** Stops it in order. Throws when it does not end well. */
  stop(): Promise<void>
}

/** Starts `genjin serve` of an installed package on a free port; answers once it listens. */
export async function startServed(node: string, genjin: string, args: readonly string[]): Promise<Served> {
  const child = spawn(node, [genjin, 'serve', '--port', '0', '--json', ...args], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  const failed = (code: unknown) => new Error(`genjin serve ${args.join(' ')}: ${code}\n${said}`)
  const greeting = once(createInterface(child.stdout), 'line') as Promise<[string]>
  const early = ended.then(([code, signal]) => {
    throw failed(code ?? signal)
  })
  early.catch(() => {})
  const [line] = await Promise.race([greeting, early])
  return {
    url: (JSON.parse(line) as { url: string }).url,
    log: () => said,
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
