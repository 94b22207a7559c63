import { residentPeakMb } from '../../test/support/cli.ts'
import { Client, postBytes } from '../client.ts'
import { addApp, blocksOf, importCorp, otherShape } from '../data.ts'
import type { Figure } from '../figures.ts'
import { median } from '../measure.ts'
import { idsIn, pathsFor, totalIn } from '../pages.ts'
import { proberArgs, probing } from '../probing.ts'
import { serveGenjin, stopServer } from '../sandbox.ts'
import { OTHER } from './fairness.ts'
import { endlessMixes } from './mixes.ts'
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
/**
 * P11: the longest that another company's requests waited while lists and a walk were asked for and an import ran into the
 * same database: for the cheapest response, which says how long the event loop stood still, and for pages that were not asked
 * for before. The server of the smallest database does nothing and is probed beside it: how long an answer takes because the
 * machine is crowded.
 */
export async function stalls({ main, all, thorough, volume }: Setting, follows: number): Promise<Figure[]> {
  const blocks = [...blocksOf(otherShape(follows, 20230160))]
  const { sandbox, server } = main
  const list = {
    path: (await pathsFor(server, await addApp(sandbox, OTHER)))('list'),
    records: volume.others,
  }
  await using ours = probing(sandbox.start(proberArgs(server.url, list)))
  await using quiet = probing(sandbox.start(proberArgs((all[0] as Served).server.url)))
  let over = false
  const isOver = () => over
  const listing = Array.from({ length: LISTERS }, (_, at) => listOn(main, at, isOver))
  const walking = walkOn(main, isOver)
  const least = thorough ? 0 : LEAST_MS
  await Promise.all([
    importCorp(sandbox, 'beside', blocks),
    new Promise((resolve) => setTimeout(resolve, least)),
  ])
  over = true
  await Promise.all([...listing, walking])
  const [told, other] = [await ours.take(), await quiet.take()]
  const { pages, probes, medianMs } = told
  return [
    {
      id: 'P11',
      of: 'longest',
      value: told.longestMs - medianMs,
      facts: { medianMs, probes, idleMs: other.longestMs - other.medianMs },
    },
    {
      id: 'P11',
      of: 'page of another company',
      value: pages.longestMs,
      facts: { p99Ms: pages.p99Ms, pages: pages.count, refused: pages.refused },
    },
  ]
}

/** Writes have gone on since the reference was made: pages must only be pages. */
async function listOn(main: Served, seed: number, isOver: () => boolean): Promise<void> {
  using client = await Client.open(main.server.url)
  for (const body of endlessMixes(main.pages.reference, 1000 + 2 * seed)) {
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
