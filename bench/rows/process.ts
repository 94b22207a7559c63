import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { residentPeakMb } from '../../test/support/cli.ts'
import { Client, postBytes } from '../client.ts'
import { blocksOf, importCorp, otherShape } from '../data.ts'
import type { Figure } from '../figures.ts'
import { median } from '../measure.ts'
import { idsIn, totalIn } from '../pages.ts'
import type { Probed } from '../prober.ts'
import { serveGenjin, stopServer } from '../sandbox.ts'
import { mixesOf } from './mixes.ts'
import type { Served, Setting } from './setting.ts'

const STARTS = 3

/** P9: memory of the server that everything was asked of, and how long one takes to start on the largest database. */
export async function processFigures({ main, all }: Setting): Promise<Figure[]> {
  const largest = all.at(-1) as Served
  const seconds: number[] = []
  while (seconds.length < STARTS) {
    const started = performance.now()
    const server = await serveGenjin(largest.sandbox)
    seconds.push((performance.now() - started) / 1000)
    await stopServer(server)
  }
  const memory = residentPeakMb(main.server.child.pid as number)
  const startUp = {
    id: 'P9',
    of: 'start-up',
    value: median(seconds),
    facts: { records: largest.size },
  } as const
  if (memory === undefined) return [startUp]
  return [{ id: 'P9', of: 'memory', value: memory, facts: { records: main.size } }, startUp]
}

const LISTERS = 2
const LEAST_MS = 5_000
const PROBER = fileURLToPath(new URL('../prober.ts', import.meta.url))

/**
 * P11: the longest that the server's event loop stood still while lists and a walk were asked of it and an import ran into
 * its database. The server of the smallest database does nothing and is probed beside it: how long an answer takes because
 * the machine is crowded.
 */
export async function stalls({ main, all, thorough }: Setting, follows: number): Promise<Figure[]> {
  const blocks = [...blocksOf(otherShape(follows, 20230160))]
  const [ours, quiet] = [startProber(main), startProber(all[0] as Served)]
  let over = false
  const isOver = () => over
  const listing = Array.from({ length: LISTERS }, (_, at) => listOn(main, at, isOver))
  const walking = walkOn(main, isOver)
  const least = thorough ? 0 : LEAST_MS
  await Promise.all([
    importCorp(main.sandbox, 'beside', blocks),
    new Promise((resolve) => setTimeout(resolve, least)),
  ])
  over = true
  await Promise.all([...listing, walking])
  const [told, other] = [await ours(), await quiet()]
  return [
    {
      id: 'P11',
      of: 'longest',
      value: told.longestMs - told.medianMs,
      facts: { medianMs: told.medianMs, probes: told.probes, idleMs: other.longestMs - other.medianMs },
    },
  ]
}

function startProber({ sandbox, server }: Served): () => Promise<Probed> {
  const child = sandbox.start([PROBER, server.url, '/livez'])
  const output = text(child.stdout)
  return async () => {
    child.stdin.end()
    return JSON.parse(await output) as Probed
  }
}

/** Writes have gone on since the reference was made: pages must only be pages. */
async function listOn(main: Served, seed: number, isOver: () => boolean): Promise<void> {
  using client = await Client.open(main.server.url)
  for (const body of mixesOf(main.pages.reference, 1_000_000, 1000 + seed)) {
    if (isOver()) return
    const answer = await client.ask(main.pages.ask(body).bytes)
    const count = idsIn(answer).length
    if (count > body.page_size || count > totalIn(answer)) throw new Error(`a page of ${count} records`)
  }
}

async function walkOn(main: Served, isOver: () => boolean): Promise<void> {
  using client = await Client.open(main.server.url)
  const path = main.pages.pathOf('list')
  for (let page = 1; !isOver(); page++) {
    const answer = await client.ask(postBytes(path, JSON.stringify({ current_index: page, page_size: 100 })))
    if (idsIn(answer).length === 0) page = 0
  }
}
