import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TempDatabase } from '../support/database.ts'
import { exactNumber, parseExact } from './exact-json.ts'
import { Caller, dayOf, Fleet, type Log, oneOf, timeOn, times, tokenOf, Watch } from './fleet.ts'
import { daySums, type Followed, Follower, idOf, type Op, type Table } from './follower.ts'

export interface FeedCrashOptions {
  /** Empty, or not there yet. */
  readonly temp: TempDatabase
  readonly servers: number
  readonly writers: number
  /** How long they write, follow and are killed; starting and comparing come on top. */
  readonly seconds: number
  readonly log?: Log
}

export interface FeedCrashReport {
  /** Writes acknowledged, by operation; and what they made, by op of the feed (imported ones among them). */
  readonly writes: Readonly<Record<string, number>>
  readonly ops: Readonly<Record<Op, number>>
  /** Writes refused because another had changed, deleted or restored the record meanwhile. */
  readonly refused: number
  /** Of each follower. */
  readonly followers: readonly {
    readonly changes: number
    readonly pages: number
    readonly crashes: number
  }[]
  readonly records: number
  readonly kills: number
  readonly restarts: number
  /** Slowest answer of any server. */
  readonly slowestMs: number
}

const STAFF = ['zhang', '李雷', '🙂']
const METHODS = ['拜访', '打电话', '线上会议']
const TYPES = [1, 3, 4, 12]
const PAGE = 100

/** 75 days, so that reconciling them takes three calls; midnight and month ends among them. */
const DAYS = times(75, (index) => dayOf(Date.parse('2024-12-20T00:00:00+08:00') + index * 86_400_000))
const RECONCILE_DAYS = 31

/** Records that are there before anybody writes; system ones can come by import only. */
const IMPORTED = times(40, (index) => ({
  kind: 'follow',
  id: index + 1,
  follow_user_id: oneOf(STAFF),
  content: `imported ${index + 1}`,
  business_type: oneOf(TYPES),
  business_id: `c${index % 7}`,
  follow_time: timeOn(oneOf(DAYS)),
  ...(index % 2 === 0 ? { system: true, title: '客户转移' } : { follow_type_desc: oneOf(METHODS) }),
}))

/**
 * Writers at servers of which one after the other is killed with SIGKILL, while followers read the change feed at whichever
 * they meet: one at the writers' heels, one that begins half-way, one that crashes, and some who begin again and again, whose
 * pages are full of records that are changed at that moment. Asserts that every acknowledged write is in the feed, once, in
 * an order that makes sense; that each follower's table ends as the source, record by record; and that reconciling finds
 * exactly the days on which the two differ (G1, G4).
 */
export async function feedCrash(options: FeedCrashOptions): Promise<FeedCrashReport> {
  const log = options.log ?? (() => {})
  await using fleet = await Fleet.start(options.temp.database, options.servers)
  const staff = STAFF.map((id) => ({ kind: 'staff', user_id: id, name: id }))
  const caller = new Caller(fleet, await tokenOf(options.temp.database, fleet, [...staff, ...IMPORTED]))
  const writers = new Writers(caller)
  const [first, second] = [new Follower(caller), new Follower(caller)]
  const crashing = new Follower(caller, { crashes: true })
  const followers = [first, second, crashing]

  await fleet.underFire(
    new Watch(options.seconds),
    [
      ...times(options.writers, () => (watch: Watch) => watch.whileItGoesOn(() => writers.write())),
      (watch) => followWhile(watch, first, writers),
      async (watch) => {
        await sleep(options.seconds * 500)
        await followWhile(watch, second, writers)
      },
      (watch) => followWhile(watch, crashing),
      (watch) =>
        watch.whileItGoesOn(async () => {
          await new Follower(caller).catchUp()
          await sleep(50)
        }),
    ],
    log,
  )
  for (const follower of followers) await follower.catchUp()
  log(`${first.changes} changes, ${first.table.size} records; comparing`)

  const source = await walkSource(caller)
  for (const { table, versions, seq } of followers) {
    assert.equal(seq, versions.size)
    assert.deepEqual(versions, writers.versions)
    assertSame(table, source)
  }
  await assertReconciles(caller, first, options.temp)
  await fleet.stop()
  return {
    writes: Object.fromEntries([...writers.counts].sort()),
    ops: countOps(first.versions.values()),
    refused: writers.refused,
    followers: followers.map(({ changes, pages, crashes }) => ({ changes, pages, crashes })),
    records: source.size,
    kills: fleet.kills,
    restarts: fleet.restarts,
    slowestMs: Math.round(caller.slowestMs),
  }
}

function countOps(ops: Iterable<Op>): Record<Op, number> {
  const counts = { create: 0, update: 0, delete: 0, restore: 0 }
  for (const op of ops) counts[op]++
  return counts
}

/** Follows at the writers' heels. Whoever is told that there is no more has read all that was acknowledged before. */
async function followWhile(watch: Watch, follower: Follower, writers?: Writers): Promise<void> {
  await watch.whileItGoesOn(async () => {
    const acknowledged = writers?.versions.size ?? 0
    const more = await follower.step()
    if (more) return
    assert.ok(
      writers === undefined || follower.seq >= acknowledged,
      `no more after ${follower.seq}, ${acknowledged} changes had been acknowledged before`,
    )
    await sleep(Math.random() * 30)
  })
}

