import { once } from 'node:events'
import { createWriteStream, renameSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { exportBundle, openCore, requireCorp, ServiceError } from 'genjin-server'
import { type Command, EXIT, requireOption } from '../command.ts'
import { type Io, write } from '../io.ts'
import { keepMemoryLow } from '../memory.ts'
import { startProgress } from '../progress.ts'

export const exportCommand: Command = {
  name: 'export',
  args: [],
  zh: '把企业的全部数据导出为数据包(NDJSON)',
  en: 'export everything of a company as a bundle (NDJSON)',
  options: {
    corp: { type: 'string', value: 'ID', zh: '企业 ID(必填)', en: 'company ID (required)' },
    out: {
      type: 'string',
      value: 'FILE',
      zh: '写到文件(写完才出现),默认标准输出',
      en: 'write to a file (it appears when it is whole), default standard output',
    },
  },
  async run(call) {
    keepMemoryLow()
    const { io } = call
    const corpId = requireOption(call, 'corp')
    await using core = await openCore(call.config, io.world)
    const corp = await requireCorp(core.parts, corpId)
    const progress = startProgress(io, '导出', undefined, 'rows')
    await using out = await openSink(io, call.options.out as string | undefined)
    let rows = 0
    const report = await exportBundle(core.parts.store, corp.key, async (lines, count) => {
      io.signal.throwIfAborted()
      await write(out.stream, lines)
      rows += count
      progress.update(rows)
    }).finally(() => progress.end())
    await out.keep()
    const counts = Object.entries(report.exported).map(([kind, count]) => `${kind} ${count}`)
    const summary = call.json ? JSON.stringify(report) : `已导出:${counts.join(',')}`
    // On standard output there is the bundle: the summary goes beside it.
    await write(call.options.out === undefined ? io.stderr : io.stdout, `${summary}\n`)
    return EXIT.done
  },
}

interface Sink extends AsyncDisposable {
  readonly stream: Writable
  /** Makes what was written last. Without it, disposing removes it. */
  keep(): Promise<void>
}

async function openSink(io: Io, file: string | undefined): Promise<Sink> {
  if (file === undefined) {
    return { stream: io.stdout, keep: async () => {}, [Symbol.asyncDispose]: async () => {} }
  }
  const draft = `${file}.part`
  const stream = createWriteStream(draft, { mode: 0o600, flush: true })
  await once(stream, 'open').catch((error: Error) => {
    throw new ServiceError('paramInvalid', `文件 ${file} 无法写入:${error.message}`, { cause: error })
  })
  // Told by the write that failed.
  stream.on('error', () => {})
  let kept = false
  return {
    stream,
    keep: async () => {
      stream.end()
      await once(stream, 'close')
      renameSync(draft, file)
      kept = true
    },
    [Symbol.asyncDispose]: async () => {
      if (kept) return
      stream.destroy()
      rmSync(draft, { force: true })
    },
  }
}
