import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Checksum, lineChecksum, parseExact, recordLine, wholeRecordLine } from 'genjin-client'
import { requireCorp, resetFeeds } from 'genjin-server'
import sql from 'sql-template-tag'
import { followReconcile } from '../../packages/server/src/service/follow/reconcile.ts'
import { type Answer, assertRefused, type TestClient } from '../support/client.ts'
import { follow, sharedServer } from '../support/server.ts'

const server = await sharedServer()

const DAY_MS = 24 * 3600 * 1000

// biome-ignore lint/suspicious/noExplicitAny: tests look into any answer
type Any = any

function done(client: TestClient, path: string, body: unknown): Promise<Any> {
  return client.done(`crm/follow/${path}`, body)
}

function refusedCursor(client: TestClient, cursor: string, names: string | RegExp = 'cursor') {
  return client.refused('crm/follow/changes', { cursor }, 40930, names)
}

function remove(client: TestClient, id: number): Promise<Any> {
  return done(client, 'delete', { follow_id: id, user_id: 'zhang', reason: 'r' })
}

/** Sets the clock, until it is disposed; the token of the client may have expired by then. */
function movingClock(client: TestClient) {
  const startMs = server.clock.ms
  function moveTo(ms: number): void {
    server.clock.ms = ms
    client.forgetToken()
  }
  return { startMs, moveTo, [Symbol.dispose]: () => moveTo(startMs) }
}

const STAFF = { kind: 'staff', user_id: 'zhang', name: '张伟' }

function row(content: string): Record<string, unknown> {
  return { type: 1, id: 'c1', user_id: 'zhang', contact_type: '拜访', follow_content: content }
}

/** Reads to the end; answers the changes and the last cursor. */
async function readAll(
  client: TestClient,
  cursor?: string,
  limit = 3,
): Promise<{ changes: Any[]; cursor: string }> {
  const changes: Any[] = []
  for (;;) {
    const page: Any = await done(client, 'changes', { cursor, limit })
    assert.ok(page.records.length <= limit)
    changes.push(...page.records)
    cursor = page.cursor as string
    if (!page.has_more) return { changes, cursor }
    assert.ok(page.records.length > 0, 'a page with more after it is not empty')
  }
}

const told = ({ seq, op, record }: Any) => [seq, op, record.content, record.version]
const seqsOf = ({ changes }: { changes: Any[] }) => changes.map(({ seq }) => seq)
const opsOf = ({ changes }: { changes: Any[] }) => changes.map(({ op }) => op)

test('G1 every change once, in the order of the commits, each with the record as it was after it', async () => {
  const client = await server.company('g1', [
    STAFF,
    follow({ id: '1', content: '导入' }),
    follow({ id: '2', content: '系统', system: true, title: 't' }),
  ])
  const id = await done(client, 'create', row('一'))
  await done(client, 'update', { follow_id: id, user_id: 'zhang', follow_content: '二' })
  await remove(client, id)
  const batch = await done(client, 'batchCreate', { records: [row('三'), { type: 1 }, row('四')] })
  await done(client, 'restore', { follow_id: id, user_id: 'zhang' })
  await server.load('g1', [
    follow({ id: '1', content: '再导入' }),
    follow({ id: '2', content: '系统', system: true, title: 't' }),
  ])
  const expected = [
    [1, 'create', '导入', 1],
    [2, 'create', '系统', 1],
    [3, 'create', '一', 1],
    [4, 'update', '二', 2],
    [5, 'delete', '二', 3],
    [6, 'create', '三', 1],
    [7, 'create', '四', 1],
    [8, 'restore', '二', 4],
    [9, 'update', '再导入', 2],
  ]
  for (const limit of [1, 2, 100]) {
    const { changes } = await readAll(client, undefined, limit)
    assert.deepEqual(changes.map(told), expected)
    assert.deepEqual([changes[1].record.system, changes[1].record.title], [true, 't'])
    assert.equal(changes[5].record.id, batch.results[0].id)
  }
})

