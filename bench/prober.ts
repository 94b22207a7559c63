import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, getBytes, postBytes } from './client.ts'
import { median, quantile } from './measure.ts'

/** How long responses took since the last line, in ms. */
export interface Probed {
  readonly probes: number
  readonly medianMs: number
  readonly longestMs: number
  /** Of the pages, if it asks for some; `longestMs` with those that were refused. */
  readonly pages: { readonly count: number; readonly refused: number } & Record<'p99Ms' | 'longestMs', number>
}

const EVERY_MS = 5
const PAGE_EVERY_MS = 10
/** A step through the pages that meets none twice. */
const STEP = 7919

/**
 * Asks a server every 5 ms for its cheapest response, and for pages that it has not been asked for before, each on a
 * connection of its own and from a process of its own: no response comes while the server's event loop is blocked. Started
 * with the URL and, for pages, the path of a list with its token and its number of records. For each line of its input it
 * prints what it saw since the last one; it ends with its input.
 */
async function main(url: string, list: string | undefined, records: number): Promise<void> {
  let probes: number[] = []
  let pages: number[] = []
  let refused = 0
  let longestMs = 0
  let at = 0
  async function probe(): Promise<void> {
    using client = await Client.open(url)
    for (;;) {
      const started = performance.now()
      await client.ask(getBytes('/livez'))
      const ms = performance.now() - started
      probes.push(ms)
      if (ms < EVERY_MS) await sleep(EVERY_MS - ms)
    }
  }
  async function readPages(path: string): Promise<void> {
    using client = await Client.open(url)
    for (;;) {
      at = (at + STEP) % records
      const page_size = 1 + (at % 7)
      const current_index = 1 + (at % Math.floor(records / page_size))
      const body = JSON.stringify({ current_index, page_size })
      const started = performance.now()
      const answer = await client.ask(postBytes(path, body)).catch(() => undefined)
      const ms = performance.now() - started
      longestMs = Math.max(longestMs, ms)
      if (answer?.toString('latin1', 0, 10).startsWith('{"code":0,')) pages.push(ms)
      else refused++
      await sleep(PAGE_EVERY_MS)
    }
  }
  probe().catch(fail)
  if (list !== undefined) readPages(list).catch(fail)
  for await (const _ of createInterface({ input: process.stdin })) {
    const probed: Probed = {
      probes: probes.length,
      medianMs: median(probes),
      longestMs: Math.max(0, ...probes),
      pages: {
        count: pages.length,
        refused,
        p99Ms: quantile(pages, 0.99),
        longestMs,
      },
    }
    probes = []
    pages = []
    refused = 0
    longestMs = 0
    console.log(JSON.stringify(probed))
  }
  process.exit(0)
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(1)
}

await main(process.argv[2] ?? '', process.argv[3], Number(process.argv[4] ?? 1))
