import { type Core, localFetch, openCore } from 'genjin-server'
import { canReconcile, daySums, isSame, type Sum, sumOf } from '../../../sync/src/pull/checks.ts'
import { directoryLines } from '../../../sync/src/pull/directory.ts'
import { openFileTarget } from '../../../sync/src/pull/file-target.ts'
import { Pull, type PulledKind } from '../../../sync/src/pull/pull.ts'
import type { Kind } from '../../../sync/src/pull/state.ts'
import type { PullTarget } from '../../../sync/src/pull/target.ts'
import { type Command, type CommandCall, EXIT, type Option, requireOption, UsageError } from '../command.ts'
import { write } from '../io.ts'
import { keepMemoryLow } from '../memory.ts'
import { startProgress } from '../progress.ts'
import { openDatabaseTarget, requireTargetCorp } from '../pull-database.ts'
import { localClient, SERVER_OPTIONS, type Source, serverSource } from '../source.ts'

export const pull: Command = {
  name: 'pull',
  args: [],
  zh: '从任何说这套协议的服务器（企微管家或 genjin）读出全部跟进，存成数据包或写进数据库；中断后再运行一次即从中断处继续',
  en: 'read every follow-up from a server that speaks this protocol (the platform or genjin) into a bundle or a database; run again it goes on where it was cut off',
  options: {
    from: {
      ...(SERVER_OPTIONS.from as Option),
      zh: `${SERVER_OPTIONS.from?.zh}（必填）`,
      en: `${SERVER_OPTIONS.from?.en} (required)`,
    },
    app: SERVER_OPTIONS.app as Option,
    appid: SERVER_OPTIONS.appid as Option,
    out: {
      type: 'string',
      value: 'FILE',
      zh: '写成数据包文件（写完才出现）',
      en: 'write a bundle (it appears when it is whole)',
    },
    corp: {
      type: 'string',
      value: 'ID',
      zh: '写进 --database 的这个企业，没有时建立它',
      en: 'write into this company of --database; it is made when it is not there',
    },
    restart: {
      type: 'boolean',
      zh: '放弃上一次没有完成的，从头开始',
      en: 'drop what an unfinished run has left and begin anew',
    },
  },
  notes: {
    zh: '只用平台有文档的接口读取；对方有对账接口（genjin）时，结束前逐日比较条数与校验和，读取期间改动过的重读。跟进列表不答复的内容（员工跟进的标题、商机阶段、写入时间，以及对象的名称）不在其中。从不删除：目标里有来源没有的跟进时，退出码为 1。',
    en: 'It reads by documented operations only. Where the other side has follow/reconcile (genjin), counts and checksums of every day are compared at the end, and what changed meanwhile is read again. What lists of follow-ups do not answer (titles of staff follow-ups, stages, times of writing, names of targets) does not come over. Nothing is deleted: a target that holds more than the source ends with exit code 1.',
  },
  async run(call) {
    keepMemoryLow()
    const { io } = call
    requireOption(call, 'from')
    const { out, corp } = call.options
    if ((out === undefined) === (corp === undefined)) {
      throw new UsageError(
        '--out 与 --corp 须恰好给出一个：写成文件，或写进数据库 / give either --out (a file) or --corp (a database)',
      )
    }
    const restart = call.options.restart === true
    await using source = await serverSource(call)
    // What is wrong with the source is told before anything is made.
    const reading = await readingOf(source)
    if (out !== undefined) {
      await using target = openFileTarget(out as string, restart)
      return await pullInto(call, reading, target, undefined)
    }
    await using core = await openCore(call.config, io.environment)
    const company = await requireTargetCorp(core, corp as string)
    await using target = await openDatabaseTarget(core, company, restart)
    return await pullInto(call, reading, target, {
      core,
      client: localClient(localFetch(core.context, company), io.signal),
    })
  },
}

/** What is known of a source before its follow-ups are read. */
interface Reading {
  readonly source: Source
  readonly reconciles: boolean
  readonly directory: Awaited<ReturnType<typeof directoryLines>>
}

async function readingOf(source: Source): Promise<Reading> {
  const reconciles = await canReconcile(source.client)
  return { source, reconciles, directory: await directoryLines(source.client) }
}

