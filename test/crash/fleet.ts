import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseExact } from 'genjin-record'
import { addApp, addCorp, openCore, readConfig } from 'genjin-server'
import { type Id, idText, type Json } from '../oracle/follow-list.ts'
import { genjinDone, importLines, type ServeProcess, startServe } from '../support/cli.ts'
import { type Answer, send } from '../support/client.ts'
import type { TempDatabase } from '../support/database.ts'
import { DIRECTORY_LINES, oneOf, times } from './test-data.ts'

/** What the crash tests share: servers that are killed and restarted, and a caller that retries. */

const CORP = 'acme'
const KEY = randomBytes(32).toString('base64')

/** Longest that one request may take, with all its repetitions: a restart takes seconds on a busy machine. */
export const REPEAT_MS = 30_000
/** A request without an answer for as long is taken for lost. */
const ANSWER_MS = 20_000

/** Makes the company with its directory and these lines of a bundle, and an app; answers who calls as that app. */
export async function callerOf(fleet: Fleet, lines: readonly object[] = []): Promise<Caller> {
  const { database } = fleet
  const environment = { now: Date.now, random: randomBytes }
  await using core = await openCore(readConfig({ database, key: KEY }), environment, { create: true })
  const corp = await addCorp(core.context, { id: CORP, name: CORP, timeZone: 'Asia/Shanghai' })
  const texts = [...DIRECTORY_LINES, ...lines].map((line) => JSON.stringify(line))
  await importLines(database, CORP, texts, KEY)
  const query = new URLSearchParams({ ...(await addApp(core.context, corp)) })
  const { envelope, text } = await send(fleet.any(), { path: `/openapi/access_token?${query}` }, ANSWER_MS)
  assert.equal(envelope.code, 0, text)
  return new Caller(fleet, envelope.data.access_token)
}

/** How much longer than its time a test may run on a busy machine, until enough has happened. */
const LONGER_SECONDS = 90

/** How long a test runs: until its time is up and enough has happened, it is ended, or one of its works has failed. */
export class Watch {
  #until: number
  readonly #isEnough: () => boolean
  #ended = false

  constructor(seconds = Number.POSITIVE_INFINITY, isEnough = () => true) {
    this.#until = performance.now() + seconds * 1000
    this.#isEnough = isEnough
  }

  goesOn(): boolean {
    if (this.#ended) return false
    const left = this.#until - performance.now()
    return left > 0 || (left > -LONGER_SECONDS * 1000 && !this.#isEnough())
  }

  end(): void {
    this.#ended = true
  }

  async whileItGoesOn(act: () => Promise<void>): Promise<void> {
    while (this.goesOn()) await act()
  }
}

/** Runs until it is done or the watch has ended. */
export type Work = (watch: Watch) => Promise<void>

/** Runs all of these to their ends; the first that fails ends the watch. */
export async function together(watch: Watch, works: readonly Work[]): Promise<void> {
  await settled(
    works.map(async (work) => {
      try {
        await work(watch)
      } catch (error) {
        watch.end()
        throw error
      }
    }),
  )
}

/** Waits for all of these; throws what the first that failed did. */
async function settled(all: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(all)) if (end.status === 'rejected') throw end.reason
}

/** What every test of a fleet takes. */
export interface FleetOptions {
  /** Empty, or not there yet. */
  readonly temp: TempDatabase
  readonly servers: number
  readonly log?: (line: string) => void
}

/** The servers. One that was killed stays in its place, so that clients meet it, until its successor listens. */
export class Fleet implements AsyncDisposable {
  readonly database: string
  readonly #servers: ServeProcess[]
  /** Tells how the test goes on. */
  readonly log: (line: string) => void
  /** Places whose server was killed, with the start of the next. */
  readonly #starting = new Map<number, Promise<void>>()
  kills = 0
  restarts = 0

  constructor(database: string, servers: ServeProcess[], log: (line: string) => void) {
    this.database = database
    this.#servers = servers
    this.log = log
  }

  static async start({ temp, servers: count, log = () => {} }: FleetOptions): Promise<Fleet> {
    const starts = await Promise.allSettled(times(count, () => startOne(temp.database)))
    const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
    const fleet = new Fleet(temp.database, servers, log)
    const failed = starts.find((start) => start.status === 'rejected')
    if (!failed) return fleet
    await fleet[Symbol.asyncDispose]()
    throw failed.reason
  }

