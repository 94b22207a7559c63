import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { addCorp, importBundle, openCore, readConfig } from 'genjin-server'
import { KEY, type TempDatabase } from '../support/database.ts'
import { PASSWORD, person } from '../support/people.ts'
import { ENVIRONMENT, follow, serve } from '../support/server.ts'
import type { Told, Work } from './wrong-passwords-callers.ts'

export interface WrongPasswordsOptions {
  readonly temp: Pick<TempDatabase, 'database' | 'query'>
  readonly attempts: number
  /** From how many addresses they come. */
  readonly addresses: number
  readonly atOnce: number
  /** How long others work without them. */
  readonly idleSeconds: number
}

export interface WrongPasswordsReport {
  readonly attempts: Told
  /** Those who are signed in, without the attempts and beside them. */
  readonly idle: Told
  readonly beside: Told
  /** Who signs in with the right password meanwhile. */
  readonly coming: Told
  /** Longest that the server's thread computed without a pause, in ms of CPU: waiting for a CPU is not counted. */
  readonly longestTurnMs: number
  /** The same without the attempts. */
  readonly idleTurnMs: number
  readonly grownMb: number
  /** Rows of sign_in_count afterwards. */
  readonly counted: number
  readonly seconds: number
}

const USERS = ['amy', 'bob', ...Array.from({ length: 18 }, (_, at) => `nobody${at}`)]
const FOLLOWS = 2_000

/** Wrong passwords in numbers, beside people who work and one who signs in. The server runs in this process, callers in others. */
export async function wrongPasswords(options: WrongPasswordsOptions): Promise<WrongPasswordsReport> {
  const { temp, attempts, addresses, atOnce } = options
  const config = readConfig({
    database: temp.database,
    key: KEY,
    logLevel: 'error',
    trustedProxies: '127.0.0.1',
  })
  await using server = await serve(config)
  await using core = await openCore(config, ENVIRONMENT)
  const corp = await addCorp(core.context, { id: 'acme', name: 'acme', timeZone: 'Asia/Shanghai' })
  await importBundle(core.context, corp.key, lines())
  const { url } = server
  const cookies: string[] = []
  for (const user of ['amy', 'bob', 'cat']) cookies.push((await person({ core, url }, 'acme', user)).cookie)
  await person({ core, url }, 'acme', 'dan')

  using turns = watchTurns()
  const idleWork = begin({ role: 'work', url, cookies })
  await sleep(options.idleSeconds * 1000)
  const idle = await idleWork.stop()
  const idleTurnMs = turns.takeLongestMs()

  const before = process.memoryUsage.rss()
  const started = performance.now()
  const work = begin({ role: 'work', url, cookies })
  const coming = begin({ role: 'come', url, corp: 'acme', user: 'dan', password: PASSWORD })
  const attack = begin({
    ...{ role: 'attack', url, corps: ['acme', 'acme', 'unknown'], users: USERS },
    ...{ addresses, attempts, atOnce },
  })
  const attacked = await attack.told
  const seconds = (performance.now() - started) / 1000
  const [beside, came] = await Promise.all([work.stop(), coming.stop()])
  const [row] = await temp.query('SELECT count(*) AS n FROM sign_in_count')
  return {
    attempts: attacked,
    idle,
    beside,
    coming: came,
    idleTurnMs,
    longestTurnMs: turns.takeLongestMs(),
    grownMb: Math.round((process.memoryUsage.rss() - before) / 1e6),
    counted: Number(row?.n),
    seconds: Math.round(seconds),
  }
}

async function* lines(): AsyncGenerator<Buffer> {
  for (const user_id of ['amy', 'bob', 'cat', 'dan']) {
    yield Buffer.from(`${JSON.stringify({ kind: 'staff', user_id, name: user_id })}\n`)
  }
  for (let at = 0; at < FOLLOWS; at++) {
    const row = follow({
      id: 1000 + at,
      follow_user_id: 'amy',
      follow_time: Date.UTC(2025, 0, 1) + at * 60_000,
    })
    yield Buffer.from(`${JSON.stringify(row)}\n`)
  }
}

/** A process that calls; it ends by itself, or when it is stopped. */
function begin(work: Work): { readonly told: Promise<Told>; stop(): Promise<Told> } {
  const child = fork(new URL('wrong-passwords-callers.ts', import.meta.url), { execArgv: [] })
  const told = once(child, 'message').then(([message]) => message as Told)
  child.send(work)
  return {
    told,
    stop() {
      child.send('stop')
      return told
    },
  }
}

const TICK_MS = 5

/** How long this thread computes between two turns of its event loop. */
function watchTurns(): Disposable & { takeLongestMs(): number } {
  let [last, longest] = [process.threadCpuUsage(), 0]
  const timer = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last)
    last = process.threadCpuUsage()
    longest = Math.max(longest, (user + system) / 1000)
  }, TICK_MS)
  return {
    takeLongestMs() {
      const taken = Math.round(longest)
      longest = 0
      return taken
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
