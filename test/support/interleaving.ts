import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { importBundle } from 'genjin-server'
import { parseExact } from '../crash/exact-json.ts'
import { Caller, Fleet, oneOf, timeOn, times, tokenOf, Watch, type Work } from '../crash/fleet.ts'
import { together } from '../crash/totals.ts'
import {
  anyDay,
  CONTACTS,
  DAYS,
  DEPARTMENTS,
  DICTIONARY,
  METHODS,
  STAFF,
  TITLES,
  TYPES,
} from '../crash/totals-batches.ts'
import { type Beside, chunksOf, openBeside } from '../crash/totals-store.ts'
import type { TempDatabase } from './database.ts'
import { type Change, type CheckReport, checkReads, type Read, type Span } from './interleaving-check.ts'
import type { Directory, Request } from './interleaving-model.ts'

export interface InterleavingOptions {
  /** Empty, or not there yet. */
  readonly temp: TempDatabase
  /** How many answers to look at; starting and checking come on top. */
  readonly reads: number
  /** Longest that it may take. */
  readonly seconds: number
}

export interface InterleavingReport extends CheckReport {
  readonly reads: number
  /** Reads that found something, by filter; and those of a page after the first. */
  readonly found: Readonly<Record<string, number>>
  readonly deep: number
  /** Writes acknowledged, by what they were. */
  readonly writes: Readonly<Record<string, number>>
  readonly changes: number
  readonly directories: number
}

const SERVERS = 2
const WRITERS = 5
const READERS = 4
const FEED_PAGE = 1000

/**
 * Writers of all kinds and readers at two servers of one database. What the company was after each change is known from its
 * change feed, so each answer can be looked up: it must be that of one state there was between the request and the answer
 * (L12). The directory, whose states are no changes of follow-ups, changes too.
 */
export async function interleaving(options: InterleavingOptions): Promise<InterleavingReport> {
  const { temp, reads, seconds } = options
  await using fleet = await Fleet.start(temp.database, SERVERS)
  const methods = RENAMED.map((id) => ({ kind: 'follow_type', id, name: NAMES[0] as string }))
  const caller = new Caller(fleet, await tokenOf(temp.database, fleet, [...DICTIONARY, ...methods]))
  await using beside = await openBeside(temp.database)
  const run = new Run(caller, beside)
  await run.begin()
  await together(new Watch(seconds), [
    (watch) =>
      watch.whileItGoesOn(async () => {
        await sleep(100)
        if (run.reads >= reads) watch.end()
      }),
    ...times(WRITERS, () => run.write),
    ...times(READERS, () => run.read),
    run.import,
    run.changeDirectory,
    run.follow,
  ])
  await run.readFeed()
  await fleet.stop()
  return run.check()
}

/** A write: the changes that it has made are found in the feed by what it answered, or by what it wrote. */
interface Write {
  /** Ids and versions, `id version`. */
  readonly made: string[]
  /** The content of all it wrote. */
  readonly mark?: string
}

/** Something that is known to be there: a write that was acknowledged, or a change that the feed has shown. */
type Known = Write | { readonly seq: number }

interface Asked extends Omit<Read, 'seqs' | 'states'> {
  /** How much was known when it was sent, and how many writes had been sent when it was answered. */
  readonly known: number
  readonly sends: number
  readonly states: Span
}

interface Question extends Request {
  readonly kind: string
  /** Total when it was last asked. */
  total: number
}

/** Methods whose name changes, which those who create do not use. */
const RENAMED = [5]
const NAMES = ['电邮', '邮件']
const TARGETS = times(30, (index) => `c${index}`)
const IMPORTED_IDS = times(300, (index) => index + 1)
const ALL_METHODS = [...METHODS.map(({ id }) => id), ...RENAMED]

