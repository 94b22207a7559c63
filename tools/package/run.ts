import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly deadlineMs?: number
}

const DEADLINE_MS = 120_000

/** Runs a program to its end and answers what it printed. Throws, with all it said, when it fails or takes too long. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const child = spawn(program, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.deadlineMs ?? DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  }
  // A program that ends before it has read everything is told by its exit code.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(said.stdout)
      else reject(new Error(`${program} ${args.join(' ')}: ${code ?? signal}\n${said.stdout}${said.stderr}`))
    })
  })
}

/**
 * The environment without what `npm run` puts there for this repository (an npm in another folder would take it for its
 * own), and without what is genjin's or changes how Node runs; certificates and proxies stay.
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

/** Installs packages into a folder, without running anything of theirs. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  // A registry that lets one request wait is asked again, rather than waited for until the deadline.
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
      // What it has fetched is in its cache.
      if (tries === 3) throw error
    }
  }
}

/** Does things side by side and waits for all of them, also after one that failed: nothing is left running behind. */
export async function together<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(tasks)
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('\n\n'))
  if (errors.length > 0) throw errors[0]
  return results.map((result) => (result as PromiseFulfilledResult<T>).value)
}
