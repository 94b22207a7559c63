import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseExact } from 'genjin-record'
import { importBundle } from 'genjin-server'
import { type Directory, idText } from '../oracle/follow-list.ts'
import type { TempDatabase } from '../support/database.ts'
import { type Caller, callerOf, Fleet, together, Watch, type Work } from './fleet.ts'
import { type Change, checkReads, type Read, type Span, type Whole } from './interleaving-check.ts'
import { type Question, Questions } from './questions.ts'
import { RandomWriter } from './random-writer.ts'
import {
  anyDay,
  CONTACTS,
  count,
  DEPARTMENTS,
  DIRECTORY,
  FOLLOW_TYPES,
  oneOf,
  STAFF,
  some,
  sorted,
  TITLES,
  TYPES,
  timeOn,
  times,
} from './test-data.ts'
import { type Beside, chunksOf, openBeside } from './totals-store.ts'

export interface InterleavingOptions {
  /** Empty, or not there yet. */
  readonly temp: TempDatabase
  /** How many answers to look at; starting and checking come on top. */
  readonly reads: number
  /** It looks at more, twice as many at most, until so many have found something by each kind, and were of deep pages. */
  readonly least?: { readonly found: Readonly<Record<string, number>>; readonly deep: number }
  /** Longest that it may take. */
  readonly seconds: number
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
export async function interleaving(options: InterleavingOptions) {
  const { temp, reads, seconds, least = { found: {}, deep: 0 } } = options
  await using fleet = await Fleet.start({ temp, servers: SERVERS })
  const renamed = RENAMED.map((id) => ({ kind: 'follow_type', id, name: NAMES[0] as string }))
  const caller = await callerOf(fleet, renamed)
  await using beside = await openBeside(temp.database)
  const run = new Run(caller, beside)
  await run.begin()
  await together(new Watch(seconds), [
    (watch) =>
      watch.whileItGoesOn(async () => {
        await sleep(100)
        if (run.reads >= reads && (run.hasFound(least) || run.reads >= 2 * reads)) watch.end()
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

/** Follow types whose name changes, which those who create do not use. */
const RENAMED = [5]
const NAMES = ['电邮', '邮件']
const TARGETS = times(30, (index) => `c${index}`)
const IMPORTED_IDS = times(300, (index) => index + 1)

const QUESTIONS = new Questions({
  targets: TARGETS,
  ids: () => some(IMPORTED_IDS, 40),
  renamed: { ids: RENAMED, names: NAMES },
})

/** What a change of the directory changes the answers to. */
const ABOUT_DIRECTORY: readonly Question[] = [
  ...NAMES.map((name) => ({ kind: 'follow type name', body: { follow_type_name: name } })),
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
      ...DIRECTORY,
      followTypes: new Map([
        ...DIRECTORY.followTypes,
        ...RENAMED.map((id) => [String(id), { name: NAMES[0] as string }] as const),
      ]),
    },
  ]
  #stateKnown = 0
  /** While this is there, nobody begins to write. */
  #quiet: Promise<void> | undefined
  /** Counts what is sent and answered. */
  #clock = 0
  /** Asked again and again, by all. */
  readonly #questions = [...QUESTIONS.ofEachKind(), ...times(20, () => QUESTIONS.random())]
  readonly #found = new Map<string, number>()
  readonly #counts = new Map<string, number>()
  #deep = 0
  readonly #writer: RandomWriter
  #marks = 0
  /** Imports that can be run again. */
  readonly #imports: object[][] = []

  constructor(caller: Caller, beside: Beside) {
    this.#caller = caller
    this.#beside = beside
    this.#writer = new RandomWriter(caller, {
      ids: IMPORTED_IDS,
      targets: TARGETS,
      anyDay,
      undated: 0.1,
      begin: () => {
        const write: Write = { made: [] }
        this.#writes.push(write)
        return (made) => {
          write.made.push(...made.map(({ id, version }) => `${id} ${version}`))
          this.#known.push(write)
        }
      },
    })
  }

  /** The records that are there before anybody writes. */
  async begin(): Promise<void> {
    for (const ids of [IMPORTED_IDS.slice(0, 100), IMPORTED_IDS.slice(100, 200)]) await this.#importNew(ids)
  }

  readonly write: Work = (watch) =>
    watch.whileItGoesOn(async () => {
      await this.#quiet
      await this.#writer.write()
      // A writer often reads at once.
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

  hasFound({ found, deep }: NonNullable<InterleavingOptions['least']>): boolean {
    const isEnough = ([kind, count]: [string, number]) => (this.#found.get(kind) ?? 0) >= count
    return this.#deep >= deep && Object.entries(found).every(isEnough)
  }

  async readFeed(): Promise<void> {
    for (let more = true; more; ) {
      const body = { cursor: this.#cursor, limit: FEED_PAGE }
      const { data } = parseExact((await this.#caller.untilDone('changes', body)).text) as FeedAnswer
      for (const change of data.records) {
        this.#changes.push(change)
        assert.equal(change.seq, this.#changes.length)
      }
      this.#known.push({ seq: this.#changes.length })
      this.#cursor = data.cursor
      more = data.has_more
    }
  }

  check() {
    const changes = this.#changes
    const seqOf = new Map(changes.map(({ seq, record }) => [`${idText(record.id)} ${record.version}`, seq]))
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
      /** Reads that found something, by their kind; and those of a page after the first. */
      found: sorted(this.#found),
      deep: this.#deep,
      /** Writes acknowledged, by what they were. */
      writes: sorted(new Map([...this.#counts, ...this.#writer.counts])),
      changes: changes.length,
      directories: this.#directories.length,
    }
  }

  async #ask(): Promise<void> {
    // One page is requested all the time, so that readers after a write meet responses that are being prepared.
    if (Math.random() < 0.3) return this.#askFor(this.#questions[0] as Question, 20, 1)
    const question = Math.random() < 0.7 ? oneOf(this.#questions) : QUESTIONS.random()
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
    const { total, records } = (parseExact(text) as ListAnswer).data
    const answer = {
      total,
      records: records.map((record) => ({ id: idText(record.id), text: JSON.stringify(record) })),
    }
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

  #mark(): string {
    return `import ${++this.#marks}`
  }

  /** Adds these ids, puts others in their place, or brings them back. */
  async #importNew(ids: readonly number[]): Promise<void> {
    const mark = this.#mark()
    const lines = ids.map((id) => {
      const system = Math.random() < 0.25
      return {
        kind: 'follow',
        id,
        follow_user_id: oneOf([...STAFF, 'stranger']),
        content: mark,
        target: { contact_id: oneOf(CONTACTS) },
        business_type: oneOf(TYPES),
        business_id: oneOf(TARGETS),
        follow_time: timeOn(anyDay()),
        ...(!system &&
          Math.random() < 0.9 && {
            follow_type: oneOf([...FOLLOW_TYPES.map((type) => type.id), ...RENAMED, ...RENAMED]),
          }),
        ...(Math.random() < 0.3 && { title: oneOf(TITLES) }),
        system,
      }
    })
    await this.#import({ made: [], mark }, lines)
    this.#imports.push(lines)
    count(this.#counts, 'import')
  }

  /** Imports the same lines again. Which of them change anything depends on the writes since. */
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

  /** Staff and departments move, a follow type gets another name: one such change after the other. */
  async #changeDirectory(): Promise<void> {
    const present = this.#directories.at(-1) as Directory
    const dice = Math.random()
    const user = oneOf(STAFF)
    const departments = some(DEPARTMENTS, oneOf([0, 1, 1, 2]))
    const moved = oneOf([11, 12, 21, 22])
    const parent = oneOf([1, 2])
    const id = oneOf(RENAMED)
    const name = NAMES.find((one) => one !== present.followTypes.get(String(id))?.name) as string
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
      this.#directories.push({
        ...present,
        parents: new Map(present.parents).set(String(moved), String(parent)),
      })
      await importLine({ kind: 'department', id: moved, name: String(moved), parent_id: parent })
      count(this.#counts, 'move department')
    } else {
      this.#directories.push({
        ...present,
        followTypes: new Map(present.followTypes).set(String(id), { name }),
      })
      await this.#caller.untilDone('type/rename', { id, name }, randomUUID())
      count(this.#counts, 'rename follow type')
    }
    this.#stateKnown = this.#directories.length - 1
  }
}

interface FeedAnswer {
  readonly data: { readonly records: readonly Change[]; readonly cursor: string; readonly has_more: boolean }
}

interface ListAnswer {
  readonly data: { readonly total: number; readonly records: readonly Whole[] }
}

/** Content → the first change of each record that has it; later ones only keep it. */
function firstOfMarks(changes: readonly Change[]): Map<string, number[]> {
  const seen = new Set<string>()
  const marked = new Map<string, number[]>()
  for (const { seq, record } of changes) {
    const content = record.content as string
    const key = `${idText(record.id)} ${content}`
    if (seen.has(key)) continue
    seen.add(key)
    const seqs = marked.get(content) ?? []
    seqs.push(seq)
    marked.set(content, seqs)
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
