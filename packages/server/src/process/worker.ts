import cluster from 'node:cluster'
import type { SharedMetrics, Snapshot } from '../http/metrics.ts'
import { createLog } from './log.ts'
import type { ServeOptions } from './serve.ts'

/** Messages from a worker to the primary. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly url: string }
  /** The database's file is gone: no worker can go on. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'snapshot'; readonly id: number; readonly snapshot: Snapshot }
  | { readonly kind: 'collect'; readonly id: number }

/** Messages from the primary to a worker. */
export type ToWorker =
  | { readonly kind: 'stop' }
  | { readonly kind: 'snapshot'; readonly id: number }
  | { readonly kind: 'collected'; readonly id: number; readonly text: string }

export interface WorkerOptions extends Omit<ServeOptions, 'worker'> {
  /** How many workers serve together. */
  readonly count: number
  /** Resolves at Ctrl-C or SIGTERM. */
  readonly stop: Promise<void>
}

/**
 * Serves as one of several processes until it is to stop. A replacement that cannot start logs why and returns false; one of
 * the first workers throws, as a single process does.
 */
export async function runWorker(options: WorkerOptions): Promise<boolean> {
  const { id } = cluster.worker as { id: number }
  const primary = linkToPrimary()
  try {
    const { startServer } = await import('./serve.ts')
    const starting = startServer({ ...options, worker: { id, metrics: primary.metrics } })
    // Workers are numbered in the order of their start: replacements come after the first ones.
    await using server = await (id <= options.count ? starting : orLogged(starting, options, id))
    if (!server) return false
    primary.tell({ kind: 'listening', url: server.url })
    // The primary stops every worker; until then requests are refused.
    server.lost.then(() => primary.tell({ kind: 'lost' }))
    await Promise.race([primary.stop, options.stop])
    return true
  } finally {
    // An open channel keeps the process alive.
    cluster.worker?.disconnect()
  }
}

async function orLogged<T>(starting: Promise<T>, options: WorkerOptions, id: number): Promise<T | undefined> {
  try {
    return await starting
  } catch (error) {
    createLog(options.config.logLevel, options.logTarget, { worker: id }).error(
      { err: error },
      'worker cannot start',
    )
    return undefined
  }
}

/** When the primary is killed, the channel closes and Node ends the worker immediately. */
function linkToPrimary() {
  const stop = Promise.withResolvers<void>()
  const waiting = new Map<number, (text: string) => void>()
  let asked = 0
  let take = async (): Promise<Snapshot> => []
  // Errors are ignored: a primary that is gone needs no message.
  const tell = (message: FromWorker) => void process.send?.(message, undefined, {}, () => {})
  process.on('message', async (message: ToWorker) => {
    if (message.kind === 'stop') stop.resolve()
    if (message.kind === 'snapshot') tell({ kind: 'snapshot', id: message.id, snapshot: await take() })
    if (message.kind === 'collected') {
      waiting.get(message.id)?.(message.text)
      waiting.delete(message.id)
    }
  })
  return {
    /** Resolves when the primary says so. */
    stop: stop.promise,
    tell,
    metrics: {
      offer: (own) => {
        take = own
      },
      collect: () =>
        new Promise((resolve) => {
          const id = asked++
          waiting.set(id, resolve)
          tell({ kind: 'collect', id })
        }),
    } satisfies SharedMetrics,
  }
}
