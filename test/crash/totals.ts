import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type CliProcess, startGenjin } from '../support/cli.ts'
import type { TempDatabase } from '../support/database.ts'
import { Caller, dayOf, Fleet, type Log, oneOf, times, tokenOf, Watch, type Work } from './fleet.ts'
import {
  anyDay,
  anyFields,
  BATCH,
  batchIds,
  batchLines,
  batchRecords,
  CONTACTS,
  DAYS,
  DEPARTMENTS,
  DICTIONARY,
  MADE_TARGETS,
  METHODS,
  STAFF,
  TITLES,
  TYPES,
} from './totals-batches.ts'

export interface TotalsCrashOptions {
  /** Empty, or not there yet. */
  readonly temp: TempDatabase
  readonly servers: number
  /** How many answers to look at; starting comes on top. */
  readonly answers: number
  /** Longest that it may take. */
  readonly seconds: number
  readonly log?: Log
}

export interface TotalsCrashReport {
  readonly answers: number
  /** Answers in which something was found, by filter; and by which page of it. */
  readonly found: Readonly<Record<string, number>>
  readonly pages: Readonly<Record<string, number>>
  /** Totals seen, smallest and largest, without a filter. */
  readonly totals: readonly [number, number]
  /** Batches seen whole within a page. */
  readonly whole: number
  /** Batches written, by how. */
  readonly written: Readonly<Record<string, number>>
  /** Servers and writers that were killed. */
  readonly kills: number
  readonly writersKilled: number
  readonly seconds: number
  readonly slowestMs: number
}

/** Batches that are imported, and each of which comes and goes. */
const BATCHES = 200
const READERS = 6
/** Answers of a round while servers are killed, and then while they are not. */
const FIRE = 400
const CALM = 1_200

/**
 * Writers insert, move and delete records in batches of 7, each batch in one transaction, while readers ask with all kinds
 * of filters for shallow and deep pages, and servers and writers are killed with SIGKILL. Asserts that no total is other
 * than a multiple of 7, that each page has as many records as its total says, in order, none twice, all of them such as
 * were asked for, and that no page shows a part of a batch, or a batch half moved (L1, L3, L12).
 */
export async function totalsCrash(options: TotalsCrashOptions): Promise<TotalsCrashReport> {
  const log = options.log ?? (() => {})
  const { database } = options.temp
  await using fleet = await Fleet.start(database, options.servers)
  const batches = times(BATCHES / 2, (number) => batchLines(number, anyFields(), number % 5 === 0, 'first'))
  const caller = new Caller(fleet, await tokenOf(database, fleet, [...DICTIONARY, ...batches.flat()]))
  const started = performance.now()
  const deadline = started + options.seconds * 1000
  const readers = new Readers(caller)
  const writers = new Writers(caller, database)
  // Starting a server takes more than hundreds of answers: most of them are asked for while nobody is being started.
  for (let round = 1; readers.answers < options.answers && performance.now() < deadline; round++) {
    const kills = fleet.kills
    const fire = (watch: Watch, works: readonly Work[]) => fleet.underFire(watch, works, log)
    for (const { answers, phase, deaths } of [
      { answers: FIRE, phase: fire, deaths: 2 },
      { answers: CALM, phase: together, deaths: 0 },
    ]) {
      const watch = new Watch((deadline - performance.now()) / 1000)
      const enough = readers.answers + answers
      const read: Work = () =>
        watch.whileItGoesOn(async () => {
          await readers.read()
          if (readers.answers >= enough && fleet.kills >= kills + deaths) watch.end()
        })
      await phase(watch, [...times(READERS, () => read), writers.make, writers.process, writers.process])
    }
    log(`round ${round}: ${readers.answers} answers`)
  }
  await fleet.stop()
  return {
    ...readers.report(),
    written: Object.fromEntries([...writers.counts].sort()),
    kills: fleet.kills,
    writersKilled: writers.kills,
    seconds: Math.round((performance.now() - started) / 1000),
    slowestMs: Math.round(caller.slowestMs),
  }
}

