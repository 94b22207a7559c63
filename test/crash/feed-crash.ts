import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { dayOf, idText } from '../oracle/follow-list.ts'
import type { TempDatabase } from '../support/database.ts'
import { type Caller, callerOf, Fleet, type FleetOptions, Watch, walk } from './fleet.ts'
import { daySums, type Followed, Follower, type Table } from './follower.ts'
import { type Op, RandomWriter } from './random-writer.ts'
import { FOLLOW_TYPES, oneOf, STAFF, sorted, TYPES, timeOn, times } from './test-data.ts'

export interface FeedCrashOptions extends FleetOptions {
  readonly writers: number
  /** How long they write, follow and are killed; starting and comparing come on top. */
  readonly seconds: number
  /** It runs longer until so many servers were killed, and there are so many changes of each kind. */
  readonly least?: { readonly kills: number; readonly ofEach: number }
}

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
  ...(index % 2 === 0 ? { system: true, title: '客户转移' } : { follow_type: oneOf(FOLLOW_TYPES).id }),
}))

/**
 * Writers at servers of which one after the other is killed with SIGKILL, while followers read the change feed at random
 * servers: one right behind the writers, one that begins half-way, one that crashes, and some who begin again and again, whose
 * pages are full of records that are changed at that moment. Asserts that every acknowledged write is in the feed, once, in
 * an order that makes sense; that each follower's table ends as the source, record by record; and that reconciling finds
 * exactly the days on which the two differ (G1, G4).
 */
export async function feedCrash(options: FeedCrashOptions) {
  await using fleet = await Fleet.start(options)
  const caller = await callerOf(fleet, IMPORTED)
  const written = new Written()
  const writer = new RandomWriter(caller, {
    ids: IMPORTED.map(({ id }) => id),
    targets: times(50, (index) => `c${index}`),
    anyDay: () => oneOf(DAYS),
    undated: 0,
    begin: () => (made) => {
      for (const { id, version, op } of made) written.add(id, version, op)
    },
  })
  const [first, second] = [new Follower(caller), new Follower(caller)]
  const crashing = new Follower(caller, true)
  const followers = [first, second, crashing]

  const { kills = 0, ofEach = 0 } = options.least ?? {}
  const isEnough = () =>
    fleet.kills >= kills &&
    crashing.crashes >= (kills && 1) &&
    Object.values(countOps(written.versions.values())).every((count) => count >= ofEach)
  await fleet.underFire(new Watch(options.seconds, isEnough), [
    ...times(options.writers, () => (watch: Watch) => watch.whileItGoesOn(() => writer.write())),
    (watch) => followWhile(watch, first, written),
    async (watch) => {
      await sleep(options.seconds * 500)
      await followWhile(watch, second, written)
    },
    (watch) => followWhile(watch, crashing),
    (watch) =>
      watch.whileItGoesOn(async () => {
        await new Follower(caller).catchUp()
        await sleep(50)
      }),
  ])
  for (const follower of followers) await follower.catchUp()
  fleet.log(`${first.changes} changes, ${first.table.size} records; comparing`)

  const source = new Map([...(await walk(caller)), ...(await walk(caller, 'listForSystem'))])
  for (const { table, versions, seq } of followers) {
    assert.equal(seq, versions.size)
    assert.deepEqual(versions, written.versions)
    assertSame(table, source)
  }
  await assertReconciles(caller, first, options.temp)
  await fleet.stop()
  return {
    /** Writes acknowledged, by operation; and what they made, by op of the feed (imported ones among them). */
    writes: sorted(writer.counts),
    ops: countOps(first.versions.values()),
    refused: writer.refused,
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

/** Follows while others write. A follower whose page says there is no more has read all that was acknowledged before. */
async function followWhile(watch: Watch, follower: Follower, written?: Written): Promise<void> {
  await watch.whileItGoesOn(async () => {
    const acknowledged = written?.versions.size ?? 0
    const more = await follower.step()
    if (more) return
    assert.ok(
      written === undefined || follower.seq >= acknowledged,
      `no more after ${follower.seq}, ${acknowledged} changes had been acknowledged before`,
    )
    await sleep(Math.random() * 30)
  })
}

/** Every change that was acknowledged. */
class Written {
  /** Id and version → op. */
  readonly versions = new Map<string, Op>(IMPORTED.map(({ id }) => [`${id} 1`, 'create']))

  add(id: string, version: number, op: Op): void {
    const change = `${id} ${version}`
    assert.ok(!this.versions.has(change), `${op}: version ${version} of ${id} was made twice`)
    this.versions.set(change, op)
  }
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
  table.set(idText(content.id), { ...content, content: `${content.content}.` })
  assert.deepEqual(await differing(), days.slice(0, 1))
  table.set(idText(field.id), { ...field, field_map: { ...(field.field_map as object), extra: 1 } })
  assert.deepEqual(await differing(), days.slice(0, 2))
  table.set(idText(from.id), { ...from, follow_time: to.follow_time })
  assert.deepEqual(await differing(), days)
  for (const record of [content, field, from]) table.set(idText(record.id), record)
  // What follow/list does not answer is in the whole checksum alone.
  for (const beside of [{ title: '改了' }, { create_time: 5 }, { stage_id: '77' }, { version: 1000 }]) {
    table.set(idText(content.id), { ...content, ...beside })
    assert.deepEqual(await differingDays(caller, table, seq), { listed: [], whole: days.slice(0, 1) })
  }
  table.set(idText(content.id), content)
  assert.deepEqual(await differing(), [])

  const altered = oneOf([...table.values()])
  const put = (before: string, after: string) =>
    temp.query(
      `UPDATE follow SET head = replace(head, '${before}', '${after}') WHERE id = ${idText(altered.id)}`,
    )
  await put('"content":"', '"content":"x')
  assert.deepEqual(await differing(), [dayOf(altered.follow_time)])
  await put('"content":"x', '"content":"')
  assert.deepEqual(await differing(), [])
  const stage = altered.stage_id === null ? 'NULL' : `'${altered.stage_id}'`
  const setStage = (value: string) =>
    temp.query(`UPDATE follow SET stage_id = ${value} WHERE id = ${idText(altered.id)}`)
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
