import {
  addCorp,
  type Core,
  type Corp,
  findCorpById,
  importBundle,
  keepPullState,
  readPullState,
} from 'genjin-server'
import { parseState } from '../../sync/src/pull/state.ts'
import type { PullTarget, RefusedLine } from '../../sync/src/pull/target.ts'

/** Refused lines told one by one; the rest are only counted. */
const TOLD = 100

/** The company that is pulled into, made when it is not there. */
export async function requireTargetCorp(core: Core, id: string): Promise<Corp> {
  const found = await findCorpById(core.context, id)
  return found ?? (await addCorp(core.context, { id, name: id, timeZone: 'Asia/Shanghai' }))
}

/**
 * A company of a database. Each line is written by its key, in transactions of some hundreds of lines, so that a window that was
 * cut off is simply written again. Nothing is deleted.
 */
export async function openDatabaseTarget(core: Core, corp: Corp, restart: boolean): Promise<PullTarget> {
  const { context } = core
  const text = await readPullState(context, corp)
  const refused = { count: 0, first: [] as RefusedLine[] }
  const importLines = async (lines: AsyncIterable<readonly string[]>) => {
    await importBundle(context, corp.key, chunksOf(lines), {
      onBadLine: ({ field, reason }) => {
        refused.count++
        if (refused.first.length < TOLD) refused.first.push({ field, reason })
      },
    })
  }
  return {
    state: restart || text === undefined ? undefined : parseState(text),
    refused,
    begin: (lines) => importLines(asyncOf(lines)),
    take: (_kind, _window, lines) => importLines(lines),
    keep: (state) => keepPullState(context, corp, JSON.stringify(state)),
    finish: () => keepPullState(context, corp, undefined),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function* asyncOf(lines: readonly string[]): AsyncGenerator<readonly string[]> {
  yield lines
}

async function* chunksOf(lines: AsyncIterable<readonly string[]>): AsyncGenerator<Buffer> {
  for await (const some of lines) if (some.length > 0) yield Buffer.from(`${some.join('\n')}\n`)
}