const PARTS: readonly (() => { kind: string; body: Record<string, unknown> })[] = [
  () => ({ kind: 'type', body: { target_type: oneOf(TYPES) } }),
  () => ({ kind: 'method', body: { follow_type_list: [oneOf(ALL_METHODS)] } }),
  () => ({ kind: 'methods', body: { follow_type_list: [oneOf(ALL_METHODS), ...some(ALL_METHODS, 2)] } }),
  () => ({
    kind: 'method name',
    body: { follow_type_name: oneOf([...METHODS.map(({ name }) => name), ...NAMES, ...NAMES]) },
  }),
  () => ({ kind: 'one of staff', body: { follow_user_ids: [oneOf(Object.keys(STAFF))] } }),
  () => ({ kind: 'several of staff', body: { follow_user_ids: some(Object.keys(STAFF), 3) } }),
  () => ({
    kind: 'department',
    body: {
      follow_dep_ids: some(Object.keys(DEPARTMENTS), oneOf([1, 1, 2])).map(Number),
      ...oneOf([{}, {}, { fetch_child: 0 }]),
    },
  }),
  () => {
    const day = anyDay()
    return { kind: 'day', body: { follow_time_start: day, follow_time_end: day } }
  },
  () => {
    const [from, to] = [anyDay(), anyDay()].sort()
    return { kind: 'days', body: { follow_time_start: from, follow_time_end: to } }
  },
  () => ({ kind: 'days from', body: { follow_time_start: anyDay() } }),
  () => ({ kind: 'days to', body: { follow_time_end: oneOf(DAYS) } }),
  () => ({ kind: 'title', body: { title: oneOf(TITLES) } }),
  () => ({ kind: 'target', body: { target_id_list: oneOf([some(TARGETS, 3), [oneOf(CONTACTS)]]) } }),
  () => ({ kind: 'ids', body: { id_list: some(IMPORTED_IDS, 40) } }),
]

function some<T>(values: readonly T[], count: number): T[] {
  return [...values].sort(() => Math.random() - 0.5).slice(0, count)
}

function newQuestion(): Question {
  const parts = some(PARTS, oneOf([0, 1, 1, 1, 1, 2, 2, 3])).map((make) => make())
  const kind = parts.length > 1 ? 'several' : (parts[0]?.kind ?? 'none')
  const body: Record<string, unknown> = Object.assign({}, ...parts.map((part) => part.body))
  const { follow_time_start: from, follow_time_end: to } = body as Record<string, string | undefined>
  if (from !== undefined && to !== undefined && from > to) return newQuestion()
  return { system: Math.random() < 0.15, kind, body, total: 0 }
}

/** What a change of the directory changes the answers to. */
const ABOUT_DIRECTORY: readonly Question[] = [
  ...NAMES.map((name) => ({ kind: 'method name', body: { follow_type_name: name } })),
  ...[1, 11, 22].map((id) => ({ kind: 'department', body: { follow_dep_ids: [id] } })),
].map((question) => ({ ...question, system: false, total: 0 }))

