import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, getBytes, postBytes } from '../../bench/client.ts'
import { quantile } from '../../bench/measure.ts'

/**
 * Another company beside abuse: asks a server for pages that it never asked before, and every 5 ms for its cheapest answer,
 * each on a connection of its own. Started with URL, path of the list with its token, and number of records; on each line of
 * its input it prints how long answers took since the last.
 */
export interface Probed {
  readonly pages: number
  readonly refused: number
  readonly p99Ms: number
  /** Longest that any answer took. */
  readonly longestMs: number
}

const [url = '', list = '', records = '0'] = process.argv.slice(2)
let pages: number[] = []
let longestMs = 0
let refused = 0
let at = 0

async function probePages(): Promise<void> {
  using client = await Client.open(url)
  for (;;) {
    at = (at + 7919) % Number(records)
    const started = performance.now()
    const answer = await client
      .ask(postBytes(list, JSON.stringify({ current_index: 1 + at, page_size: 1 + (at % 7) })))
      .catch(() => undefined)
    const ms = performance.now() - started
    longestMs = Math.max(longestMs, ms)
    if (answer?.toString('latin1', 0, 10).startsWith('{"code":0,')) pages.push(ms)
    else refused++
    await sleep(10)
  }
}

async function probeServer(): Promise<void> {
  using client = await Client.open(url)
  for (;;) {
    const started = performance.now()
    await client.ask(getBytes('/livez'))
    const ms = performance.now() - started
    longestMs = Math.max(longestMs, ms)
    if (ms < 5) await sleep(5 - ms)
  }
}

function end(error: unknown): void {
  console.error(error)
  process.exit(1)
}

probePages().catch(end)
probeServer().catch(end)
for await (const _ of createInterface({ input: process.stdin })) {
  const probed: Probed = { pages: pages.length, refused, p99Ms: quantile(pages, 0.99), longestMs }
  pages = []
  longestMs = 0
  refused = 0
  console.log(JSON.stringify(probed))
}
process.exit(0)
