import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { addApp, addCorp, openCore, readConfig } from 'genjin-server'
import { importLines, type ServeProcess, startServe } from '../support/cli.ts'
import { type Answer, recordIds, send } from '../support/client.ts'
import type { TempDatabase } from '../support/database.ts'

export interface ServersCrashOptions {
  /** Empty, or not there yet. */
  readonly temp: TempDatabase
  readonly servers: number
  readonly writers: number
  readonly readers: number
  /** How long they write, read and are killed; starting and comparing come on top. */
  readonly seconds: number
  readonly log?: (line: string) => void
}

export interface ServersCrashReport {
  readonly startMs: number
  /** Writes acknowledged, and the repetitions that this took beyond their first requests. */
  readonly acknowledged: number
  readonly retries: number
  /** Writes that were sent to two servers at once. */
  readonly doubled: number
  readonly kills: number
  readonly restarts: number
  readonly lists: number
  /** Lists that got no answer, or 503, because of a kill. */
  readonly listsLost: number
  /** Slowest answer of any server. */
  readonly slowestMs: number
}

const CORP = 'acme'
const KEY = randomBytes(32).toString('base64')

const STAFF = ['zhang', '李雷', '🙂', 'user123']
const METHODS = ['拜访', '打电话', '线上会议']
const TYPES = [1, 3, 4]
const DAYS = ['2025-01-14', '2025-01-15', '2025-01-16']

/** Longest that one write may take, with all its repetitions: a restart takes seconds on a busy machine. */
const WRITE_MS = 30_000
/** A request without an answer for as long is taken for lost. */
const ANSWER_MS = 20_000

/**
 * Servers on one database, of which one after the other is killed with SIGKILL while writers and readers go on at
 * whichever they meet. Asserts that they set the database up once; that every acknowledged write is there, once, under the
 * id that was answered; and that no total leaves out a write that was acknowledged before it was asked for (L12).
 */
export async function serversCrash(options: ServersCrashOptions): Promise<ServersCrashReport> {
  const log = options.log ?? (() => {})
  const started = performance.now()
  await using fleet = await Fleet.start(options.temp.database, options.servers)
  const startMs = Math.round(performance.now() - started)
  log(`${options.servers} servers started on an empty database in ${startMs} ms`)
  await assertSetUpOnce(options.temp)

  const run = new Run(fleet, await tokenOf(options.temp.database, fleet), options.seconds)
  const ends = await Promise.allSettled([
    fleet.killWhile(() => run.goesOn(), log),
    ...times(options.writers, () => run.write()),
    ...times(options.readers, () => run.read()),
  ])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  await fleet.allStarted()
  log(`wrote ${run.written.size}, asked for ${run.lists} lists; comparing`)
  await run.assertAllThere()
  await fleet.stop()
  return {
    startMs,
    acknowledged: run.written.size,
    retries: run.retries,
    doubled: run.doubled,
    kills: fleet.kills,
    restarts: fleet.restarts,
    lists: run.lists,
    listsLost: run.listsLost,
    slowestMs: Math.round(run.slowestMs),
  }
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}

async function assertSetUpOnce(temp: TempDatabase): Promise<void> {
  const rows = await temp.query('SELECT version FROM schema_migration ORDER BY version')
  assert.ok(rows.length > 0)
  assert.deepEqual(
    rows.map(({ version }) => Number(version)),
    rows.map((_, index) => index + 1),
  )
}

/** Makes the company with an app and answers a token, which all servers know. */
async function tokenOf(database: string, fleet: Fleet): Promise<string> {
  const world = { now: Date.now, random: randomBytes }
  await using core = await openCore(readConfig({ database, key: KEY }), world)
  const corp = await addCorp(core.parts, { id: CORP, name: CORP, timeZone: 'Asia/Shanghai' })
  const lines = STAFF.map((id) => JSON.stringify({ kind: 'staff', user_id: id, name: id }))
  await importLines(database, CORP, lines, KEY)
  const query = new URLSearchParams({ ...(await addApp(core.parts, corp)) })
  const { envelope, text } = await send(fleet.any(), { path: `/openapi/access_token?${query}` })
  assert.equal(envelope.code, 0, text)
  return envelope.data.access_token
}

/** The servers. One that was killed stays in its place, so that clients meet it, until its successor listens. */
class Fleet implements AsyncDisposable {
  readonly #database: string
  readonly #servers: ServeProcess[]
  /** Places whose server was killed, with the start of the next. */
  readonly #starting = new Map<number, Promise<void>>()
  kills = 0
  restarts = 0

  constructor(database: string, servers: ServeProcess[]) {
    this.#database = database
    this.#servers = servers
  }

