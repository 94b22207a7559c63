import { randomBytes } from 'node:crypto'
import { run } from './index.ts'

/** The process around `run`: signals, streams, exit code. */
export async function main(): Promise<void> {
  // Databases, keys and exports hold customers' data: for this user only.
  process.umask(0o077)
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(1)
      stop.abort()
    })
  }
  // A reader that has seen enough (`genjin export | head`) is no error of ours; the write itself reports it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.exitCode = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    environment: { now: Date.now, random: randomBytes },
    signal: stop.signal,
  })
}
