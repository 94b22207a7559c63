import { createInterface } from 'node:readline'
import { openBarePostgres } from './bare-postgres.ts'
import { type BareEngine, chunksOf, newRows, type Placed, placed, type Row } from './bare-rows.ts'
import { type BarePage, countSql, type Key, pageSql } from './bare-sql.ts'
import { openBareSqlite } from './bare-sqlite.ts'

/** What takes longer is not asked again. */
const SLOW_US = 1_000_000
/** A transaction of bulk insertion. Larger ones were no faster. */
const LINES_A_COMMIT = 20_000

/** An order to this process, a line of JSON: a method of BareTasks and its argument. Its response is another line. */
export interface Order<T extends keyof BareTasks = keyof BareTasks> {
  readonly task: T
  readonly given: Parameters<BareTasks[T]>[0]
}

/** What the engine without genjin is asked to do. */
export class BareTasks {
  readonly #engine: BareEngine
  #pages: readonly BarePage[] = []
  #newRows: Generator<Row> | undefined

  constructor(engine: BareEngine) {
    this.#engine = engine
  }

  /** Keeps pages for `load`. */
  keep(pages: readonly BarePage[]): void {
    this.#pages = pages
  }

  /** Reads the kept pages for so long, so many at once, one after the other and from the start again. */
  async load({ inFlight, seconds }: { inFlight: number; seconds: number }) {
    let next = 0
    const readOn = () => this.#read(this.#pages[next++ % this.#pages.length] as BarePage)
    const done = await Promise.all(Array.from({ length: inFlight }, () => runFor(seconds, readOn)))
    return { pages: next, seconds: Math.max(...done.map((each) => each.seconds)) }
  }

  /** The naive way: counts what matches and skips to the page. Returns how long each takes, in µs. */
  async naive({ pages, times }: { pages: readonly BarePage[]; times: number }): Promise<number[]> {
    const us: number[] = []
    for (const page of pages) us.push(await this.#naiveTime(page, times))
    return us
  }

  async #naiveTime(page: BarePage, times: number): Promise<number> {
    const { engine, corp } = this.#engine
    const took: number[] = []
    // The first time prepares the statements, and counts only when it is slow anyway.
    while (took.length <= times && took.reduce((sum, each) => sum + each, 0) < SLOW_US) {
      const started = performance.now()
      await this.#engine.query(countSql(engine, corp, page))
      await this.#read(page)
      took.push((performance.now() - started) * 1000)
    }
    const counted = (took.length > 1 ? took.slice(1) : took).sort((a, b) => a - b)
    return counted[counted.length >> 1] as number
  }

  /** Reads on by key. */
  async walk({ after, pages, limit }: { after?: Key | undefined; pages: number; limit: number }) {
    const started = performance.now()
    let key = after
    for (let page = 0; page < pages; page++) {
      const last = (await this.#query({ filter: {}, limit, after: key })).at(-1)
      if (last) key = { time: Number(last[3]), id: String(last[4]) }
    }
    return { seconds: (performance.now() - started) / 1000, after: key }
  }

  /** Puts the rows of a company into empty tables of the same columns and indexes, in the order of a bundle. Reading them is
   * not timed. */
  async fill(corp: string) {
    const engine = this.#engine
    const { follow, follow_target } = await engine.copyTables(corp)
    let seconds = 0
    const timed = async (work: () => Promise<void> | void) => {
      const started = performance.now()
      await work()
      seconds += (performance.now() - started) / 1000
    }
    const insert = (rows: readonly Placed[]) => timed(() => engine.insert(rows))
    const targets = await engine.rowsOf('target')
    for (const rows of chunksOf(targets, LINES_A_COMMIT)) await insert(placed('target', rows))
    const [idAt, ownerAt] = [follow.indexOf('id'), follow_target.indexOf('id')]
    const owned = Map.groupBy(await engine.rowsOf('follow_target'), (row) => String(row[ownerAt]))
    const ids = await engine.followIds()
    for (const chunk of chunksOf(ids, LINES_A_COMMIT)) {
      const follows = await engine.follows(chunk)
      const links = follows.flatMap((row) => owned.get(String(row[idAt])) ?? [])
      await insert([...placed('follow', follows), ...placed('follow_target', links)])
      this.#newRows ??= newRows(follow, follows)
    }
    await timed(() => engine.endBulk())
    return { lines: targets.length + ids.length, seconds }
  }

  /** Adds rows to the filled tables one by one, a commit each, for so long. */
  commit({ seconds }: { seconds: number }) {
    return runFor(seconds, () => this.#engine.commit(this.#newRows?.next().value as Row))
  }

  #query(page: BarePage) {
    const { engine, corp } = this.#engine
    return this.#engine.query(pageSql(engine, corp, page))
  }

  async #read(page: BarePage): Promise<void> {
    const rows = await this.#query(page)
    if (rows.length === 0) throw new Error(`the bare engine finds nothing: ${JSON.stringify(page)}`)
  }
}

/** Does something again and again; returns how often, in how many seconds. */
async function runFor(seconds: number, once: () => Promise<void> | void) {
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000
  let pages = 0
  for (; elapsed() < seconds; pages++) await once()
  return { pages, seconds: elapsed() }
}

/** Does what each line of its input orders on the database of GENJIN_DATABASE, as company BENCH_CORP. */
async function main(): Promise<void> {
  const address = process.env.GENJIN_DATABASE ?? ''
  const corp = process.env.BENCH_CORP ?? ''
  const file = /^sqlite:(.*)$/.exec(address)?.[1]
  const engine =
    file === undefined
      ? await openBarePostgres(address, corp)
      : openBareSqlite(file, process.argv[2] ?? '', corp)
  const bare = new BareTasks(engine)
  for await (const line of createInterface({ input: process.stdin })) {
    const { task, given } = JSON.parse(line) as Order
    const run = bare[task] as (given: unknown) => unknown
    console.log(JSON.stringify((await run.call(bare, given)) ?? null))
  }
  await engine.close()
}

await main()