/** The database that is written to, and a reader of it. */
interface Written {
  readonly core: Core
  readonly client: Source['client']
}

async function pullInto(
  call: CommandCall,
  { source, reconciles, directory: { lines, missing } }: Reading,
  target: PullTarget,
  written: Written | undefined,
): Promise<number> {
  const { io } = call
  if (target.state && target.state.source !== source.id) {
    throw new UsageError(
      `上一次没有完成的拉取来自 ${target.state.source}：先完成它，或用 --restart 放弃 / the unfinished pull is from another source: finish it, or drop it with --restart`,
    )
  }
  await target.begin(lines)
  const bar = startProgress(io, '拉取', undefined, 'rows')
  const run = new Pull(source.client, source.id, target, {
    reconciles,
    signal: io.signal,
    now: io.environment.now,
    onProgress: bar.update,
  })
  const kinds = await run.run().finally(() => bar.end())
  await target.finish(run.state)
  const result = written ? await readBack(written, kinds, run) : kinds
  return await tell(call, { kinds: result, missing, reconciles, target })
}

/** What the database holds after all: what was sent proves nothing about what is there. */
async function readBack(
  { client }: Written,
  kinds: Record<Kind, PulledKind>,
  run: Pull,
): Promise<Record<Kind, PulledKind>> {
  const found = {} as Record<Kind, PulledKind>
  for (const kind of ['staff', 'system'] as const) {
    const { source, equal } = kinds[kind]
    const name = kind === 'staff' ? 'followList' : 'followListForSystem'
    const { total: count } = await client.call(name, { page_size: 1 })
    const { checksum } = sumOf((await daySums(client, kind, run.state.done[kind])).values())
    const own: Sum = { count, checksum }
    const same = source.checksum === undefined ? count === source.count : isSame(own, source as Sum) && equal
    found[kind] = { ...own, source, equal: same }
  }
  return found
}

interface Outcome {
  readonly kinds: Record<Kind, PulledKind>
  readonly missing: readonly string[]
  readonly reconciles: boolean
  readonly target: PullTarget
}

async function tell({ io, json }: CommandCall, outcome: Outcome): Promise<number> {
  const { kinds, missing, reconciles, target } = outcome
  const { refused } = target
  const equal = kinds.staff.equal && kinds.system.equal
  const exit = !equal ? EXIT.failed : refused.count > 0 ? EXIT.badLines : EXIT.done
  const error = equal ? undefined : `${differText(kinds)}`
  if (json) {
    const result = {
      ...kinds,
      reconciled: reconciles,
      equal,
      missing,
      refused: refused.count,
      bad_lines: refused.first,
    }
    await write(io.stdout, `${JSON.stringify(error === undefined ? result : { ...result, error })}\n`)
    return exit
  }
  for (const { field, reason } of refused.first) {
    await write(io.stderr, `未写入${field ? `,${field}` : ''}:${reason}\n`)
  }
  if (refused.count > refused.first.length) {
    await write(io.stderr, `…另有 ${refused.count - refused.first.length} 行未写入\n`)
  }
  if (missing.length > 0) await write(io.stderr, `来源没有这些列表，已略过：${missing.join('、')}\n`)
  await write(
    io.stdout,
    `员工跟进 ${kinds.staff.count} 条，系统跟进 ${kinds.system.count} 条\n${reconciles ? `校验和 ${kinds.staff.checksum} ${kinds.system.checksum}\n` : ''}`,
  )
  if (error !== undefined) await write(io.stderr, `genjin: ${error}\n`)
  else
    await write(
      io.stdout,
      reconciles ? '与来源一致：条数与校验和\n' : '与来源一致：条数（来源没有对账接口）\n',
    )
  return exit
}

function differText({ staff, system }: Record<Kind, PulledKind>): string {
  const counts = [staff, system].map(({ count, source }) => `${count}/${source.count}`)
  return `与来源不一致（员工 ${counts[0]}，系统 ${counts[1]}）：来源正在被写入，请再运行一次；或目标里有来源没有的跟进 / not equal to the source: it is being written to, run again; or the target holds what the source does not`
}
