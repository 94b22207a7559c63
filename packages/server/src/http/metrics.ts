import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'

declare module 'fastify' {
  interface FastifyRequest {
    /** The envelope's `code` when the request was refused: most refusals have status 200. */
    refusalCode: number | undefined
  }
}

/** The metrics of one process, as sent between processes. */
export type Snapshot = readonly object[]

/** When several processes serve together, each returns the metrics of all on /metrics. */
export interface SharedMetrics {
  /** Makes this process's metrics available to the others. */
  offer(take: () => Promise<Snapshot>): void
  /** The metrics of all processes, as text. */
  collect(): Promise<string>
}

/** /metrics in the Prometheus format. Labels hold the route's template, never the URL, which carries the token. */
export function registerMetrics(app: FastifyInstance, shared?: SharedMetrics): void {
  app.decorateRequest('refusalCode', undefined)
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const seconds = new Histogram({
    name: 'genjin_http_request_seconds',
    help: 'Time from the first byte of a request to the end of its answer',
    labelNames: ['method', 'route', 'status', 'code'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const known = new Map<string, Histogram.Internal<string>>()
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request
    const route = request.routeOptions.url ?? 'unknown'
    const status = String(reply.statusCode)
    const code = String(request.refusalCode ?? 0)
    // Looking up the labels' histogram takes longer than observing. There are only as many as routes times codes.
    const name = `${method} ${route} ${status} ${code}`
    const own = known.get(name) ?? seconds.labels({ method, route, status, code })
    known.set(name, own)
    own.observe(reply.elapsedTime / 1000)
    done()
  })
  shared?.offer(() => registry.getMetricsAsJSON())
  app.get('/metrics', { exposeHeadRoute: false }, async (_request, reply) => {
    reply.header('Content-Type', registry.contentType)
    return shared ? shared.collect() : registry.metrics()
  })
}
