import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { certificate, renew, shownName, tlsArgs, WITH_OPENSSL } from '../support/certificates.ts'
import {
  type CliProcess,
  exportText,
  genjin,
  genjinDone,
  type ServeProcess,
  startGenjin,
  startServe,
} from '../support/cli.ts'
import { type Answer, assertRefused, send, type TestClient } from '../support/client.ts'
import { ENGINE, tempDatabase } from '../support/database.ts'
import { begin, closed, refuses, serveCompany } from '../support/serving.ts'

const SQLITE = ENGINE === 'sqlite'

/** On a new connection: any of the workers may answer. */
const FRESH = { connection: 'close' }

/** A request that takes longer counts as lost. */
const LOST_MS = 20_000

/** Most requests to send until every worker has answered one. */
const MOST_TRIES = 400

/** A company of one employee, served by workers. */
function startCorp(workers: number) {
  return serveCompany([{ kind: 'staff', user_id: 'zhang', name: '张' }], '--workers', String(workers))
}

interface LogLine {
  readonly msg: string
  readonly worker: number
  readonly pid: number
  readonly [name: string]: unknown
}

/** The log lines with this message until now. */
async function logged(process: CliProcess, message: string): Promise<LogLine[]> {
  const [text] = await process.printed('stderr', /^[\s\S]*/)
  const lines = text.split('\n').filter((line) => line.endsWith(`"msg":"${message}"}`))
  return lines.map((line) => JSON.parse(line) as LogLine)
}

/** Waits until so many log lines have this message. */
async function loggedTimes(process: CliProcess, message: string, times: number): Promise<LogLine[]> {
  const deadline = performance.now() + LOST_MS
  for (;;) {
    const lines = await logged(process, message)
    if (lines.length >= times) return lines
    assert.ok(performance.now() < deadline, `"${message}" ${lines.length} times instead of ${times}`)
    await sleep(20)
  }
}

async function workerPids(process: CliProcess): Promise<number[]> {
  return (await logged(process, 'worker started')).map(({ pid }) => pid)
}

/** The worker that sent a response, according to the log. */
async function workerOf(process: CliProcess, answer: Answer): Promise<number> {
  const id = answer.headers['x-request-id'] as string
  const [, worker] = await process.printed('stderr', new RegExp(`"worker":(\\d+),"reqId":"${id}"`))
  return Number(worker)
}

/** Asks on new connections until each of so many workers has answered. */
async function askEach(server: ServeProcess, workers: number, ask: () => Promise<Answer>): Promise<void> {
  const answered = new Set<number>()
  for (let tries = 0; tries < MOST_TRIES && answered.size < workers; tries += 8) {
    const answers = await Promise.all(Array.from({ length: 8 }, ask))
    for (const answer of answers) answered.add(await workerOf(server, answer))
  }
  assert.equal(answered.size, workers, 'every worker has answered')
}

