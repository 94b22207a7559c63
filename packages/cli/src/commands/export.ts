import { exportBundle, openCore, requireCorp } from 'genjin-server'
import { exportFollows, HEADINGS } from '../../../sync/src/sheet/export-follows.ts'
import { SHEET_FORMATS } from '../../../sync/src/sheet/sheet.ts'
import { type Command, type CommandCall, EXIT, type Option, requireOption, UsageError } from '../command.ts'
import { FILTER_OPTIONS } from '../filters.ts'
import { write } from '../io.ts'
import { keepMemoryLow, keepTableMemoryLow } from '../memory.ts'
import { startProgress } from '../progress.ts'
import { isStdout, openSink } from '../sink.ts'
import { SERVER_OPTIONS, TIME_ZONE_OPTION } from '../source.ts'

/** Options that have a meaning with --format only. */
const SHEET_OPTIONS: Readonly<Record<string, Option>> = {
  ...SERVER_OPTIONS,
  headings: {
    type: 'string',
    value: HEADINGS.join('|'),
    zh: '列标题：zh 中文（默认）,fields 字段名',
    en: 'column headings: zh Chinese (default), fields the names of the fields',
  },
  raw: {
    type: 'boolean',
    zh: '原文：不防护表格软件会当作公式的单元格',
    en: 'exact texts: cells that a spreadsheet would run as a formula are not made harmless',
  },
  'time-zone': TIME_ZONE_OPTION,
  ...FILTER_OPTIONS,
}

export const exportCommand: Command = {
  name: 'export',
  args: [],
  zh: '导出：企业的全部数据为数据包，或用 --format 把符合条件的跟进导出为 Excel、CSV 或 NDJSON',
  en: 'export everything of a company as a bundle, or with --format the follow-ups that match as Excel, CSV or NDJSON',
  options: {
    corp: {
      type: 'string',
      value: 'ID',
      zh: '--database 里的企业（不给 --from 时必填）',
      en: 'company of --database (required without --from)',
    },
    out: {
      type: 'string',
      value: 'FILE',
      zh: '写到文件（写完才出现），默认标准输出',
      en: 'write to a file (it appears when it is whole), default standard output',
    },
    format: {
      type: 'string',
      value: SHEET_FORMATS.join('|'),
      zh: '只导出员工跟进，一行一条：ndjson（可再导入）、csv、xlsx(Excel)',
      en: 'staff follow-ups only, one a row: ndjson (can be imported), csv, xlsx (Excel)',
    },
    ...SHEET_OPTIONS,
  },
  notes: {
    zh: '--format 之后的条件与 follow/list 相同，之间是“且”，一个列表里是“或”。CSV 带 BOM；以 = + - @ 等开头、会被表格软件当作公式的单元格，CSV 里前面加一个单引号，Excel 里记为文字。很长的数字请用 xlsx：表格软件打开 CSV 时会把它们变成近似值。',
    en: 'The filters are those of follow/list: all of them hold, and one entry of a list is enough. CSV begins with a BOM; cells that a spreadsheet would run as a formula （= + - @ …） get an apostrophe in front in CSV, and are text in Excel. For long numbers take xlsx: spreadsheets round them when they open CSV.',
  },
  async run(call) {
    if (call.options.format !== undefined) {
      keepTableMemoryLow()
      return await exportFollows(call)
    }
    keepMemoryLow()
    const given = Object.keys(SHEET_OPTIONS).find((name) => call.options[name] !== undefined)
    if (given !== undefined) {
      throw new UsageError(`--${given} 只与 --format 一起用 / --${given} goes with --format only`)
    }
    return await exportWhole(call)
  },
}

async function exportWhole(call: CommandCall): Promise<number> {
  const { io } = call
  const corpId = requireOption(call, 'corp')
  await using core = await openCore(call.config, io.environment)
  const corp = await requireCorp(core.context, corpId)
  const progress = startProgress(io, '导出', undefined, 'rows')
  await using out = await openSink(io, call.options.out as string | undefined)
  let rows = 0
  const report = await exportBundle(core.context.store, corp.key, async (lines, count) => {
    io.signal.throwIfAborted()
    await write(out.stream, lines)
    rows += count
    progress.update(rows)
  }).finally(() => progress.end())
  await out.keep()
  const counts = Object.entries(report.exported).map(([kind, count]) => `${kind} ${count}`)
  const summary = call.json ? JSON.stringify(report) : `已导出：${counts.join(',')}`
  // On standard output there is the bundle: the summary goes beside it.
  await write(isStdout(call.options.out as string | undefined) ? io.stderr : io.stdout, `${summary}\n`)
  return EXIT.done
}