  /** The address of any of them, dead or alive. */
  any(): string {
    return oneOf(this.#servers).url
  }

  /**
   * Runs all of these to their ends while servers are killed, and waits until the last server is back. The watch ends with
   * the last work, or with the first that fails.
   */
  async underFire(watch: Watch, works: readonly Work[]): Promise<void> {
    const killed = together(watch, [() => this.#killWhile(watch)])
    const worked = together(watch, works).finally(() => watch.end())
    await settled([worked, killed])
    await Promise.all(this.#starting.values())
  }

  /** Kills one after the other, every second or two, and starts another in its place at once. */
  async #killWhile(watch: Watch): Promise<void> {
    for (;;) {
      await sleep(800 + Math.random() * 1000)
      if (!watch.goesOn()) return
      const alive = [...this.#servers.keys()].filter((place) => !this.#starting.has(place))
      // One stays, or nothing would be written for a while.
      if (alive.length < 2) continue
      const place = oneOf(alive)
      const started = this.#replace(place)
      this.#starting.set(place, started)
      started.then(
        () => this.#starting.delete(place),
        () => {},
      )
      this.log(`kill ${++this.kills}: server ${place + 1}`)
    }
  }

  async #replace(place: number): Promise<void> {
    const killed = this.#servers[place] as ServeProcess
    const end = await killed.stop('SIGKILL')
    assert.equal(end.signal, 'SIGKILL', `a server ended by itself: ${end.stderr}`)
    this.#servers[place] = await startOne(this.database)
    this.restarts++
  }

  /** Stops all servers, each of which must exit with 0. */
  async stop(): Promise<void> {
    const ends = await Promise.all(this.#servers.map((server) => server.stop()))
    for (const end of ends) assert.equal(end.code, 0, end.stderr)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#starting.values())
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()))
  }
}

function startOne(database: string): Promise<ServeProcess> {
  // Ten servers and what else is tested stay below the 100 connections that PostgreSQL lets in by default.
  const env = { GENJIN_KEY: KEY, GENJIN_LOG: 'warn', GENJIN_CONNECTIONS: '4' }
  return startServe(['--database', database], { env })
}

export interface AskOptions {
  /** Sent as Idempotency-Key. */
  readonly key?: string
  /** The socket is destroyed when there is no answer by then. */
  readonly withinMs?: number
}

/** Calls operations of follow/ at whichever server it meets. */
export class Caller {
  readonly #fleet: Fleet
  readonly #token: string
  requests = 0
  /** Slowest answer of any server. */
  slowestMs = 0

  constructor(fleet: Fleet, token: string) {
    this.#fleet = fleet
    this.#token = token
  }

  /** The response with any code; undefined when there was none or the server was not ready. */
  async ask(operation: string, body: unknown, options: AskOptions = {}): Promise<Answer | undefined> {
    const started = performance.now()
    const key: Record<string, string> = options.key === undefined ? {} : { 'idempotency-key': options.key }
    this.requests++
    let answer: Answer
    try {
      const request = {
        method: 'POST',
        path: `/openapi/crm/follow/${operation}?access_token=${this.#token}`,
        headers: { 'content-type': 'application/json', ...key },
        body: JSON.stringify(body),
      }
      answer = await send(this.#fleet.any(), request, options.withinMs ?? ANSWER_MS)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      assert.match(String(code), /^(ECONN|EPIPE|HPE_|TIMEOUT)/, String(error))
      return undefined
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - started)
    return answer.status === 503 ? undefined : answer
  }

  /** Asks one server after the other until one answers. `patience`: how long to wait for the next answer, in ms. */
  async untilAnswered(
    operation: string,
    body: unknown,
    key?: string,
    patience: () => number | undefined = () => undefined,
  ): Promise<Answer> {
    const deadline = performance.now() + REPEAT_MS
    while (performance.now() < deadline) {
      const answer = await this.ask(operation, body, { key, withinMs: patience() })
      if (answer) return answer
      await sleep(10 + Math.random() * 20)
    }
    throw new Error(`${operation} was not answered within ${REPEAT_MS} ms: ${JSON.stringify(body)}`)
  }

  /** The same, where only code 0 will do. */
  async untilDone(...request: Parameters<Caller['untilAnswered']>): Promise<Answer> {
    const answer = await this.untilAnswered(...request)
    assert.equal(answer.envelope?.code, 0, answer.text)
    return answer
  }
}

/** Recounts everything in the fleet's database: a counter that differs is an error. */
export async function requireRightCounters({ database }: TempDatabase): Promise<void> {
  await genjinDone(['verify', '--database', database], { env: { GENJIN_KEY: KEY }, deadlineMs: 600_000 })
}

const PAGE = 100

/** Every record of a list by its id, its numbers exact, while nobody writes. */
export async function walk(
  caller: Caller,
  operation: 'list' | 'listForSystem' = 'list',
): Promise<Map<string, Json & { readonly id: Id }>> {
  const found = new Map<string, Json & { readonly id: Id }>()
  let total = Number.POSITIVE_INFINITY
  for (let page = 1; (page - 1) * PAGE < total; page++) {
    const { text } = await caller.untilDone(operation, { page_size: PAGE, current_index: page })
    const { data } = parseExact(text) as { data: { total: number; records: (Json & { id: Id })[] } }
    for (const record of data.records) {
      assert.ok(!found.has(idText(record.id)), `${idText(record.id)} is there twice`)
      found.set(idText(record.id), record)
    }
    assert.ok(page === 1 || data.total === total, `the total changed from ${total} to ${data.total}`)
    total = data.total
  }
  assert.equal(found.size, total)
  return found
}
