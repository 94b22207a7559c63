import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { chromiumProgram } from '../../test/support/browser.ts'
import { cleanEnvironment } from './run.ts'

export interface BrowserProgram {
  readonly chromium: string
  /** An empty folder for the browser's profile. */
  readonly profile: string
  /** The SDK in one file. */
  readonly bundle: string
  /** The module that exports `sdkProgram`. */
  readonly program: string
  readonly access: object
}

const DEADLINE_MS = 30_000

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The page posts its result, or its error, to the server it came from. */
const page = (access: object) => `<!doctype html>
<meta charset="utf-8">
<script type="module">
  try {
    const sdk = await import('/browser.min.js')
    const { sdkProgram } = await import('/sdk-program.js')
    const access = { ...${JSON.stringify(access)}, baseUrl: location.origin }
    await post('/done', JSON.stringify(await sdkProgram(sdk, access)))
  } catch (error) {
    await post('/failed', String(error && error.stack || error))
  }
  function post(path, body) {
    return fetch(path, { method: 'POST', body })
  }
</script>
`

/** Runs the program in a page of a headless Chromium and returns its result. */
export async function runInBrowser(options: BrowserProgram): Promise<unknown> {
  const result = Promise.withResolvers<string>()
  const server = createServer((incoming, response) => {
    serve(options, result, incoming, response).catch(result.reject)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const browser = spawn(
    options.chromium,
    [...FLAGS, `--user-data-dir=${options.profile}`, `http://127.0.0.1:${port}`],
    { env: { ...cleanEnvironment(), ...(await chromiumProgram()).env }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let output = ''
  browser.stderr.setEncoding('utf8').on('data', (more: string) => {
    output += more
  })
  const fail = (what: string) => result.reject(new Error(`Chromium ${what}\n${output}`))
  const late = setTimeout(() => fail(`did not answer within ${DEADLINE_MS} ms`), DEADLINE_MS)
  browser.on('error', result.reject)
  browser.on('close', (code, signal) => fail(`ended: ${code ?? signal}`))
  try {
    return JSON.parse(await result.promise)
  } finally {
    clearTimeout(late)
    if (browser.exitCode === null && browser.kill('SIGKILL')) await once(browser, 'close')
    server.close()
    server.closeAllConnections()
  }
}

async function serve(
  { bundle, program, access }: BrowserProgram,
  result: PromiseWithResolvers<string>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = incoming.url ?? '/'
  const code = (path: string) =>
    response.setHeader('Content-Type', 'text/javascript').end(readFileSync(path, 'utf8'))
  if (url.startsWith('/openapi/')) return forward(access as { baseUrl: string }, incoming, response)
  if (url === '/browser.min.js') code(bundle)
  else if (url === '/sdk-program.js') code(program)
  else if (url === '/done') result.resolve(await text(incoming))
  else if (url === '/failed') result.reject(new Error(`in the browser: ${await text(incoming)}`))
  else if (url === '/') response.setHeader('Content-Type', 'text/html').end(page(access))
  else response.writeHead(404).end()
}

/** Forwards a request to genjin: a page may call only the server it came from. */
function forward(to: { baseUrl: string }, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, headers, url = '' } = incoming
  const { host: _host, ...rest } = headers
  const outgoing = request(new URL(url, to.baseUrl), { method, headers: rest }, (answer) => {
    response.writeHead(answer.statusCode as number, answer.headers)
    answer.pipe(response)
  })
  outgoing.on('error', (error) => response.destroy(error))
  incoming.pipe(outgoing)
}
