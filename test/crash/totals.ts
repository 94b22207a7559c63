import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { dayOf, filterOf, type Listable, newestFirst } from '../oracle/follow-list.ts'
import { type CliProcess, startGenjin } from '../support/cli.ts'
import { type Caller, callerOf, Fleet, type FleetOptions, together, Watch, type Work } from './fleet.ts'
import { type Question, Questions } from './questions.ts'
import { count, DIRECTORY, oneOf, sorted, times } from './test-data.ts'
import { anyFields, BATCH, batchIds, batchLines, batchRecords, MADE_TARGETS } from './totals-batches.ts'

export interface TotalsCrashOptions extends FleetOptions {
  /** How many answers to look at; starting comes on top. */
  readonly answers: number
  /** Longest that it may take. */
  readonly seconds: number
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
export async function totalsCrash(options: TotalsCrashOptions) {
  await using fleet = await Fleet.start(options)
  const batches = times(BATCHES / 2, (number) => batchLines(number, anyFields(), number % 5 === 0, 'first'))
  const caller = await callerOf(fleet, batches.flat())
  const started = performance.now()
  const deadline = started + options.seconds * 1000
  const readers = new Readers(caller)
  const writers = new Writers(caller, fleet.database)
  // Starting a server takes more than hundreds of answers: most of them are asked for while nobody is being started.
  for (let round = 1; readers.answers < options.answers && performance.now() < deadline; round++) {
    const kills = fleet.kills
    const fire = (watch: Watch, works: readonly Work[]) => fleet.underFire(watch, works)
    for (const { answers, phase, deaths } of [
      { answers: FIRE, phase: fire, deaths: 2 },
      { answers: Math.min(CALM, options.answers - FIRE), phase: together, deaths: 0 },
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
    fleet.log(`round ${round}: ${readers.answers} answers`)
  }
  await fleet.stop()
  return {
    ...readers.report(),
    written: sorted(writers.counts),
    kills: fleet.kills,
    writersKilled: writers.kills,
    seconds: Math.round((performance.now() - started) / 1000),
    slowestMs: Math.round(caller.slowestMs),
  }
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
      count(this.counts, good ? 'batchCreate' : 'refused')
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
      let over = false
      writer.ended.finally(() => {
        over = true
      })
      // From its first batch on: on a busy machine it takes seconds to start.
      while (!over && text === '' && watch.goesOn()) await sleep(20)
      const until = performance.now() + 500 + Math.random() * 6_000
      while (!over && performance.now() < until && watch.goesOn()) await sleep(20)
      writer.kill('SIGKILL')
      const end = await writer.ended
      assert.equal(end.signal, 'SIGKILL', `a writer ended by itself: ${end.stderr}`)
      this.kills++
      for (const line of text.split('\n').slice(0, -1)) count(this.counts, line)
    })
}

function startWriter(database: string): CliProcess {
  const file = fileURLToPath(new URL('totals-writer.ts', import.meta.url))
  return startGenjin([file, database, String(BATCHES)], { program: process.execPath })
}

/** A record of either list, as far as it is looked at. */
interface Listed extends Listable {
  readonly id: number
  readonly content: string
}

/** A question that all readers ask, and the page of a walk through its list. */
interface Asked extends Question {
  walked?: number
}

const QUESTIONS = new Questions({
  targets: [...MADE_TARGETS, ...times(BATCHES, (number) => `b${number}`)],
  ids: () => times(12, () => batchIds(Math.floor(Math.random() * BATCHES))).flat(),
})

/** Whether a record is such as was asked for; the list of what staff wrote does not show titles. */
function matches({ system, body: { title, ...body } }: Question, record: Listed): boolean {
  return filterOf({ system, body: system ? { title, ...body } : body }, DIRECTORY)(record)
}

class Readers {
  readonly #caller: Caller
  /** Asked again and again, by all readers; the first without a filter. */
  readonly #questions: Asked[] = [...QUESTIONS.ofEachKind(), ...times(40, () => QUESTIONS.random())]
  readonly #found = new Map<string, number>()
  readonly #pages = new Map<string, number>()
  #totals: [number, number] = [Number.POSITIVE_INFINITY, 0]
  #whole = 0
  answers = 0

  constructor(caller: Caller) {
    this.#caller = caller
  }

  read(): Promise<void> {
    return this.#ask(Math.random() < 0.7 ? oneOf(this.#questions) : QUESTIONS.random())
  }

  report() {
    return {
      answers: this.answers,
      found: sorted(this.#found),
      pages: sorted(this.#pages),
      totals: this.#totals,
      whole: this.#whole,
    }
  }

  async #ask(question: Asked): Promise<void> {
    const size = oneOf([1, 7, 20, 20, 50, 100, 100])
    const [which, page] = pageOf(question, size)
    const body = { ...question.body, page_size: size, current_index: page }
    const operation = question.system ? 'listForSystem' : 'list'
    const { text, envelope } = await this.#caller.untilDone(operation, body)
    const { total, records } = envelope.data as { total: number; records: Listed[] }
    const what = `${operation} ${JSON.stringify(body)} answered ${text}`
    assert.equal(total % BATCH, 0, what)
    assert.equal(records.length, Math.min(size, Math.max(0, total - (page - 1) * size)), what)
    for (const record of records) {
      assert.ok(matches(question, record), `not asked for: ${record.id}: ${what}`)
    }
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
    count(this.#pages, which)
    if (records > 0) count(this.#found, kind)
  }
}

/** Which page to ask for, going by what the total was when last asked. */
function pageOf(question: Asked, size: number): [string, number] {
  const last = Math.max(1, Math.ceil(question.total / size))
  const dice = Math.random()
  if (dice < 0.2) return ['first', 1]
  if (dice < 0.3) return ['middle', Math.ceil(last / 2)]
  // Where a total that is not of the page's instant shows.
  if (dice < 0.7) return ['last', last]
  if (dice < 0.75) return ['past', last + 1 + Math.floor(Math.random() * 100)]
  // One page after the other, by all readers together, and from the first again.
  question.walked = ((question.walked ?? 0) % last) + 1
  return ['walk', question.walked]
}

/** In order, so that none is there twice (L1). */
function assertOrder(records: readonly Listed[], what: string): void {
  for (const [index, next] of records.slice(1).entries()) {
    const record = records[index] as Listed
    assert.ok(newestFirst(record, next) < 0, `${record.id} before ${next.id}: ${what}`)
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
  const shared = [content, day, business_type, business_id, follow_user_id, target.contact_id, follow_type]
  return JSON.stringify(shared)
}
