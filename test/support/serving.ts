import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials } from 'genjin-server'
import { addApp, addCompany, importLines, type ServeProcess, startServe } from './cli.ts'
import { type Envelope, TestClient } from './client.ts'
import { tempDatabase } from './database.ts'
import { noteSecret } from './recording.ts'

/** A process that serves a company `acme` with these records, and a client of it. */
export async function serveCompany(records: readonly object[], ...options: string[]) {
  await using stack = new AsyncDisposableStack()
  const temp = stack.use(await tempDatabase())
  const lines = records.map((record) => JSON.stringify(record))
  await addCompany(temp.database, 'acme')
  await importLines(temp.database, 'acme', lines)
  const credentials = await addApp(temp.database, 'acme')
  const server = stack.use(await startServe([...options, '--database', temp.database]))
  const client = new TestClient(server.url, credentials)
  const moved = stack.move()
  return { temp, server, client, credentials, [Symbol.asyncDispose]: () => moved.disposeAsync() }
}

/** Writes the file that `--app` takes. */
export function credentialsFile(folder: string, credentials: Credentials): string {
  const file = join(folder, 'app.json')
  writeFileSync(file, JSON.stringify(credentials))
  noteSecret(credentials.app_secret)
  return file
}

/** A request that the server has begun to read: it asked for the body, which `finish` sends. */
export interface Begun {
  finish(): Promise<{ status: number; envelope: Envelope }>
  abandon(): void
}

export async function begin(client: TestClient, path: string, body: unknown): Promise<Begun> {
  const { hostname, port } = new URL(client.url)
  const text = JSON.stringify(body)
  const sent = request({
    hostname,
    port,
    method: 'POST',
    path: `/openapi/${path}?access_token=${await client.token()}`,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      expect: '100-continue',
    },
    agent: false,
  })
  const answered = once(sent, 'response')
  answered.catch(() => {})
  sent.flushHeaders()
  await once(sent, 'continue')
  sent.write(text.slice(0, 1))
  return {
    async finish() {
      sent.end(text.slice(1))
      const [response] = await answered
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      return { status: response.statusCode, envelope: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
    },
    abandon: () => sent.destroy(),
  }
}

/** Opens a connection on which nothing is sent. */
export async function silentConnection(url: string): Promise<Disposable> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  socket.on('error', () => {})
  return { [Symbol.dispose]: () => socket.destroy() }
}

/** Whether nobody listens at an address. */
export async function refuses(url: string): Promise<boolean> {
  try {
    using _ = await silentConnection(url)
    return false
  } catch {
    return true
  }
}

/** Waits until the server takes no new connections: it knows that it is to stop. Ends with the process's deadline. */
export async function closed(url: string): Promise<void> {
  while (!(await refuses(url)));
}

/** Longest that a stop may take when no request is in flight. */
const SOON_MS = 4_000

export async function assertStopsSoon(server: ServeProcess): Promise<void> {
  const end = await Promise.race([server.stop(), sleep(SOON_MS, undefined, { ref: false })])
  assert.ok(end, `it has not stopped after ${SOON_MS} ms`)
  assert.equal(end.code, 0, end.stderr)
}
