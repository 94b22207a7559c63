import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly deadlineMs?: number
}

const DEADLINE_MS = 120_000

/** Runs a program and returns its standard output. Throws, with all output, when it fails or exceeds `deadlineMs`. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.deadlineMs ?? DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text
    })
  }
  // A program may end without reading its input: EPIPE. Its exit code tells whether that was a failure.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output.stdout)
      else
        reject(new Error(`${program} ${args.join(' ')}: ${code ?? signal}\n${output.stdout}${output.stderr}`))
    })
  })
}

/**
 * The environment without the variables that `npm run` sets for this repository (npm in another folder would follow them),
 * without those of genjin, and without those that change how Node runs. Certificates and proxies stay.
 */
export function cleanEnvironment(): Record<string, string> {
  const own =
    /^(npm_(package|lifecycle|config_local_prefix|command)|GENJIN_|NODE_(OPTIONS|PATH|ENV|TEST|V8)|INIT_CWD)/i
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || own.test(name) ? [] : [[name, value]],
    ),
  )
}

const INSTALL_MS = 60_000

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
      await run('npm', ['install', ...quick, ...packages], { cwd: folder, deadlineMs: INSTALL_MS })
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
