import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, getBytes } from './client.ts'
import { median } from './measure.ts'

/** What a prober prints at its end: how long responses took, in ms. */
export interface Probed {
  readonly probes: number
  readonly medianMs: number
  readonly longestMs: number
}

const EVERY_MS = 5

/**
 * Requests a server's cheapest response every 5 ms on a separate connection, from a separate process: no response comes
 * while the server's event loop is blocked. Started with URL and path; ends when its input does.
 */
async function main(url: string, path: string): Promise<void> {
  let stopped = false
  createInterface({ input: process.stdin }).once('close', () => {
    stopped = true
  })
  using client = await Client.open(url)
  const request = getBytes(path)
  const took: number[] = []
  while (!stopped) {
    const started = performance.now()
    await client.ask(request)
    const ms = performance.now() - started
    took.push(ms)
    if (ms < EVERY_MS) await sleep(EVERY_MS - ms)
  }
  const probed: Probed = { probes: took.length, medianMs: median(took), longestMs: Math.max(...took) }
  console.log(JSON.stringify(probed))
}

await main(process.argv[2] ?? '', process.argv[3] ?? '')
