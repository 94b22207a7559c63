import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { recordIds, send, sendBytes, type TestClient } from './support/client.ts'
import { follow, sharedServer } from './support/server.ts'

/** What a company can make the server hold, and that no other company notices. */

const server = await sharedServer()
const KB = 1024
const MIB = KB * KB
const STAFF = { kind: 'staff', user_id: 'zhang', name: '张伟' }

const lines = (count: number, bytes: number) => [
  STAFF,
  ...Array.from({ length: count }, (_, at) =>
    follow({ id: at + 1, follow_time: Date.UTC(2025, 0, 15, 4) + at * 1000, content: 'x'.repeat(bytes) }),
  ),
]

async function postText(client: TestClient, path: string, body: unknown, headers = ''): Promise<string> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return (
    `POST /openapi/${path}?access_token=${await client.token()} HTTP/1.1\r\nHost: x\r\n` +
    `Content-Type: application/json\r\n${headers || `Content-Length: ${Buffer.byteLength(text)}\r\n`}\r\n${text}`
  )
}

function open(): Promise<Socket> {
  const { hostname: host, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) }, () => resolve(socket))
    socket.on('error', reject)
  })
}

test('requests sent one after the other on a connection are answered in their order, many of them too', async () => {
  const client = await server.company('pipelined', lines(60, 10))
  const count = 60
  const asked = await Promise.all(
    Array.from({ length: count }, (_, at) =>
      postText(client, 'crm/follow/list', { current_index: at + 1, page_size: 1 }),
    ),
  )
  const last = `GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`
  const answers = await sendBytes(server.url, asked.join('') + last)
  assert.deepEqual(
    recordIds(answers),
    Array.from({ length: count }, (_, at) => String(count - at)),
  )
  assert.equal(answers.match(/HTTP\/1\.1 200 OK/g)?.length, count + 1)
})

test('a client that asks for many pages and reads none of them holds one or two, not all', async () => {
  const client = await server.company('unread', lines(100, 30 * KB))
  const other = await server.company('unread-other', lines(3, 10))
  const page = await postText(client, 'crm/follow/list', { page_size: 100 })
  await client.list()
  const before = process.memoryUsage().arrayBuffers
  const sockets = await Promise.all(Array.from({ length: 4 }, open))
  for (const socket of sockets) {
    socket.pause()
    socket.write(page.repeat(100))
  }
  let most = 0
  for (let left = 20; left > 0; left--) {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    assert.equal((await other.list()).total, 3)
    await sleep(100)
  }
  for (const socket of sockets) socket.destroy()
  // 4 × 100 answers of 3 MB.
  assert.ok(most < 64 * MIB, `${Math.round(most / MIB)} MiB`)
  assert.equal((await client.list()).total, 100)
})

test('bodies are held up to a share for each company: 503 with Retry-After, and only for itself', async () => {
  const client = await server.company('bodies', [STAFF])
  const other = await server.company('bodies-other', [STAFF])
  const head = await postText(client, 'crm/follow/list', '{"page_size":', `Content-Length: ${MIB}\r\n`)
  const sockets = await Promise.all(Array.from({ length: 40 }, open))
  const refused: string[] = []
  for (const socket of sockets) {
    socket.on('data', (chunk) => refused.push(String(chunk)))
    socket.write(head)
  }
  while (refused.length < 7) await sleep(20)
  assert.match(refused[0] as string, /^HTTP\/1\.1 503 /)
  assert.match(refused[0] as string, /\r\nretry-after: 1\r\n/i)
  assert.match(refused[0] as string, /"code":50300/)
  assert.equal((await other.list()).total, 0)
  for (const socket of sockets) socket.destroy()
  for (;;) {
    const { status } = await client.post('crm/follow/list', {})
    if (status === 200) break
    await sleep(20)
  }
})

test('a body for a path that does not exist is not waited for', async () => {
  const answer = await sendBytes(
    server.url,
    `POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${MIB}\r\n\r\n{`,
    { hangUp: false },
  )
  assert.match(answer, /^HTTP\/1\.1 404 /)
})

test('pages of long records are exact; where they are not joined by the database, too', async () => {
  const contents = [900 * KB, 10, 70 * KB, 900 * KB, 900 * KB, 900 * KB, 900 * KB, 10]
  const client = await server.company('long', [
    STAFF,
    ...contents.map((bytes, at) =>
      follow({
        id: at + 1,
        follow_time: Date.UTC(2025, 0, 15, 4) + at * 1000,
        follow_type: at % 2 === 0 ? 1 : null,
        field_map: { note: `${at}`.repeat(bytes) },
        create_time: Date.UTC(2025, 0, 15, 4) + at * 1000,
      }),
    ),
  ])
  for (const round of [1, 2, 3]) {
    const answer = await client.post('crm/follow/list', {})
    assert.deepEqual(recordIds(answer.text), ['8', '7', '6', '5', '4', '3', '2', '1'], `${round}`)
    const records = answer.envelope.data.records as Record<string, unknown>[]
    assert.deepEqual(
      records.map(({ field_map, follow_type_desc }) => [
        (field_map as { note: string }).note.length,
        follow_type_desc,
      ]),
      contents.map((bytes, at) => [bytes, at % 2 === 0 ? '电话跟进' : null]).reverse(),
    )
    const older = await client.done('crm/follow/customer/list', {})
    assert.deepEqual(
      older.records.map(({ field_map }: { field_map: { note: string } }) => field_map.note.length),
      contents.toReversed(),
    )
  }
})

test('a large request of nonsense is refused while it is being sent', async () => {
  const client = await server.company('nonsense', [STAFF])
  const keys = Array.from({ length: 1_500_000 }, (_, at) => `"k${at}":1`).join()
  const started = performance.now()
  const answer = await send(server.url, {
    method: 'POST',
    path: `/openapi/department/replace?access_token=${await client.token()}`,
    headers: { 'content-type': 'application/json' },
    body: `{"departments":[],"staff":[],${keys}}`,
  }).catch((error: Error) => error)
  assert.ok(performance.now() - started < 3_000)
  // The connection may be closed before all was sent.
  if (!(answer instanceof Error))
    assert.match(answer.text, /"code":40020,"msg":"请求体超过 10000 个不同的字段名/)
})
