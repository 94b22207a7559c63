import autocannon from 'autocannon'
import { cpuMs, machineCpuMs, ownCpuMs } from './cpu.ts'
import type { PageCase } from './pages.ts'
import type { Child, Server } from './sandbox.ts'

/** Requests in flight: one for each connection. */
export const CONNECTIONS = 8
/** How often autocannon looks whether its time is over. */
const SAMPLE_MS = 50

/** One stretch of load on one server. */
export interface Stretch {
  readonly pages: number
  readonly seconds: number
  /** Where the system tells. */
  readonly cpu: CpuUse | undefined
}

/** CPU time that was used during a stretch. */
export interface CpuUse {
  readonly serverMs: number
  /** By everything that is no part of the bench. */
  readonly othersMs: number
}

/** Loads a server with one page for so long. Throws unless every answer is HTTP 200 with exactly the page's bytes. */
export async function load(server: Server, page: PageCase, seconds: number): Promise<Stretch> {
  let wrong = 0
  const cpuSince = startCpuUse(server.child)
  const result = await autocannon({
    url: server.url + page.path,
    method: 'POST',
    headers: { ...page.headers },
    body: page.body,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: SAMPLE_MS,
    timeout: 60,
    setupClient: (client) => checkAnswers(client, page.answer, () => wrong++),
  })
  const cpu = cpuSince()
  const pages = result['2xx']
  if (result.errors > 0 || result.non2xx > 0 || wrong > 0 || pages === 0) {
    const { errors, timeouts, non2xx } = result
    throw new Error(
      `${page.name}: of ${pages + non2xx} answers ${wrong} were not the recorded one, ${non2xx} not HTTP 2xx; ` +
        `${errors} connections failed, ${timeouts} of them by timeout`,
    )
  }
  return { pages, seconds: result.duration, cpu }
}

/** Notes the clocks now; the function tells what was used since. */
export function startCpuUse(child: Child): () => CpuUse | undefined {
  const read = () => ({ server: cpuMs(child.pid as number), own: ownCpuMs(), machine: machineCpuMs() })
  const before = read()
  return () => {
    const after = read()
    if (before.server === undefined || after.server === undefined) return undefined
    const serverMs = after.server - before.server
    const othersMs = after.machine - before.machine - serverMs - (after.own - before.own)
    return { serverMs, othersMs: Math.max(0, othersMs) }
  }
}

/**
 * Compares byte by byte as chunks come in. autocannon's own expectBody turns each chunk into text first, which breaks
 * a Chinese character that lies across two of them.
 */
function checkAnswers(client: autocannon.Client, expected: Buffer, onWrong: () => void): void {
  let length = 0
  let same = true
  client.on('body', (chunk) => {
    same &&= chunk.equals(expected.subarray(length, length + chunk.length))
    length += chunk.length
  })
  client.on('response', (status) => {
    if (status !== 200 || !same || length !== expected.length) onWrong()
    length = 0
    same = true
  })
}
