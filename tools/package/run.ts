import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly deadlineMs?: number
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** Runs a program and returns its standard output. Throws, with all output, when it fails or exceeds `deadlineMs`. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { cwd, env, deadlineMs = 120_000 } = options
  const running = promisify(execFile)(program, args, {
    cwd,
    env: { ...cleanEnvironment(), ...env },
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  running.child.stdin?.end()
  try {
    return (await running).stdout
  } catch (error) {
    const { code, signal, stdout, stderr } = error as Record<string, unknown>
    throw new Error(`${program} ${args.join(' ')}: ${code ?? signal}\n${stdout}${stderr}`)
  }
}

/**
 * The environment without the variables that `npm run` sets for this repository (npm in another folder would follow them),
 * without those of genjin, and without those that change how Node runs. Certificates and proxies stay.
 */
export function cleanEnvironment(): Record<string, string> {
  const own =
    /^(npm_(package|lifecycle|config_local_prefix|command)|GENJIN_|NODE_(OPTIONS|PATH|ENV|TEST|V8)|INIT_CWD)/i
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name))
  return Object.fromEntries(kept) as Record<string, string>
}

/** Installs packages into a folder without running their scripts. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  // Retries a stalled request instead of waiting for it until the deadline.
  const quick = [
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--no-update-notifier',
    '--fetch-timeout=20000',
    '--fetch-retry-mintimeout=1000',
  ]
  for (let tries = 1; ; tries++) {
    try {
      await run('npm', ['install', ...quick, ...packages], { cwd: folder, deadlineMs: 60_000 })
      return
    } catch (error) {
      // The next attempt finds what was fetched in npm's cache.
      if (tries === 3) throw error
    }
  }
}

/** Like Promise.all, but always waits for every task, so that none is still running after a failure. */
export async function together<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks)
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('\n\n'))
  if (errors.length > 0) throw errors[0]
  return results.map((result) => (result as PromiseFulfilledResult<T>).value)
}