function create(content: string) {
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

async function assertGone(pids: readonly number[], withinMs = 2_000): Promise<void> {
  assert.ok(pids.length > 0)
  const deadline = performance.now() + withinMs
  while (pids.some(runs) && performance.now() < deadline) await sleep(20)
  assert.deepEqual(pids.filter(runs), [], 'no worker is left')
}

test('workers greet once, log their number, and answer on one port; /metrics reports the sum of all', async () => {
  await using company = await startCorp(3)
  const { client, server } = company
  assert.equal((await logged(server, 'worker started')).length, 3)
  assert.equal(
    (await loggedTimes(server, 'listening', 3)).length,
    3,
    'all of them listened before the greeting',
  )

  await askEach(server, 3, () => send(server.url, { path: '/livez', headers: FRESH }))
  const asked = (await logged(server, 'request')).length
  assert.ok((await logged(server, 'request')).every(({ worker }) => worker >= 1 && worker <= 3))
  await askEach(server, 3, async () => {
    const answer = await send(server.url, { path: '/metrics', headers: FRESH })
    assert.equal(requestCount(answer.text, '/livez'), asked, 'whichever worker is asked')
    assert.equal(answer.text.match(/^genjin_http_request_seconds_count\{.*route="\/livez"/gm)?.length, 1)
    assert.match(answer.text, /^process_resident_memory_bytes \d+$/m)
    return answer
  })
  assert.equal((await client.list()).total, 0)
  const { code, stdout } = await server.stop()
  assert.equal(code, 0)
  assert.deepEqual(Object.keys(JSON.parse(stdout)), ['url', 'docs'], 'one greeting, of one line')
})

/** How many requests of a route /metrics has counted. */
function requestCount(metrics: string, route: string): number {
  const row = new RegExp(
    `^genjin_http_request_seconds_count\\{method="GET",route="${route}",.*\\} (\\d+)$`,
    'm',
  )
  return Number(row.exec(metrics)?.[1])
}

test('the greeting of workers is that of a single process, with the demo company', async () => {
  await using temp = await tempDatabase()
  const args = ['--demo', '--port', '0', '--database', temp.database]
  const greetings: string[] = []
  for (const workers of [[], ['--workers', '1'], ['--workers', '2']]) {
    await using process = startGenjin(['serve', ...args, ...workers])
    await process.printed('stdout', /^curl .*\n\n/m)
    process.kill('SIGTERM')
    const { code, stdout } = await process.ended
    assert.equal(code, 0)
    greetings.push(stdout.replace(/127\.0\.0\.1:\d+/g, 'HOST'))
  }
  assert.equal(greetings[1], greetings[0])
  assert.equal(greetings[2], greetings[0])
})

test('what a worker had counted stays in /metrics when it is killed', async () => {
  await using company = await startCorp(2)
  const { server } = company
  await askEach(server, 2, () => send(server.url, { path: '/livez', headers: FRESH }))
  const metrics = async () => (await send(server.url, { path: '/metrics', headers: FRESH })).text
  const before = requestCount(await metrics(), '/livez')
  assert.ok(before >= 2)
  for (const [index, pid] of (await workerPids(server)).entries()) {
    process.kill(pid, 'SIGKILL')
    await server.printed('stderr', new RegExp(`"pid":${pid},"code":null,"signal":"SIGKILL"`))
    assert.equal(requestCount(await metrics(), '/livez'), before)
    await loggedTimes(server, 'listening', 3 + index)
    assert.equal(requestCount(await metrics(), '/livez'), before)
  }
})

interface Attempt {
  readonly content: string
  readonly begunMs: number
  readonly endedMs: number
  /** Why it failed; undefined when it was acknowledged. */
  readonly failure: string | undefined
}

/** Creates follow-ups one after the other, each on a new connection, until the signal. */
async function keepCreating(client: TestClient, name: string, signal: AbortSignal): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  for (let index = 0; index < 10_000 && !signal.aborted; index++) {
    const content = `${name}-${index}.`
    const begunMs = performance.now()
    const failure = await Promise.race([
      client.post('crm/follow/create', create(content), FRESH).then(
        ({ envelope, text }) => (envelope.code === 0 ? undefined : text),
        (error: NodeJS.ErrnoException) => error.code ?? error.message,
      ),
      sleep(LOST_MS, 'lost', { ref: false }),
    ])
    attempts.push({ content, begunMs, endedMs: performance.now(), failure })
  }
  return attempts
}

test('workers that are killed one after the other are replaced, the service goes on, and what was acknowledged is kept', async () => {
  await using company = await startCorp(3)
  const { client, server, temp } = company
  await client.token()
  const stop = new AbortController()
  const creating = [0, 1, 2, 3].map((name) => keepCreating(client, `k${name}`, stop.signal))
  const kills: { fromMs: number; toMs: number }[] = []
  for (const [index, pid] of (await workerPids(server)).entries()) {
    await sleep(300)
    const fromMs = performance.now()
    process.kill(pid, 'SIGKILL')
    await server.printed('stderr', new RegExp(`"pid":${pid},"code":null,"signal":"SIGKILL".*is replaced`))
    kills.push({ fromMs, toMs: performance.now() })
    await loggedTimes(server, 'listening', 4 + index)
  }
  await sleep(300)
  stop.abort()
  const attempts = (await Promise.all(creating)).flat()
  for (const { failure, begunMs, endedMs, content } of attempts) {
    const killed = kills.some(({ fromMs, toMs }) => begunMs <= toMs && endedMs >= fromMs)
    assert.ok(failure === undefined || killed, `${content} ${failure}, and no worker was killed meanwhile`)
    assert.notEqual(failure, 'lost')
  }
  assert.equal((await server.stop()).code, 0)
  await assertGone(await workerPids(server))

  const kept = await exportText(temp.database, 'acme')
  const acknowledged = attempts.filter(({ failure }) => failure === undefined)
  assert.ok(acknowledged.length > 20, `${acknowledged.length} acknowledged`)
  for (const { content } of acknowledged) assert.equal(kept.split(`"${content}"`).length, 2, content)
})

test('a worker that ends again and again is replaced at once, then later and later, on the same port', async () => {
  await using company = await startCorp(1)
  const { client, server } = company
  for (const [index, waitMs] of [0, 250, 500].entries()) {
    await client.list()
    process.kill((await workerPids(server)).at(-1) as number, 'SIGKILL')
    await loggedTimes(server, 'listening', 2 + index)
    const ends = await logged(server, 'worker ended and is replaced')
    assert.equal(ends.at(-1)?.waitMs, waitMs)
  }
  assert.equal((await client.list()).total, 0)
})

test('a worker that is stopped alone answers the requests in flight and is replaced', async () => {
  await using company = await startCorp(1)
  const { client, server } = company
  const begun = await beginCreate(client, '重启一个')
  process.kill((await workerPids(server))[0] as number, 'SIGTERM')
  await closed(server.url)
  assert.equal((await begun.finish()).envelope.code, 0)
  await loggedTimes(server, 'listening', 2)
  assert.equal((await client.list()).total, 1)
  const [end] = await logged(server, 'worker ended and is replaced')
  assert.deepEqual([end?.code, end?.signal], [0, null])
})

test('8 writers at 4 workers: each acknowledged create is there once, and every worker sees it at once', async () => {
  await using company = await startCorp(4)
  const { client, server, temp } = company
  await client.token()
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    const contents = Array.from({ length: 20 }, (_each, index) => `w${writer}-${index}.`)
    for (const content of contents) {
      const made = await client.post('crm/follow/create', create(content), FRESH)
      assert.equal(made.envelope.code, 0, made.text)
    }
    return contents
  })
  const contents = (await Promise.all(writers)).flat()
  const used = new Set((await logged(server, 'request')).map(({ worker }) => worker))
  assert.ok(used.size > 1, 'several workers wrote')

  for (let more = 1; more <= 5; more++) {
    const made = await client.post('crm/follow/create', create(`m${more}.`), FRESH)
    assert.equal(made.envelope.code, 0, made.text)
    contents.push(`m${more}.`)
    await askEach(server, 4, async () => {
      const list = await client.post('crm/follow/list', { page_size: 1 }, FRESH)
      assert.equal(list.envelope.data.total, contents.length)
      return list
    })
  }
  assert.equal((await server.stop()).code, 0)
  const kept = await exportText(temp.database, 'acme')
  for (const content of contents) assert.equal(kept.split(`"${content}"`).length, 2, content)
  assert.equal(kept.match(/^\{"kind":"follow",/gm)?.length, contents.length)
})

