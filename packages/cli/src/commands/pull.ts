import type { Core } from 'genjin-server'
import {
  canReconcile,
  daySums,
  directoryLines,
  isSameSource,
  KINDS,
  type Kind,
  openFileTarget,
  Pull,
  type PulledKind,
  type PullTarget,
  sumOf,
} from 'genjin-sync'
import {
  CliError,
  type Command,
  type CommandCall,
  EXIT,
  flag,
  given,
  option,
  requireOption,
  usageError,
} from '../command.ts'
import { loadServer, openDatabase } from '../database.ts'
import { write } from '../io.ts'
import { kindNames } from '../kinds.ts'
import { keepMemoryLow } from '../memory.ts'
import { outputOf } from '../output.ts'
import { startProgress } from '../progress.ts'
import { openDatabaseTarget, requireTargetCorp } from '../pull-database.ts'
import { localClient, SERVER_OPTIONS, type Source, serverSource } from '../source.ts'

const { from: FROM, app, appid } = SERVER_OPTIONS

export const pull: Command = {
  options: {
    from: { ...FROM, zh: `${FROM.zh}（必填）`, en: `${FROM.en} (required)` },
    app,
    appid,
    out: option('FILE', '写成数据包文件（写完才出现）', 'write a bundle (it appears when it is complete)'),
    corp: option(
      'ID',
      '写进 --database 的这个企业，没有时新建',
      'write into this company of --database; it is created when it does not exist',
    ),
    restart: flag(
      '放弃上一次没有完成的拉取，从头开始',
      'drop what an unfinished run has left and start over',
    ),
  },
  notes: {
    zh: '只用平台有文档的接口读取；来源有对账接口（genjin）时，结束前逐日比较条数与校验和，读取期间改动过的重读。跟进列表不返回的内容（员工跟进的标题、商机阶段、创建时间，以及对象的名称）不在其中。从不删除：目标里有来源没有的跟进时，退出码为 1。',
    en: 'It reads by documented operations only. Where the source has follow/reconcile (genjin), counts and checksums of every day are compared at the end, and what changed meanwhile is read again. What lists of follow-ups do not return (titles of staff follow-ups, stages, times of writing, names of targets) is not included. Nothing is deleted: a target that holds more than the source ends with exit code 1.',
  },
  interrupted: ({ options }) => {
    const [zh, en] = options.restart ? ['去掉 --restart ', ' without --restart'] : ['', '']
    return {
      zh: `已读取的部分保留；${zh}再运行一次即从中断处继续`,
      en: `what was read is kept; run again${en} it continues`,
    }
  },
  async run(call) {
    keepMemoryLow()
    requireOption(call, 'from')
    const [out, corpId] = [given(call, 'out'), given(call, 'corp')]
    if ((out === undefined) === (corpId === undefined)) {
      throw usageError(
        '--out 与 --corp 须给出且只能给出一个：写成文件，或写进数据库 / give either --out (a file) or --corp (a database)',
      )
    }
    const restart = call.options.restart === true
    await using source = await serverSource(call)
    // Reads the directory before anything is created: a source that refuses leaves no trace.
    const reading = await readingOf(source)
    if (out !== undefined) {
      await using target = openFileTarget(fileOf(out), restart)
      return await pullInto(call, reading, target, undefined)
    }
    const server = await loadServer()
    await using core: Core = await openDatabase(server, call, { create: true })
    const corp = await requireTargetCorp(server, core, corpId as string)
    await using target = await openDatabaseTarget(server, core, corp, restart)
    const client = localClient(server.localFetch(core.context, corp), call.io.signal)
    return await pullInto(call, reading, target, client)
  },
}

function fileOf(out: string): string {
  const { path, isSpecial } = outputOf(out)
  if (!isSpecial) return path
  throw new CliError(EXIT.failed, `--out ${out} 须为普通文件 / must be a regular file`)
}

type Reading = Awaited<ReturnType<typeof readingOf>>

