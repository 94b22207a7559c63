import { createInterface } from 'node:readline'
import type { BareEngine } from './bare-interface.ts'
import type { Answers, BarePage, Order } from './bare-order.ts'
import { openBarePostgres } from './bare-postgres.ts'
import { BareSql } from './bare-sql.ts'
import { openBareSqlite } from './bare-sqlite.ts'

/** Does what each line of its input orders on the database of GENJIN_DATABASE, as company BENCH_CORP. */
async function main(): Promise<void> {
  const address = process.env.GENJIN_DATABASE ?? ''
  const corp = process.env.BENCH_CORP ?? ''
  const file = /^sqlite:(.*)$/.exec(address)?.[1]
  const engine =
    file === undefined
      ? await openBarePostgres(address, corp)
      : openBareSqlite(file, process.argv[2] ?? '', corp)
  const bare = new Bare(engine)
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await bare.run(JSON.parse(line) as Order)))
  }
  await engine.close()
}

/** What takes longer is not asked again. */
const SLOW_US = 1_000_000

class Bare {
  readonly #engine: BareEngine
  readonly #sql: BareSql
  readonly #pages = new Map<string, readonly BarePage[]>()

  constructor(engine: BareEngine) {
    this.#engine = engine
    this.#sql = new BareSql(engine.engine, engine.corp)
  }

  async run(order: Order): Promise<Answers[Order['do']]> {
    switch (order.do) {
      case 'pages':
        this.#pages.set(order.name, order.pages)
        return null
      case 'load':
        return this.#load(order)
      case 'naive':
        return this.#naive(order)
      case 'walk':
        return this.#walk(order)
      case 'fill':
        return this.#engine.fill(order.corp)
      case 'commit':
        return this.#commit(order)
    }
  }

  async #load({ name, inFlight, seconds }: Order & { do: 'load' }): Promise<Answers['load']> {
    const pages = this.#pages.get(name) ?? []
    const started = performance.now()
    const deadline = started + seconds * 1000
    let done = 0
    const runOnAndOn = async () => {
      while (performance.now() < deadline) await this.#read(pages[done++ % pages.length] as BarePage)
    }
    await Promise.all(Array.from({ length: inFlight }, runOnAndOn))
    return { pages: done, seconds: (performance.now() - started) / 1000 }
  }

  async #naive({ pages, count, times }: Order & { do: 'naive' }): Promise<Answers['naive']> {
    const us: number[] = []
    for (const page of pages) us.push(await this.#naiveTime(page, count, times))
    return { us }
  }

  async #naiveTime(page: BarePage, count: boolean, times: number): Promise<number> {
    const took: number[] = []
    // The first time prepares the statements, and counts only when it is slow anyway.
    while (took.length <= times && took.reduce((sum, each) => sum + each, 0) < SLOW_US) {
      const started = performance.now()
      if (count) await this.#engine.query(this.#sql.count(page))
      await this.#read(page)
      took.push((performance.now() - started) * 1000)
    }
    const counted = (took.length > 1 ? took.slice(1) : took).sort((a, b) => a - b)
    return counted[counted.length >> 1] as number
  }

  async #walk({ after, pages, limit }: Order & { do: 'walk' }): Promise<Answers['walk']> {
    const started = performance.now()
    let [rows, key] = [0, after]
    for (let page = 0; page < pages; page++) {
      const read = await this.#engine.query(this.#sql.page({ filter: {}, limit, after: key }))
      rows += read.length
      const last = read.at(-1)
      if (last) key = { time: Number(last[3]), id: String(last[4]) }
    }
    return { rows, seconds: (performance.now() - started) / 1000, after: key }
  }

  async #commit({ seconds }: Order & { do: 'commit' }): Promise<Answers['commit']> {
    const started = performance.now()
    const deadline = started + seconds * 1000
    let pages = 0
    while (performance.now() < deadline) {
      await this.#engine.commit()
      pages++
    }
    return { pages, seconds: (performance.now() - started) / 1000 }
  }

  async #read(page: BarePage): Promise<void> {
    const rows = await this.#engine.query(this.#sql.page(page))
    if (rows.length === 0) throw new Error(`the bare engine finds nothing: ${JSON.stringify(page)}`)
  }
}

await main()
