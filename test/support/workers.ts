import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CliProcess, type Ended, exportText, type ServeProcess } from './cli.ts'
import type { Answer, TestClient } from './client.ts'
import { ENGINE } from './database.ts'
import { begin, closed, serveCompany } from './serving.ts'

/** Tests of `genjin serve --workers`. */
export type ServedCompany = Awaited<ReturnType<typeof serveCompany>>

/** On a new connection: any of the workers may answer. */
export const FRESH = { connection: 'close' }

/** A request that takes longer counts as lost. */
export const LOST_MS = 20_000

/** Most requests to send until every worker has answered one. */
const MOST_TRIES = 400

/** A company of one employee, served by workers. */
export function startCorp(workers: number) {
  return serveCompany([{ kind: 'staff', user_id: 'zhang', name: '张' }], '--workers', String(workers))
}

export interface LogLine {
  readonly msg: string
  readonly worker: number
  readonly pid: number
  readonly [name: string]: unknown
}

/** The log lines with this message until now. */
export function logged(process: CliProcess, message: string): LogLine[] {
  const lines = process.log().split('\n')
  return lines.filter((line) => line.endsWith(`"msg":"${message}"}`)).map((line) => JSON.parse(line))
}

/** Waits until so many log lines have this message. */
export async function loggedTimes(process: CliProcess, message: string, times: number): Promise<LogLine[]> {
  const deadline = performance.now() + LOST_MS
  for (;;) {
    const lines = logged(process, message)
    if (lines.length >= times) return lines
    assert.ok(performance.now() < deadline, `"${message}" ${lines.length} times instead of ${times}`)
    await sleep(20)
  }
}

export function workerPids(process: CliProcess): number[] {
  return logged(process, 'worker started').map(({ pid }) => pid)
}

/** The worker that sent a response, according to the log. */
export async function workerOf(process: CliProcess, answer: Answer): Promise<number> {
  const id = answer.headers['x-request-id'] as string
  const [, worker] = await process.printed('stderr', new RegExp(`"worker":(\\d+),"reqId":"${id}"`))
  return Number(worker)
}

/** Asks on new connections until each of so many workers has answered. */
export async function askEach(
  server: ServeProcess,
  workers: number,
  ask: () => Promise<Answer>,
): Promise<void> {
  const answered = new Set<number>()
  for (let tries = 0; tries < MOST_TRIES && answered.size < workers; tries += 8) {
    const answers = await Promise.all(Array.from({ length: 8 }, ask))
    for (const answer of answers) answered.add(await workerOf(server, answer))
  }
  assert.equal(answered.size, workers, 'every worker has answered')
}

/** How many requests of a route /metrics has counted. */
export function requestCount(metrics: string, route: string): number {
  const row = new RegExp(
    `^genjin_http_request_seconds_count\\{method="GET",route="${route}",.*\\} (\\d+)$`,
    'm',
  )
  return Number(row.exec(metrics)?.[1])
}

export function create(content: string) {
  return { type: 1, id: 'c9', user_id: 'zhang', contact_type: '拜访', follow_content: content }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    // A zombie, which its parent has not waited for yet, takes signals too.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

export async function assertGone(pids: readonly number[], withinMs = 2_000): Promise<void> {
  assert.ok(pids.length > 0)
  const deadline = performance.now() + withinMs
  while (pids.some(runs) && performance.now() < deadline) await sleep(20)
  assert.deepEqual(pids.filter(runs), [], 'no worker is left')
}

/** A create that the server has begun to read. */
export function beginCreate(client: TestClient, content: string) {
  return begin(client, 'crm/follow/create', create(content))
}

/** Stops workers with creates in flight: all are answered and stored, nothing is left running or unwritten. */
export async function assertStops(
  company: ServedCompany,
  stop: (server: ServeProcess, workers: number[]) => void,
): Promise<Ended> {
  const { client, server, temp } = company
  const workers = workerPids(server).length
  await askEach(server, workers, () => client.post('crm/follow/list', {}, FRESH))
  const begun = await Promise.all(Array.from({ length: 12 }, (_, index) => beginCreate(client, `s${index}.`)))
  const pids = workerPids(server)
  stop(server, pids)
  await closed(server.url)
  for (const each of begun) assert.equal((await each.finish()).envelope.code, 0)
  const end = await server.ended
  const { code, signal, stderr } = end
  assert.deepEqual([code, signal], [0, null], stderr)
  await assertGone(pids)
  assert.equal(workerPids(server).length, workers, 'none was replaced')
  assert.doesNotMatch(stderr, /"level":[45]0/)
  assert.deepEqual(readdirSync(temp.path).sort(), ENGINE === 'sqlite' ? ['genjin.db', 'genjin.db.key'] : [])
  const kept = await exportText(temp.database, 'acme')
  for (const index of begun.keys()) assert.equal(kept.split(`"s${index}."`).length, 2)
  return end
}