test('G1 the record is the one that follow/list answers, with what stands beside it after', async () => {
  const client = await server.company('g1b', [
    STAFF,
    follow({
      id: '1538877699425540097',
      field_map: { a: 1 },
      create_time: 94694400005,
      update_time: 94694400006,
      stage_id: '3',
    }),
  ])
  const listed = /"records":\[(.*)\]\}/.exec((await client.post('crm/follow/list', {})).text)?.[1] as string
  const feed = await client.post('crm/follow/changes', {})
  const beside =
    '"system":false,"title":null,"stage_id":"3","create_time":94694400005,"update_time":94694400006,"version":1}'
  assert.match(
    feed.text,
    /^\{"code":0,"msg":"请求成功","data":\{"records":\[.*\],"cursor":"[\w-]+","has_more":false\},"sub_code":"00000"\}$/,
  )
  assert.ok(
    feed.text.includes(`{"seq":1,"op":"create","record":${listed.slice(0, -1)},${beside}}`),
    feed.text,
  )
})

test('G1 a follow type that is renamed shows by its present name, and is no change of a record', async () => {
  const client = await server.company('g1c', [
    STAFF,
    follow({ id: '1', follow_type: 5, follow_type_desc: '旧名' }),
  ])
  const { cursor } = await readAll(client)
  await server.load('g1c', [{ kind: 'follow_type', id: 5, name: '新名' }])
  assert.equal((await readAll(client)).changes[0].record.follow_type_desc, '新名')
  assert.deepEqual((await readAll(client, cursor)).changes, [])
})

test('G1 limit: 1 to 1000, 100 unless given; records too long for one page come in several', async () => {
  const lines = Array.from({ length: 130 }, (_, index) => follow({ id: String(index + 1) }))
  const client = await server.company('g1d', [STAFF, ...lines])
  assert.equal((await done(client, 'changes', {})).records.length, 100)
  assert.equal((await done(client, 'changes', { limit: 1000 })).records.length, 130)
  for (const limit of [0, 1001]) await client.refused('crm/follow/changes', { limit }, 40020, 'limit')
  const long = '长'.repeat(90_000)
  await server.load(
    'g1d',
    Array.from({ length: 40 }, (_, index) => follow({ id: String(1000 + index), content: long })),
  )
  const { cursor } = await done(client, 'changes', { limit: 130 })
  const page = await done(client, 'changes', { cursor, limit: 1000 })
  assert.ok(page.records.length > 5 && page.records.length < 40 && page.has_more, `${page.records.length}`)
  assert.equal((await readAll(client, page.cursor, 1000)).changes.length, 40 - page.records.length)
})

test('G2 a cursor lasts, is of one feed only, and cannot be made up', async () => {
  const client = await server.company('g2', [STAFF, follow({ id: '1' })])
  const other = await server.company('g2-other', [STAFF, follow({ id: '1' })])
  const { cursor } = await readAll(client)
  assert.deepEqual(await readAll(client, cursor), { changes: [], cursor })
  await done(client, 'create', row('后来'))
  for (let round = 0; round < 2; round++) {
    assert.deepEqual((await readAll(client, cursor)).changes.map(told), [[2, 'create', '后来', 1]])
  }
  for (const made of ['x', '0', `${cursor}x`, cursor.slice(0, -1)]) {
    await client.refused('crm/follow/changes', { cursor: made }, 40000, 'cursor')
  }
  const changed = cursor.replace('_1_', '_0_')
  assert.notEqual(changed, cursor)
  const elsewhere = /不属于这个企业.*从头重新读取/
  await refusedCursor(client, changed, elsewhere)
  await refusedCursor(other, cursor, elsewhere)
  // As after a restore from a backup, whose feed is shorter.
  const ahead = await readAll(client)
  const { key } = await requireCorp(server.core.context, 'g2')
  const setSeq = (seq: number) =>
    server.core.context.store.transact(key, (tx) =>
      tx.run(sql`UPDATE corp_state SET seq = ${seq} WHERE corp = ${tx.corp}`),
    )
  await setSeq(1)
  await refusedCursor(client, ahead.cursor, /备份恢复过.*从头重新读取/)
  await setSeq(2)
  await resetFeeds(server.core.context, 'g2')
  await refusedCursor(client, cursor, elsewhere)
  assert.deepEqual(seqsOf(await readAll(client)), [1, 2])
})

