import type { Core, Corp } from 'genjin-server'
import { type PullTarget, parseState, type RefusedLine } from 'genjin-sync'
import type { Server } from './database.ts'

/** Refused lines that are reported one by one; the others are only counted. */
const REPORTED = 100

/** The company to pull into; created when it does not exist. */
export async function requireTargetCorp(server: Server, { context }: Core, id: string): Promise<Corp> {
  const found = await server.findCorpById(context, id)
  return found ?? (await server.addCorp(context, { id, name: id, timeZone: 'Asia/Shanghai' }))
}

/**
 * A company of a database. Lines are upserted in transactions of some hundreds, so that a window that was interrupted is simply
 * written again. Nothing is deleted.
 */
export async function openDatabaseTarget(
  server: Server,
  { context }: Core,
  corp: Corp,
  restart: boolean,
): Promise<PullTarget> {
  const text = await server.readPullState(context, corp)
  const refused = { count: 0, first: [] as RefusedLine[] }
  const importLines = async (lines: AsyncIterable<readonly string[]> | Iterable<readonly string[]>) => {
    await server.importBundle(context, corp.key, chunksOf(lines), {
      onBadLine: ({ field, reason }) => {
        refused.count++
        if (refused.first.length < REPORTED) refused.first.push({ field, reason })
      },
    })
  }
  return {
    state: restart || text === undefined ? undefined : parseState(text),
    refused,
    begin: (lines) => importLines([lines]),
    take: (_kind, _window, lines) => importLines(lines),
    keep: (state) => server.keepPullState(context, corp, JSON.stringify(state)),
    finish: () => server.keepPullState(context, corp, undefined),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function* chunksOf(
  lines: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): AsyncGenerator<Buffer> {
  for await (const some of lines) if (some.length > 0) yield Buffer.from(`${some.join('\n')}\n`)
}
