import { parsePostgresAddress, postgresPlace } from 'genjin-record'
import type { BundleSummary, Config, Corp, MoveReport } from 'genjin-server'
import {
  CORP_OPTION,
  type Command,
  type CommandCall,
  EXIT,
  option,
  requireOption,
  usageError,
} from '../command.ts'
import { configOf, loadServer } from '../database.ts'
import { type Io, write } from '../io.ts'
import { kindCounts, kindNames } from '../kinds.ts'
import { keepMemoryLow, keepOldSpaceLow } from '../memory.ts'
import { type Progress, startProgress } from '../progress.ts'

export const move: Command = {
  options: {
    from: option('URL', '来源数据库（必填）', 'source database (required)'),
    to: option('URL', '目标数据库（必填）', 'target database (required)'),
    corp: CORP_OPTION,
  },
  notes: {
    zh: '两个地址的写法与 --database 相同；GENJIN_KEY 对两边都有效。目标里没有这个企业时新建，应用与凭证不复制。复制的是开始那一刻的来源，核对的也是那一刻：其间写入来源的不影响结果，停写后再运行一次即可补上。从不删除：目标里有来源没有的数据时，退出码为 1。',
    en: 'Both addresses are written as for --database; GENJIN_KEY applies to both. The company is created in the target when it does not exist; apps and their secrets are not copied. The source is copied, and compared, as it was when the move began: what is written to it meanwhile does no harm, and comes over when the move is run again. Nothing is ever deleted: a target that holds more than the source ends with exit code 1.',
  },
  interrupted: {
    zh: '已复制的部分保留在目标中；再运行一次即可补完',
    en: 'what was copied stays in the target; run again it completes the rest',
  },
  async run(call) {
    if (call.options.database !== undefined) {
      throw usageError('move 用 --from 与 --to，不用 --database / move takes --from and --to, not --database')
    }
    keepMemoryLow()
    keepOldSpaceLow()
    const { io } = call
    for (const name of ['from', 'to', 'corp']) requireOption(call, name)
    const server = await loadServer()
    const [from, to] = [configOf(server, call, 'from'), configOf(server, call, 'to')]
    await using source = await server.openCore(from, io.environment)
    const corp = await server.requireSourceCorp(source.context, requireOption(call, 'corp'))
    await using target = await server.openCore(to, io.environment, {
      inBulk: true,
      create: true,
    })
    const bars = startBars(io)
    const report = await server
      .moveCorp(source.context, corp, target.context, { signal: io.signal, onProgress: bars.update })
      .finally(() => bars.end())
    if (report.corp.name !== corp.name || report.corp.timeZone !== corp.timeZone) {
      await write(io.stderr, `${otherNameText(corp, report.corp)}\n`)
    }
    await print(call, report, { from: nameOf(from), to: nameOf(to) })
    return report.differing.length > 0 ? EXIT.failed : EXIT.done
  },
}

/** Engine and place, without the user and password that an address can hold. */
function nameOf({ database }: Config): string {
  if (database.engine === 'sqlite') return `sqlite ${database.path}`
  return `postgres ${postgresPlace(parsePostgresAddress(database.url, database.sslMode))}`
}

const STEPS = { move: '移动', check: '核对' } as const

/** A bar for each step, one after the other. */
function startBars(io: Io) {
  let present: keyof typeof STEPS | undefined
  let bar: Progress | undefined
  return {
    update(step: keyof typeof STEPS, lines: number, total: number): void {
      if (step !== present) {
        bar?.end()
        bar = startProgress(io, STEPS[step], total, 'rows')
        present = step
      }
      bar?.update(lines)
    },
    end: () => bar?.end(),
  }
}

function otherNameText(source: Corp, target: Corp): string {
  const [own, other] = [target, source].map(({ name, timeZone }) => `${name}，${timeZone}`)
  return `目标里已有这个企业，名称与时区保持不变（${own}；来源 ${other}）/ the company exists in the target, its name and time zone stay`
}

async function print(
  { io, json }: CommandCall,
  report: MoveReport,
  names: { from: string; to: string },
): Promise<void> {
  const { from, to, differing, written, unchanged } = report
  const equal = differing.length === 0
  const error = `两边不一致（${kindNames(differing)}）：目标里有来源没有的数据，或移动期间有别的程序写入了目标。移动从不删除：请移到没有这个企业的数据库 / the two sides differ (${differing.join(', ')}): the target holds what the source does not, or was written to by others meanwhile; a move never deletes: move into a database without this company`
  if (json) {
    const result = { from: figures(from), to: figures(to), equal, written, unchanged }
    await write(io.stdout, `${JSON.stringify(equal ? result : { ...result, differing, error })}\n`)
    return
  }
  await write(
    io.stdout,
    `来源 ${names.from}：${summaryText(from)}\n目标 ${names.to}：${summaryText(to)}\n写入 ${written} 行，原已相同 ${unchanged} 行\n`,
  )
  if (equal) await write(io.stdout, '两边一致\n')
  else await write(io.stderr, `genjin: ${error}\n`)
}

function figures({ counts, checksum }: BundleSummary) {
  return { counts, checksum }
}

function summaryText({ counts, checksum }: BundleSummary): string {
  return `${kindCounts(counts)}；校验和 ${checksum}`
}
