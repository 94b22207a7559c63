import {
  findFollows,
  HEADINGS,
  ListedNames,
  NO_NAMES,
  openSheet,
  SHEET_FORMATS,
  type SheetFormat,
  type SheetSummary,
  sheetNames,
  TargetNames,
} from 'genjin-sync'
import {
  type Command,
  type CommandCall,
  EXIT,
  flag,
  given,
  type Options,
  option,
  requireOption,
  usageError,
  wordOption,
} from '../command.ts'
import { loadServer, openDatabase } from '../database.ts'
import { FILTER_OPTIONS, filtersOf } from '../filters.ts'
import { write } from '../io.ts'
import { kindCounts } from '../kinds.ts'
import { keepMemoryLow, keepTableMemoryLow } from '../memory.ts'
import { startProgress } from '../progress.ts'
import { isStdout, openSink } from '../sink.ts'
import { SERVER_OPTIONS, sourceOf, TIME_ZONE_OPTION, timeZoneOf } from '../source.ts'

/** Options that are only valid with --format. */
const SHEET_OPTIONS: Options = {
  ...SERVER_OPTIONS,
  headings: option(
    HEADINGS.join('|'),
    '列标题：zh 中文（默认），fields 字段名',
    'column headings: zh Chinese (default), fields the names of the fields',
  ),
  raw: flag(
    '原文：不防护表格软件会当作公式的单元格',
    'exact texts: cells that a spreadsheet would run as a formula are not made harmless',
  ),
  'time-zone': TIME_ZONE_OPTION,
  ...FILTER_OPTIONS,
}

export const exportCommand: Command = {
  options: {
    corp: option(
      'ID',
      '--database 里的企业（不给 --from 时必填）',
      'company of --database (required without --from)',
    ),
    out: option(
      'FILE',
      '写到文件（写完才出现），默认标准输出',
      'write to a file (it appears when it is complete), default standard output',
    ),
    format: option(
      SHEET_FORMATS.join('|'),
      '只导出员工跟进，一行一条：ndjson（可再导入）、csv、xlsx（Excel）',
      'staff follow-ups only, one per row: ndjson (can be imported), csv, xlsx (Excel)',
    ),
    ...SHEET_OPTIONS,
  },
  notes: {
    zh: '--format 之后的条件与 follow/list 相同：各条件须同时满足，列表里满足其一即可。CSV 带 BOM；以 = + - @ 等开头、会被表格软件当作公式的单元格，CSV 里前面加一个单引号，Excel 里记为文本。很长的数字请用 xlsx：表格软件打开 CSV 时会把它们变成近似值。',
    en: 'The filters are those of follow/list: all of them must hold, and one entry of a list is enough. CSV begins with a BOM; cells that a spreadsheet would run as a formula (= + - @ …) get an apostrophe in front in CSV, and are text in Excel. For long numbers use xlsx: spreadsheets round them when they open CSV.',
  },
  hasDataOnStdout: (call) => isStdout(given(call, 'out')),
  interrupted: (call) =>
    isStdout(given(call, 'out'))
      ? {
          zh: '输出不完整；再运行一次会从头导出',
          en: 'the output is incomplete; run again it starts over',
        }
      : { zh: '没有写出文件；再运行一次会从头导出', en: 'no file was written; run again it starts over' },
  async run(call) {
    const format = wordOption(call, 'format', SHEET_FORMATS)
    if (format !== undefined) return await exportSheet(call, format)
    const misplaced = Object.keys(SHEET_OPTIONS).find((name) => call.options[name] !== undefined)
    if (misplaced === undefined) return await exportBundle(call)
    throw usageError(`--${misplaced} 只能与 --format 一起用 / --${misplaced} goes with --format only`)
  },
}

