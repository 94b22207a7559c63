import { setTimeout as wait } from 'node:timers/promises'
import { ApiError, GenjinError } from 'genjin-client'
import { StoreError } from 'genjin-server'
import { parseAddress } from '../../../sync/src/mirror/address.ts'
import { type CaughtUp, catchUp, requireFeed } from '../../../sync/src/mirror/catch-up.ts'
import { type Comparison, compare } from '../../../sync/src/mirror/compare.ts'
import { type Mirror, openMirror } from '../../../sync/src/mirror/mirror.ts'
import { type Command, type CommandCall, EXIT, type Option, requireOption, UsageError } from '../command.ts'
import { type Io, write } from '../io.ts'
import { keepMemoryLow } from '../memory.ts'
import { startProgress } from '../progress.ts'
import { SERVER_OPTIONS, type Source, sourceOf, TIME_ZONE_OPTION, timeZoneOf } from '../source.ts'

export const sync: Command = {
  name: 'sync',
  args: [],
  zh: '把一个企业的全部跟进同步到一张表（PostgreSQL、SQLite）或一个文件夹：再运行一次只取新的变更，删除也跟着删除',
  en: 'keep a plain table (PostgreSQL, SQLite) or a folder of files up to date with all follow-ups of a company: run again it takes only what changed, deletions included',
  options: {
    ...(SERVER_OPTIONS as Record<string, Option>),
    corp: {
      type: 'string',
      value: 'ID',
      zh: '代替 --from：读 --database 里的这个企业',
      en: 'instead of --from: read this company of --database',
    },
    to: {
      type: 'string',
      value: 'TARGET',
      zh: 'postgres://…、sqlite:文件，或一个文件夹（必填；有密码的地址请用环境变量 GENJIN_SYNC_TO）',
      en: 'postgres://…， sqlite:FILE or a folder (required; an address with a password belongs into the environment variable GENJIN_SYNC_TO)',
    },
    table: {
      type: 'string',
      value: 'NAME',
      zh: '表名，默认 follow_up',
      en: 'name of the table, default follow_up',
    },
    'time-zone': TIME_ZONE_OPTION,
    every: {
      type: 'string',
      value: 'SECONDS',
      zh: '不结束：每隔这么多秒再取一次，直到 Ctrl-C',
      en: 'does not end: looks for changes every so many seconds, until Ctrl-C',
    },
    check: {
      type: 'boolean',
      zh: '取完之后与来源逐日核对条数与校验和，不同则退出码为 1',
      en: 'then compare count and checksum of every day with the source; exit code 1 when they differ',
    },
  },
  notes: {
    zh: '读的是变更流，来源须为 genjin（平台没有变更流，请用 genjin pull）。数据与游标在同一个事务里，随时可以中断。游标过期时重新读一遍，其间原有的数据照常可用。',
    en: 'It reads the change feed, which only genjin has (for the platform there is genjin pull). Rows and cursor change in one transaction, so it can be cut off at any time. When the cursor has expired everything is read again, while what is there stays usable.',
  },
  async run(call) {
    keepMemoryLow()
    const { io, options } = call
    const everyMs = everyOf(options.every as string | undefined)
    const to = (options.to as string | undefined) || io.env.GENJIN_SYNC_TO || requireOption(call, 'to')
    parseAddress(to)
    await using source = await sourceOf(call)
    const timeZone = timeZoneOf(options['time-zone'] as string | undefined, source)
    const table = options.table as string | undefined
    const open = async () => {
      // First the source: a target is not bound to one that there is not.
      await requireFeed(source.client)
      return await openMirror(to, { id: source.id, timeZone, ...(table !== undefined && { table }) })
    }
    const once = (mirror: Mirror) => round(call, source, mirror, timeZone)
    if (everyMs !== undefined) return await everyRound(io, everyMs, open, once)
    await using mirror = await open()
    return await once(mirror)
  },
}

/** Rounds until Ctrl-C. What passes does not end it: the next round opens the target anew. */
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
        if (!isPassing(error)) throw error
        const failed = mirror
        mirror = undefined
        await failed?.[Symbol.asyncDispose]()
        await write(stderr, `genjin: ${oneLine(error)}；下一轮再试 / trying again in the next round\n`)
      }
      await wait(everyMs, undefined, { signal }).catch(() => {})
    }
    return EXIT.done
  } finally {
    await mirror?.[Symbol.asyncDispose]()
  }
}

/** That somebody is away or busy, and not that somebody refuses. */
function isPassing(error: unknown): error is Error {
  if (error instanceof StoreError) return error.kind === 'busy' || error.kind === 'unavailable'
  return error instanceof GenjinError && !(error instanceof ApiError)
}

function oneLine({ message }: Error): string {
  return message.replace(/\s*\n\s*/g, ' ')
}

/** Catches up once, and tells of it. */
async function round(call: CommandCall, source: Source, mirror: Mirror, timeZone: string): Promise<number> {
  const { io, options } = call
  const mended = await mirror.inspect(options.check === true)
  const bar = startProgress(io, '同步', undefined, 'rows')
  let caughtUp: CaughtUp
  try {
    caughtUp = await catchUp(source.client, mirror, io.signal, bar.update)
  } finally {
    bar.end()
  }
  const comparison =
    options.check === true ? await compare(source.client, mirror, timeZone, io.signal) : undefined
  const isDifferent = comparison === 'different'
  // A program that runs on says only what happened.
  if (options.every === undefined || caughtUp.changes > 0 || mended > 0 || isDifferent) {
    await tell(call, { ...caughtUp, mended, comparison, timeZone })
  }
  return isDifferent ? EXIT.failed : EXIT.done
}

interface Result extends CaughtUp {
  /** Files that somebody had removed or changed. */
  readonly mended: number
  readonly comparison: Comparison | undefined
  readonly timeZone: string
}

async function tell({ io, json }: CommandCall, result: Result): Promise<void> {
  const { changes, anew, mended, comparison } = result
  const equal = comparison === undefined ? undefined : comparison !== 'different'
  const error = equal === false ? differenceOf(result) : undefined
  const note = comparison === 'otherDays' ? otherDaysOf(result) : undefined
  if (json) {
    const told = { changes, anew, ...(mended > 0 && { mended }), equal, note, error }
    await write(io.stdout, `${JSON.stringify(told)}\n`)
    return
  }
  const again = anew ? '（游标已过期，重新读了一遍）' : ''
  const files = mended > 0 ? `；修复了 ${mended} 个文件` : ''
  await write(io.stdout, `已同步 ${changes} 个变更${again}${files}${equal ? '；与来源一致' : ''}\n`)
  const more = error ?? note
  if (more !== undefined) await write(io.stderr, `genjin: ${more}\n`)
}

function differenceOf({ timeZone }: Result): string {
  return `与来源不一致（--time-zone ${timeZone}）：请删除目标后重新同步，并报告此问题 / not equal to the source (--time-zone ${timeZone}): drop the target, sync again, and report this`
}

function otherDaysOf({ timeZone }: Result): string {
  return `全部跟进与来源相同，但来源的一天从另一时刻开始：--time-zone ${timeZone} 不是该企业的时区 / all follow-ups are equal, but the source's days begin at other times: --time-zone ${timeZone} is not the company's zone`
}

const MOST_SECONDS = 86_400

function everyOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > MOST_SECONDS) {
    throw new UsageError(
      `--every 须为 1 到 ${MOST_SECONDS} 秒 / --every must be 1 to ${MOST_SECONDS} seconds: ${text}`,
    )
  }
  return seconds * 1000
}
