import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Checksum, lineChecksum, nextDay, parseExact, wholeRecordLine, zoneOf } from 'genjin-record'
import {
  type ChangePage,
  type FieldDefinition,
  type Mirror,
  openMirror,
  type TableOptions,
  type WholeRecord,
} from 'genjin-sync'
import { converterOf } from '../../packages/sync/src/mirror/custom-values.ts'
import { catchUp, FeedModel, longFeed, Random, WRITER } from './mirror-feed.ts'

export const ZONE = 'Asia/Shanghai'
export const SOURCE: TableOptions = { id: 'https://a.example 1', takes: async () => false, timeZone: ZONE }

/** A place for copies, gone with its test. */
export interface Target extends AsyncDisposable {
  readonly to: string
  /** What a reader of the copy sees of each follow-up, by id: custom fields by key where they have columns. */
  look(): Promise<Map<string, Seen>>
  /** Empties the columns of custom fields, and notes that they are due, as a run leaves them that was killed. */
  forget?(): Promise<void>
}

export interface Seen {
  /** The record's text as the feed answers it, where the target keeps it as that. */
  readonly line?: string
  readonly custom?: ReadonlyMap<string, unknown>
}

const SEEDS = [1, 2, 3]

const WRITER_CHANGES = 1_000
const KILLS = 4
const KILL_MS = 250

