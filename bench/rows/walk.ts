import type { Key } from '../bare-order.ts'
import { Client, postBytes } from '../client.ts'
import { cpuMs } from '../cpu.ts'
import type { Figure } from '../figures.ts'
import { sum } from '../measure.ts'
import { idsIn, totalIn } from '../pages.ts'
import type { Curve, Point } from './depth.ts'
import type { Served, Setting } from './setting.ts'
import { startWriting } from './writers.ts'

const PAGE_SIZE = 100
/** Parts of a walk: its two sides take turns after each. */
const PARTS = 20
const CREATES_PER_SECOND = 50

/** Time of some pages in a row. */
interface Part {
  readonly seconds: number
  readonly cpuMs: number
  readonly pages: number
}

/** P5: all of the company, 100 a page, beside reading the same rows by key. Each record is seen exactly once. */
export async function walk({ main }: Setting): Promise<{ figures: Figure[]; curves: Curve[] }> {
  const walker = await Walker.open(main)
  const parts = partsOf(main)
  const ours: Part[] = []
  const bare: number[] = []
  let after: Key | undefined
  let place = 0
  for (const [first, pages] of parts) {
    ours.push(
      await walker.walk(first, pages, (answer) => {
        place = checkNext(main, answer, place)
      }),
    )
    const read = await main.bare.order({ do: 'walk', after, pages, limit: PAGE_SIZE })
    after = read.after
    bare.push(read.seconds)
  }
  walker.close()
  const { total } = main.pages.reference
  if (place !== total) throw new Error(`the walk saw ${place} records of ${total}`)
  const naive = await naiveAt(main, parts)
  const [seconds, bareSeconds] = [sum(ours.map((part) => part.seconds)), sum(bare)]
  const pages = sum(ours.map((part) => part.pages))
  const point = (us: number, at: number): Point => ({ x: ((parts[at]?.[0] ?? 1) - 1) * PAGE_SIZE, us })
  return {
    figures: [
      {
        id: 'P5',
        of: 'no filter',
        value: seconds / bareSeconds,
        facts: {
          genjinSeconds: seconds,
          bareSeconds,
          cpuUs: (sum(ours.map((part) => part.cpuMs)) * 1000) / pages,
          pages,
          records: total,
          // The naive way at all depths of the walk, as they were sampled.
          naiveRatio: (sum(naive) / naive.length / 1e6) * (pages / bareSeconds),
        },
      },
    ],
    curves: [
      {
        of: 'genjin',
        genjin: ours.map((part, at) => point((part.seconds * 1e6) / part.pages, at)),
        naive: naive.map(point),
      },
      {
        of: 'by key',
        genjin: bare.map((each, at) => point((each * 1e6) / (parts[at]?.[1] ?? 1), at)),
        naive: [],
      },
    ],
  }
}

/** P6: the same walk with writes that push its pages, part by part beside one without. */
export async function walkBesideWrites({ main }: Setting): Promise<{ figures: Figure[]; created: number }> {
  const walker = await Walker.open(main)
  const [beside, quiet]: [Part[], Part[]] = [[], []]
  const before = main.pages.reference.total
  let [created, writingSeconds] = [0, 0]
  for (const [first, pages] of partsOf(main)) {
    const writing = await startWriting(main, CREATES_PER_SECOND)
    const earlier = before + created
    beside.push(await walker.walk(first, pages, checkOrder, () => earlier + writing.created()))
    const written = await writing.stop()
    created += written.created
    writingSeconds += written.seconds
    const now = before + created
    quiet.push(await walker.walk(first, pages, checkOrder, () => now))
  }
  walker.close()
  const [seconds, quietSeconds] = [beside, quiet].map((parts) => sum(parts.map((part) => part.seconds)))
  const pages = sum(beside.map((part) => part.pages))
  return {
    created,
    figures: [
      {
        id: 'P6',
        of: 'no filter',
        value: (seconds as number) / (quietSeconds as number),
        facts: {
          genjinSeconds: seconds as number,
          quietSeconds: quietSeconds as number,
          cpuUs: (sum(beside.map((part) => part.cpuMs)) * 1000) / pages,
          pages,
          created,
          createdPerSecond: created / writingSeconds,
        },
      },
    ],
  }
}

