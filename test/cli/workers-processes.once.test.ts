import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { certificate, renew, shownName, tlsArgs, WITH_OPENSSL } from '../support/certificates.ts'
import { genjin, type ServeProcess, startGenjin, startServe } from '../support/cli.ts'
import { send } from '../support/client.ts'
import { tempDatabase } from '../support/database.ts'
import { closed, refuses } from '../support/serving.ts'
import {
  askEach,
  assertGone,
  assertStops,
  beginCreate,
  FRESH,
  LOST_MS,
  logged,
  loggedTimes,
  requestCount,
  startCorp,
  workerPids,
} from '../support/workers.ts'

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
  for (const [index, pid] of workerPids(server).entries()) {
    process.kill(pid, 'SIGKILL')
    await server.printed('stderr', new RegExp(`"pid":${pid},"code":null,"signal":"SIGKILL"`))
    assert.equal(requestCount(await metrics(), '/livez'), before)
    await loggedTimes(server, 'listening', 3 + index)
    assert.equal(requestCount(await metrics(), '/livez'), before)
  }
})

test('a worker that ends again and again is replaced at once, then later and later, on the same port', async () => {
  await using company = await startCorp(1)
  const { client, server } = company
  for (const [index, waitMs] of [0, 250, 500].entries()) {
    await client.list()
    process.kill(workerPids(server).at(-1) as number, 'SIGKILL')
    await loggedTimes(server, 'listening', 2 + index)
    const ends = logged(server, 'worker ended and is replaced')
    assert.equal(ends.at(-1)?.waitMs, waitMs)
  }
  assert.equal((await client.list()).total, 0)
})

test('a worker that is stopped alone answers the requests in flight and is replaced', async () => {
  await using company = await startCorp(1)
  const { client, server } = company
  const begun = await beginCreate(client, '重启一个')
  process.kill(workerPids(server)[0] as number, 'SIGTERM')
  await closed(server.url)
  assert.equal((await begun.finish()).envelope.code, 0)
  await loggedTimes(server, 'listening', 2)
  assert.equal((await client.list()).total, 1)
  const [end] = logged(server, 'worker ended and is replaced')
  assert.deepEqual([end?.code, end?.signal], [0, null])
})

test('SIGINT does the same, also when a terminal sends it to the workers too', async () => {
  for (const alsoToWorkers of [false, true]) {
    await using company = await startCorp(3)
    await assertStops(company, (server, pids) => {
      for (const pid of [...(alsoToWorkers ? pids : []), server.pid]) process.kill(pid, 'SIGINT')
    })
  }
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

test('a second signal ends everything at once with its number', async () => {
  await using company = await startCorp(2)
  const { client, server } = company
  const begun = await beginCreate(client, '第二次')
  const pids = workerPids(server)
  server.kill('SIGTERM')
  await closed(server.url)
  const { code } = await server.stop('SIGTERM')
  begun.abandon()
  assert.equal(code, 143)
  await assertGone(pids, 1_000)
})

test('when the primary process is killed the workers end and the port is free', async () => {
  await using company = await startCorp(3)
  const { client, server } = company
  await client.list()
  const pids = workerPids(server)
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
    assert.ok(!readdirSync(temp.path).includes('genjin.db-wal'), 'the database was closed')
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
    new Set(logged(server, 'certificate renewed').map(({ worker }) => worker)).size >= workers
  while (!(await done())) {
    assert.ok(performance.now() < deadline, 'the certificate is not renewed')
    await sleep(50)
  }
}

/** The names on the certificates that 16 new connections are shown. */
async function shownNames(url: string): Promise<string[]> {
  return [...new Set(await Promise.all(Array.from({ length: 16 }, () => shownName(url))))]
}
