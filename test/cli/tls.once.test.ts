import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { type TestOptions, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { genjin, startServe } from '../support/cli.ts'
import { tempDatabase } from '../support/database.ts'

const openssl = spawnSync('openssl', ['version']).status === 0
const options: TestOptions = { skip: openssl ? false : 'openssl is not on this machine: no certificates' }

interface Pair {
  readonly cert: string
  readonly key: string
}

/** A certificate of this name with its key, in a folder. */
function certificate(folder: string, name: string): Pair {
  const pair = { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', pair.key, '-out', pair.cert],
  ])
  assert.equal(made.status, 0, String(made.stderr))
  return pair
}

function tlsArgs({ cert, key }: Pair): string[] {
  return ['--tls-cert', cert, '--tls-key', key]
}

/** The name on the certificate that a new connection is shown. */
async function shownName(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    return String(socket.getPeerCertificate().subject.CN)
  } finally {
    socket.destroy()
  }
}

/** GET over HTTPS, by a caller who trusts one certificate only. */
async function getText(url: string, ca: string, agent: Agent | false = false): Promise<string> {
  const [response] = await once(get(url, { ca: readFileSync(ca), agent }), 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** Puts a file in the place of another, as a renewal does. */
function replace(file: string, by: string): void {
  cpSync(by, `${file}.new`)
  renameSync(`${file}.new`, file)
}

test('--tls-cert and --tls-key serve HTTPS', options, async () => {
  await using temp = await tempDatabase()
  const pair = certificate(temp.path, 'one')
  await using server = await startServe([...tlsArgs(pair), '--database', temp.database])
  assert.match(server.url, /^https:\/\/127\.0\.0\.1:\d+$/)
  assert.match(await getText(`${server.url}/livez`, pair.cert), /"code":0/)
  assert.equal((await server.stop()).code, 0)
})

test(
  'a renewed certificate is shown to new connections within 5 s, and open ones go on',
  options,
  async () => {
    await using temp = await tempDatabase()
    const pair = certificate(temp.path, 'one')
    const renewed = certificate(temp.path, 'two')
    const old = join(temp.path, 'old.pem')
    cpSync(pair.cert, old)
    await using server = await startServe([...tlsArgs(pair), '--database', temp.database])
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    assert.match(await getText(`${server.url}/livez`, old, agent), /"code":0/)
    assert.equal(await shownName(server.url), 'one')

    const started = performance.now()
    replace(pair.cert, renewed.cert)
    replace(pair.key, renewed.key)
    await server.printed('stderr', /certificate renewed/)
    assert.equal(await shownName(server.url), 'two')
    const tookMs = performance.now() - started
    assert.ok(tookMs < 5_000, `${tookMs} ms`)
    assert.match(await getText(`${server.url}/livez`, renewed.cert), /"code":0/)
    assert.match(
      await getText(`${server.url}/livez`, old, agent),
      /"code":0/,
      'on the connection from before',
    )
    agent.destroy()
  },
)

test('a renewal that only points a link elsewhere is seen too', options, async () => {
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

test('a broken renewal keeps the old certificate and logs an error', options, async () => {
  await using temp = await tempDatabase()
  const pair = certificate(temp.path, 'one')
  const other = certificate(temp.path, 'two')
  await using server = await startServe([...tlsArgs(pair), '--database', temp.database])
  assert.equal(await shownName(server.url), 'one')
  writeFileSync(pair.cert, 'no certificate')
  const [line] = await server.printed('stderr', /^\{.*certificate not renewed.*$/m)
  assert.equal(JSON.parse(line).level, 50, 'an error')
  assert.equal(await shownName(server.url), 'one')

  // The next renewal, of both files, is taken as if nothing had been.
  replace(pair.cert, other.cert)
  replace(pair.key, other.key)
  await server.printed('stderr', /certificate renewed/)
  assert.equal(await shownName(server.url), 'two')
  assert.equal((await server.stop()).code, 0)
})

test('a connection that never begins its handshake does not hold up the stop', options, async () => {
  await using temp = await tempDatabase()
  const pair = certificate(temp.path, 'one')
  await using server = await startServe([...tlsArgs(pair), '--database', temp.database])
  const { hostname, port } = new URL(server.url)
  const silent = connectTcp({ host: hostname, port: Number(port) })
  silent.on('error', () => {})
  try {
    await once(silent, 'connect')
    assert.equal(await shownName(server.url), 'one')
    const end = await Promise.race([server.stop(), sleep(4_000, undefined, { ref: false })])
    assert.ok(end, 'it has not stopped after 4 s')
    assert.equal(end.code, 0, end.stderr)
  } finally {
    silent.destroy()
  }
})

test('one of the two options alone is wrong usage', async () => {
  for (const args of [
    ['--tls-cert', 'x.pem'],
    ['--tls-key', 'x.key'],
  ]) {
    const { code, stderr } = await genjin(['serve', '--port', '0', ...args])
    assert.equal(code, 2)
    assert.match(stderr, /--tls-cert 与 --tls-key 须同时给出 \/ --tls-cert and --tls-key go together/)
  }
})

test(
  'files that are missing, are no certificate or do not belong together are refused',
  options,
  async () => {
    await using temp = await tempDatabase()
    const [one, two] = [certificate(temp.path, 'one'), certificate(temp.path, 'two')]
    const wrong: readonly Pair[] = [
      { cert: join(temp.path, 'missing.pem'), key: one.key },
      { cert: one.key, key: one.key },
      { cert: one.cert, key: two.key },
    ]
    for (const pair of wrong) {
      const { code, stdout, stderr } = await genjin([
        ...['serve', '--port', '0', '--database', temp.database],
        ...tlsArgs(pair),
      ])
      assert.equal(code, 1)
      assert.equal(stdout, '')
      assert.match(stderr, /^genjin: 证书 .* 或私钥 .* 不可用：/)
      assert.doesNotMatch(stderr, /PRIVATE KEY|\n {4}at /)
    }
  },
)