/** Runs the process that follows a long feed; kills it so long after it has opened the copy. */
async function runWriter(to: string, resets: number, killAfterMs?: number): Promise<void> {
  const script = fileURLToPath(new URL('./mirror-writer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, to, '1', String(WRITER_CHANGES), String(resets)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  let said = ''
  child.stdout.on('data', (text) => {
    const isOpen = said === ''
    said += text
    if (isOpen && killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  })
  await ended
  if (killAfterMs === undefined || child.signalCode === null) assert.match(said, /done/)
}

/** What every target must do alike. */
export function mirrorSuite(name: string, make: () => Promise<Target>): void {
  const open = (target: Target, source: Partial<TableOptions> = {}) =>
    openMirror(target.to, { ...SOURCE, ...source })

  describe(`mirror in ${name}`, () => {
    for (const seed of SEEDS) {
      test(`equal to the source after anything (seed ${seed})`, async () => {
        await using target = await make()
        const run = new Run(seed, target, open)
        for (let round = 0; round < 25; round++) await run.round()
        await run.end()
      })
    }

    test('a page that fails leaves no trace, and can come again', async () => {
      await using target = await make()
      await using mirror = await open(target)
      const model = changedModel(9, 40)
      const page = model.page(undefined, 20) as ChangePage
      const last = page.records.at(-1) as ChangePage['records'][number]
      const broken = { ...last, op: 'create' as const, record: { ...last.record, id: '77', content: null } }
      const bad = { ...page, records: [...page.records, { ...broken, seq: 999 }] } as unknown as ChangePage
      await assert.rejects(mirror.apply(bad), /NOT NULL|not-null/)
      assert.equal(mirror.cursor, undefined)
      await mirror.settle()
      assert.equal((await target.look()).size, 0)
      await catchUp(mirror, model)
      await assertEqual(target, mirror, model)
    })

    test('killed again and again, it ends equal to the source', async () => {
      await using target = await make()
      const random = new Random(3)
      for (const resets of [0, 1]) {
        for (let kill = 0; kill < KILLS; kill++) await runWriter(target.to, resets, random.below(KILL_MS))
        await runWriter(target.to, resets)
        await using mirror = await openMirror(target.to, WRITER)
        const model = longFeed(1, WRITER_CHANGES, resets)
        await assertEqual(target, mirror, model)
      }
    })

    test('of two at once one is refused, and nothing is damaged', async () => {
      await using target = await make()
      const model = changedModel(5, 60)
      {
        await using one = await open(target)
        await using other = await open(target)
        await one.apply(model.page(undefined, 30) as ChangePage)
        const page = model.page(undefined, 20) as ChangePage
        await assert.rejects(other.apply(page), /另一个进程.*another process/)
        await assert.rejects(other.describe(model), /another process/)
        await assert.rejects(other.startResync(), /another process/)
        await catchUp(one, model)
      }
      await using later = await open(target)
      await catchUp(later, model)
      await assertEqual(target, later, model)
    })

    test('two that open it first at the same time', async () => {
      await using target = await make()
      for (const opened of await Promise.all([open(target), open(target)]))
        await opened[Symbol.asyncDispose]()
    })

    test('another source is refused, both are named; not by a copy to which nothing has come yet', async () => {
      await using target = await make()
      const model = new FeedModel(7)
      for (let change = 0; change < 20; change++) {
        model.change()
        model.redefine()
      }
      {
        await using mistaken = await open(target, { id: 'https://typo.example 1' })
        await mistaken.describe(model)
      }
      {
        await using right = await open(target)
        await catchUp(right, model)
        await assertEqual(target, right, model)
      }
      await assert.rejects(open(target, { id: 'https://b.example 2' }), (error: Error) => {
        return [SOURCE.id, 'https://b.example 2'].every((id) => error.message.includes(id))
      })
    })

    test('another name of a source that takes the cursor is the same source; nothing is read again', async () => {
      await using target = await make()
      const model = changedModel(11, 30)
      const asked: string[] = []
      const takes = async (cursor: string) => {
        asked.push(cursor)
        return model.page(cursor, 1) !== undefined
      }
      {
        await using mirror = await open(target)
        await mirror.apply(model.page(undefined, 12) as ChangePage)
      }
      const other = { id: 'http://localhost 2', takes }
      {
        await using mirror = await open(target, other)
        assert.deepEqual(asked, [mirror.cursor])
        await catchUp(mirror, model)
        await assertEqual(target, mirror, model)
      }
      // Its name is known now: the source is not asked again, nor does the first one become a stranger.
      {
        await using again = await open(target, { ...other, takes: async () => false })
        assert.notEqual(again.cursor, undefined)
      }
      {
        await using back = await open(target, { takes })
        assert.equal(back.cursor, asked[1])
      }
      model.reset()
      await assert.rejects(
        open(target, { id: 'http://third.example 3', takes }),
        /不接受它的游标.*does not take/,
      )
    })

    test('columns whose values are due, because a run was killed, are computed by the next one', async (t) => {
      await using target = await make()
      if (!target.forget) return t.skip('no columns of custom fields')
      const model = changedModel(12, 40)
      {
        await using mirror = await open(target)
        await catchUp(mirror, model)
      }
      await target.forget()
      await using mirror = await open(target)
      await catchUp(mirror, model)
      await assertEqual(target, mirror, model)
    })

    test('a feed that goes back is refused', async () => {
      await using target = await make()
      await using mirror = await open(target)
      const model = changedModel(6, 30)
      await catchUp(mirror, model)
      const page = model.page(undefined, 10) as ChangePage
      await assert.rejects(mirror.apply({ ...page, cursor: 'other' }), /feed reset/)
      await assertEqual(target, mirror, model)
    })

    test('another time zone', async () => {
      await using target = await make()
      const model = new FeedModel(8)
      for (let key = 0; key < 40; key++) model.redefine()
      for (let change = 0; change < 60; change++) model.change()
      for (const zone of [ZONE, 'America/New_York', ZONE]) {
        await using mirror = await open(target, { timeZone: zone })
        await catchUp(mirror, model)
        await assertEqual(target, mirror, model, zone)
      }
    })
  })
}

/** A source with the first so many changes of this seed. */
function changedModel(seed: number, changes: number): FeedModel {
  const model = new FeedModel(seed)
  for (let change = 0; change < changes; change++) model.change()
  return model
}

/** What a reader finds in a table: `definitions` are those that the copy keeps. */
export function seenOf(rows: readonly Record<string, unknown>[], definitions: unknown): Map<string, Seen> {
  const { columns } = JSON.parse(definitions as string) as { columns: { key: string; column: string }[] }
  return new Map(
    rows.map((row) => [
      String(row.id),
      { custom: new Map(columns.map(({ key, column }) => [key, row[column]])) },
    ]),
  )
}

/** The statements that leave a table as a killed run does: columns were altered, and are not computed yet. */
export function forgetting(definitions: unknown): string[] {
  const state = JSON.parse(definitions as string)
  const columns: { key: string; column: string }[] = state.columns
  const due = JSON.stringify({ ...state, format: 2, late: [], due: columns.map(({ key }) => key) })
  const nulls = columns.map(({ column }) => `"${column.replaceAll('"', '""')}" = NULL`)
  return [
    `UPDATE follow_up SET ${nulls.join(', ')}`,
    `UPDATE genjin_sync SET definitions = '${due.replaceAll("'", "''")}'`,
  ]
}

/** A random history, which the copy follows in runs that can end anywhere. */
class Run {
  readonly #random: Random
  readonly #model: FeedModel
  readonly #target: Target
  readonly #open: (target: Target) => Promise<Mirror>
  /** Definitions as the copy knows them: a deleted one stays as it was. */
  readonly #known = new Map<string, FieldDefinition>()

  constructor(seed: number, target: Target, open: (target: Target) => Promise<Mirror>) {
    this.#random = new Random(seed + 1000)
    this.#model = new FeedModel(seed)
    this.#target = target
    this.#open = open
  }

  async round(): Promise<void> {
    const random = this.#random
    const model = this.#model
    for (let change = random.below(25); change > 0; change--) model.change()
    if (random.below(2) === 0) model.redefine()
    if (random.below(4) === 0) model.rename()
    if (random.below(8) === 0) model.reset()
    await using mirror = await this.#open(this.#target)
    await this.#describe(mirror)
    for (let pages = random.below(6); pages > 0; pages--) {
      if (random.below(10) === 0) model.rename()
      const page = model.page(mirror.cursor, 1 + random.below(10))
      if (!page) {
        await mirror.startResync()
        continue
      }
      await mirror.apply(page)
      if (random.below(3) === 0) await mirror.apply(page)
      if (!page.has_more) await mirror.finishResync()
    }
    if (random.below(2) === 0) await mirror.settle()
    if (random.below(3) === 0) await this.#finish(mirror)
  }

  async end(): Promise<void> {
    await using mirror = await this.#open(this.#target)
    await this.#finish(mirror)
  }

  async #finish(mirror: Mirror): Promise<void> {
    await this.#describe(mirror)
    await catchUp(mirror, this.#model, 1 + this.#random.below(20))
    await assertEqual(this.#target, mirror, this.#model, ZONE, this.#known)
  }

  async #describe(mirror: Mirror): Promise<void> {
    await mirror.describe(this.#model)
    for (const field of this.#model.fields) this.#known.set(field.key, field)
  }
}

export async function assertEqual(
  target: Target,
  mirror: Mirror,
  model: FeedModel,
  zone = ZONE,
  known: ReadonlyMap<string, FieldDefinition> = new Map(model.fields.map((field) => [field.key, field])),
): Promise<void> {
  const seen = await target.look()
  assert.deepEqual([...seen.keys()].sort(), [...model.records.keys()].sort())
  for (const [id, { line, custom }] of seen) {
    const record = model.named(model.records.get(id) as WholeRecord)
    if (line !== undefined) assert.deepEqual(parseExact(line), parseExact(JSON.stringify(bareIds(record))))
    if (custom) assertCustom(record, custom, known, zone)
  }
  const sums = []
  for await (const sum of mirror.daySums(zone)) sums.push(sum)
  assert.deepEqual(sums, await expectedSums(model, zone))
}

/** As in the feed: ids without quotes. */
function bareIds(record: WholeRecord): object {
  const bare = (id: unknown) => (typeof id === 'string' ? parseExact(id) : id)
  return { ...record, id: bare(record.id), follow_type: bare(record.follow_type) }
}

function assertCustom(
  record: WholeRecord,
  custom: ReadonlyMap<string, unknown>,
  known: ReadonlyMap<string, FieldDefinition>,
  zone: string,
): void {
  for (const key of Object.keys(record.field_map)) assert.ok(custom.has(key), `no column for ${key}`)
  for (const [key, value] of custom) {
    const { type, options } = known.get(key) ?? { type: 'text', options: null }
    const given = Object.hasOwn(record.field_map, key) ? record.field_map[key] : null
    const wanted = converterOf(type, options, zone)(given)
    const where = `${record.id} ${key.slice(0, 40)}`
    if (type === 'number' && wanted !== null) assert.equal(Number(value) + 0, Number(wanted) + 0, where)
    else assert.equal(value, wanted, where)
  }
}

/** A simple follow-up with this id. */
export function plainRecord(id: string, fieldMap: Record<string, unknown> = {}): WholeRecord {
  return {
    id,
    follow_user_id: 'zhang',
    content: '已报价',
    target: {
      contact_id: null,
      external_id: 'wm1',
      company_id: null,
      chat_id: null,
      clue_id: null,
      is_ai: false,
    },
    business_type: 1,
    business_id: 'wm1',
    follow_type: '9007199254740993',
    follow_type_desc: '拜访',
    field_map: fieldMap,
    attachment_list: [],
    location: null,
    follow_time: Date.parse('2025-01-15T04:00:00.123Z'),
    remind: null,
    system: false,
    title: null,
    stage_id: null,
    create_time: 94694400000,
    update_time: 253402300799999,
    version: 1,
  }
}

/** A page that creates these. */
export function pageOf(records: readonly WholeRecord[], seq = 1): ChangePage {
  return {
    records: records.map((record, index) => ({ op: 'create', record, seq: seq + index })),
    cursor: `after ${seq + records.length - 1}`,
  }
}

/** Summed by the server's own rules for days, from the records themselves. */
async function expectedSums(model: FeedModel, zone: string) {
  const sums = new Map<string, { count: number; checksum: Checksum }>()
  for (const record of model.records.values()) {
    const day = dayOf(record.follow_time, zone)
    const sum = sums.get(day) ?? { count: 0, checksum: new Checksum() }
    sum.count++
    sum.checksum.add(await lineChecksum(wholeRecordLine(record)))
    sums.set(day, sum)
  }
  const sorted = [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([day, { count, checksum }]) => ({ day, count, checksum: checksum.hex }))
}

export function dayOf(ms: number, zone: string): string {
  const [before, utc] = [ms - 86_400_000, ms].map((at) => new Date(at).toISOString().slice(0, 10))
  for (const day of [nextDay(utc as string), utc as string])
    if (zoneOf(zone).startOfDay(day) <= ms) return day
  return before as string
}
