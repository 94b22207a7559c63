import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { GenjinClient } from 'genjin-client'
import { certificate, WITH_OPENSSL } from './support/certificates.ts'
import { sharedServer, startTestServer } from './support/server.ts'
import { tempFolder } from './support/temp-folder.ts'

/** Answers to requests whose body is still being sent: the client reads them, instead of a reset of its connection. */

const server = await sharedServer()
const client = await server.company('early')
const token = await client.token()
const MIB = 1024 * 1024
const LIST = '/openapi/crm/follow/list'
const JSON_TYPE = 'Content-Type: application/json\r\n'

async function open(url = server.url): Promise<Socket> {
  const { hostname: host, port } = new URL(url)
  const socket = connect({ host, port: Number(port) })
  await once(socket, 'connect')
  return socket
}

/** Sends a head and a body as Python's http.client does: reads nothing before the last byte is sent. */
async function sendAll(head: string, body: Iterable<string | Buffer>): Promise<string> {
  const socket = await open()
  const chunks: Buffer[] = []
  socket.pause()
  socket.write(`${head}\r\n`)
  for (const piece of body) {
    if (!socket.write(piece)) await once(socket, 'drain')
  }
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function* spaces(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= 65536) yield Buffer.alloc(Math.min(left, 65536), ' ')
}

function* chunked(pieces: Iterable<string | Buffer>): Generator<string | Buffer> {
  for (const piece of pieces) {
    yield `${piece.length.toString(16)}\r\n`
    yield piece
    yield '\r\n'
  }
  yield '0\r\n\r\n'
}

const post = (path: string, headers: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}`
const sized = (bytes: number) => `Content-Length: ${bytes}\r\n`

const SIZE = 20 * MIB
const REFUSED: [what: string, head: string, body: Iterable<string | Buffer>, status: number, code: number][] =
  [
    ['too large', post(`${LIST}?access_token=${token}`, JSON_TYPE + sized(SIZE)), spaces(SIZE), 413, 41300],
    [
      'too large, of a length not told',
      post(`${LIST}?access_token=${token}`, `${JSON_TYPE}Transfer-Encoding: chunked\r\n`),
      chunked(spaces(SIZE)),
      413,
      41300,
    ],
    ['no token', post(LIST, JSON_TYPE + sized(SIZE)), spaces(SIZE), 200, 10001],
    ['no such path', post('/nothing', JSON_TYPE + sized(SIZE)), spaces(SIZE), 404, 40400],
    ['no such path, at once', post('/%zz', JSON_TYPE + sized(SIZE)), spaces(SIZE), 200, 40000],
    [
      'not JSON',
      post(`${LIST}?access_token=${token}`, `Content-Type: text/xml\r\n${sized(SIZE)}`),
      spaces(SIZE),
      415,
      41500,
    ],
    ['wrong method', post(LIST, JSON_TYPE + sized(SIZE)).replace('POST', 'PUT'), spaces(SIZE), 200, 40005],
    ['an odd Expect', post(LIST, `${JSON_TYPE}Expect: nonsense\r\n${sized(SIZE)}`), spaces(SIZE), 200, 40000],
    [
      'nested too deep',
      post(`/openapi/department/replace?access_token=${token}`, JSON_TYPE + sized(4000 + SIZE)),
      ['['.repeat(4000), ...spaces(SIZE)],
      200,
      40020,
    ],
    ['long headers', post(LIST, 'X: x'), ['x'.repeat(SIZE), '\r\n\r\n'], 431, 40001],
    ['no HTTP', 'NONSENSE\r\n', spaces(SIZE), 400, 40001],
  ]

for (const [what, head, body, status, code] of REFUSED) {
  test(`a request refused while it is being sent is told why: ${what}`, async () => {
    const answer = await sendAll(head, body)
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.match(answer, new RegExp(`"code":${code},`))
    assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1, 'answered once')
  })
}

test('a connection that is reset ends nothing else, whatever was asked on it', async () => {
  const heads = [...REFUSED.map(([, head]) => `${head}\r\n`), 'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n']
  for (const head of heads) {
    for (const ms of [0, 0, 5, 20]) {
      const socket = await open()
      socket.resume().on('error', () => {})
      socket.write(head)
      await sleep(ms)
      socket.resetAndDestroy()
    }
  }
  // An error that nobody hears would end this process, which serves.
  await sleep(100)
  assert.equal((await client.list()).total, 0)
})

test('the SDK reports a body that is too large', async () => {
  const { appid, app_secret: appSecret } = client.credentials
  const sdk = new GenjinClient({ baseUrl: server.url, appid, appSecret, retry: { attempts: 1 } })
  for (let tries = 0; tries < 3; tries++) {
    await assert.rejects(sdk.follow.list({ title: 'x'.repeat(24 * MIB) }).page(), { code: 41300 })
  }
})

test('over TLS too', WITH_OPENSSL, async () => {
  using folder = tempFolder()
  await using secure = await startTestServer({ serve: { tls: certificate(folder.path, 'genjin') } })
  const { hostname, port } = new URL(secure.url)
  for (let tries = 0; tries < 3; tries++) {
    const sent = request({
      ...{ hostname, port, path: LIST, method: 'POST', agent: false, rejectUnauthorized: false },
      headers: { 'content-type': 'application/json', 'content-length': SIZE },
    })
    Readable.from(spaces(SIZE)).pipe(sent)
    const [response] = await once(sent, 'response')
    assert.equal(JSON.parse(await text(response)).code, 10001)
    await once(sent, 'close')
  }
})

test('the connection stays open after a refusal, for the next request', async () => {
  const socket = await open()
  let answers = ''
  socket.on('data', (chunk) => {
    answers += chunk
  })
  socket.write(`POST /nothing HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}${sized(2 * MIB)}\r\n`)
  for (const piece of spaces(2 * MIB)) socket.write(piece)
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 404', 'HTTP/1.1 200'])
})

test('what follows a request that was answered with Connection: close is not begun', async () => {
  const body = JSON.stringify({ records: [{ id: 7, name: '不应保存', parent_id: null }] })
  const path = `/openapi/department/save?access_token=${token}`
  const second = `POST ${path} HTTP/1.1\r\nHost: x\r\n${JSON_TYPE}${sized(Buffer.byteLength(body))}\r\n${body}`
  const answer = await sendAll(post('/nothing', JSON_TYPE + sized(2 * MIB)), [...spaces(2 * MIB), second])
  assert.equal(answer.match(/HTTP\/1\.1 /g)?.length, 1)
  assert.equal((await client.get('department/list')).envelope.data.total, 0)
})

test('of a body without end 64 MiB are read, of a silent client nothing for 1 s', async () => {
  const endless = await open()
  const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65536, ' '), Buffer.from('\r\n')])
  let sent = 0
  const send = () => {
    do sent += piece.length
    while (endless.write(piece))
  }
  endless.on('drain', send).on('error', () => {})
  endless.resume().write(`${post('/nothing', JSON_TYPE)}Transfer-Encoding: chunked\r\n\r\n`)
  send()
  await new Promise((resolve) => endless.on('close', resolve))
  assert.ok(sent > 64 * MIB && sent < 128 * MIB, `${sent / MIB} MiB`)

  const silent = await open()
  const started = performance.now()
  silent.write(`${post('/nothing', JSON_TYPE)}${sized(MIB)}\r\n{`)
  silent.resume()
  await once(silent, 'close')
  assert.ok(performance.now() - started < 6_000)
})
