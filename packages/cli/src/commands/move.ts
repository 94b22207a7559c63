import { existsSync } from 'node:fs'
import {
  type BundleSummary,
  type Config,
  type MoveReport,
  moveCorp,
  openCore,
  readConfig,
  readEnv,
  requireSourceCorp,
  ServiceError,
  WAY_OUT,
} from 'genjin-server'
import { type Command, type CommandCall, EXIT, requireOption, UsageError } from '../command.ts'
import { type Io, write } from '../io.ts'
import { keepMemoryLow, keepOldSpaceLow } from '../memory.ts'
import { type Progress, startProgress } from '../progress.ts'

export const moveCommand: Command = {
  name: 'move',
  args: [],
  zh: '把一个企业的全部数据复制到另一个数据库（SQLite 与 PostgreSQL 之间任意方向），并核对两边；中断后再运行一次即可补完',
  en: 'copy everything of a company into another database (SQLite or PostgreSQL, either way) and compare both; run again it finishes what was cut off',
  options: {
    from: { type: 'string', value: 'URL', zh: '来源数据库（必填）', en: 'source database (required)' },
    to: { type: 'string', value: 'URL', zh: '目标数据库（必填）', en: 'target database (required)' },
    corp: { type: 'string', value: 'ID', zh: '企业 ID（必填）', en: 'company ID (required)' },
  },
  notes: {
    zh: '两个地址的写法与 --database 相同；GENJIN_KEY 对两边都有效。目标里没有这个企业时建立它，应用与凭证不复制。复制的是开始那一刻的来源，核对的也是那一刻：其间写入来源的不影响结果，停写后再运行一次即可补上。移动从不删除：目标里有来源没有的数据时，退出码为 1。',
    en: 'Both addresses are written as for --database; GENJIN_KEY holds for both. The company is made in the target when it is not there; apps and their secrets are not copied. The source is copied, and compared, as it was when the move began: what is written to it meanwhile does no harm, and comes over when the move is run again. Nothing is ever deleted: a target that holds more than the source ends with exit code 1.',
  },
  async run(call) {
    if (call.options.database !== undefined) {
      throw new UsageError(
        'move 用 --from 与 --to，不用 --database / move takes --from and --to, not --database',
      )
    }
    keepMemoryLow()
    keepOldSpaceLow()
    const { io } = call
    const [from, to] = [configFor(call, 'from'), configFor(call, 'to')]
    const corpId = requireOption(call, 'corp')
    requireFile(from)
    await using source = await openCore(from, io.environment)
    const corp = await requireSourceCorp(source.context, corpId)
    await using target = await openCore(to, io.environment)
    const bars = startBars(io)
    const report = await moveCorp(source.context, corp, target.context, {
      signal: io.signal,
      onProgress: bars.update,
    }).finally(() => bars.end())
    if (report.corp.name !== corp.name || report.corp.timeZone !== corp.timeZone) {
      await write(io.stderr, `${otherNameText(corp, report.corp)}\n`)
    }
    await tell(call, report, { from: nameOf(from), to: nameOf(to) })
    return report.differing.length > 0 ? EXIT.failed : EXIT.done
  },
}

/** Without the read replica of the environment: it is one of the server's database, which need not be this one. */
function configFor(call: CommandCall, option: 'from' | 'to'): Config {
  const env = { ...readEnv(call.io.env), readDatabase: undefined }
  return readConfig(env, { database: requireOption(call, option) }, `--${option}`)
}

/** Opening a SQLite database makes it: a source that is not there is a slip of the pen. */
function requireFile({ database }: Config): void {
  if (database.engine !== 'sqlite' || existsSync(database.path)) return
  throw new ServiceError(
    'paramInvalid',
    `来源 ${database.path} 不存在：请核对 --from / the source does not exist: check --from`,
  )
}

/** The engine and where it is, without the user and the password that an address can hold. */
function nameOf({ database }: Config): string {
  if (database.engine === 'sqlite') return `sqlite ${database.path}`
  const { host, pathname } = new URL(database.url)
  return `postgres ${host || 'localhost'}${decodeURIComponent(pathname)}`
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

interface Named {
  readonly name: string
  readonly timeZone: string
}

function otherNameText(source: Named, target: Named): string {
  const [own, other] = [target, source].map(({ name, timeZone }) => `${name},${timeZone}`)
  return `目标里的企业先前已有，名称与时区保持不变（${own}；来源 ${other}） / the company was in the target before, its name and time zone stay`
}

async function tell(
  { io, json }: CommandCall,
  report: MoveReport,
  names: { from: string; to: string },
): Promise<void> {
  const { from, to, differing, written, unchanged } = report
  const equal = differing.length === 0
  const error = `两边不一致 / the two sides differ: ${differing.join(', ')}。目标里有来源没有的数据，或者其间有别的程序写入目标 / the target holds what the source does not, or was written by others meanwhile。${WAY_OUT}`
  if (json) {
    const result = { from: figures(from), to: figures(to), equal, written, unchanged }
    await write(io.stdout, `${JSON.stringify(equal ? result : { ...result, differing, error })}\n`)
    return
  }
  await write(
    io.stdout,
    `来源 ${names.from}:${summaryText(from)}\n目标 ${names.to}:${summaryText(to)}\n写入 ${written} 行，原已相同 ${unchanged} 行\n`,
  )
  if (equal) await write(io.stdout, '两边一致\n')
  else await write(io.stderr, `genjin: ${error}\n`)
}

function figures({ counts, checksum }: BundleSummary) {
  return { counts, checksum }
}

function summaryText({ counts, checksum }: BundleSummary): string {
  const list = Object.entries(counts).map(([kind, count]) => `${kind} ${count}`)
  return `${list.join(',')}；校验和 ${checksum}`
}