class Run {
  readonly #caller: Caller
  readonly #beside: Beside
  readonly #writes: Write[] = []
  readonly #known: Known[] = []
  readonly #asked: Asked[] = []
  readonly #changes: Change[] = []
  #cursor: string | undefined
  /** States of the directory; those after the one of `#stateKnown` may be there already. */
  readonly #directories: Directory[] = [
    {
      parents: new Map(Object.entries(DEPARTMENTS).map(([id, parent]) => [Number(id), parent])),
      members: new Map(Object.entries(STAFF)),
      methods: new Map([
        ...METHODS.map(({ id, name }) => [id, name] as const),
        ...RENAMED.map((id) => [id, NAMES[0] as string] as const),
      ]),
    },
  ]
  #stateKnown = 0
  /** While this is there, nobody begins to write. */
  #quiet: Promise<void> | undefined
  /** Counts what is sent and answered. */
  #clock = 0
  /** Asked again and again, by all. */
  readonly #questions: Question[] = [
    { system: false, kind: 'none', body: {}, total: 0 },
    { system: true, kind: 'none', body: {}, total: 0 },
    ...PARTS.flatMap((make) => times(2, () => ({ system: false, ...make(), total: 0 }))),
    ...times(20, newQuestion),
  ]
  readonly #found = new Map<string, number>()
  readonly #counts = new Map<string, number>()
  #deep = 0
  readonly #ids: unknown[] = [...IMPORTED_IDS]
  readonly #deleted = new Set<unknown>()
  #marks = 0
  /** Imports that can be run again. */
  readonly #imports: object[][] = []

  constructor(caller: Caller, beside: Beside) {
    this.#caller = caller
    this.#beside = beside
  }

  /** The records that are there before anybody writes. */
  async begin(): Promise<void> {
    for (const ids of [IMPORTED_IDS.slice(0, 100), IMPORTED_IDS.slice(100, 200)]) await this.#importNew(ids)
  }

  readonly write: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      await this.#quiet
      await this.#write()
      // Whoever has written looks at once.
      if (Math.random() < 0.6) await this.#ask()
      await sleep(Math.random() * 60)
    })

  readonly read: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      await this.#ask()
      await sleep(Math.random() * 10)
    })

  readonly import: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      await this.#quiet
      if (Math.random() < 0.35 && this.#imports.length > 0) await this.#importAgain()
      else await this.#importNew(some(IMPORTED_IDS, 1 + Math.floor(30 * Math.random() ** 3)))
      await sleep(Math.random() * 150)
    })

  /** Reads the feed while it grows. */
  readonly follow: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      await this.readFeed()
      await sleep(20)
    })

  readonly changeDirectory: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      await sleep(50 + Math.random() * 100)
      if (Math.random() < 0.6) await this.#changeDirectory()
      else await this.#changeQuietly()
    })

  get reads(): number {
    return this.#asked.length
  }

  async readFeed(): Promise<void> {
    for (let more = true; more; ) {
      const body = { cursor: this.#cursor, limit: FEED_PAGE }
      const { data } = parseExact((await this.#caller.untilDone('changes', body)).text)
      for (const change of data.records as Change[]) {
        this.#changes.push(change)
        assert.equal(change.seq, this.#changes.length)
      }
      this.#known.push({ seq: this.#changes.length })
      this.#cursor = data.cursor
      more = data.has_more
    }
  }

  check(): InterleavingReport {
    const changes = this.#changes
    const seqOf = new Map(changes.map(({ seq, record }) => [`${text(record.id)} ${record.version}`, seq]))
    const marked = firstOfMarks(changes)
    const spans = new Map(this.#writes.map((write) => [write, spanOf(write, seqOf, marked)]))
    const reads = this.#asked.map(({ known, sends, ...read }) => ({
      ...read,
      seqs: [
        // What was known when it was sent; and nothing that was sent after the answer.
        this.#known
          .slice(0, known)
          .reduce((most, one) => Math.max(most, 'seq' in one ? one.seq : (spans.get(one)?.[1] ?? 0)), 0),
        this.#writes
          .slice(sends)
          .reduce(
            (least, write) => Math.min(least, (spans.get(write)?.[0] ?? least + 1) - 1),
            changes.length,
          ),
      ] as const,
    }))
    const together = [...spans.values()].filter((span) => span !== undefined)
    const report = checkReads({ changes, together, directories: this.#directories }, reads)
    return {
      ...report,
      reads: reads.length,
      found: Object.fromEntries([...this.#found].sort()),
      deep: this.#deep,
      writes: Object.fromEntries([...this.#counts].sort()),
      changes: changes.length,
      directories: this.#directories.length,
    }
  }

  async #ask(): Promise<void> {
    // One page is asked for all the time: those who have just written meet others who are being answered.
    if (Math.random() < 0.3) return this.#askFor(this.#questions[0] as Question, 20, 1)
    const question = Math.random() < 0.7 ? oneOf(this.#questions) : newQuestion()
    const size = oneOf([1, 5, 20, 20, 50, 100])
    const last = Math.max(1, Math.ceil(question.total / size))
    await this.#askFor(question, size, oneOf([1, 1, 1, last, Math.ceil(last / 2), last + 1]))
  }

  async #askFor(question: Question, size: number, page: number): Promise<void> {
    const { system } = question
    const body = { ...question.body, page_size: size, current_index: page }
    const [sent, known, state] = [this.#clock++, this.#known.length, this.#stateKnown]
    const { text } = await this.#caller.untilDone(system ? 'listForSystem' : 'list', body)
    const answered = this.#clock++
    const states = [state, this.#directories.length - 1] as const
    const answer = parseExact(text).data as Read['answer']
    question.total = answer.total
    this.#asked.push({
      request: { system, body },
      answer,
      sent,
      answered,
      known,
      sends: this.#writes.length,
      states,
    })
    if (answer.records.length === 0) return
    count(this.#found, question.kind)
    if (system) count(this.#found, 'system')
    if (page > 1) this.#deep++
  }

  async #write(): Promise<void> {
    const dice = Math.random()
    if (dice < 0.2) return this.#create()
    if (dice < 0.3) return this.#batchCreate()
    const moved = { follow_content: this.#mark(), follow_time: timeOn(anyDay()) }
    if (dice < 0.45) return this.#change('update', moved, 're-date')
    if (dice < 0.65) return this.#change('update', this.#newValues(), 'update')
    if (dice < 0.85) return this.#change('delete', { reason: '重复' }, 'delete')
    return this.#change('restore', {}, 'restore')
  }

  async #create(): Promise<void> {
    const { write, data } = await this.#send('create', this.#newRecord())
    this.#created(write, data)
    count(this.#counts, 'create')
  }

  async #batchCreate(): Promise<void> {
    const records = times(1 + Math.floor(Math.random() * 9), () => this.#newRecord())
    const atomic = Math.random() < 0.5
    if (!atomic && Math.random() < 0.4) records.push({ ...this.#newRecord(), user_id: 'nobody' })
    const { write, data } = await this.#send('batchCreate', { records, atomic })
    for (const { code, id } of (data as { results: { code: number; id: unknown }[] }).results) {
      if (code === 0) this.#created(write, id)
    }
    count(this.#counts, 'batchCreate')
  }

  #created(write: Write, id: unknown): void {
    write.made.push(`${text(id)} 1`)
    this.#ids.push(id)
  }

  async #change(operation: 'update' | 'delete' | 'restore', values: object, name: string): Promise<void> {
    const deleted = [...this.#deleted]
    // Some are changed by everybody.
    const live = Math.random() < 0.3 ? this.#ids.slice(0, 12) : this.#ids
    const id = oneOf(operation === 'restore' && deleted.length > 0 ? deleted : live)
    const body = { follow_id: id, user_id: oneOf(Object.keys(STAFF)), ...values }
    const { write, data } = await this.#send(operation, body)
    if (!data) return
    write.made.push(`${text(id)} ${(data as { version: number }).version}`)
    if (operation === 'delete') this.#deleted.add(id)
    else this.#deleted.delete(id)
    count(this.#counts, name)
  }

  /** Sends a write; `data` is undefined when it could not be done to this record. */
  async #send(operation: string, body: object): Promise<{ write: Write; data: unknown }> {
    const write: Write = { made: [] }
    this.#writes.push(write)
    const answer = parseExact((await this.#caller.untilAnswered(operation, body, randomUUID())).text)
    if (REFUSALS.has(answer.code) && ['update', 'delete', 'restore'].includes(operation)) {
      return { write, data: undefined }
    }
    assert.equal(answer.code, 0, `${operation} ${JSON.stringify(body)}: ${JSON.stringify(answer)}`)
    // What it made is added before anybody asks again: nothing is awaited in between.
    this.#known.push(write)
    return { write, data: answer.data }
  }

  #newRecord(): object {
    return {
      target_type: oneOf(TYPES),
      id: oneOf(TARGETS),
      user_id: oneOf(Object.keys(STAFF)),
      contact_type: oneOf(METHODS).name,
      follow_content: this.#mark(),
      ...(Math.random() < 0.9 && { follow_time: timeOn(anyDay()) }),
      ...(Math.random() < 0.3 && { title: oneOf(TITLES) }),
      ...(Math.random() < 0.5 && { target: { contact_id: oneOf(CONTACTS) } }),
    }
  }

  /** New content always: an update that changes nothing answers a version that another has made. */
  #newValues(): object {
    const all = [
      { contact_type: oneOf(METHODS).name },
      { target_type: oneOf(TYPES), id: oneOf(TARGETS) },
      { id: oneOf(TARGETS) },
      oneOf([{ title: oneOf(TITLES) }, { clear: ['title'] }]),
      { follow_time: timeOn(oneOf(DAYS)) },
      { target: { contact_id: oneOf(CONTACTS) } },
    ]
    return Object.assign({ follow_content: this.#mark() }, ...some(all, oneOf([0, 1, 1, 2, 4])))
  }

  #mark(): string {
    return `write ${++this.#marks}`
  }

  /** Adds these ids, puts others in their place, or brings them back. */
  async #importNew(ids: readonly number[]): Promise<void> {
    const mark = this.#mark()
    const lines = ids.map((id) => {
      const system = Math.random() < 0.25
      return {
        kind: 'follow',
        id,
        follow_user_id: oneOf([...Object.keys(STAFF), 'stranger']),
        content: mark,
        target: { contact_id: oneOf(CONTACTS) },
        business_type: oneOf(TYPES),
        business_id: oneOf(TARGETS),
        follow_time: timeOn(anyDay()),
        ...(!system && Math.random() < 0.9 && { follow_type: oneOf([...ALL_METHODS, ...RENAMED]) }),
        ...(Math.random() < 0.3 && { title: oneOf(TITLES) }),
        system,
      }
    })
    await this.#import({ made: [], mark }, lines)
    this.#imports.push(lines)
    count(this.#counts, 'import')
  }

  /** The same lines again, whatever has become of them since: nobody knows which of them change anything. */
  async #importAgain(): Promise<void> {
    await this.#import({ made: [] }, oneOf(this.#imports.slice(-5)))
    count(this.#counts, 'import again')
  }

  async #import(write: Write, lines: readonly object[]): Promise<void> {
    this.#writes.push(write)
    const { bad } = await importBundle(this.#beside, this.#beside.corp, chunksOf(lines), { whole: true })
    assert.equal(bad, 0)
    this.#known.push(write)
  }

  /**
   * The same while no follow-up changes, with the same questions before it and after it: what is remembered must not
   * outlive a change that is none of follow-ups.
   */
  async #changeQuietly(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#quiet = promise
    try {
      // Until those who are writing have done so.
      await sleep(40)
      await this.#askAboutDirectory()
      await this.#changeDirectory()
      await this.#askAboutDirectory()
    } finally {
      this.#quiet = undefined
      resolve()
    }
  }

  /** Each question several times at once, so that all servers are asked. */
  async #askAboutDirectory(): Promise<void> {
    const questions = times(3, () => ABOUT_DIRECTORY).flat()
    await Promise.all(questions.map((question) => this.#askFor(question, 100, 1)))
  }

  /** Staff and departments move, a method gets another name: one such change after the other. */
  async #changeDirectory(): Promise<void> {
    const present = this.#directories.at(-1) as Directory
    const dice = Math.random()
    const user = oneOf(Object.keys(STAFF))
    const departments = some(Object.keys(DEPARTMENTS), oneOf([0, 1, 1, 2])).map(Number)
    const moved = oneOf([11, 12, 21, 22])
    const parent = oneOf([1, 2])
    const method = oneOf(RENAMED)
    const name = NAMES.find((one) => one !== present.methods.get(method)) as string
    const { corp } = this.#beside
    const importLine = async (line: object) => {
      const { bad } = await importBundle(this.#beside, corp, chunksOf([line]), { whole: true })
      assert.equal(bad, 0)
    }
    if (dice < 0.4) {
      this.#directories.push({ ...present, members: new Map(present.members).set(user, departments) })
      await importLine({ kind: 'staff', user_id: user, name: user, department_ids: departments })
      count(this.#counts, 'move staff')
    } else if (dice < 0.6) {
      this.#directories.push({ ...present, parents: new Map(present.parents).set(moved, parent) })
      await importLine({ kind: 'department', id: moved, name: String(moved), parent_id: parent })
      count(this.#counts, 'move department')
    } else {
      this.#directories.push({ ...present, methods: new Map(present.methods).set(method, name) })
      await this.#caller.untilDone('type/rename', { id: method, name }, randomUUID())
      count(this.#counts, 'rename method')
    }
    this.#stateKnown = this.#directories.length - 1
  }
}

/** Deleted or restored meanwhile, or the system's, which cannot be updated; not there yet, as it comes by import. */
const REFUSALS = new Set([40920, 40410])

function text(id: unknown): string {
  return JSON.stringify(id)
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1)
}

/** Content → the first change of each record that has it: whatever comes after only keeps it. */
function firstOfMarks(changes: readonly Change[]): Map<string, number[]> {
  const seen = new Set<string>()
  const marked = new Map<string, number[]>()
  for (const { seq, record } of changes) {
    const key = `${text(record.id)} ${record.content}`
    if (seen.has(key)) continue
    seen.add(key)
    const seqs = marked.get(record.content) ?? []
    seqs.push(seq)
    marked.set(record.content, seqs)
  }
  return marked
}

/** The changes that a write has made, which follow one another; undefined where that is nothing, or not known. */
function spanOf(
  { made, mark }: Write,
  seqOf: ReadonlyMap<string, number>,
  marked: ReadonlyMap<string, readonly number[]>,
): Span | undefined {
  const seqs = mark === undefined ? made.map((key) => seqOf.get(key)) : (marked.get(mark) ?? [])
  if (mark !== undefined) assert.ok(seqs.length > 0, `nothing of ${mark} is in the feed`)
  if (seqs.length === 0) return undefined
  for (const [index, seq] of seqs.entries()) {
    assert.ok(seq !== undefined, `${made[index]} was acknowledged and is not in the feed`)
  }
  const known = seqs as number[]
  const [first, last] = [Math.min(...known), Math.max(...known)]
  assert.equal(last - first + 1, known.length, 'changes of one transaction with others between')
  return [first, last]
}