test('G3 deletions stay for 90 days; an older cursor is refused and says to read everything again', async () => {
  const client = await server.company('g3', [STAFF, ...[1, 2, 3].map((id) => follow({ id }))])
  const { cursor } = await readAll(client)
  await remove(client, 1)
  using clock = movingClock(client)
  clock.moveTo(clock.startMs + 89 * DAY_MS)
  assert.deepEqual(opsOf(await readAll(client, cursor)), ['delete'])
  assert.equal((await done(client, 'get', { follow_id: 1 })).deleted, true)
  const read = await readAll(client)

  clock.moveTo(clock.startMs + 91.5 * DAY_MS)
  await refusedCursor(client, cursor, /cursor 已失效.*从头重新读取/)
  for (const path of ['get', 'restore', 'update', 'delete']) {
    const body = { follow_id: 1, user_id: 'zhang', reason: 'r' }
    await client.refused(`crm/follow/${path}`, body, 40410, 'follow_id')
  }
  assert.deepEqual((await readAll(client, read.cursor)).changes, [], 'a cursor of three days ago goes on')

  // The next deletion forgets those past their time, with every earlier version.
  await remove(client, 2)
  const all = await readAll(client, undefined, 1)
  const left = all.changes.map(({ seq, op, record }) => `${seq} ${op} ${record.id}`)
  assert.deepEqual(left, ['2 create 2', '3 create 3', '5 delete 2'])
  assert.deepEqual(seqsOf(await readAll(client, read.cursor)), [5])
  // Whatever its age: it had read what was deleted, and the deletion is not there any more.
  clock.moveTo(clock.startMs + 60 * DAY_MS)
  await refusedCursor(client, cursor)
})

test('G3 the 90 days end at the millisecond; deletions past them are forgotten about once a day', async () => {
  const client = await server.company('g3-edges', [STAFF, ...[1, 2, 3, 4, 5, 6].map((id) => follow({ id }))])
  using clock = movingClock(client)
  const { startMs: start, moveTo: at } = clock
  const deleted = async () =>
    (await readAll(client)).changes
      .filter(({ op, record }) => op === 'delete' && record.id !== 6)
      .map(({ record }) => record.id)
  await remove(client, 1)
  await remove(client, 6)
  at(start + DAY_MS)
  await remove(client, 2)
  at(start + DAY_MS + 1)
  await remove(client, 3)

  at(start + 90 * DAY_MS - 1)
  assert.equal((await done(client, 'get', { follow_id: 1 })).deleted, true)
  await done(client, 'restore', { follow_id: 6, user_id: 'zhang' })
  at(start + 90 * DAY_MS)
  await client.refused('crm/follow/get', { follow_id: 1 }, 40410, 'follow_id')
  await client.refused('crm/follow/restore', { follow_id: 1, user_id: 'zhang' }, 40410, 'follow_id')

  at(start + 91 * DAY_MS - 1)
  await remove(client, 4)
  assert.deepEqual(await deleted(), [1, 2, 3, 4], 'nothing is older than 91 days')
  at(start + 91 * DAY_MS)
  await remove(client, 5)
  // What is 90 days old is forgotten, one millisecond less is not.
  assert.deepEqual(await deleted(), [3, 4, 5])

  // A cursor says on which day (UTC) it was given.
  const { cursor } = await readAll(client)
  const day = Math.floor(server.clock.ms / DAY_MS) * DAY_MS
  at(day + 91 * DAY_MS - 1)
  assert.deepEqual((await readAll(client, cursor)).changes, [])
  at(day + 91 * DAY_MS)
  await refusedCursor(client, cursor, 'cursor 已失效')
})