/** What is written, by many at once, each write under a key of its own and repeated until it is acknowledged. */
class Writers {
  /** Id and version → op, of every acknowledged change. */
  readonly versions = new Map<string, Op>(IMPORTED.map(({ id }) => [`${id} 1`, 'create']))
  /** Operation → writes acknowledged. */
  readonly counts = new Map<string, number>()
  readonly #caller: Caller
  readonly #ids = IMPORTED.map(({ id }) => String(id))
  /** Ids that were deleted when last heard of. */
  readonly #deleted = new Set<string>()
  #contents = 0
  refused = 0

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async write(): Promise<void> {
    const dice = Math.random()
    if (dice < 0.25) return this.#create()
    if (dice < 0.32) return this.#batchCreate()
    if (dice < 0.7) return this.#change('update', this.#newValues())
    if (dice < 0.87) return this.#change('delete', { reason: '重复' })
    return this.#change('restore', {})
  }

  async #create(): Promise<void> {
    const data = await this.#send('create', this.#newRecord())
    this.#created(JSON.stringify(data))
  }

  async #batchCreate(): Promise<void> {
    const records = times(1 + Math.floor(Math.random() * 8), () => this.#newRecord())
    const data = (await this.#send('batchCreate', { records })) as { results: { id: unknown }[] }
    assert.equal(data.results.length, records.length)
    for (const { id } of data.results) this.#created(JSON.stringify(id))
  }

  #created(id: string): void {
    this.#acknowledge(id, 1, 'create')
    this.#ids.push(id)
  }

  #acknowledge(id: string, version: number, op: Op): void {
    const change = `${id} ${version}`
    assert.ok(!this.versions.has(change), `${op}: version ${version} of ${id} was made twice`)
    this.versions.set(change, op)
  }

  async #change(op: 'update' | 'delete' | 'restore', values: object): Promise<void> {
    const id = this.#anyId(op)
    const body = { follow_id: exactNumber(id), user_id: oneOf(STAFF), ...values }
    const data = (await this.#send(op, body)) as { id: unknown; version: number } | undefined
    if (!data) return
    assert.equal(JSON.stringify(data.id), id)
    this.#acknowledge(id, data.version, op)
    if (op === 'delete') this.#deleted.add(id)
    else this.#deleted.delete(id)
  }

  /** Most often one that this can be done to; some are changed by everybody. */
  #anyId(op: 'update' | 'delete' | 'restore'): string {
    if (op === 'restore' && this.#deleted.size > 0 && Math.random() < 0.8) return oneOf([...this.#deleted])
    return oneOf(Math.random() < 0.3 ? this.#ids.slice(0, 12) : this.#ids)
  }

  #newRecord(): object {
    return {
      target_type: oneOf(TYPES),
      id: `c${Math.floor(Math.random() * 50)}`,
      user_id: oneOf(STAFF),
      contact_type: oneOf(METHODS),
      follow_content: this.#content(),
      follow_time: timeOn(oneOf(DAYS)),
      field_map: this.#fieldMap(),
      ...(Math.random() < 0.2 && { title: '初次拜访', target: { contact_id: 'k1' }, is_ai: true }),
    }
  }

  /** New content, since an update that changes nothing makes no version, and other values: times past and future too. */
  #newValues(): object {
    const all = [
      { follow_time: timeOn(oneOf(DAYS)) },
      { field_map: this.#fieldMap() },
      { contact_type: oneOf(METHODS) },
      { target_type: oneOf(TYPES), id: `c${Math.floor(Math.random() * 50)}` },
      { clear: ['title'] },
      { remind: { is_remind: 1, time: timeOn(oneOf(DAYS)), user_ids: STAFF } },
    ]
    const kept = all.filter(() => Math.random() < 0.3)
    return Object.assign({ follow_content: this.#content() }, oneOf(all), ...kept)
  }

  #content(): string {
    return `write ${++this.#contents} "跟进" 🙂 \\ \u2028`
  }

  #fieldMap(): object {
    // Numbers that a double would change, and keys that JavaScript puts first.
    return {
      note: `备注 ${this.#contents}`,
      amount: exactNumber('12345678901234567.50'),
      7: oneOf([true, null, 1.5]),
    }
  }

  /** `data` of an acknowledged write; undefined for one that another made impossible. */
  async #send(operation: string, body: object): Promise<unknown> {
    const { text } = await this.#caller.untilAnswered(operation, body, randomUUID())
    const { code, data } = parseExact(text)
    if (code === CONFLICT && operation !== 'create' && operation !== 'batchCreate') {
      this.refused++
      return undefined
    }
    assert.equal(code, 0, text)
    this.counts.set(operation, (this.counts.get(operation) ?? 0) + 1)
    return data
  }
}

/** Deleted or restored meanwhile, or a system follow-up, which cannot be updated. */
const CONFLICT = 40920

