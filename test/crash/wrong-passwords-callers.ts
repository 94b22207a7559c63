import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { postAsPage, signIn } from '../support/people.ts'

/** A process of test/crash/wrong-passwords.ts, which calls its server and tells how it went. */

export type Work =
  | {
      /** Tries wrong passwords, so many at once, until so many are refused. */
      readonly role: 'attack'
      readonly url: string
      readonly corps: readonly string[]
      readonly users: readonly string[]
      readonly addresses: number
      readonly attempts: number
      readonly atOnce: number
    }
  | {
      /** Works as these people who are signed in, until it is told to stop. */
      readonly role: 'work'
      readonly url: string
      readonly cookies: readonly string[]
    }
  | {
      /** Signs in with the right password, one second after the other, until it is told to stop. */
      readonly role: 'come'
      readonly url: string
      readonly corp: string
      readonly user: string
      readonly password: string
    }

export interface Told {
  /** By the code of the answer. */
  readonly codes: Readonly<Record<number, number>>
  readonly p50Ms: number
  readonly p99Ms: number
  readonly longestMs: number
}

const codes: Record<number, number> = {}
const times: number[] = []
let stopped = false

async function timed(ask: () => Promise<{ envelope: { code: number } }>): Promise<void> {
  const started = performance.now()
  const { envelope } = await ask()
  times.push(performance.now() - started)
  codes[envelope.code] = (codes[envelope.code] ?? 0) + 1
}

/** Of a list of its own, in turn. */
const nth = <T>(list: readonly T[], at: number) => list[at % list.length] as T

async function attack(work: Work & { role: 'attack' }): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: work.atOnce }, async () => {
      for (let at = next++; at < work.attempts; at = next++) {
        const number = at % work.addresses
        const from = { 'x-forwarded-for': `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}` }
        await timed(() => signIn(work.url, nth(work.corps, at), nth(work.users, at), `wrong ${at}`, from))
      }
    }),
  )
}

async function doWork({ url, cookies }: Work & { role: 'work' }): Promise<void> {
  for (let at = 0; !stopped; at++) {
    const headers = { cookie: nth(cookies, at) }
    await timed(() => postAsPage(url, '/openapi/crm/follow/list', { current_index: 1 + (at % 5) }, headers))
    await timed(() => postAsPage(url, '/openapi/me', {}, headers))
    await sleep(5)
  }
}

async function come({ url, corp, user, password }: Work & { role: 'come' }): Promise<void> {
  while (!stopped) {
    await timed(() => signIn(url, corp, user, password, { 'x-forwarded-for': '192.0.2.1' }))
    await sleep(1_000)
  }
}

process.on('message', async (work: Work | 'stop') => {
  if (work === 'stop') {
    stopped = true
    return
  }
  if (work.role === 'attack') await attack(work)
  else if (work.role === 'work') await doWork(work)
  else await come(work)
  times.sort((a, b) => a - b)
  const at = (share: number) => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0)
  const told: Told = { codes, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) }
  process.send?.(told, () => process.disconnect())
})
