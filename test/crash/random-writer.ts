import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { parseExact } from 'genjin-record'
import { rawNumber } from '../oracle/corp.ts'
import { type Id, idText, type Json } from '../oracle/follow-list.ts'
import type { Caller } from './fleet.ts'
import {
  CONTACTS,
  count,
  FOLLOW_TYPES,
  oneOf,
  STAFF,
  some,
  TITLES,
  TYPES,
  timeOn,
  times,
} from './test-data.ts'

export type Op = 'create' | 'update' | 'delete' | 'restore'

/** A change of a follow-up that was acknowledged. */
export interface Acknowledged {
  readonly id: string
  readonly version: number
  readonly op: Op
}

export interface WriterOptions {
  /** Ids of records that are there already. */
  readonly ids: readonly Id[]
  readonly targets: readonly string[]
  readonly anyDay: () => string
  /** Share of the creates that leave their time to the server. */
  readonly undated: number
  /** Called before each write is sent; answers what is called with what it made when it is acknowledged. */
  readonly begin: () => (made: readonly Acknowledged[]) => void
}

/** Deleted or restored by another writer, a system follow-up, which cannot be updated, or not imported yet. */
const REFUSALS = new Set([40920, 40410])

/** Creates, changes, deletes and restores, each write with an Idempotency-Key and repeated until it is acknowledged. */
export class RandomWriter {
  /** Writes acknowledged, by what they were. */
  readonly counts = new Map<string, number>()
  /** Writes refused because another writer had changed the record. */
  refused = 0
  readonly #caller: Caller
  readonly #options: WriterOptions
  readonly #ids: string[]
  /** Deleted when last heard of. */
  readonly #deleted = new Set<string>()
  #contents = 0

  constructor(caller: Caller, options: WriterOptions) {
    this.#caller = caller
    this.#options = options
    this.#ids = options.ids.map(idText)
  }

  async write(): Promise<void> {
    const dice = Math.random()
    if (dice < 0.2) return this.#create()
    if (dice < 0.28) return this.#batchCreate()
    if (dice < 0.4) return this.#change('update', this.#moved(), 're-date')
    if (dice < 0.65) return this.#change('update', this.#newValues())
    if (dice < 0.84) return this.#change('delete', { reason: '重复' })
    return this.#change('restore', {})
  }

  async #create(): Promise<void> {
    await this.#send('create', this.#newRecord(), 'create', (id) => [this.#created(id as Id)])
  }

  /** Now and then with a row that is refused. */
  async #batchCreate(): Promise<void> {
    const records = times(1 + Math.floor(Math.random() * 8), () => this.#newRecord())
    const atomic = Math.random() < 0.5
    const isBad = !atomic && Math.random() < 0.4
    const rows = isBad ? [...records, { ...this.#newRecord(), user_id: 'nobody' }] : records
    await this.#send('batchCreate', { records: rows, atomic }, 'batchCreate', (data) => {
      const { results } = data as { results: { code: number; id: Id }[] }
      const good = results.filter(({ code }) => code === 0)
      assert.deepEqual([results.length, good.length], [rows.length, records.length])
      return good.map(({ id }) => this.#created(id))
    })
  }

  #created(id: Id): Acknowledged {
    this.#ids.push(idText(id))
    return { id: idText(id), version: 1, op: 'create' }
  }

  async #change(op: 'update' | 'delete' | 'restore', values: object, name: string = op): Promise<void> {
    const id = this.#anyId(op)
    const body = { follow_id: rawNumber(id), user_id: oneOf(STAFF), ...values }
    await this.#send(op, body, name, (data) => {
      const changed = data as { id: Id; version: number }
      assert.equal(idText(changed.id), id)
      if (op === 'delete') this.#deleted.add(id)
      else this.#deleted.delete(id)
      return [{ id, version: changed.version, op }]
    })
  }

  /** Most often one that this can be done to; some are changed by everybody. */
  #anyId(op: Op): string {
    if (op === 'restore' && this.#deleted.size > 0 && Math.random() < 0.8) return oneOf([...this.#deleted])
    return oneOf(Math.random() < 0.3 ? this.#ids.slice(0, 12) : this.#ids)
  }

  async #send(
    operation: string,
    body: object,
    name: string,
    madeOf: (data: unknown) => readonly Acknowledged[],
  ): Promise<void> {
    const acknowledge = this.#options.begin()
    const { text } = await this.#caller.untilAnswered(operation, body, randomUUID())
    const { code, data } = parseExact(text) as { code: number; data: unknown }
    if (REFUSALS.has(code) && operation !== 'create' && operation !== 'batchCreate') {
      this.refused++
      return
    }
    assert.equal(code, 0, `${operation} ${JSON.stringify(body)}: ${text}`)
    // What it made is noted before anybody asks again: nothing is awaited in between.
    acknowledge(madeOf(data))
    count(this.counts, name)
  }

  #newRecord(): Json {
    return {
      target_type: oneOf(TYPES),
      id: oneOf(this.#options.targets),
      user_id: oneOf(STAFF),
      contact_type: oneOf(FOLLOW_TYPES).name,
      follow_content: this.#content(),
      field_map: this.#fieldMap(),
      ...(Math.random() >= this.#options.undated && { follow_time: this.#anyTime() }),
      ...(Math.random() < 0.3 && { title: oneOf(TITLES), is_ai: true }),
      ...(Math.random() < 0.5 && { target: { contact_id: oneOf(CONTACTS) } }),
    }
  }

  #moved(): Json {
    return { follow_content: this.#content(), follow_time: this.#anyTime() }
  }

  #newValues(): Json {
    const all = [
      { contact_type: oneOf(FOLLOW_TYPES).name },
      { target_type: oneOf(TYPES), id: oneOf(this.#options.targets) },
      { id: oneOf(this.#options.targets) },
      oneOf([{ title: oneOf(TITLES) }, { clear: ['title'] }]),
      { follow_time: this.#anyTime() },
      { target: { contact_id: oneOf(CONTACTS) } },
      { field_map: this.#fieldMap() },
      { remind: { is_remind: 1, time: this.#anyTime(), user_ids: STAFF } },
    ]
    return Object.assign({ follow_content: this.#content() }, ...some<object>(all, oneOf([0, 1, 1, 2, 4])))
  }

  #anyTime(): number {
    return timeOn(this.#options.anyDay())
  }

  /** New always: an update that changes nothing makes no version, and answers one that another has made. */
  #content(): string {
    return `write ${++this.#contents} "跟进" 🙂 \\ \u2028`
  }

  /** Numbers that a double would change, and keys that JavaScript puts first. */
  #fieldMap(): Json {
    return {
      note: `备注 ${this.#contents}`,
      amount: rawNumber('12345678901234567.50'),
      7: oneOf([true, null, 1.5]),
    }
  }
}
