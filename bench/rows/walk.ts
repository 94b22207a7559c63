import type { Key } from '../bare-sql.ts'
import { Client, postBytes } from '../client.ts'
import { cpuSince } from '../cpu.ts'
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

function totalOf(parts: readonly Part[]) {
  const total = (key: keyof Part) => sum(parts.map((part) => part[key]))
  return { seconds: total('seconds'), cpuUs: (total('cpuMs') * 1000) / total('pages'), pages: total('pages') }
}

/** P5: all of the company, 100 a page, beside reading the same rows by key. Each record is seen exactly once. */
export async function walk({ main }: Setting): Promise<{ figures: Figure[]; walkCurves: Curve[] }> {
  using client = await Client.open(main.server.url)
  const parts = partsOf(main)
  const ours: Part[] = []
  const bare: number[] = []
  let after: Key | undefined
  let place = 0
  for (const [first, pages] of parts) {
    const check = (answer: Buffer) => {
      place = checkNext(main, answer, place)
    }
    ours.push(await walkPages(main, client, first, pages, check))
    const read = await main.bare.order('walk', { after, pages, limit: PAGE_SIZE })
    after = read.after
    bare.push(read.seconds)
  }
  const { total } = main.pages.reference
  if (place !== total) throw new Error(`the walk saw ${place} records of ${total}`)
  const naive = await naiveAt(main, parts)
  const { seconds, cpuUs, pages } = totalOf(ours)
  const bareSeconds = sum(bare)
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
          cpuUs,
          pages,
          records: total,
          // The naive way at all depths of the walk, as they were sampled.
          naiveRatio: (sum(naive) / naive.length / 1e6) * (pages / bareSeconds),
        },
      },
    ],
    walkCurves: [
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
  using client = await Client.open(main.server.url)
  const [beside, quiet]: [Part[], Part[]] = [[], []]
  const before = main.pages.reference.total
  let [created, writingSeconds] = [0, 0]
  for (const [first, pages] of partsOf(main)) {
    const writing = await startWriting(main, CREATES_PER_SECOND)
    const earlier = before + created
    beside.push(await walkPages(main, client, first, pages, checkOrder, () => earlier + writing.created()))
    const written = await writing.stop()
    created += written.created
    writingSeconds += written.seconds
    const now = before + created
    quiet.push(await walkPages(main, client, first, pages, checkOrder, () => now))
  }
  const { seconds, cpuUs, pages } = totalOf(beside)
  const quietSeconds = totalOf(quiet).seconds
  return {
    created,
    figures: [
      {
        id: 'P6',
        of: 'no filter',
        value: seconds / quietSeconds,
        facts: {
          genjinSeconds: seconds,
          quietSeconds,
          cpuUs,
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

/**
 * Asks for page after page; what is done with the answers is not timed.
 *
 * @param acknowledged what the total must be at least, by all writes that were answered before the request (L12)
 */
async function walkPages(
  { pages: list, server }: Served,
  client: Client,
  first: number,
  pages: number,
  check: (answer: Buffer, least: number) => void,
  acknowledged = () => 0,
): Promise<Part> {
  const path = list.pathOf('list')
  const cpuMs = cpuSince(server.child.pid as number)
  let ms = 0
  for (let page = first; page < first + pages; page++) {
    const body = JSON.stringify({ current_index: page, page_size: PAGE_SIZE })
    const least = acknowledged()
    const started = performance.now()
    const answer = await client.ask(postBytes(path, body))
    ms += performance.now() - started
    check(answer, least)
  }
  return { seconds: ms / 1000, cpuMs: cpuMs() ?? Number.NaN, pages }
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
  return bare.order('naive', { times: 1, pages })
}