/** Lets all of these run to their ends; the watch ends with the first that fails. */
export async function together(watch: Watch, works: readonly Work[]): Promise<void> {
  const guarded = async (work: Work) => {
    try {
      await work(watch)
    } catch (error) {
      watch.end()
      throw error
    }
  }
  const ends = await Promise.allSettled(works.map(guarded))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

class Writers {
  readonly counts = new Map<string, number>()
  readonly #caller: Caller
  readonly #database: string
  kills = 0

  constructor(caller: Caller, database: string) {
    this.#caller = caller
    this.#database = database
  }

  /** Makes batches over HTTP, some of them refused for their last row. */
  readonly make: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      const records = batchRecords(oneOf(MADE_TARGETS), anyFields(), randomUUID())
      const good = Math.random() < 0.8
      if (!good) Object.assign(records.at(-1) as object, { user_id: 'nobody' })
      const body = { atomic: true, records }
      const { envelope, text } = await this.#caller.untilAnswered('batchCreate', body, randomUUID())
      assert.equal(envelope.code === 0, good, text)
      this.#count(good ? 'batchCreate' : 'refused')
      await sleep(Math.random() * 150)
    })

  /** A process that writes batches until it is killed; then another. */
  readonly process: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      await using writer = startWriter(this.#database)
      let text = ''
      writer.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8')
      })
      const until = performance.now() + 2_000 + Math.random() * 8_000
      let over = false
      writer.ended.finally(() => {
        over = true
      })
      while (!over && performance.now() < until && watch.goesOn()) await sleep(20)
      writer.kill('SIGKILL')
      const end = await writer.ended
      assert.equal(end.signal, 'SIGKILL', `a writer ended by itself: ${end.stderr}`)
      this.kills++
      for (const line of text.split('\n').slice(0, -1)) this.#count(line)
    })

  #count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}

function startWriter(database: string): CliProcess {
  const file = fileURLToPath(new URL('totals-writer.ts', import.meta.url))
  return startGenjin([file, database, String(BATCHES)], { program: process.execPath })
}

/** A record of either list, as far as it is looked at. */
interface Listed {
  readonly id: number
  readonly follow_user_id: string
  readonly content: string
  readonly business_type: number
  readonly business_id: string
  readonly target: { readonly contact_id: string | null }
  /** Not of system follow-ups. */
  readonly follow_type?: number | null
  readonly follow_type_desc?: string | null
  /** Of system follow-ups only. */
  readonly title?: string | null
  readonly follow_time: number
}

/** A part of a question: what is sent, and which records it lets through as far as these show it. */
interface Part {
  readonly kind: string
  readonly body: Record<string, unknown>
  matches(record: Listed): boolean
}

interface Question {
  readonly system: boolean
  /** Under which it is counted. */
  readonly kind: string
  readonly body: Record<string, unknown>
  matches(record: Listed): boolean
  /** Total when it was last asked. */
  total: number
  /** Page of a walk through it. */
  walked: number
}

const PARTS: readonly (() => Part)[] = [
  () => {
    const type = oneOf(TYPES)
    return { kind: 'type', body: { target_type: type }, matches: (record) => record.business_type === type }
  },
  () => {
    const ids = some(METHODS, 1).map(({ id }) => id)
    return methodsPart('method', { follow_type_list: ids }, ids)
  },
  () => {
    const ids = some(METHODS, 2 + Math.floor(Math.random() * 2)).map(({ id }) => id)
    return methodsPart('methods', { follow_type_list: ids }, ids)
  },
  () => {
    const { id, name } = oneOf(METHODS)
    return methodsPart('method name', { follow_type_name: name }, [id])
  },
  () => staffPart('one of staff', some(Object.keys(STAFF), 1)),
  () => staffPart('several of staff', some(Object.keys(STAFF), 3)),
  () => {
    const departments = some(Object.keys(DEPARTMENTS), Math.random() < 0.7 ? 1 : 2).map(Number)
    const below = Math.random() < 0.8
    const there = departments.flatMap((id) => [id, ...(below ? departmentsBelow(id) : [])])
    return {
      kind: 'department',
      body: { follow_dep_ids: departments, ...(!below && { fetch_child: 0 }) },
      matches: ({ follow_user_id: user }) => STAFF[user]?.some((id) => there.includes(id)) ?? false,
    }
  },
  () => {
    const day = anyDay()
    return daysPart('day', day, day)
  },
  () => {
    const [from, to] = [anyDay(), anyDay()].sort() as [string, string]
    return daysPart('days', from, to)
  },
  () => daysPart('days from', anyDay(), undefined),
  () => daysPart('days to', undefined, oneOf(DAYS)),
  () => {
    const title = oneOf(TITLES)
    // The list of what staff wrote does not show it.
    const matches = (record: Listed) => !('title' in record) || record.title === title
    return { kind: 'title', body: { title }, matches }
  },
  () => {
    const contact = oneOf(CONTACTS)
    return {
      kind: 'shared target',
      body: { target_id_list: [contact] },
      matches: ({ target }) => target.contact_id === contact,
    }
  },
  () => {
    const targets = times(3, () => oneOf([...MADE_TARGETS, ...times(BATCHES, (number) => `b${number}`)]))
    return {
      kind: 'target',
      body: { target_id_list: targets },
      matches: ({ business_id: id }) => targets.includes(id),
    }
  },
  () => {
    const ids = times(12, () => batchIds(Math.floor(Math.random() * BATCHES))).flat()
    return { kind: 'ids', body: { id_list: ids }, matches: ({ id }) => ids.includes(id) }
  },
]