  static async start(database: string, count: number): Promise<Fleet> {
    const starts = await Promise.allSettled(times(count, () => startOne(database)))
    const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []))
    const fleet = new Fleet(database, servers)
    const failed = starts.find((start) => start.status === 'rejected')
    if (!failed) return fleet
    await fleet[Symbol.asyncDispose]()
    throw failed.reason
  }

  /** The address of any of them, dead or alive. */
  any(): string {
    return oneOf(this.#servers).url
  }

  /** Kills one after the other, every second or two, and starts another in its place at once. */
  async killWhile(goesOn: () => boolean, log: (line: string) => void): Promise<void> {
    for (;;) {
      await sleep(800 + Math.random() * 1000)
      if (!goesOn()) return
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
      log(`kill ${++this.kills}: server ${place + 1}`)
    }
  }

  async #replace(place: number): Promise<void> {
    const killed = this.#servers[place] as ServeProcess
    const end = await killed.stop('SIGKILL')
    assert.equal(end.signal, 'SIGKILL', `a server ended by itself: ${end.stderr}`)
    this.#servers[place] = await startOne(this.#database)
    this.restarts++
  }

  async allStarted(): Promise<void> {
    await Promise.all(this.#starting.values())
  }

  /** Ends all of them, which must be able to end well. */
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

function oneOf<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T
}

/** What a write is found by. */
interface Written {
  readonly user: string
  readonly method: string
  readonly type: number
  readonly day: string
}

/** A filter, by the name under which it is counted. */
interface Filter {
  readonly name: string
  readonly body: Record<string, unknown>
  matches(record: Record<string, unknown>): boolean
}

const FILTERS: readonly Filter[] = [
  { name: 'all', body: {}, matches: () => true },
  ...STAFF.map((user) => ({
    name: user,
    body: { follow_user_ids: [user] },
    matches: (record: Record<string, unknown>) => record.follow_user_id === user,
  })),
  ...METHODS.map((method) => ({
    name: method,
    body: { follow_type_name: method },
    matches: (record: Record<string, unknown>) => record.follow_type_desc === method,
  })),
  ...TYPES.map((type) => ({
    name: `type ${type}`,
    body: { target_type: type },
    matches: (record: Record<string, unknown>) => record.business_type === type,
  })),
  ...DAYS.map((day) => ({
    name: day,
    body: { follow_time_start: day, follow_time_end: day },
    matches: (record: Record<string, unknown>) => dayOf(record.follow_time as number) === day,
  })),
]

function filterNames({ user, method, type, day }: Written): string[] {
  return ['all', user, method, `type ${type}`, day]
}

/** The day in Shanghai. */
function dayOf(ms: number): string {
  return new Date(ms + 8 * 3_600_000).toISOString().slice(0, 10)
}

/** Some time of a day in Shanghai, its first and last millisecond among them. */
function timeOn(day: string): number {
  const midnight = Date.parse(`${day}T00:00:00+08:00`)
  return midnight + oneOf([0, 86_399_999, Math.floor(Math.random() * 86_400_000)])
}

const PAGE = 100

class Run {
  readonly #fleet: Fleet
  readonly #token: string
  /** Content → the id that was answered. */
  readonly written = new Map<string, string>()
  /** Filter → writes acknowledged so far that it finds. */
  readonly #known = new Map<string, number>(FILTERS.map(({ name }) => [name, 0]))
  /** Keys that were ever sent. */
  #sent = 0
  retries = 0
  doubled = 0
  lists = 0
  listsLost = 0
  slowestMs = 0
  readonly #until: number
  #failed = false

  constructor(fleet: Fleet, token: string, seconds: number) {
    this.#fleet = fleet
    this.#token = token
    this.#until = performance.now() + seconds * 1000
  }

  /** Until the time is up or anybody has failed. */
  goesOn(): boolean {
    return !this.#failed && performance.now() < this.#until
  }