test('G3 one that reads from the start while deletions are forgotten is cut off only if it may miss one', async () => {
  const client = await server.company('g3b', [STAFF, ...[1, 2, 3].map((id) => follow({ id }))])
  using clock = movingClock(client)
  await remove(client, 1)
  clock.moveTo(clock.startMs + 92 * DAY_MS)
  const early = await done(client, 'changes', { limit: 1 })
  const late = await done(client, 'changes', { limit: 4 })
  await remove(client, 2)
  await refusedCursor(client, early.cursor)
  assert.deepEqual(opsOf(await readAll(client, late.cursor)), ['delete'])
  const again = await done(client, 'changes', { limit: 1 })
  assert.deepEqual(seqsOf(await readAll(client, again.cursor)), [3, 5])
  // The newest change of all is forgotten: the end is still the end.
  clock.moveTo(clock.startMs + 300 * DAY_MS)
  await remove(client, 3)
  assert.deepEqual(opsOf(await readAll(client)), ['create', 'delete'])
})

test('G3 what was restored is not forgotten, nor what was deleted again later', async () => {
  const client = await server.company('g3c', [STAFF, ...['1', '2', '3', '4'].map((id) => follow({ id }))])
  using clock = movingClock(client)
  for (const id of [1, 2, 3]) await remove(client, id)
  for (const id of [1, 2]) await done(client, 'restore', { follow_id: id, user_id: 'zhang' })
  clock.moveTo(clock.startMs + 50 * DAY_MS)
  await remove(client, 2)
  clock.moveTo(clock.startMs + 92 * DAY_MS)
  await remove(client, 4)
  const told = async () => (await readAll(client)).changes.map(({ op, record }) => `${op} ${record.id}`)
  assert.deepEqual(await told(), [
    ...['create 1', 'create 2', 'create 4', 'delete 1', 'delete 2'],
    ...['restore 1', 'restore 2', 'delete 2', 'delete 4'],
  ])
  assert.equal((await done(client, 'get', { follow_id: 1 })).history.length, 3)
  assert.equal((await done(client, 'get', { follow_id: 2 })).deleted, true)
  // The pass goes on where it stopped.
  clock.moveTo(clock.startMs + 142 * DAY_MS)
  await remove(client, 1)
  const rest = ['create 1', 'create 4', 'delete 1', 'restore 1', 'delete 4', 'delete 1']
  assert.deepEqual(await told(), rest)
})

/** Checksums by an implementation of their own, from the text of a page. */
function checksumOf(records: readonly string[]): string {
  let sum = 0n
  for (const record of records) {
    const line = record.replace(/"follow_type_desc":(null|"(?:[^"\\]|\\.)*"),/, '')
    sum += BigInt(`0x${createHash('sha256').update(line).digest('hex').slice(0, 32)}`)
  }
  return (sum % (1n << 128n)).toString(16).padStart(32, '0')
}

const valuesOf = ({ days }: Any, name: string) => days.map((day: Any) => day[name])

test('G4 each day with its count and checksum, days of the company, all of one instant', async () => {
  const at = (text: string) => Date.parse(text)
  const client = await server.company('g4', [
    STAFF,
    follow({ id: '1', follow_time: at('2025-03-01T00:00:00+08:00') }),
    follow({ id: '2', follow_time: at('2025-03-01T23:59:59.999+08:00') }),
    follow({ id: '3', follow_time: at('2025-03-02T00:00:00+08:00'), system: true, title: 't' }),
    follow({ id: '4', follow_time: at('2025-02-28T23:59:59.999+08:00') }),
    follow({ id: '5', follow_time: at('2025-03-04T00:00:00+08:00') }),
  ])
  const zero = '0'.repeat(32)
  const range = { follow_time_start: '2025-03-01', follow_time_end: '2025-03-03' }
  const texts = async (path: string, body: object) => {
    const { text } = await client.post(`crm/follow/${path}`, body)
    return text.slice(text.indexOf('[') + 1, text.lastIndexOf(']')).split(/(?<=\}),(?=\{"id")/)
  }
  const first = checksumOf(await texts('list', { ...range, follow_time_end: '2025-03-01' }))
  const { days, count, seq } = await done(client, 'reconcile', range)
  assert.deepEqual(Object.keys(days[0]), ['day', 'count', 'checksum', 'whole_checksum'])
  assert.deepEqual([days[0].day, days[0].count, days[0].checksum], ['2025-03-01', 2, first])
  assert.deepEqual(days.slice(2), [{ day: '2025-03-03', count: 0, checksum: zero, whole_checksum: zero }])
  assert.deepEqual([days[1].day, days[1].count, count, seq], ['2025-03-02', 1, 3, 5])
  assert.notEqual(days[1].checksum, zero)
  const staff = await done(client, 'reconcile', { ...range, system: 0 })
  assert.deepEqual([staff.count, staff.checksum, staff.days[1].count], [2, first, 0])
  assert.equal((await done(client, 'reconcile', { ...range, system: 1 })).count, 1)
  // A change on one day is seen on that day alone; back again, all is as before.
  const version = await done(client, 'update', { follow_id: 1, user_id: 'zhang', field_map: { a: 1 } })
  assert.equal(version.version, 2)
  const changed = await done(client, 'reconcile', range)
  assert.deepEqual(
    changed.days.map(({ checksum }: Any, index: number) => checksum === days[index].checksum),
    [false, true, true],
  )
  await done(client, 'update', { follow_id: 1, user_id: 'zhang', clear: ['field_map'] })
  const back = await done(client, 'reconcile', range)
  assert.deepEqual(valuesOf(back, 'checksum'), valuesOf({ days }, 'checksum'))
  // The whole record is not as before: it has another version.
  assert.notEqual(back.days[0].whole_checksum, days[0].whole_checksum)
  assert.equal(back.days[1].whole_checksum, days[1].whole_checksum)
  await remove(client, 2)
  assert.deepEqual(valuesOf(await done(client, 'reconcile', range), 'count'), [1, 1, 0])
})