function methodsPart(kind: string, body: Part['body'], ids: readonly number[]): Part {
  // Those of the system have none, and the filter is not one of their list (L14).
  const matches = ({ follow_type: method }: Listed) => method === undefined || ids.includes(method as number)
  return { kind, body, matches }
}

function staffPart(kind: string, users: readonly string[]): Part {
  return {
    kind,
    body: { follow_user_ids: users },
    matches: ({ follow_user_id: user }) => users.includes(user),
  }
}

function daysPart(kind: string, from: string | undefined, to: string | undefined): Part {
  return {
    kind,
    body: { follow_time_start: from, follow_time_end: to },
    matches: ({ follow_time: time }) =>
      (from === undefined || dayOf(time) >= from) && (to === undefined || dayOf(time) <= to),
  }
}

function departmentsBelow(id: number): number[] {
  return Object.entries(DEPARTMENTS)
    .filter(([, parent]) => parent === id)
    .map(([below]) => Number(below))
}

/** So many of these, none twice. */
function some<T>(values: readonly T[], count: number): T[] {
  return [...values].sort(() => Math.random() - 0.5).slice(0, count)
}

/** Most often one filter or two, sometimes none, sometimes many. */
function newQuestion(): Question {
  const count = oneOf([0, 1, 1, 1, 1, 2, 2, 2, 3, 4])
  const parts = some(PARTS, count).map((make) => make())
  const kinds = parts.map(({ kind }) => kind)
  // Two of one field would be the last alone.
  if (new Set(parts.flatMap(({ body }) => Object.keys(body))).size < fieldsOf(parts)) return newQuestion()
  return {
    system: Math.random() < 0.15,
    kind: count > 2 ? 'many' : count === 2 ? 'two' : (kinds[0] ?? 'none'),
    body: Object.assign({}, ...parts.map(({ body }) => body)),
    matches: (record) => parts.every((part) => part.matches(record)),
    total: 0,
    walked: 0,
  }
}

function fieldsOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { body }) => sum + Object.keys(body).length, 0)
}

