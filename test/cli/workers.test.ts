import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addApp, exportText, genjinDone } from '../support/cli.ts'
import { assertRefused, send, TestClient } from '../support/client.ts'
import {
  askEach,
  assertGone,
  assertStops,
  create,
  FRESH,
  LOST_MS,
  logged,
  loggedTimes,
  requestCount,
  startCorp,
  workerOf,
  workerPids,
} from '../support/workers.ts'

/** Stopped by the last test. */
const WORKERS = 4
const company = await startCorp(WORKERS)
after(() => company[Symbol.asyncDispose]())
const { client, server, temp } = company

test('workers greet once, log their number, and answer on one port; /metrics reports the sum of all', async () => {
  assert.equal(workerPids(server).length, WORKERS)
  const listening = await loggedTimes(server, 'listening', WORKERS)
  assert.equal(listening.length, WORKERS, 'all of them listened before the greeting')

  await askEach(server, WORKERS, () => send(server.url, { path: '/livez', headers: FRESH }))
  const asked = logged(server, 'request').length
  assert.ok(logged(server, 'request').every(({ worker }) => worker >= 1 && worker <= WORKERS))
  await askEach(server, WORKERS, async () => {
    const answer = await send(server.url, { path: '/metrics', headers: FRESH })
    assert.equal(requestCount(answer.text, '/livez'), asked, 'whichever worker is asked')
    assert.equal(answer.text.match(/^genjin_http_request_seconds_count\{.*route="\/livez"/gm)?.length, 1)
    assert.match(answer.text, /^process_resident_memory_bytes \d+$/m)
    return answer
  })
  assert.equal((await client.list()).total, 0)
})

test('8 writers at several workers: each acknowledged create is there once, and every worker sees it at once', async () => {
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
  const used = new Set(logged(server, 'request').map(({ worker }) => worker))
  assert.ok(used.size > 1, 'several workers wrote')

  for (let more = 1; more <= 5; more++) {
    const made = await client.post('crm/follow/create', create(`m${more}.`), FRESH)
    assert.equal(made.envelope.code, 0, made.text)
    contents.push(`m${more}.`)
    await askEach(server, WORKERS, async () => {
      const list = await client.post('crm/follow/list', { page_size: 1 }, FRESH)
      assert.equal(list.envelope.data.total, contents.length)
      return list
    })
  }
  const kept = await exportText(temp.database, 'acme')
  for (const content of contents) assert.equal(kept.split(`"${content}"`).length, 2, content)
  assert.equal(kept.match(/^\{"kind":"follow",/gm)?.length, contents.length)
})

test('a token that is revoked is refused by every worker within a second', async () => {
  const revoked = new TestClient(server.url, await addApp(temp.database, 'acme'))
  await askEach(server, WORKERS, () => revoked.post('crm/follow/list', {}, FRESH))
  await genjinDone(['token', 'revoke', revoked.credentials.appid, '--database', temp.database])
  await sleep(1_000)
  await askEach(server, WORKERS, async () => {
    const answer = await revoked.post('crm/follow/list', {}, FRESH)
    assertRefused(answer, 10011)
    return answer
  })
})

test('100 token calls a minute and app are the limit of all workers together', async () => {
  const credentials = await addApp(temp.database, 'acme')
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
  await askEach(server, WORKERS, async () => {
    const answer = await ask()
    assert.equal(answer.envelope.code, 42900, answer.text)
    return answer
  })
})

test('SIGTERM lets the workers answer requests in flight and exits with 0', async () => {
  const { stdout } = await assertStops(company, () => server.kill('SIGTERM'))
  assert.deepEqual(Object.keys(JSON.parse(stdout)), ['url', 'docs'], 'one greeting, of one line')
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
    await sleep(10)
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
  for (const [index, pid] of workerPids(server).entries()) {
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
  await assertGone(workerPids(server))

  const kept = await exportText(temp.database, 'acme')
  const acknowledged = attempts.filter(({ failure }) => failure === undefined)
  assert.ok(acknowledged.length > 20, `${acknowledged.length} acknowledged`)
  for (const { content } of acknowledged) assert.equal(kept.split(`"${content}"`).length, 2, content)
})
