import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { filterOf, type Json, type Listable } from '../oracle/follow-list.ts'
import type { Answer } from '../support/client.ts'
import type { TempDatabase } from '../support/database.ts'
import { type Caller, callerOf, Fleet, type FleetOptions, REPEAT_MS, Watch, walk } from './fleet.ts'
import { DIRECTORY, FOLLOW_TYPES, oneOf, STAFF, TYPES, timeOn, times } from './test-data.ts'

export interface ServersCrashOptions extends FleetOptions {
  readonly writers: number
  readonly readers: number
  /** How long they write, read and are killed; starting and comparing come on top. */
  readonly seconds: number
  /** It runs longer until so much has happened. */
  readonly least?: { readonly kills: number; readonly writes: number; readonly lists: number }
}

const DAYS = ['2025-01-14', '2025-01-15', '2025-01-16']

/**
 * Servers on one database, of which one after the other is killed with SIGKILL while writers and readers go on at
 * whichever they meet. Asserts that they set the database up once; that every acknowledged write is there, once, under the
 * id that was answered; and that no total leaves out a write that was acknowledged before it was asked for (L12).
 */
export async function serversCrash(options: ServersCrashOptions) {
  const started = performance.now()
  await using fleet = await Fleet.start(options)
  const startMs = Math.round(performance.now() - started)
  fleet.log(`${options.servers} servers started on an empty database in ${startMs} ms`)
  await assertSetUpOnce(options.temp)

  const caller = await callerOf(fleet)
  const { kills = 0, writes = 0, lists = 0 } = options.least ?? {}
  const watch: Watch = new Watch(
    options.seconds,
    () => fleet.kills >= kills && run.written.size >= writes && run.lists >= lists,
  )
  const run = new Run(caller, watch)
  const works = [
    ...times(options.writers, () => () => run.write()),
    ...times(options.readers, () => () => run.read()),
  ]
  await fleet.underFire(watch, works)
  fleet.log(`wrote ${run.written.size}, asked for ${run.lists} lists; comparing`)
  await run.assertAllThere()
  await fleet.stop()
  return {
    startMs,
    /** Writes acknowledged, the repetitions that this took, and those that were sent to two servers at once. */
    acknowledged: run.written.size,
    retries: run.retries,
    doubled: run.doubled,
    kills: fleet.kills,
    restarts: fleet.restarts,
    lists: run.lists,
    /** Lists that got no answer, or 503, because of a kill. */
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

/** Conditions whose totals are watched; the first finds everything. */
const FILTERS: readonly Json[] = [
  {},
  ...STAFF.map((user) => ({ follow_user_ids: [user] })),
  ...FOLLOW_TYPES.map(({ name }) => ({ follow_type_name: name })),
  ...TYPES.map((type) => ({ target_type: type })),
  ...DAYS.map((day) => ({ follow_time_start: day, follow_time_end: day })),
]

function matches(filter: Json, follow: Listable): boolean {
  return filterOf({ system: false, body: filter }, DIRECTORY)(follow)
}

const PAGE = 100

class Run {
  readonly #caller: Caller
  readonly #watch: Watch
  /** Content → the id that was answered. */
  readonly written = new Map<string, string>()
  /** Filter → writes acknowledged so far that it finds. */
  readonly #known = new Map<Json, number>(FILTERS.map((filter) => [filter, 0]))
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
      const content = `write ${++this.#sent}`
      const { id: type, name } = oneOf(FOLLOW_TYPES)
      const body = {
        target_type: oneOf(TYPES),
        id: `c${this.#sent % 50}`,
        user_id: oneOf(STAFF),
        contact_type: name,
        follow_content: content,
        follow_time: timeOn(oneOf(DAYS)),
      }
      const id = await this.#create(body)
      this.written.set(content, id)
      const { target_type, id: target, user_id, follow_time } = body
      const follow = {
        ...{ id, follow_user_id: user_id, follow_type: type, business_type: target_type },
        ...{ business_id: target, target: {}, follow_time },
      }
      for (const filter of FILTERS) {
        if (matches(filter, follow)) this.#known.set(filter, (this.#known.get(filter) ?? 0) + 1)
      }
    })
  }

  /** Writes one record, at one server after the other until one acknowledges it; answers its id. */
  async #create(body: Json): Promise<string> {
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
    throw new Error(`${body.follow_content} was not acknowledged within ${REPEAT_MS} ms`)
  }

  async read(): Promise<void> {
    /** Filter → the last total that this reader has seen. */
    const seen = new Map<Json, number>()
    await this.#watch.whileItGoesOn(async () => {
      const filter = Math.random() < 0.4 ? (FILTERS[0] as Json) : oneOf(FILTERS)
      const name = JSON.stringify(filter)
      const known = this.#known.get(filter) as number
      const answer = await this.#ask('list', { ...filter, page_size: PAGE })
      if (!answer) {
        this.listsLost++
        return
      }
      this.lists++
      const { total, records } = answer.envelope.data
      assert.ok(total >= known, `${name}: a total of ${total}, ${known} writes had been acknowledged before`)
      assert.ok(
        total >= (seen.get(filter) ?? 0),
        `${name}: the total fell from ${seen.get(filter)} to ${total}`,
      )
      assert.equal(records.length, Math.min(total, PAGE), `${name}: total and page are of two instants`)
      seen.set(filter, total)
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
    const stored = await walk(this.#caller)
    const ids = new Map([...stored].map(([id, { content }]) => [content as string, id]))
    assert.equal(ids.size, stored.size, 'a write is there twice')
    for (const [content, id] of this.written)
      assert.equal(ids.get(content), id, `${content} is not there as ${id}`)
    assert.ok(stored.size <= this.#sent, `${stored.size} records of ${this.#sent} keys`)
    for (const filter of FILTERS) {
      const answer = await this.#ask('list', { ...filter, page_size: 1 })
      assert.ok(answer, 'no answer although nobody is killed any more')
      const matching = [...stored.values()].filter((record) => matches(filter, record as unknown as Listable))
      assert.equal(answer.envelope.data.total, matching.length, JSON.stringify(filter))
    }
  }
}

function idOf(answer: Answer): string {
  const id = /"data":(\d+),/.exec(answer.text)?.[1]
  assert.ok(id, answer.text)
  return id
}
