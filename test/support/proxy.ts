import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy in front of a server that fails on demand as networks and machines do. */
export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** Passes everything again. */
  pass(): void
  /** Passes nothing on open and new connections, as when a cable is pulled. */
  freeze(): void
  /** Passes new connections and nothing on the open ones, as when a router has lost its state. */
  strand(): void
  /** Closes all connections, and every new one at once, as when the server has ended. */
  refuse(): void
  /** Cuts a connection that has sent `first` when it sends `then`, before or after that is passed on. */
  cut(when: 'before' | 'after', first: RegExp, then: RegExp): Promise<void>
}

export async function startProxy(target: { host: string; port: number }): Promise<Proxy> {
  let mode: 'pass' | 'freeze' | 'refuse' = 'pass'
  let cut: { first: RegExp; then: RegExp; after: boolean; done: () => void } | undefined
  const pairs = new Set<readonly [Socket, Socket]>()
  const stranded: (readonly [Socket, Socket])[] = []
  const server = createServer((client) => {
    client.on('error', () => {})
    if (mode === 'refuse') {
      client.destroy()
      return
    }
    const upstream = connect(target)
    upstream.on('error', () => {})
    const pair = [client, upstream] as const
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    client.on('close', end)
    upstream.on('close', end)
    let armed: typeof cut
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1')
      if (cut?.first.test(text)) armed = cut
      const hit = armed && armed === cut && armed.then.test(text) ? armed : undefined
      if (hit) cut = undefined
      if (!hit || hit.after) upstream.write(chunk)
      if (!hit) return
      // What was passed on arrives; the response does not come back.
      if (hit.after) upstream.end()
      client.destroy()
      pairs.delete(pair)
      hit.done()
    })
    upstream.on('data', (chunk) => {
      if (!client.destroyed) client.write(chunk)
    })
    if (mode === 'freeze') for (const socket of pair) socket.pause()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    pass() {
      mode = 'pass'
      for (const pair of pairs) for (const socket of pair) socket.resume()
    },
    freeze() {
      mode = 'freeze'
      for (const pair of pairs) for (const socket of pair) socket.pause()
    },
    strand() {
      mode = 'pass'
      for (const pair of pairs) for (const socket of pair) socket.pause()
      stranded.push(...pairs)
      pairs.clear()
    },
    refuse() {
      mode = 'refuse'
      for (const pair of pairs) for (const socket of pair) socket.destroy()
    },
    cut: (when, first, then) =>
      new Promise((done) => {
        cut = { first, then, after: when === 'after', done }
      }),
    [Symbol.asyncDispose]: async () => {
      for (const pair of [...pairs, ...stranded]) for (const socket of pair) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
