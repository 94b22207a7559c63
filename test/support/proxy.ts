import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy in front of a server, which can be made to fail as networks and machines do. */
export interface Proxy extends AsyncDisposable {
  readonly port: number
  /** Passes everything through again. */
  pass(): void
  /** Keeps the connections and passes nothing, as when a cable is pulled; new ones are let in and hear nothing. */
  freeze(): void
  /** Passes new connections; the old ones are never heard of again, as when a router has forgotten them. */
  strand(): void
  /** Ends all connections, and every new one at once, as when the server is gone. */
  refuse(): void
  /** Cuts a connection on which `first` was sent when it sends `then`, before that is passed on or after it. */
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
      // What was passed on gets there; its answer does not come back.
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
