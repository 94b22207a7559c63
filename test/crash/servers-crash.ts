import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Answer, recordIds } from '../support/client.ts'
import type { TempDatabase } from '../support/database.ts'
import { Caller, dayOf, Fleet, type Log, oneOf, REPEAT_MS, timeOn, times, tokenOf, Watch } from './fleet.ts'

export interface ServersCrashOptions {
  /** Empty, or not there yet. */
  readonly temp: TempDatabase
  readonly servers: number
  readonly writers: number
  readonly readers: number
  /** How long they write, read and are killed; starting and comparing come on top. */
  readonly seconds: number
  readonly log?: Log
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

const STAFF = ['zhang', '李雷', '🙂', 'user123']
const METHODS = ['拜访', '打电话', '线上会议']
const TYPES = [1, 3, 4]
const DAYS = ['2025-01-14', '2025-01-15', '2025-01-16']

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

  const staff = STAFF.map((id) => ({ kind: 'staff', user_id: id, name: id }))
  const caller = new Caller(fleet, await tokenOf(options.temp.database, fleet, staff))
  const watch = new Watch(options.seconds)
  const run = new Run(caller, watch)
  const works = [
    ...times(options.writers, () => () => run.write()),
    ...times(options.readers, () => () => run.read()),
  ]
  await fleet.underFire(watch, works, log)
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
    slowestMs: Math.round(caller.slowestMs),
  }
}

async function assertSetUpOnce(temp: TempDatabase): Promise<void> {
  const rows = await temp.query('SELECT version FROM schema_migration ORDER BY version')
  assert.ok(rows.length > 0)
  assert.deepEqual(
    rows.map(({ version }) => Number(version)),
    rows.map((_, index) => index + 1),
  )
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

const PAGE = 100

class Run {
  readonly #caller: Caller
  readonly #watch: Watch
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

  constructor(caller: Caller, watch: Watch) {
    this.#caller = caller
    this.#watch = watch
  }

  async write(): Promise<void> {
    await this.#watch.whileItGoesOn(async () => {
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
    const key = randomUUID()
    const deadline = performance.now() + REPEAT_MS
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
    throw new Error(`${content} was not acknowledged within ${REPEAT_MS} ms`)
  }

  async read(): Promise<void> {
    /** Filter → the last total that this reader has seen. */
    const seen = new Map<string, number>()
    await this.#watch.whileItGoesOn(async () => {
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

  /** An answer of code 0; undefined when there was none, or the server was not ready. Anything else is a failure. */
  async #ask(operation: 'create' | 'list', body: unknown, key?: string): Promise<Answer | undefined> {
    const answer = await this.#caller.ask(operation, body, { key })
    if (answer) assert.equal(answer.envelope?.code, 0, answer.text)
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