test('a token that is revoked is refused by every worker within a second', async () => {
  await using company = await startCorp(3)
  const { client, server } = company
  await askEach(server, 3, () => client.post('crm/follow/list', {}, FRESH))
  await genjinDone(['token', 'revoke', client.credentials.appid, '--database', company.temp.database])
  await sleep(1_000)
  await askEach(server, 3, async () => {
    const answer = await client.post('crm/follow/list', {}, FRESH)
    assertRefused(answer, 10011)
    return answer
  })
})

test('100 token calls a minute and app are the limit of all workers together', async () => {
  await using company = await startCorp(4)
  const { server, credentials } = company
  const path = `/openapi/access_token?${new URLSearchParams({ ...credentials })}`
  const ask = () => send(server.url, { path, headers: FRESH })
  const answered = new Set<number>()
  for (let round = 0; round < 10; round++) {
    for (const answer of await Promise.all(Array.from({ length: 10 }, ask))) {
      assert.equal(answer.envelope.code, 0, answer.text)
      answered.add(await workerOf(server, answer))
    }
  }
  assert.ok(answered.size > 1, 'several workers answered')
  assertRefused(await ask(), 42900)
  await askEach(server, 4, async () => {
    const answer = await ask()
    assert.equal(answer.envelope.code, 42900, answer.text)
    return answer
  })
})

/** A create that the server has begun to read. */
function beginCreate(client: TestClient, content: string) {
  return begin(client, 'crm/follow/create', create(content))
}

/** Stops workers with creates in flight: all are answered and stored, nothing is left running or unwritten. */
async function assertStops(stop: (server: ServeProcess, workers: number[]) => void): Promise<void> {
  await using company = await startCorp(3)
  const { client, server, temp } = company
  await askEach(server, 3, () => client.post('crm/follow/list', {}, FRESH))
  const begun = await Promise.all(Array.from({ length: 12 }, (_, index) => beginCreate(client, `s${index}.`)))
  const pids = await workerPids(server)
  stop(server, pids)
  await closed(server.url)
  for (const each of begun) assert.equal((await each.finish()).envelope.code, 0)
  const { code, signal, stderr } = await server.ended
  assert.deepEqual([code, signal], [0, null], stderr)
  await assertGone(pids)
  assert.equal((await workerPids(server)).length, 3, 'none was replaced')
  assert.doesNotMatch(stderr, /"level":[45]0/)
  assert.deepEqual(readdirSync(temp.path).sort(), SQLITE ? ['genjin.db', 'genjin.db.key'] : [])
  const kept = await exportText(temp.database, 'acme')
  for (const index of begun.keys()) assert.equal(kept.split(`"s${index}."`).length, 2)
}