async function exportBundle(call: CommandCall): Promise<number> {
  keepMemoryLow()
  const { io } = call
  const corpId = requireOption(call, 'corp')
  const server = await loadServer()
  await using core = await openDatabase(server, call)
  const corp = await server.requireCorp(core.context, corpId)
  const progress = startProgress(io, '导出', undefined, 'rows', showsData(call))
  await using out = await openSink(io, given(call, 'out'))
  let rows = 0
  const report = await server
    .exportBundle(core.context.store, corp.key, async (lines, count) => {
      io.signal.throwIfAborted()
      await write(out.stream, lines)
      rows += count
      progress.update(rows)
    })
    .finally(() => progress.end())
  await out.keep()
  await print(call, report, `已导出：${kindCounts(report.exported)}`)
  return EXIT.done
}

/** The follow-ups that match, newest first, one per row. */
async function exportSheet(call: CommandCall, format: SheetFormat): Promise<number> {
  keepTableMemoryLow()
  const { io } = call
  const headings = wordOption(call, 'headings', HEADINGS) ?? 'zh'
  const file = given(call, 'out')
  if (format === 'xlsx' && isStdout(file) && io.stdout.isTTY) {
    throw usageError(
      'xlsx 不能显示在终端上：请用 --out FILE 写到文件 / xlsx cannot be shown on a terminal: write it with --out FILE',
    )
  }
  await using source = await sourceOf(call)
  const timeZone = timeZoneOf(call, source)
  // Before a file is opened: the source may refuse the filters.
  const found = await findFollows(source.client, filtersOf(call))
  await using out = await openSink(io, file)
  const isTable = format !== 'ndjson'
  const sheet = openSheet(format, out.stream, {
    headings,
    timeZone,
    raw: call.options.raw === true,
    ...(isTable ? await sheetNames(source.client) : NO_NAMES),
    ...(out.folder !== undefined && { scratch: out.folder }),
  })
  const listed = new ListedNames(source.client)
  const targets = new TargetNames(source.findNames ?? listed.find)
  const progress = startProgress(io, '导出', found.total, 'rows', showsData(call))
  let rows = 0
  let summary: SheetSummary
  try {
    for await (const records of found.pages()) {
      io.signal.throwIfAborted()
      await sheet.write(isTable ? await targets.named(records) : records)
      rows += records.length
      progress.update(rows)
    }
    summary = await sheet.end(() => io.signal.throwIfAborted())
  } finally {
    progress.end()
  }
  await out.keep()
  await printSheet(call, summary, listed.skipped)
  return EXIT.done
}

async function printSheet(call: CommandCall, summary: SheetSummary, unnamed: number): Promise<void> {
  const { rows, shortened, textColumns, unlinked } = summary
  const notes = [
    shortened > 0 && `${shortened} 个单元格过长，已截断（Excel 一格最多 32767 个字符）`,
    textColumns.length > 0 &&
      `${textColumns.join('、')} 中有单元格无法准确保存的值，整列已写为文字（Excel 的数字最多 15 位，日期从 1900 年起）`,
    unlinked > 0 && `${unlinked} 个附件没有链接，已写出地址（Excel 一张工作表的链接有上限）`,
    unnamed > 0 &&
      `${unnamed} 个对象没有查询名称（每次最多查询 2000 个；读取本机数据库的 --corp 没有这个限制）`,
  ].filter((note) => note !== false)
  const report = {
    ...{ rows, shortened },
    ...(textColumns.length > 0 && { text_columns: textColumns }),
    ...(unlinked > 0 && { unlinked }),
    ...(unnamed > 0 && { unnamed }),
  }
  await print(call, report, [`已导出：${rows} 条跟进`, ...notes].join('；'))
}

/** Whether the result itself appears on the terminal, where a bar would be drawn into it. */
function showsData(call: CommandCall): boolean {
  return isStdout(given(call, 'out')) && call.io.stdout.isTTY === true
}

/** Prints the summary: beside the result when that goes to standard output. */
async function print(call: CommandCall, report: object, text: string): Promise<void> {
  const { io, json } = call
  await write(
    isStdout(given(call, 'out')) ? io.stderr : io.stdout,
    `${json ? JSON.stringify(report) : text}\n`,
  )
}
