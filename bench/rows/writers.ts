import { setTimeout as sleep } from 'node:timers/promises'
import { Client, postBytes } from '../client.ts'
import type { Figure } from '../figures.ts'
import { load } from '../load.ts'
import { byTurns, ratioOf } from '../measure.ts'
import { totalIn } from '../pages.ts'
import type { Served, Setting } from './setting.ts'

const CLIENTS = 64

/** P7: creates of many clients, each answered when it is durable, beside single-row commits of the bare engine. */
export async function creates({ main, plan }: Setting): Promise<{ figures: Figure[]; created: number }> {
  const next = createsOf(main)
  let created = 0
  const [ours, bare] = await byTurns(plan, [
    async (seconds) => {
      const create = () => ({ bytes: next(), check: checkCreated })
      const stretch = await load(main.server, create, seconds, CLIENTS)
      created += stretch.pages
      return stretch
    },
    (seconds) => main.bare.stretch('commit', { seconds }),
  ])
  if (!ours || !bare) throw new Error('nothing was measured')
  return {
    created,
    figures: [
      {
        id: 'P7',
        of: `${CLIENTS} clients`,
        value: ratioOf(ours, bare),
        facts: {
          genjinPerSecond: ours.perSecond,
          barePerSecond: bare.perSecond,
          genjinCpuUs: ours.cpuUs,
          bareCpuUs: bare.cpuUs,
          genjinBusy: ours.busy,
          created,
        },
      },
    ],
  }
}

/** Creates so many a second, one after another, until it is stopped. */
export async function startWriting(main: Served, perSecond: number) {
  const client = await Client.open(main.server.url)
  const next = createsOf(main)
  const started = performance.now()
  let [created, stopped] = [0, false]
  async function write(): Promise<void> {
    while (!stopped) {
      const due = started + (created * 1000) / perSecond
      if (performance.now() < due) await sleep(due - performance.now())
      checkCreated(await client.ask(next()))
      created++
    }
  }
  const writing = write()
  // stop() rethrows; until it is called a rejection must not end the process.
  writing.catch(() => {})
  return {
    /** How many have been acknowledged so far. */
    created: () => created,
    /** Stops it; answers how many were created, in how many seconds. */
    async stop() {
      stopped = true
      await writing
      client[Symbol.dispose]()
      return { created, seconds: (performance.now() - started) / 1000 }
    },
  }
}

/** After all writes: what was there, and every create that was answered, is in the total. */
export async function checkWritten({ server, pages }: Served, created: number): Promise<void> {
  using client = await Client.open(server.url)
  const answer = await client.ask(postBytes(pages.pathOf('list'), '{"current_index":1,"page_size":1}'))
  const expected = pages.reference.total + created
  if (totalIn(answer) !== expected) {
    throw new Error(`the total is ${totalIn(answer)} after ${created} creates, not ${expected}`)
  }
}

/** Throws unless a create was done. */
export function checkCreated(answer: Buffer): void {
  if (!answer.toString('latin1', 0, 10).startsWith('{"code":0,')) throw new Error(`create: ${answer}`)
}

/** Follow-ups of all staff about all kinds of targets, like those that are there; their follow time is now. */
function createsOf({ pages }: Served): () => Buffer {
  const { reference } = pages
  const path = pages.pathOf('create')
  const [methods, step] = [reference.followTypeNames, 7919]
  let at = 0
  return () => {
    at = (at + step) % reference.total
    const { userId, type, targetIds } = reference.at(at)
    const body = {
      target_type: type,
      id: targetIds[0],
      user_id: userId,
      contact_type: methods[at % 9],
      follow_content: `${at}：已电话沟通，客户对报价基本认可，约定下周二上门演示，届时带上合同草稿与实施计划。`,
    }
    return postBytes(path, JSON.stringify(body))
  }
}