/** Every record of follow/list and listForSystem, by its id. */
async function walkSource(caller: Caller): Promise<Map<string, Record<string, unknown>>> {
  const source = new Map<string, Record<string, unknown>>()
  for (const operation of ['list', 'listForSystem']) {
    let left = Number.POSITIVE_INFINITY
    for (let page = 1; left > 0; page++) {
      const { text } = await caller.untilDone(operation, { page_size: PAGE, current_index: page })
      const { total, records } = parseExact(text).data
      left = total - page * PAGE
      for (const record of records) source.set(idOf(record), record)
    }
  }
  return source
}

/** The table has the source's records and no others, alike in every key that both have. */
function assertSame(table: Table, source: ReadonlyMap<string, Record<string, unknown>>): void {
  assert.deepEqual([...table.keys()].sort(), [...source.keys()].sort())
  for (const [id, listed] of source) {
    const record = table.get(id) as Followed
    const same = Object.fromEntries(Object.keys(listed).map((key) => [key, record[key]]))
    assert.equal(JSON.stringify(same), JSON.stringify(listed))
  }
}

/** Reconciling finds no day that differs; then exactly those on which one side was altered behind the other's back. */
async function assertReconciles(caller: Caller, { table, seq }: Follower, temp: TempDatabase): Promise<void> {
  /** Days that differ in what follow/list answers; all that differ in it differ in the whole record too. */
  const differing = async () => {
    const { listed, whole } = await differingDays(caller, table, seq)
    assert.deepEqual(whole, listed)
    return listed
  }
  assert.deepEqual(await differing(), [])

  const byDay = Map.groupBy(table.values(), ({ follow_time }) => dayOf(follow_time))
  const days = [...byDay.keys()].sort().slice(0, 4)
  const [content, field, from, to] = days.map((day) => byDay.get(day)?.[0]) as [
    Followed,
    Followed,
    Followed,
    Followed,
  ]
  assert.equal(days.length, 4)
  table.set(idOf(content), { ...content, content: `${content.content}.` })
  assert.deepEqual(await differing(), days.slice(0, 1))
  table.set(idOf(field), { ...field, field_map: { ...(field.field_map as object), extra: 1 } })
  assert.deepEqual(await differing(), days.slice(0, 2))
  table.set(idOf(from), { ...from, follow_time: to.follow_time })
  assert.deepEqual(await differing(), days)
  for (const record of [content, field, from]) table.set(idOf(record), record)
  // What follow/list does not answer is in the whole checksum alone.
  for (const beside of [{ title: '改了' }, { create_time: 5 }, { stage_id: '77' }, { version: 1000 }]) {
    table.set(idOf(content), { ...content, ...beside })
    assert.deepEqual(await differingDays(caller, table, seq), { listed: [], whole: days.slice(0, 1) })
  }
  table.set(idOf(content), content)
  assert.deepEqual(await differing(), [])

  const altered = oneOf([...table.values()])
  const put = (before: string, after: string) =>
    temp.query(`UPDATE follow SET head = replace(head, '${before}', '${after}') WHERE id = ${idOf(altered)}`)
  await put('"content":"', '"content":"x')
  assert.deepEqual(await differing(), [dayOf(altered.follow_time)])
  await put('"content":"x', '"content":"')
  assert.deepEqual(await differing(), [])
  const stage = altered.stage_id === null ? 'NULL' : `'${altered.stage_id}'`
  const setStage = (value: string) =>
    temp.query(`UPDATE follow SET stage_id = ${value} WHERE id = ${idOf(altered)}`)
  await setStage("'x'")
  assert.deepEqual(await differingDays(caller, table, seq), {
    listed: [],
    whole: [dayOf(altered.follow_time)],
  })
  await setStage(stage)
  assert.deepEqual(await differing(), [])
}

/** The days on which follow/reconcile and a table differ, read with as few calls as there must be. */
async function differingDays(
  caller: Caller,
  table: Table,
  seq: number,
): Promise<{ listed: string[]; whole: string[] }> {
  const sums = daySums(table.values())
  const listed: string[] = []
  const whole: string[] = []
  let seen = 0
  for (let start = 0; start < DAYS.length; start += RECONCILE_DAYS) {
    const days = DAYS.slice(start, start + RECONCILE_DAYS)
    const { envelope } = await caller.untilDone('reconcile', {
      follow_time_start: days[0],
      follow_time_end: days.at(-1),
    })
    assert.equal(envelope.data.seq, seq)
    assert.deepEqual(
      envelope.data.days.map(({ day }: { day: string }) => day),
      days,
    )
    for (const { day, ...theirs } of envelope.data.days) {
      const own = sums.get(day) ?? NOTHING
      if (own.count !== theirs.count || own.checksum !== theirs.checksum) listed.push(day)
      if (own.count !== theirs.count || own.whole_checksum !== theirs.whole_checksum) whole.push(day)
      seen += theirs.count
    }
  }
  // No record lies outside the days.
  assert.equal(seen, table.size)
  return { listed, whole }
}

const NOTHING = { count: 0, checksum: '0'.repeat(32), whole_checksum: '0'.repeat(32) }
