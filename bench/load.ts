import { Client } from './client.ts'
import { cpuSince } from './cpu.ts'
import type { Server } from './sandbox.ts'

/** Requests in flight: one for each connection. */
export const CONNECTIONS = 8

/** A request, and what its answer must stand. */
export interface Ask {
  readonly bytes: Buffer
  /** Throws when the answer is not the right one. */
  check(answer: Buffer): void
}

/** One stretch of load on one contestant. */
export interface Stretch {
  readonly pages: number
  readonly seconds: number
  /** CPU time of the contestant's process, where the system reports it. */
  readonly cpuMs: number | undefined
}

/** Loads a server for so long, or until there are no more requests. Throws at the first wrong answer. */
export async function load(
  server: Server,
  next: () => Ask | undefined,
  seconds: number,
  connections = CONNECTIONS,
): Promise<Stretch> {
  using stack = new DisposableStack()
  const clients: Client[] = []
  while (clients.length < connections) clients.push(stack.use(await Client.open(server.url)))
  const cpuMs = cpuSince(server.child.pid as number)
  const started = performance.now()
  const deadline = started + seconds * 1000
  let pages = 0
  async function run(client: Client): Promise<void> {
    while (performance.now() < deadline) {
      const ask = next()
      if (!ask) return
      ask.check(await client.ask(ask.bytes))
      pages++
    }
  }
  await Promise.all(clients.map(run))
  return { pages, seconds: (performance.now() - started) / 1000, cpuMs: cpuMs() }
}

/** The same request again and again. */
export function again(ask: Ask): () => Ask {
  return () => ask
}

/** One request after another, each once. */
export function eachOnce(asks: Iterable<Ask>): () => Ask | undefined {
  const iterator = asks[Symbol.iterator]()
  return () => iterator.next().value as Ask | undefined
}