  async write(): Promise<void> {
    await this.#whileAllIsWell(async () => {
      const written: Written = {
        user: oneOf(STAFF),
        method: oneOf(METHODS),
        type: oneOf(TYPES),
        day: oneOf(DAYS),
      }
      const content = `write ${++this.#sent}`
      const id = await this.#create(written, content)
      this.written.set(content, id)
      for (const name of filterNames(written)) this.#known.set(name, (this.#known.get(name) ?? 0) + 1)
    })
  }

  /** Writes one record, at one server after the other until one acknowledges it; answers its id. */
  async #create({ user, method, type, day }: Written, content: string): Promise<string> {
    const body = {
      target_type: type,
      id: `c${this.#sent % 50}`,
      user_id: user,
      contact_type: method,
      follow_content: content,
      follow_time: timeOn(day),
    }
    const key = { 'idempotency-key': randomUUID() }
    const deadline = performance.now() + WRITE_MS
    for (let first = true; performance.now() < deadline; first = false) {
      if (!first) this.retries++
      // Now and then as an impatient client does, which does not wait for the first answer.
      const twice = Math.random() < 0.05
      if (twice) this.doubled++
      const answers = await Promise.all(times(twice ? 2 : 1, () => this.#ask('create', body, key)))
      const ids = new Set(answers.flatMap((answer) => (answer ? [idOf(answer)] : [])))
      assert.ok(ids.size < 2, `two ids for one key: ${[...ids]}`)
      const [id] = ids
      if (id !== undefined) return id
      await sleep(10)
    }
    throw new Error(`${content} was not acknowledged within ${WRITE_MS} ms`)
  }

  async read(): Promise<void> {
    /** Filter → the last total that this reader has seen. */
    const seen = new Map<string, number>()
    await this.#whileAllIsWell(async () => {
      const { name, body } = Math.random() < 0.4 ? (FILTERS[0] as Filter) : oneOf(FILTERS)
      const known = this.#known.get(name) as number
      const answer = await this.#ask('list', { ...body, page_size: PAGE })
      if (!answer) {
        this.listsLost++
        return
      }
      this.lists++
      const { total, records } = answer.envelope.data
      assert.ok(total >= known, `${name}: a total of ${total}, ${known} writes had been acknowledged before`)
      assert.ok(total >= (seen.get(name) ?? 0), `${name}: the total fell from ${seen.get(name)} to ${total}`)
      assert.equal(records.length, Math.min(total, PAGE), `${name}: total and page are of two instants`)
      seen.set(name, total)
    })
  }

  async #whileAllIsWell(act: () => Promise<void>): Promise<void> {
    try {
      while (this.goesOn()) await act()
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  /** An answer of code 0; undefined when there was none, or the server was not ready. Anything else is a failure. */
  async #ask(
    operation: 'create' | 'list',
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer | undefined> {
    const started = performance.now()
    let answer: Answer
    try {
      answer = await sendWithin(ANSWER_MS, this.#fleet.any(), {
        method: 'POST',
        path: `/openapi/crm/follow/${operation}?access_token=${this.#token}`,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
    } catch (error) {
      assert.match(
        String((error as NodeJS.ErrnoException).code),
        /^(ECONN|EPIPE|HPE_|TIMEOUT)/,
        String(error),
      )
      return undefined
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - started)
    if (answer.status === 503) return undefined
    assert.equal(answer.envelope?.code, 0, answer.text)
    return answer
  }

  /** Walks the whole list and compares it with what was acknowledged and with every filter's total. */
  async assertAllThere(): Promise<void> {
    const stored = await this.#walk()
    const contents = stored.map(({ record }) => record.content as string)
    assert.equal(new Set(contents).size, contents.length, 'a write is there twice')
    assert.equal(new Set(stored.map(({ id }) => id)).size, stored.length)
    const ids = new Map(stored.map(({ id, record }) => [record.content as string, id]))
    for (const [content, id] of this.written)
      assert.equal(ids.get(content), id, `${content} is not there as ${id}`)
    assert.ok(stored.length <= this.#sent, `${stored.length} records of ${this.#sent} keys`)
    for (const { name, body, matches } of FILTERS) {
      const { total } = (await this.#list({ ...body, page_size: 1 })).envelope.data
      assert.equal(total, stored.filter(({ record }) => matches(record)).length, name)
    }
  }

  async #walk(): Promise<{ id: string; record: Record<string, unknown> }[]> {
    const stored: { id: string; record: Record<string, unknown> }[] = []
    for (let page = 1; page <= this.#sent / PAGE + 1; page++) {
      const { text, envelope } = await this.#list({ page_size: PAGE, current_index: page })
      const ids = recordIds(text)
      for (const [index, record] of envelope.data.records.entries()) {
        stored.push({ id: ids[index] as string, record })
      }
      if (page === 1) assert.ok(envelope.data.total <= this.#sent)
    }
    assert.equal(stored.length, (await this.#list({ page_size: 1 })).envelope.data.total)
    return stored
  }

  async #list(body: unknown): Promise<Answer> {
    const answer = await this.#ask('list', body)
    assert.ok(answer, 'no answer although nobody is killed any more')
    return answer
  }
}

function idOf(answer: Answer): string {
  const id = /"data":(\d+),/.exec(answer.text)?.[1]
  assert.ok(id, answer.text)
  return id
}

async function sendWithin(ms: number, ...[url, request]: Parameters<typeof send>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('no answer'), { code: 'TIMEOUT' })), ms)
  })
  try {
    return await Promise.race([send(url, request), late])
  } finally {
    clearTimeout(timer)
  }
}
