import { setTimeout as wait } from 'node:timers/promises'
import { ApiError, GenjinError } from 'genjin-client'
import {
  type CaughtUp,
  type Comparison,
  catchUp,
  compare,
  type Mirror,
  openMirror,
  parseAddress,
  requireFeed,
  SyncError,
  takesCursor,
} from 'genjin-sync'
import {
  type Command,
  type CommandCall,
  EXIT,
  flag,
  given,
  integerOption,
  option,
  requireOption,
} from '../command.ts'
import { messageOf } from '../errors.ts'
import { type Io, write } from '../io.ts'
import { keepMemoryLow } from '../memory.ts'
import { startProgress } from '../progress.ts'
import { SERVER_OPTIONS, type Source, sourceOf, TIME_ZONE_OPTION, timeZoneOf } from '../source.ts'

const DAY_SECONDS = 86_400

export const sync: Command = {
  options: {
    ...SERVER_OPTIONS,
    corp: option(
      'ID',
      '代替 --from：读 --database 里的这个企业',
      'instead of --from: read this company of --database',
    ),
    to: option(
      'TARGET',
      'postgres://…、sqlite:文件，或一个文件夹（必填；有密码的地址请用环境变量 GENJIN_SYNC_TO）',
      'postgres://…, sqlite:FILE or a folder (required; put an address with a password into the environment variable GENJIN_SYNC_TO)',
    ),
    table: option('NAME', '表名，默认 follow_up', 'name of the table, default follow_up'),
    'time-zone': TIME_ZONE_OPTION,
    every: option(
      'SECONDS',
      '持续运行：每隔这么多秒同步一次，直到 Ctrl-C',
      'keeps running: takes changes every so many seconds, until Ctrl-C',
    ),
    check: flag(
      '同步之后与来源逐日核对条数与校验和，不同则退出码为 1',
      'then compare count and checksum of every day with the source; exit code 1 when they differ',
    ),
  },
  notes: {
    zh: '读的是变更流，来源须为 genjin（平台没有变更流，请用 genjin pull）。数据与游标在同一个事务里写入，随时可以中断。游标过期时从头重读，其间原有的数据照常可用。',
    en: 'It reads the change feed, which only genjin has (for the platform use genjin pull). Rows and cursor change in one transaction, so it can be interrupted at any time. When the cursor has expired everything is read again, while the present rows stay usable.',
  },
  interrupted: {
    zh: '已写入的变更与进度都已保存；再运行一次即可继续',
    en: 'the changes written so far are kept, with the progress; run again it continues',
  },
  async run(call) {
    keepMemoryLow()
    const seconds = integerOption(call, 'every', 1, DAY_SECONDS)
    const { env } = call.io
    const to = parseAddress(
      given(call, 'to') ?? (env.GENJIN_SYNC_TO || requireOption(call, 'to')),
      env.PGSSLMODE || undefined,
    )
    await using source = await sourceOf(call)
    const timeZone = timeZoneOf(call, source)
    const table = given(call, 'table')
    const open = async () => {
      // The source first: a new target must not be bound to one that cannot be read.
      await requireFeed(source.client)
      const takes = (cursor: string) => takesCursor(source.client, cursor)
      return await openMirror(to, { id: source.id, takes, timeZone, ...(table !== undefined && { table }) })
    }
    let told = ''
    const once = async (mirror: Mirror) => {
      const code = await round(call, source, mirror, timeZone, told)
      told = mirror.warnings.join('\n')
      return code
    }
    if (seconds !== undefined) return await everyRound(call.io, seconds * 1000, open, once)
    await using mirror = await open()
    return await once(mirror)
  },
}

/** Rounds until Ctrl-C. A temporary failure does not end them: the next round opens the target again. */
async function everyRound(
  { signal, stderr }: Io,
  everyMs: number,
  open: () => Promise<Mirror>,
  once: (mirror: Mirror) => Promise<unknown>,
): Promise<number> {
  let mirror: Mirror | undefined
  try {
    while (!signal.aborted) {
      try {
        mirror ??= await open()
        await once(mirror)
      } catch (error) {
        if (signal.aborted) break
        if (!isTemporary(error)) throw error
        const failed = mirror
        mirror = undefined
        await failed?.[Symbol.asyncDispose]()
        const reason = messageOf(error).replace(/\s*\n\s*/g, ' ')
        await write(stderr, `genjin: ${reason}；下一轮重试 / trying again in the next round\n`)
      }
      await wait(everyMs, undefined, { signal }).catch(() => {})
    }
    return EXIT.done
  } finally {
    await mirror?.[Symbol.asyncDispose]()
  }
}

/** Whether a side was away or busy, and did not refuse. */
function isTemporary(error: unknown): error is Error {
  if (error instanceof SyncError) return error.kind !== 'refused'
  return error instanceof GenjinError && !(error instanceof ApiError)
}

/**
 * Catches up once, and prints what was done.
 *
 * @param told the warnings of the round before
 */
async function round(
  call: CommandCall,
  source: Source,
  mirror: Mirror,
  timeZone: string,
  told: string,
): Promise<number> {
  const { io, options } = call
  const checks = options.check === true
  const mended = await mirror.inspect(checks)
  const bar = startProgress(io, '同步', undefined, 'rows')
  const caughtUp = await catchUp(source.client, mirror, io.signal, bar.update).finally(() => bar.end())
  const comparison = checks ? await compare(source.client, mirror, timeZone, io.signal) : undefined
  const isDifferent = comparison === 'different'
  // With --every only rounds in which something happened are printed, and only warnings that are new.
  const { warnings } = mirror
  const isNews = warnings.join('\n') !== told
  if (options.every === undefined || caughtUp.changes > 0 || mended > 0 || isDifferent || isNews) {
    await print(call, { ...caughtUp, mended, warnings: isNews ? warnings : [] }, comparison, timeZone)
  }
  return isDifferent ? EXIT.failed : EXIT.done
}

interface Round extends CaughtUp {
  /** Files that somebody had removed or changed. */
  readonly mended: number
  readonly warnings: readonly string[]
}

async function print(
  { io, json }: CommandCall,
  { changes, anew, mended, warnings }: Round,
  comparison: Comparison | undefined,
  timeZone: string,
): Promise<void> {
  const equal = comparison && comparison !== 'different'
  const error =
    comparison === 'different'
      ? `与来源不一致（--time-zone ${timeZone}）：请删除目标后重新同步，并报告此问题 / not equal to the source (--time-zone ${timeZone}): drop the target, sync again, and report this`
      : undefined
  const note =
    comparison === 'otherDays'
      ? `全部跟进与来源相同，但来源的一天从另一时刻开始：--time-zone ${timeZone} 不是该企业的时区 / all follow-ups are equal, but the source's days begin at other times: --time-zone ${timeZone} is not the company's zone`
      : undefined
  if (json) {
    const more = { ...(mended > 0 && { mended }), ...(warnings.length > 0 && { warnings }) }
    await write(io.stdout, `${JSON.stringify({ changes, anew, ...more, equal, note, error })}\n`)
    return
  }
  const again = anew ? '（游标已过期，已从头重读）' : ''
  const files = mended > 0 ? `；修复了 ${mended} 个文件` : ''
  await write(io.stdout, `已同步 ${changes} 个变更${again}${files}${equal ? '；与来源一致' : ''}\n`)
  for (const text of [...warnings, error ?? note]) {
    if (text !== undefined) await write(io.stderr, `genjin: ${text}\n`)
  }
}
