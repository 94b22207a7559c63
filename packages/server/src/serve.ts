import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Config } from './config.ts'
import { openCore, type World } from './core.ts'
import { ensureDemo } from './demo/demo-company.ts'
import { createHttp } from './http/server.ts'
import { createLog, type LogTarget } from './log.ts'
import type { Credentials } from './service/admin.ts'
import { followTls, readTls, type TlsPaths } from './tls.ts'

export interface ServeOptions {
  readonly config: Config
  readonly host: string
  readonly port: number
  /** Makes the demo company on first start. */
  readonly demo: boolean
  readonly tls?: TlsPaths | undefined
  readonly world: World
  readonly logTarget: LogTarget
}

/** A server that listens. Disposing it answers what has begun, writes everything back and lets go of the database. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8787`, with the port that was really taken. */
  readonly url: string
  readonly demo: Credentials | undefined
}

/** Longest wait for answers that have begun, when stopping. */
const STOP_MS = 10_000

/** Opens the database, starts the server, answers once it listens. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const log = createLog(options.config.logLevel, options.logTarget)
  const tls = options.tls && readTls(options.tls)
  await using stack = new AsyncDisposableStack()
  const core = stack.use(await openCore(options.config, options.world))
  const demo = options.demo ? await ensureDemo(core.parts) : undefined
  const app = await createHttp({ parts: core.parts, log, tls })
  const unused = unusedConnections(app.server, options.tls !== undefined)
  stack.defer(async () => {
    for (const socket of unused) socket.destroy()
    const late = setTimeout(() => {
      log.warn('stopping: some requests took too long, their connections are closed')
      app.server.closeAllConnections()
    }, STOP_MS)
    await app.close()
    clearTimeout(late)
  })
  await app.listen({ host: options.host, port: options.port })
  if (options.tls) stack.use(followTls(app.server as never, options.tls, log))
  const { port } = app.server.address() as AddressInfo
  log.info({ host: options.host, port }, 'listening')
  const running = stack.move()
  return {
    url: `${tls ? 'https' : 'http'}://${urlHost(options.host)}:${port}`,
    demo,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Connections on which no request has begun. Node does not count them as idle, so that they would hold up a stop. */
function unusedConnections(server: Server, tls: boolean): ReadonlySet<Socket> {
  const unused = new Set<Socket>()
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', (request: IncomingMessage) => unused.delete(request.socket))
  return unused
}

/** A host as it stands in a URL that works on this machine. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