test('G4 what only the feed has shows in the whole checksum; days are those of the company, wherever it is', async () => {
  const at = Date.parse('2025-03-09T12:00:00Z')
  const client = await server.company(
    'g4-zone',
    [
      STAFF,
      // New York has 23 hours on that day; in Shanghai the second one is of the day after.
      follow({ id: '1', follow_time: Date.parse('2025-03-09T04:59:59.999Z') }),
      follow({ id: '2', follow_time: at }),
      follow({ id: '3', follow_time: Date.parse('2025-03-10T04:00:00Z') }),
    ],
    'America/New_York',
  )
  const range = { follow_time_start: '2025-03-08', follow_time_end: '2025-03-10' }
  const { days } = await done(client, 'reconcile', range)
  assert.deepEqual(valuesOf({ days }, 'count'), [1, 1, 1])
  await server.load('g4-zone', [follow({ id: '2', follow_time: at, title: '新标题' })])
  const after = await done(client, 'reconcile', range)
  assert.deepEqual(valuesOf(after, 'checksum'), valuesOf({ days }, 'checksum'))
  const wholeSame = valuesOf(after, 'whole_checksum').map(
    (sum: string, index: number) => sum === days[index].whole_checksum,
  )
  assert.deepEqual(wholeSame, [true, false, true])
})

test('G4 a read that is cut short and done again counts nothing twice; lists do not wait for it', async () => {
  const day = Date.UTC(2025, 4, 1)
  const lines = Array.from({ length: 3000 }, (_, index) =>
    follow({ id: String(index + 1), follow_time: day + index }),
  )
  const client = await server.company('g4c', [STAFF, ...lines])
  const body = { follow_time_start: '2025-05-01', follow_time_end: '2025-05-02' }
  const right = await client.post('crm/follow/reconcile', body)
  const { context } = server.core
  const twice: typeof context = {
    ...context,
    store: {
      ...context.store,
      readLong: async (corp, fn) => {
        await context.store.readLong(corp, fn)
        return context.store.readLong(corp, fn)
      },
    },
  }
  const corp = await requireCorp(context, 'g4c')
  const session = { kind: 'command', corp: corp.key, timeZone: corp.timeZone } as const
  const call = {
    operation: 'followReconcile',
    session,
    input: body,
    page: undefined,
    key: undefined,
    isGone: () => false,
  } as const
  const repeated = await followReconcile({ ...call, context: twice })
  assert.equal(JSON.stringify(repeated), /"data":(.*),"sub_code"/.exec(right.text)?.[1])
  const order: string[] = []
  const asked = client.post('crm/follow/reconcile', body).then(() => order.push('reconcile'))
  for (let round = 0; round < 3; round++) {
    await client.list({ page_size: 1 })
    order.push('list')
  }
  await asked
  assert.equal(order.length, 4)
  assert.equal(order[0], 'list')
})