class Readers {
  readonly #caller: Caller
  /** Asked again and again, by all readers; the first without a filter. */
  readonly #questions: Question[] = [
    { system: false, kind: 'none', body: {}, matches: () => true, total: 0, walked: 0 },
    ...PARTS.flatMap((make) => {
      const { kind, body, matches } = make()
      return [false, false, true].map((system) => ({ system, kind, body, matches, total: 0, walked: 0 }))
    }),
    ...times(40, newQuestion),
  ]
  readonly #found = new Map<string, number>()
  readonly #pages = new Map<string, number>()
  #totals: [number, number] = [Number.POSITIVE_INFINITY, 0]
  #whole = 0
  answers = 0

  constructor(caller: Caller) {
    this.#caller = caller
  }

  read(): Promise<void> {
    return this.#ask(Math.random() < 0.7 ? oneOf(this.#questions) : newQuestion())
  }

  report() {
    return {
      answers: this.answers,
      found: Object.fromEntries([...this.#found].sort()),
      pages: Object.fromEntries([...this.#pages].sort()),
      totals: this.#totals,
      whole: this.#whole,
    }
  }

  async #ask(question: Question): Promise<void> {
    const size = oneOf([1, 7, 20, 20, 50, 100, 100])
    const [which, page] = pageOf(question, size)
    const body = { ...question.body, page_size: size, current_index: page }
    const operation = question.system ? 'listForSystem' : 'list'
    const { text, envelope } = await this.#caller.untilDone(operation, body)
    const { total, records } = envelope.data as { total: number; records: Listed[] }
    const what = `${operation} ${JSON.stringify(body)} answered ${text}`
    assert.equal(total % BATCH, 0, what)
    assert.equal(records.length, Math.min(size, Math.max(0, total - (page - 1) * size)), what)
    for (const record of records) assert.ok(question.matches(record), `not asked for: ${record.id}: ${what}`)
    assertOrder(records, what)
    this.#whole += assertWhole(records, { total, size }, what)
    this.#count(question.kind, which, records.length)
    if (question === this.#questions[0]) {
      this.#totals = [Math.min(this.#totals[0], total), Math.max(this.#totals[1], total)]
    }
    question.total = total
    this.answers++
  }

  #count(kind: string, which: string, records: number): void {
    if (records === 0 && which !== 'past') return
    this.#pages.set(which, (this.#pages.get(which) ?? 0) + 1)
    if (records > 0) this.#found.set(kind, (this.#found.get(kind) ?? 0) + 1)
  }
}

/** Which page to ask for, going by what the total was when last asked. */
function pageOf(question: Question, size: number): [string, number] {
  const last = Math.max(1, Math.ceil(question.total / size))
  const dice = Math.random()
  if (dice < 0.2) return ['first', 1]
  if (dice < 0.3) return ['middle', Math.ceil(last / 2)]
  // Where a total that is not of the page's instant shows.
  if (dice < 0.7) return ['last', last]
  if (dice < 0.75) return ['past', last + 1 + Math.floor(Math.random() * 100)]
  // One page after the other, by all readers together, and from the first again.
  question.walked = (question.walked % last) + 1
  return ['walk', question.walked]
}

/** Newest first, of one time the highest id first; so none is there twice (L1). */
function assertOrder(records: readonly Listed[], what: string): void {
  for (const [index, record] of records.entries()) {
    const next = records[index + 1]
    if (!next) return
    const { follow_time: time, id } = record
    const inOrder = next.follow_time < time || (next.follow_time === time && next.id < id)
    assert.ok(inOrder, `${id} before ${next.id}: ${what}`)
  }
}

/**
 * Records of one write have the same content and were put on the same day. All in a page were written by the same write or
 * are gone: of a batch whose whole day is on the page, seven must be there. Answers how many batches were.
 */
function assertWhole(
  records: readonly Listed[],
  { total, size }: { total: number; size: number },
  what: string,
): number {
  const [first, last] = [records[0], records.at(-1)]
  if (!first || !last) return 0
  // Whether nothing of this day can be on another page.
  const all = total <= size && records.length === total
  const isWhole = (day: string) =>
    all || (day !== dayOf(first.follow_time) && day !== dayOf(last.follow_time))
  let whole = 0
  for (const [mark, batch] of Map.groupBy(records, keyOf)) {
    const shared = new Set(batch.map(sharedOf))
    assert.equal(shared.size, 1, `half moved, ${mark}: ${[...shared].join(' and ')}: ${what}`)
    if (!isWhole(dayOf((batch[0] as Listed).follow_time))) continue
    assert.equal(batch.length, BATCH, `a part of ${mark}: ${what}`)
    whole++
  }
  return whole
}

/** Imported batches are known by their target, others by the write that made them. */
function keyOf({ business_id: id, content }: Listed): string {
  return id.startsWith('b') ? id : content
}

function sharedOf(record: Listed): string {
  const { content, business_type, business_id, follow_user_id, target, follow_type } = record
  const day = dayOf(record.follow_time)
  return JSON.stringify([
    content,
    day,
    business_type,
    business_id,
    follow_user_id,
    target.contact_id,
    follow_type,
  ])
}