/** First page and number of pages of each part. */
function partsOf({ pages }: Served): [number, number][] {
  const all = Math.ceil(pages.reference.total / PAGE_SIZE)
  const each = Math.ceil(all / PARTS)
  const parts: [number, number][] = []
  for (let first = 1; first <= all; first += each) parts.push([first, Math.min(each, all + 1 - first)])
  return parts
}

/** A client that turns page after page; what it does with the answers is not timed. */
class Walker {
  readonly #client: Client
  readonly #path: string
  readonly #pid: number

  private constructor(client: Client, { pages, server }: Served) {
    this.#client = client
    this.#path = pages.pathOf('list')
    this.#pid = server.child.pid as number
  }

  static async open(served: Served): Promise<Walker> {
    return new Walker(await Client.open(served.server.url), served)
  }

  /** @param acknowledged what the total must be at least, by all writes that were answered before the request (L12) */
  async walk(
    first: number,
    pages: number,
    check: (answer: Buffer, least: number) => void,
    acknowledged = () => 0,
  ): Promise<Part> {
    const before = cpuMs(this.#pid) ?? Number.NaN
    let ms = 0
    for (let page = first; page < first + pages; page++) {
      const body = JSON.stringify({ current_index: page, page_size: PAGE_SIZE })
      const least = acknowledged()
      const started = performance.now()
      const answer = await this.#client.ask(postBytes(this.#path, body))
      ms += performance.now() - started
      check(answer, least)
    }
    return { seconds: ms / 1000, cpuMs: (cpuMs(this.#pid) ?? Number.NaN) - before, pages }
  }

  close(): void {
    this.#client[Symbol.dispose]()
  }
}

/** The records after those that were seen, and no others. Answers how many have been seen. */
function checkNext({ pages: { reference } }: Served, answer: Buffer, seen: number): number {
  const total = totalIn(answer)
  if (total !== reference.total) throw new Error(`walk: total ${total}, the data has ${reference.total}`)
  const ids = idsIn(answer)
  for (const [at, id] of ids.entries()) {
    const expected = seen + at < total ? reference.idAt({}, seen + at) : undefined
    if (id !== expected) throw new Error(`walk: record ${seen + at} is ${id}, the data has ${expected}`)
  }
  return seen + ids.length
}

const KEYS = /"id":(\d+),"follow_user_id":|"follow_time":(\d+),"remind":/g

/** Newest first, then the highest id; every write that was acknowledged is in the total. */
function checkOrder(answer: Buffer, least: number): void {
  const total = totalIn(answer)
  if (total < least) throw new Error(`the total is ${total} when ${least} were acknowledged`)
  let [id, time] = [0n, Number.POSITIVE_INFINITY]
  let next = 0n
  let records = 0
  for (const [, own, followTime] of answer.toString('latin1').matchAll(KEYS)) {
    if (own !== undefined) {
      next = BigInt(own)
      continue
    }
    const at = Number(followTime)
    if (at > time || (at === time && next >= id)) throw new Error(`walk: record ${next} is out of order`)
    id = next
    time = at
    records++
  }
  if (records !== PAGE_SIZE && records !== total % PAGE_SIZE) {
    throw new Error(`walk: a page of ${records} records of ${total}`)
  }
}

/** What counting and skipping costs where each part begins, in µs. */
async function naiveAt({ bare }: Served, parts: readonly [number, number][]): Promise<readonly number[]> {
  const pages = parts.map(([first]) => ({ filter: {}, limit: PAGE_SIZE, offset: (first - 1) * PAGE_SIZE }))
  return (await bare.order({ do: 'naive', count: true, times: 1, pages })).us
}
