import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rawNumber } from '../oracle/corp.ts'
import { type Caller, callerOf, Fleet, type FleetOptions, Watch, walk } from './fleet.ts'
import { times } from './test-data.ts'

export interface KeysCrashOptions extends FleetOptions {
  /** Keys at least, and kills at least while they are used: more keys where these are done too soon. */
  readonly keys: number
  readonly kills: number
  /** Who send one and the same request under one and the same key, all at once. */
  readonly callers: number
  /** Keys that are used at the same time. */
  readonly atOnce: number
}

const STAFF = 'zhang'

/** Every tenth record is updated afterwards, and every second of these deleted. */
const CHANGED = 10

/**
 * Many identical creates under each key, at servers of which one after the other is killed with SIGKILL, by callers of whom
 * some hang up after a few milliseconds, and who all repeat until they have an answer. Asserts that each key made one
 * record and that all its callers got one answer (N2, W6); the same of updates and deletions, which make one version each.
 */
export async function keysCrash(options: KeysCrashOptions) {
  await using fleet = await Fleet.start(options)
  const caller = await callerOf(fleet)
  const run = new Run(caller, options, fleet)

  const started = performance.now()
  await fleet.underFire(new Watch(), [(watch) => run.createAll(watch)])
  const createMs = Math.round(performance.now() - started)
  fleet.log(`${run.keys} keys in ${createMs} ms, ${caller.requests} requests; comparing`)
  await run.assertOneEach(run.keys)

  await fleet.underFire(new Watch(), [(watch) => run.changeSome(watch)])
  fleet.log(`${run.updates} updates, ${run.deletes} deletions; comparing`)
  await run.assertOneEach(run.keys - run.deletes)
  await fleet.stop()
  return {
    keys: run.keys,
    records: run.keys - run.deletes,
    updates: run.updates,
    deletes: run.deletes,
    /** Requests sent, repetitions among them; and those whose sender was ready to wait for some milliseconds only. */
    requests: caller.requests,
    impatient: run.impatient,
    kills: fleet.kills,
    restarts: fleet.restarts,
    createMs,
    slowestMs: Math.round(caller.slowestMs),
  }
}

function contentOf(index: number): string {
  return `key ${index}`
}

class Run {
  readonly #caller: Caller
  readonly #options: KeysCrashOptions
  readonly #fleet: Fleet
  /** Content → the id that was answered; deleted ones are not in it any more. */
  readonly #ids = new Map<string, string>()
  keys = 0
  impatient = 0
  updates = 0
  deletes = 0

  constructor(caller: Caller, options: KeysCrashOptions, fleet: Fleet) {
    this.#caller = caller
    this.#options = options
    this.#fleet = fleet
  }

  async createAll(watch: Watch): Promise<void> {
    const { keys, kills } = this.#options
    const tell = Math.ceil(keys / 10)
    const next = () => (this.keys < keys || this.#fleet.kills < kills ? contentOf(this.keys++) : undefined)
    await this.#forEach(watch, next, async (content) => {
      const text = await this.#together('create', {
        target_type: 1,
        id: 'c1',
        user_id: STAFF,
        contact_type: '拜访',
        follow_content: content,
      })
      const id = /"data":(\d+),/.exec(text)?.[1]
      assert.ok(id, text)
      this.#ids.set(content, id)
      if (this.#ids.size % tell === 0)
        this.#fleet.log(`${this.#ids.size} keys, ${this.#caller.requests} requests`)
    })
  }

  /** Updates some of what was created and deletes some of that. */
  async changeSome(watch: Watch): Promise<void> {
    let index = 0
    const next = () => (index * CHANGED < this.keys ? contentOf(index++ * CHANGED) : undefined)
    let turn = 0
    await this.#forEach(watch, next, async (content) => {
      const id = this.#ids.get(content) as string
      const deletes = turn++ % 2 === 1
      const request = { follow_id: rawNumber(id), user_id: STAFF }
      const changed = `${content}, changed`
      const updated = await this.#together('update', { ...request, follow_content: changed })
      assert.match(updated, new RegExp(`"data":\\{"id":${id},"version":2\\}`))
      this.updates++
      this.#ids.delete(content)
      if (deletes) {
        const deleted = await this.#together('delete', { ...request, reason: 'wrong' })
        assert.match(deleted, new RegExp(`"data":\\{"id":${id},"version":3\\}`))
        this.deletes++
      } else {
        this.#ids.set(changed, id)
      }
      await this.#assertHistory(id, deletes ? ['create', 'update', 'delete'] : ['create', 'update'])
    })
  }

  /** Each version once, and as many as there were keys. */
  async #assertHistory(id: string, ops: readonly string[]): Promise<void> {
    const { envelope } = await this.#caller.untilDone('get', { follow_id: rawNumber(id) })
    const { record, history, deleted } = envelope.data
    assert.equal(record.version, ops.length, id)
    assert.equal(deleted, ops.at(-1) === 'delete', id)
    assert.deepEqual(
      history.map((entry: { version: number; op: string }) => [entry.version, entry.op]).reverse(),
      ops.map((op, index) => [index + 1, op]),
    )
  }

  /** One after the other, as many at the same time as the options say. */
  async #forEach(watch: Watch, next: () => string | undefined, act: (content: string) => Promise<void>) {
    await Promise.all(
      times(this.#options.atOnce, async () => {
        for (let content = next(); content !== undefined && watch.goesOn(); content = next())
          await act(content)
      }),
    )
  }

  /** The same request under one new key, from all callers at once. Answers the one text that they all got. */
  async #together(operation: string, body: object): Promise<string> {
    const key = randomUUID()
    const answers = await Promise.all(
      times(this.#options.callers, () =>
        this.#caller.untilDone(operation, body, key, this.#someHangUp(Math.random() < 0.2)),
      ),
    )
    const texts = new Set(answers.map(({ text }) => text))
    assert.equal(texts.size, 1, `${operation}: one key has the answers ${[...texts].join(' and ')}`)
    return [...texts][0] as string
  }

  /** How long to wait for each answer: some do not wait for long, but now and then they do. */
  #someHangUp(hangsUp: boolean): () => number | undefined {
    return () => {
      if (!hangsUp || Math.random() < 0.5) return undefined
      this.impatient++
      return Math.random() * 50
    }
  }

  /** As many records as there should be, each once and under the id that all its callers got. */
  async assertOneEach(count: number): Promise<void> {
    const found = [...(await walk(this.#caller))].map(([id, { content }]) => [content as string, id] as const)
    assert.equal(new Set(found.map(([content]) => content)).size, count)
    assert.deepEqual(new Map(found), this.#ids)
  }
}
