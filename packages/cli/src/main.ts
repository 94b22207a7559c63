import { randomBytes } from 'node:crypto'
import { run } from './index.ts'
import { Interruption } from './io.ts'

/** Runs the process's command line: signals, streams, exit code. */
export async function main(): Promise<void> {
  // Databases, keys and exports hold customers' data: only this user may read them.
  process.umask(0o077)
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const interruption = new Interruption(name)
      if (stop.signal.aborted) process.exit(interruption.code)
      stop.abort(interruption)
    })
  }
  // Without a listener a closed pipe (`genjin export | head`) would throw; the write itself reports it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.exitCode = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    environment: { now: Date.now, random: randomBytes },
    signal: stop.signal,
  })
  // What was interrupted may still be at work; its transaction is rolled back.
  if (process.exitCode > 128) process.exit()
}