test('G4 records of any length one after the other are all counted, each once', async () => {
  const day = Date.UTC(2025, 4, 20)
  const lines = Array.from({ length: 1300 }, (_, index) =>
    follow({
      id: String(index + 1),
      // Many of the same time, and some hundreds that are long between short ones.
      follow_time: day + Math.floor(index / 7),
      ...(index % 100 > 90 && { content: '长'.repeat(30_000) }),
    }),
  )
  const client = await server.company('g4d', [STAFF, ...lines])
  const body = { follow_time_start: '2025-05-20', follow_time_end: '2025-05-20' }
  const { days, count } = await done(client, 'reconcile', body)
  assert.equal(count, 1300)
  const sum = new Checksum()
  for (const { record } of (await readAll(client, undefined, 1000)).changes) {
    sum.add(await lineChecksum(wholeRecordLine(record)))
  }
  assert.equal(days[0].whole_checksum, sum.hex)
})

test('G4 impossible ranges are refused, 31 days at most', async () => {
  const client = await server.company('g4b', [STAFF])
  const ask = (start: unknown, end: unknown): Promise<Answer> =>
    client.post('crm/follow/reconcile', { follow_time_start: start, follow_time_end: end })
  assert.equal((await ask('2025-01-01', '2025-01-31')).envelope.data.days.length, 31)
  assertRefused(await ask('2025-01-01', '2025-02-01'), 40020, 'follow_time_end')
  assertRefused(await ask('2025-01-02', '2025-01-01'), 40000, 'follow_time_start')
  assertRefused(await ask('2025-02-30', '2025-03-01'), 40000, 'follow_time_start')
  assertRefused(await ask(null, '2025-03-01'), 40010, 'follow_time_start')
  assert.equal((await ask('9999-12-30', '9999-12-31')).envelope.data.days.length, 2)
})

test('G5 the checksum of the client, over records of the list, is that of reconcile, whatever they hold', async () => {
  const day = Date.UTC(2025, 3, 1)
  const lines = [
    follow({ id: '1538877699425540097', follow_time: day, content: '引号"、\\、\n、\u0001、😀' }),
    follow({
      id: '2',
      follow_time: day,
      field_map: { long: 1, 10: 'x', 2: [1, { a: null }] },
      attachment_list: [{ name: 'a' }, { cos_url: 'https://x/?a=1&b=<c>', type: 'web' }],
      location: { location_lat: '1' },
      remind: { is_remind: 1, time: day, before: '9007199254740993', user_ids: ['a', 'b'], content: '' },
      target: { external_id: 'wm', is_ai: true },
    }),
    JSON.stringify(follow({ id: '3', follow_time: day })).replace(
      '"content"',
      '"field_map":{"d":1.50,"n":9007199254740993,"e":1e3},"content"',
    ),
    follow({
      id: '4',
      follow_time: day,
      follow_type: null,
      follow_type_desc: null,
      system: true,
      title: 't',
    }),
  ]
  const client = await server.company('g5', [STAFF, ...lines])
  const range = { follow_time_start: '2025-04-01', follow_time_end: '2025-04-01' }
  const { checksum, whole_checksum: whole, count } = await done(client, 'reconcile', range)
  assert.equal(count, 4)
  const { text } = await client.post('crm/follow/changes', {})
  const { data } = parseExact(text) as { data: { records: { record: Record<string, unknown> }[] } }
  const [sum, wholeSum] = [new Checksum(), new Checksum()]
  for (const { record } of data.records) {
    sum.add(await lineChecksum(recordLine(record)))
    wholeSum.add(await lineChecksum(wholeRecordLine(record)))
  }
  assert.deepEqual([sum.hex, wholeSum.hex], [checksum, whole])
  // Ids may be kept as texts.
  const [{ record }] = data.records as [{ record: Record<string, unknown> }]
  assert.equal(recordLine({ ...record, id: '1538877699425540097' }), recordLine(record))
  for (const { record: each } of data.records) sum.subtract(await lineChecksum(recordLine(each)))
  assert.equal(sum.hex, '0'.repeat(32))
})
