import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FILTER_HEADER } from './pages.ts'

/**
 * The least that a Node server can do for a page: parse the JSON body, answer bytes from memory. Started with a JSON
 * file of filter → answer in base64; prints its URL as `genjin serve --json` does.
 */
function main(file: string): void {
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  const answers = new Map(Object.entries(stored).map(([name, text]) => [name, Buffer.from(text, 'base64')]))
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, response, Buffer.concat(chunks)))
  })
  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const asked = JSON.parse(body.toString())
    const bytes = answers.get(request.headers[FILTER_HEADER] as string)
    if (!bytes || typeof asked.page_size !== 'number') {
      response.writeHead(400).end()
      return
    }
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': bytes.length,
    })
    response.end(bytes)
  }
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo
    console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }))
  })
}

main(process.argv[2] ?? '')
