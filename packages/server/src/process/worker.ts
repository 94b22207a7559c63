import cluster from 'node:cluster'
import type { SharedMetrics, Snapshot } from '../http/metrics.ts'
import { createLog } from './log.ts'
import type { ServeOptions } from './serve.ts'

/** What a worker tells the primary process. */
export type FromWorker =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'snapshot'; readonly id: number; readonly snapshot: Snapshot }
  | { readonly kind: 'collect'; readonly id: number }

/** What the primary process tells a worker. */
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
 * Serves as one of several processes until it is told to stop. Answers false when it could not start in place of one
 * that has ended: the log says why. When it could not start with all the others it throws, as a single process does.
 */
export async function runWorker(options: WorkerOptions): Promise<boolean> {
  const { id } = cluster.worker as { id: number }
  const primary = linkToPrimary()
  try {
    const { startServer } = await import('./serve.ts')
    const starting = startServer({ ...options, worker: { id, metrics: primary.metrics } })
    // Workers are numbered as they are started, those that take somebody's place after the first ones.
    await using server = await (id <= options.count ? starting : orLogged(starting, options, id))
    if (!server) return false
    primary.tell({ kind: 'listening', url: server.url })
    await Promise.race([primary.stop, options.stop])
    return true
  } finally {
    // The open channel would keep the process.
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

interface Link {
  readonly metrics: SharedMetrics
  /** Resolves when the primary process says that it is time. */
  readonly stop: Promise<void>
  tell(message: FromWorker): void
}

/** When the primary process is killed, the channel closes and Node ends the worker at once. */
function linkToPrimary(): Link {
  const stop = Promise.withResolvers<void>()
  const waiting = new Map<number, (text: string) => void>()
  let asked = 0
  let take = async (): Promise<Snapshot> => []
  // A primary process that is gone hears nothing, and there is nobody to tell.
  const tell = (message: FromWorker) => process.send?.(message, undefined, {}, () => {})
  process.on('message', async (message: ToWorker) => {
    if (message.kind === 'stop') stop.resolve()
    if (message.kind === 'snapshot') tell({ kind: 'snapshot', id: message.id, snapshot: await take() })
    if (message.kind === 'collected') {
      waiting.get(message.id)?.(message.text)
      waiting.delete(message.id)
    }
  })
  return {
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
    },
  }
}
