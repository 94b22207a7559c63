import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cpSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { certificate, type Pair, renew, shownName, tlsArgs, WITH_OPENSSL } from '../support/certificates.ts'
import { startServe } from '../support/cli.ts'
import { tempDatabase } from '../support/database.ts'
import { assertFails } from '../support/failures.ts'
import { assertStopsSoon, silentConnection } from '../support/serving.ts'

/** GET over HTTPS, trusting one certificate only. */
async function getText(url: string, ca: string, agent: Agent | false = false): Promise<string> {
  const [response] = await once(get(url, { ca: readFileSync(ca), agent }), 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Two certificates, and a server that shows the first one. */
async function serveTls() {
  await using stack = new AsyncDisposableStack()
  const { path, database } = stack.use(await tempDatabase())
  const [pair, other] = [certificate(path, 'one'), certificate(path, 'two')]
  const server = stack.use(await startServe([...tlsArgs(pair), '--database', database]))
  const moved = stack.move()
  return { path, pair, other, server, [Symbol.asyncDispose]: () => moved.disposeAsync() }
}

test('--tls-cert and --tls-key serve HTTPS', WITH_OPENSSL, async () => {
  await using served = await serveTls()
  const { pair, server } = served
  assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/)
  assert.match(await getText(`${server.url}/livez`, pair.cert), /"code":0/)
  assert.equal((await server.stop()).code, 0)
})

test(
  'a renewed certificate is shown to new connections within 5 s, and open ones continue',
  WITH_OPENSSL,
  async () => {
    await using served = await serveTls()
    const { pair, other, server } = served
    const old = join(served.path, 'old.pem')
    cpSync(pair.cert, old)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    assert.match(await getText(`${server.url}/livez`, old, agent), /"code":0/)
    assert.equal(await shownName(server.url), 'one')

    const started = performance.now()
    renew(pair, other)
    await server.printed('stderr', /certificate renewed/)
    assert.equal(await shownName(server.url), 'two')
    const tookMs = performance.now() - started
    assert.ok(tookMs < 5_000, `${tookMs} ms`)
    // Both files are looked at every second: the renewal is logged once for the two.
    await sleep(2_000)
    assert.equal(server.log().match(/certificate renewed/g)?.length, 1)
    assert.match(await getText(`${server.url}/livez`, other.cert), /"code":0/)
    assert.match(
      await getText(`${server.url}/livez`, old, agent),
      /"code":0/,
      'on the connection from before',
    )
    agent.destroy()
  },
)

test('a renewal that only points a link elsewhere is noticed too', WITH_OPENSSL, async () => {
  await using temp = await tempDatabase()
  const [one, two] = [certificate(temp.path, 'one'), certificate(temp.path, 'two')]
  const live = { cert: join(temp.path, 'live.pem'), key: join(temp.path, 'live.key') }
  symlinkSync(one.cert, live.cert)
  symlinkSync(one.key, live.key)
  await using server = await startServe([...tlsArgs(live), '--database', temp.database])
  assert.equal(await shownName(server.url), 'one')
  for (const part of ['cert', 'key'] as const) {
    symlinkSync(two[part], `${live[part]}.new`)
    renameSync(`${live[part]}.new`, live[part])
  }
  await server.printed('stderr', /certificate renewed/)
  assert.equal(await shownName(server.url), 'two')
})

test('a broken renewal keeps the old certificate and logs an error', WITH_OPENSSL, async () => {
  await using served = await serveTls()
  const { pair, other, server } = served
  assert.equal(await shownName(server.url), 'one')
  writeFileSync(pair.cert, 'no certificate')
  const [line] = await server.printed('stderr', /^\{.*certificate not renewed.*$/m)
  assert.equal(JSON.parse(line).level, 50, 'an error')
  assert.equal(await shownName(server.url), 'one')

  // The next renewal, of both files, takes effect.
  renew(pair, other)
  await server.printed('stderr', /certificate renewed/)
  assert.equal(await shownName(server.url), 'two')
  assert.equal((await server.stop()).code, 0)
})

test('a connection that never begins its handshake does not delay the stop', WITH_OPENSSL, async () => {
  await using served = await serveTls()
  const { server } = served
  using _ = await silentConnection(server.url)
  assert.equal(await shownName(server.url), 'one')
  await assertStopsSoon(server)
})

test('one of the two options alone is wrong usage', async () => {
  const message = /--tls-cert 与 --tls-key 须同时给出 \/ --tls-cert and --tls-key go together/
  await assertFails([
    [['serve', '--port', '0', '--tls-cert', 'x.pem'], 2, message],
    [['serve', '--port', '0', '--tls-key', 'x.key'], 2, message],
  ])
})

test(
  'files that are missing, are no certificate or do not belong together are refused',
  WITH_OPENSSL,
  async () => {
    await using temp = await tempDatabase()
    const [one, two] = [certificate(temp.path, 'one'), certificate(temp.path, 'two')]
    const wrong: readonly Pair[] = [
      { cert: join(temp.path, 'missing.pem'), key: one.key },
      { cert: one.key, key: one.key },
      { cert: one.cert, key: two.key },
    ]
    const serve = ['serve', '--port', '0', '--database', temp.database]
    const message = /^genjin: 证书(或私钥文件 .* 无法读取| .* 或私钥 .* 不可用)：(?![\s\S]*PRIVATE KEY)/
    await assertFails(wrong.map((pair) => [[...serve, ...tlsArgs(pair)], 1, message]))
  },
)