/** What is known of a source before its follow-ups are read. */
async function readingOf({ client, id }: Source) {
  return { client, id, reconciles: await canReconcile(client), ...(await directoryLines(client)) }
}

/** @param written reads the database that is written to; undefined for a file */
async function pullInto(
  call: CommandCall,
  reading: Reading,
  target: PullTarget,
  written: Source['client'] | undefined,
): Promise<number> {
  const { io } = call
  const { client, id, reconciles } = reading
  const { state } = target
  if (state && state.source !== id && !(reconciles && (await isSameSource(client, state)))) {
    throw usageError(
      `上一次没有完成的拉取来自 ${state.source}：请先完成它，或用 --restart 放弃 / the unfinished pull is from another source: finish it, or drop it with --restart`,
    )
  }
  await target.begin(reading.lines)
  const bar = startProgress(io, '拉取', undefined, 'rows')
  const run = new Pull(client, id, target, {
    reconciles,
    signal: io.signal,
    now: io.environment.now,
    onProgress: bar.update,
  })
  const kinds = await run.run().finally(() => bar.end())
  await target.finish(run.state)
  return await print(call, reading, target, written ? await readBack(written, kinds, run) : kinds)
}

/** What the database holds in the end: that lines were sent does not prove that they are there. */
async function readBack(
  client: Source['client'],
  kinds: Record<Kind, PulledKind>,
  run: Pull,
): Promise<Record<Kind, PulledKind>> {
  const found = {} as Record<Kind, PulledKind>
  for (const kind of KINDS) {
    const { source, equal } = kinds[kind]
    const name = kind === 'staff' ? 'followList' : 'followListForSystem'
    const { total: count } = await client.call(name, { page_size: 1 })
    const { checksum } = sumOf((await daySums(client, kind, run.state.done[kind])).values())
    const isAlike = source.checksum === undefined || (checksum === source.checksum && equal)
    found[kind] = { count, checksum, source, equal: count === source.count && isAlike }
  }
  return found
}

async function print(
  { io, json }: CommandCall,
  { missing, reconciles }: Reading,
  { refused: { count: refused, first } }: PullTarget,
  kinds: Record<Kind, PulledKind>,
): Promise<number> {
  const { staff, system } = kinds
  const equal = staff.equal && system.equal
  const exit = !equal ? EXIT.failed : refused > 0 ? EXIT.badLines : EXIT.done
  const error = equal ? undefined : differenceOf(kinds)
  if (json) {
    const report = { ...kinds, reconciled: reconciles, equal, missing, refused, bad_lines: first, error }
    await write(io.stdout, `${JSON.stringify(report)}\n`)
    return exit
  }
  for (const { field, reason } of first) {
    await write(io.stderr, `跳过一行${field ? `，${field}` : ''}：${reason}\n`)
  }
  if (refused > first.length) await write(io.stderr, `……另外跳过 ${refused - first.length} 行\n`)
  if (missing.length > 0) await write(io.stderr, `来源没有这些列表，已略过：${kindNames(missing)}\n`)
  const checksums = reconciles ? `校验和 ${staff.checksum} ${system.checksum}\n` : ''
  await write(io.stdout, `员工跟进 ${staff.count} 条，系统跟进 ${system.count} 条\n${checksums}`)
  const checked = reconciles ? '条数与校验和' : '条数（来源没有对账接口）'
  if (error === undefined) await write(io.stdout, `与来源一致：${checked}\n`)
  else await write(io.stderr, `genjin: ${error}\n`)
  return exit
}

function differenceOf({ staff, system }: Record<Kind, PulledKind>): string {
  const [ofStaff, ofSystem] = [staff, system].map(({ count, source }) => `${count}/${source.count}`)
  return `与来源不一致（员工 ${ofStaff}，系统 ${ofSystem}）：来源正在被写入，请再运行一次；或目标里有来源没有的跟进 / not equal to the source: it is being written to, run again; or the target holds what the source does not`
}
