import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { AnswerError, NetworkError, TimeoutError } from 'genjin-client'
import { listening, OK, refusal, type Scripted, scriptedServer, sideAt } from '../support/scripted-server.ts'
import { clientOf } from '../support/sdk-client.ts'

/** How requests are sent: by Node's HTTP client, which the client takes by itself, and as everywhere else. */
const WAYS = { 'node:http': {}, fetch: { fetch: globalThis.fetch } }

const fetchToken = async () => ({ access_token: 't', create_at: 1, expires_in: 7200 })

const BODY = { id: 'c', user_id: 'u', contact_type: 'x', follow_content: 'y' }

for (const [way, options] of Object.entries(WAYS)) {
  test(`${way}: reads are sent again after what passes: errors of the network, statuses, codes`, async () => {
    for (const trouble of [
      'cut',
      'half',
      { status: 502, text: '<html>bad gateway</html>' },
      { text: '{"code":0,"da' },
      { status: 503, text: refusal(50300, 'C0300') },
      { text: refusal(77777, 'A0501') },
    ] satisfies Scripted[]) {
      await using side = await scriptedServer([() => trouble, () => trouble, OK])
      const { client } = clientOf(side, { ...options, retry: { baseMs: 1 }, timeoutMs: 200 })
      assert.equal((await client.call('followList', {})).total, 0)
      assert.equal(side.requests(), 3)
    }
  })

  test(`${way}: a wait that was asked for is kept`, async () => {
    await using side = await scriptedServer([
      () => ({ text: refusal(42900, 'A0501'), headers: { 'Retry-After': '1' } }),
      OK,
    ])
    const { client } = clientOf(side, { ...options, retry: { baseMs: 1 } })
    const started = performance.now()
    await client.call('followList', {})
    assert.ok(performance.now() - started >= 990)
  })

  test(`${way}: what does not pass is sent once; so are writes without a key; attempts are as many as the policy says`, async () => {
    await using bad = await scriptedServer([() => ({ text: refusal(40000, 'A0400') })])
    await assert.rejects(clientOf(bad, options).client.call('followList', {}), { code: 40000 })
    assert.equal(bad.requests(), 1)
    await using down = await scriptedServer([() => ({ status: 503, text: refusal(50300, 'C0300') })])
    const { client } = clientOf(down, { ...options, retry: { baseMs: 1, attempts: 4 } })
    await assert.rejects(client.follow.create(BODY), { code: 50300, status: 503 })
    assert.equal(down.requests(), 1)
    await assert.rejects(client.follow.create(BODY, { idempotencyKey: 'k' }), { code: 50300 })
    assert.equal(down.requests(), 5)
    await assert.rejects(client.call('followList', {}, { retry: { attempts: 2 } }), { code: 50300 })
    assert.equal(down.requests(), 7)
  })

  test(`${way}: no answer in time is a TimeoutError, no server a NetworkError that says why`, async () => {
    await using silent = await scriptedServer([() => 'hang'])
    const { client } = clientOf(silent, { ...options, timeoutMs: 50, retry: { attempts: 2, baseMs: 1 } })
    await assert.rejects(client.call('followList', {}), TimeoutError)
    assert.equal(silent.requests(), 2)
    const gone = await scriptedServer([OK])
    await gone[Symbol.asyncDispose]()
    const nobody = clientOf(gone, { ...options, retry: { attempts: 1 } })
    await assert.rejects(nobody.client.call('followList', {}), (error: unknown) => {
      return error instanceof NetworkError && error.message.endsWith(`ECONNREFUSED ${new URL(gone.url).host}`)
    })
  })

  test(`${way}: no envelope is an AnswerError with the status; a redirect is one, and is not followed`, async () => {
    await using target = await scriptedServer([OK])
    for (const [status, headers] of [
      [403, {}],
      [302, { Location: `${target.url}/openapi/crm/follow/list` }],
      [307, { Location: `${target.url}/openapi/crm/follow/list` }],
    ] as const) {
      await using side = await scriptedServer([() => ({ status, headers, text: '<html>' })])
      await assert.rejects(clientOf(side, options).client.call('followList', {}), (error: unknown) => {
        return error instanceof AnswerError && error.status === status
      })
      assert.equal(side.requests(), 1)
    }
    assert.equal(target.requests(), 0)
  })

  test(`${way}: an abort in the middle of an answer ends the call with its reason, and the connection`, async () => {
    let ended = false
    const server = createServer((request, response) => {
      request.resume()
      response.on('close', () => {
        ended = true
      })
      response.write('{"code":0,')
    })
    const stop = new AbortController()
    await using side = await listening(server)
    const { client } = clientOf(side, { ...options, fetchToken })
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await assert.rejects(client.call('followList', {}, { signal: stop.signal }), /^Error: enough$/)
    for (let tries = 0; !ended && tries < 100; tries++) await wait(10)
    assert.ok(ended)
  })

  test(`${way}: what is no answer of HTTP, or changes the protocol, is a NetworkError without what came`, async () => {
    const body = '{"code":0,"msg":"ok","data":{"access_token":"gjt_mine"},"sub_code":"00000"}'
    for (const raw of [
      `HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
      `HTTP/1.1 200 OK\r\nX y: z\r\n\r\n${body}`,
      `${body}\r\n\r\n`,
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ]) {
      const server = createTcpServer((socket) => {
        socket.on('error', () => {}).once('data', () => socket.write(raw))
      })
      await using listener = await listening(server)
      const side = { ...listener, credentials: { appid: 'a', app_secret: 'gjs_mine' } }
      const { client } = clientOf(side, { ...options, timeoutMs: 2000, retry: { attempts: 1 } })
      const error: unknown = await client.call('followList', {}).catch((reason: unknown) => reason)
      assert.ok(error instanceof NetworkError && error.cause instanceof Error, String(error))
      const printed = inspect(error, { depth: 10, showHidden: true, maxArrayLength: null })
      const bytes = [...Buffer.from('_mine')].join(',')
      for (const text of [printed, JSON.stringify(error.cause)]) {
        assert.ok(!text.includes('_mine') && !text.includes(bytes), text)
      }
    }
  })

  test(`${way}: an answer is read whatever it is made of: cut inside characters, with a byte order mark, in chunks`, async () => {
    const records = Array.from({ length: 100 }, (_, id) => ({
      id: String(id),
      content: '跟进👍'.repeat(500),
    }))
    const data = { total: 100, records }
    const text = JSON.stringify({ code: 0, msg: '请求成功', data, sub_code: '00000' })
    for (const answer of [
      { text },
      { text: `\ufeff${text}` },
      { text, headers: { 'Transfer-Encoding': 'chunked' } },
    ]) {
      await using side = await scriptedServer([() => answer])
      assert.deepEqual(await clientOf(side, options).client.call('followList', {}), data)
    }
  })
}

/** A server in a thread of its own that closes connections which were idle for `idleMs`, and does not say so. */
async function forgetfulServer(idleMs: number) {
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
    const server = require('node:http').createServer((request, response) => {
      request.resume()
      response.setHeader('Connection', 'keep-alive')
      request.on('end', () => response.end('{"code":0,"msg":"ok","data":1,"sub_code":"00000"}'))
    })
    server.keepAliveTimeout = workerData
    server.keepAliveTimeoutBuffer = 0
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true, workerData: idleMs },
  )
  const [port] = await once(worker, 'message')
  return {
    ...sideAt(port),
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}

for (const [way, options] of Object.entries(WAYS)) {
  test(`${way}: a program that was busy while the server closed idle connections does not use those`, async () => {
    await using side = await forgetfulServer(50)
    const { client } = clientOf(side, { ...options, fetchToken })
    for (let call = 0; call < 10; call++) {
      assert.equal(await client.follow.create(BODY), '1')
      const busyUntil = performance.now() + 150
      while (performance.now() < busyUntil);
    }
  })
}

test('node:http: calls one after the other share a connection', async () => {
  let connections = 0
  const server = createServer((request, response) => {
    request.resume()
    response.end(OK().text)
  })
  server.on('connection', () => {
    connections++
  })
  await using side = await listening(server)
  const { client } = clientOf(side, { fetchToken })
  for (let call = 0; call < 20; call++) await client.call('followList', {})
  assert.equal(connections, 1)
})

test('a fetch that never answers and knows no signal is waited for no longer than timeoutMs', async () => {
  await using side = await scriptedServer([OK])
  const { client } = clientOf(side, {
    fetch: () => new Promise(() => {}),
    timeoutMs: 50,
    retry: { attempts: 1 },
  })
  await assert.rejects(client.call('followList', {}), TimeoutError)
})

test('node:http: a fetch that is put in place of the global one is used', async (t) => {
  await using side = await scriptedServer([OK])
  const { client } = clientOf(side)
  await client.call('followList', {})
  const instead = t.mock.method(globalThis, 'fetch', async () => new Response(OK().text))
  await client.call('followList', {})
  assert.equal(instead.mock.callCount(), 1)
  instead.mock.restore()
  await client.call('followList', {})
  assert.equal(side.requests(), 2)
})
