import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendBytes } from './support/client.ts'
import { sharedServer } from './support/server.ts'

const server = await sharedServer()
const client = await server.company('slow')

/** Sends the beginning of a request and nothing more; answers what came back and after how many seconds. */
async function begin(text: string): Promise<{ answer: string; seconds: number }> {
  const started = performance.now()
  const answer = await sendBytes(server.url, text)
  return { answer, seconds: (performance.now() - started) / 1000 }
}

test('headers within 15 s and the whole request within 30 s, else 408 with the envelope', async () => {
  const line = `POST /openapi/crm/follow/list?access_token=${await client.token()} HTTP/1.1\r\nHost: x\r\n`
  const [headers, body] = await Promise.all([
    begin(line),
    begin(`${line}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"page_size":`),
  ])
  for (const [{ answer, seconds }, limit] of [
    [headers, 15],
    [body, 30],
  ] as const) {
    assert.match(answer, /^HTTP\/1\.1 408 /)
    assert.match(answer, /"code":40001,"msg":"[^"]+","data":null,"sub_code":"A0400"\}$/)
    assert.ok(seconds >= limit - 1 && seconds <= limit + 8, `${seconds} s`)
  }
})
