import { createReadStream, statSync } from 'node:fs'
import { addAbortSignal } from 'node:stream'
import {
  type BadLine,
  type ImportReport,
  importBundle,
  openCore,
  requireCorp,
  ServiceError,
} from 'genjin-server'
import { type Command, EXIT, requireOption } from '../command.ts'
import { type Io, write } from '../io.ts'
import { keepMemoryLow } from '../memory.ts'
import { startProgress } from '../progress.ts'

/** Bad lines told one by one; the rest are only counted. */
const TOLD = 100

export const importCommand: Command = {
  name: 'import',
  args: ['FILE|-'],
  zh: '把数据包（NDJSON）导入企业；可反复运行，中断后再运行一次即可补完',
  en: 'import a bundle (NDJSON) into a company; run again it changes nothing, and finishes what was cut off',
  options: {
    corp: { type: 'string', value: 'ID', zh: '企业 ID（必填）', en: 'company ID (required)' },
    strict: { type: 'boolean', zh: '遇到第一条坏行即停止', en: 'stop at the first bad line' },
  },
  notes: {
    zh: 'FILE 为 - 时读标准输入。坏行报出行号、字段与原因并跳过，其余照常导入，退出码为 3。',
    en: 'FILE - reads standard input. Bad lines are told with number, field and reason and skipped; the exit code is then 3.',
  },
  async run(call) {
    keepMemoryLow()
    const { io } = call
    const corpId = requireOption(call, 'corp')
    const source = sourceOf(io, call.args[0] as string)
    await using core = await openCore(call.config, io.environment)
    const corp = await requireCorp(core.context, corpId)
    const progress = startProgress(io, '导入', source.bytes, 'B')
    const told: BadLine[] = []
    const report = await importBundle(core.context, corp.key, source.open(), {
      strict: call.options.strict === true,
      onBadLine: (bad) => {
        if (told.length < TOLD) told.push(bad)
      },
      onProgress: ({ bytes }) => progress.update(bytes),
    }).finally(() => progress.end())
    await tell(io, call.json, report, told)
    return report.bad > 0 ? EXIT.badLines : EXIT.done
  },
}

interface Source {
  readonly bytes: number | undefined
  /** Begins to read. Ctrl-C ends it between two transactions, also while nothing comes. */
  open(): AsyncIterable<Buffer>
}

function sourceOf(io: Io, file: string): Source {
  if (file === '-') return { bytes: undefined, open: () => addAbortSignal(io.signal, io.stdin) }
  try {
    const { size } = statSync(file)
    return { bytes: size, open: () => addAbortSignal(io.signal, createReadStream(file)) }
  } catch (error) {
    throw new ServiceError('paramInvalid', `文件 ${file} 无法读取：${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function tell(io: Io, json: boolean, report: ImportReport, told: readonly BadLine[]): Promise<void> {
  if (json) {
    await write(io.stdout, `${JSON.stringify({ ...report, bad_lines: told })}\n`)
    return
  }
  for (const bad of told) {
    await write(io.stderr, `第 ${bad.line} 行${bad.field ? `,${bad.field}` : ''}:${bad.reason}\n`)
  }
  if (report.bad > told.length) await write(io.stderr, `…另有 ${report.bad - told.length} 条坏行\n`)
  const counts = Object.entries(report.imported).map(([kind, count]) => `${kind} ${count}`)
  await write(
    io.stdout,
    `已导入：${counts.join(',')}；坏行 ${report.bad}${report.complete ? '' : '（遇坏行停止，改正后再运行一次）'}\n`,
  )
}
