import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Cleanup } from '../cleanup.ts'
import { ensureDemo } from '../demo/demo-company.ts'
import type { SharedMetrics } from '../http/metrics.ts'
import { createHttp } from '../http/server.ts'
import type { Credentials } from '../service/admin/corps-and-apps.ts'
import { requireClock } from '../service/id-source.ts'
import type { Placement, Store } from '../store/port.ts'
import { type Environment, openCore } from './compose.ts'
import type { Config } from './config.ts'
import { createLog, type Log, type LogTarget } from './log.ts'
import { followTls, readTls, type TlsPaths } from './tls.ts'

export interface ServeOptions {
  readonly config: Config
  readonly host: string
  readonly port: number
  /** Creates the demo company on first start. */
  readonly demo: boolean
  readonly tls?: TlsPaths | undefined
  readonly environment: Environment
  readonly logTarget: LogTarget
  /** Set when this process is one of several that serve together. */
  readonly worker?: { readonly id: number; readonly metrics: SharedMetrics } | undefined
}

/** A listening server. Disposing it completes the requests that have begun and closes the database. */
export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:8787`, with the actual port. */
  readonly url: string
  readonly demo: Credentials | undefined
  /** Resolves when the database's file has been removed or replaced: the process is to end. */
  readonly lost: Promise<void>
}

/** Longest wait for requests that have begun, when stopping: container engines kill after 10 s. */
const STOP_MS = 8_000

/** Says how the database lies on its Citus cluster, if it has one. */
function logPlacement(log: Log, placement: Placement | undefined): void {
  if (!placement) return
  const { nodes, nodesWithShards, shards, tables } = placement
  const local = tables.filter(({ kind }) => kind === 'local').map(({ name }) => name)
  if (local.length === 0) log.info({ nodes, nodesWithShards, shards }, 'on a Citus cluster')
  else {
    log.warn(
      { nodes, shards, local },
      'Citus：这些表还只在协调节点上，请运行 genjin migrate --citus / these tables are on the coordinator alone: run genjin migrate --citus',
    )
  }
}

/** Opens the database and starts the server; resolves once it listens. */
export async function startServer(options: ServeOptions): Promise<RunningServer> {
  const { worker } = options
  const log = createLog(options.config.logLevel, options.logTarget, worker && { worker: worker.id })
  requireClock(options.environment.now())
  const tls = options.tls && readTls(options.tls)
  await using cleanup = new Cleanup()
  // A worker finds the database that the primary has prepared; in place of a lost one it makes no other.
  const core = await openCore(options.config, options.environment, { create: worker === undefined })
  cleanup.defer(() => core[Symbol.asyncDispose]())
  for (const warning of core.context.store.warnings) log.warn(warning)
  logPlacement(log, await core.context.store.placement())
  const demo = options.demo ? await ensureDemo(core.context) : undefined
  const context = { ...core.context, signIn: { ...core.context.signIn, demo: demo?.signIn } }
  const { trustedProxies } = options.config
  const app = await createHttp({ context, log, tls, trustedProxies, metrics: worker?.metrics })
  const connections = followConnections(app.server)
  cleanup.defer(async () => {
    connections.destroy({ unusedOnly: true })
    const late = setTimeout(() => {
      log.warn('stopping: some requests took too long, their connections are closed')
      connections.destroy({ unusedOnly: false })
    }, STOP_MS)
    await app.close()
    clearTimeout(late)
  })
  await app.listen({ host: options.host, port: options.port })
  if (options.tls) {
    const following = followTls(app.server as never, options.tls, log)
    cleanup.defer(() => following[Symbol.dispose]())
  }
  const { port } = app.server.address() as AddressInfo
  log.info({ host: options.host, port }, 'listening')
  const watch = watchDatabase(core.context.store, log)
  cleanup.defer(() => watch[Symbol.dispose]())
  const running = cleanup.move()
  return {
    lost: watch.lost,
    url: `${tls ? 'https' : 'http'}://${urlHost(options.host)}:${port}`,
    demo: demo?.credentials,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

/** How often the database's file is looked at. */
const LOOK_MS = 500

function watchDatabase(store: Store, log: Log): Disposable & { readonly lost: Promise<void> } {
  const lost = Promise.withResolvers<void>()
  const timer = setInterval(() => {
    try {
      store.requireInPlace()
    } catch (error) {
      clearInterval(timer)
      log.error({ err: error }, 'the database is lost: this process ends')
      lost.resolve()
    }
  }, LOOK_MS)
  return { lost: lost.promise, [Symbol.dispose]: () => clearInterval(timer) }
}

/**
 * The open TCP connections. Node does not count those on which no request has begun as idle, nor unfinished TLS handshakes:
 * they would delay a stop.
 */
function followConnections(server: Server): { destroy(which: { unusedOnly: boolean }): void } {
  const open = new Map<string, { socket: Socket; used: boolean }>()
  // A TLS socket and the connection below it are two objects with the same remote address.
  const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket)
    open.set(name, { socket, used: false })
    socket.once('close', () => open.delete(name))
  })
  server.on('request', ({ socket }: IncomingMessage) => {
    const connection = open.get(nameOf(socket))
    if (connection) connection.used = true
  })
  return {
    destroy({ unusedOnly }) {
      for (const { socket, used } of open.values()) if (!unusedOnly || !used) socket.destroy()
    },
  }
}

/** The host for a URL that works on this machine. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