test('SIGTERM lets the workers answer requests in flight and exits with 0', async () => {
  await assertStops((server) => server.kill('SIGTERM'))
})

test('SIGINT does the same, also when a terminal sends it to the workers too', async () => {
  await assertStops((server) => server.kill('SIGINT'))
  await assertStops((server, pids) => {
    for (const pid of [...pids, server.pid]) process.kill(pid, 'SIGINT')
  })
})

test('a signal while the workers start stops them too', async () => {
  await using temp = await tempDatabase()
  for (const alsoToWorkers of [false, true]) {
    await using server = startGenjin(['serve', '--port', '0', '--workers', '2', '--database', temp.database])
    const pids = (await loggedTimes(server, 'worker started', 2)).map(({ pid }) => pid)
    for (const pid of [...(alsoToWorkers ? pids : []), server.pid]) process.kill(pid, 'SIGINT')
    const { code, stdout, stderr } = await server.ended
    assert.equal(code, 0, stderr)
    assert.equal(stdout, '', 'no greeting after the signal')
    await assertGone(pids)
  }
})

test('a second signal ends everything at once with 1', async () => {
  await using company = await startCorp(2)
  const { client, server } = company
  const begun = await beginCreate(client, '第二次')
  const pids = await workerPids(server)
  server.kill('SIGTERM')
  await closed(server.url)
  const { code } = await server.stop('SIGTERM')
  begun.abandon()
  assert.equal(code, 1)
  await assertGone(pids, 1_000)
})

test('when the primary process is killed the workers end and the port is free', async () => {
  await using company = await startCorp(3)
  const { client, server } = company
  await client.list()
  const pids = await workerPids(server)
  server.kill('SIGKILL')
  await server.ended
  await assertGone(pids)
  assert.ok(await refuses(server.url))
})

test('a port in use and a missing certificate fail as with a single process, and leave nothing running', async () => {
  await using company = await startCorp(1)
  await using temp = await tempDatabase()
  const { port } = new URL(company.server.url)
  const wrong = [
    ['--port', port],
    ['--port', port, '--json'],
    ['--port', '0', '--tls-cert', 'none.pem', '--tls-key', 'none.key'],
    ['--port', '0', '--host', '203.0.113.1'],
  ]
  for (const args of wrong) {
    const serve = ['serve', ...args, '--database', temp.database]
    const single = await genjin(serve)
    const several = await genjin([...serve, '--workers', '3'])
    assert.deepEqual(
      [several.code, several.stdout, several.stderr],
      [1, single.stdout, single.stderr.replace(/^\{.*\n/gm, '')],
    )
    if (SQLITE) assert.ok(!readdirSync(temp.path).includes('genjin.db-wal'), 'the database was closed')
  }
})

test('a worker that cannot start with the others fails the command, and leaves nothing running', async () => {
  await using temp = await tempDatabase()
  await using server = startGenjin(['serve', '--port', '0', '--workers', '3', '--database', temp.database])
  const pids = (await loggedTimes(server, 'worker started', 3)).map(({ pid }) => pid)
  process.kill(pids[1] as number, 'SIGKILL')
  const { code, stdout, stderr } = await server.ended
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /"worker":2,.*"signal":"SIGKILL","msg":"worker ended before it listened"/)
  await assertGone(pids)
})

test('workers serve HTTPS and show a renewed certificate, each of them', WITH_OPENSSL, async () => {
  await using temp = await tempDatabase()
  const [one, two] = [certificate(temp.path, 'one'), certificate(temp.path, 'two')]
  await using server = await startServe([...['--workers', '2', ...tlsArgs(one), '--database', temp.database]])
  assert.match(server.url, /^https:/)
  assert.deepEqual(await shownNames(server.url), ['one'])
  renew(one, two)
  await renewedBy(server, 2)
  assert.deepEqual(await shownNames(server.url), ['two'])
  assert.equal((await server.stop()).code, 0)
})

/** Waits until so many workers use the renewed certificate. */
async function renewedBy(server: ServeProcess, workers: number): Promise<void> {
  const deadline = performance.now() + LOST_MS
  const done = async () =>
    new Set((await logged(server, 'certificate renewed')).map(({ worker }) => worker)).size >= workers
  while (!(await done())) {
    assert.ok(performance.now() < deadline, 'the certificate is not renewed')
    await sleep(50)
  }
}

/** The names on the certificates that 16 new connections are shown. */
async function shownNames(url: string): Promise<string[]> {
  return [...new Set(await Promise.all(Array.from({ length: 16 }, () => shownName(url))))]
}
