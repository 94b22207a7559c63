import { createReadStream, statSync } from 'node:fs'
import { addAbortSignal, type Readable } from 'node:stream'
import { encodingOf } from 'genjin-record'
import type { BadLine, ImportReport } from 'genjin-server'
import {
  CliError,
  CORP_OPTION,
  type Command,
  type CommandCall,
  EXIT,
  flag,
  requireOption,
} from '../command.ts'
import { loadServer, openDatabase } from '../database.ts'
import { write } from '../io.ts'
import { kindCounts } from '../kinds.ts'
import { keepMemoryLow } from '../memory.ts'
import { unreadable } from '../output.ts'
import { startProgress } from '../progress.ts'

/** Invalid lines that are reported one by one; the others are only counted. */
const REPORTED = 100

/** Read at once: a large import then waits for the file 3 % of its time, with 64 KiB 6 %. */
const CHUNK_BYTES = 512 * 1024

export const importCommand: Command = {
  options: {
    corp: CORP_OPTION,
    strict: flag('遇到第一个无效行即停止', 'stop at the first invalid line'),
  },
  notes: {
    zh: 'FILE 为 - 时读标准输入。无效行会被跳过，并报告行号、字段与原因；其余照常导入，退出码为 3。',
    en: 'FILE - reads standard input. Invalid lines are skipped and reported with number, field and reason; the exit code is then 3.',
  },
  interrupted: ({ args: [file] }) => {
    const [zh, en] = file === '-' ? ['给出同样的输入，', ' with the same input'] : ['', '']
    return {
      zh: `已导入的行保留；${zh}再运行一次即可补完`,
      en: `the lines imported so far are kept; run again${en} it completes the rest`,
    }
  },
  async run(call) {
    keepMemoryLow()
    const { io } = call
    const corpId = requireOption(call, 'corp')
    const [file = ''] = call.args
    const bytes = file === '-' ? undefined : sizeOf(file)
    const server = await loadServer()
    await using core = await openDatabase(server, call, { inBulk: true })
    const corp = await server.requireCorp(core.context, corpId)
    const progress = startProgress(io, '导入', bytes, 'B')
    const reported: BadLine[] = []
    // Ctrl-C ends it between two transactions, also while it waits for input.
    const input = addAbortSignal(
      io.signal,
      file === '-' ? io.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES }),
    )
    const report = await server
      .importBundle(core.context, corp.key, bundleIn(input, file), {
        strict: call.options.strict === true,
        onBadLine: (bad) => {
          if (reported.length < REPORTED) reported.push(bad)
        },
        onProgress: ({ bytes }) => progress.update(bytes),
      })
      .finally(() => {
        progress.end()
        // It may have stopped before the end of its standard input, which would keep the process alive.
        input.destroy()
      })
    // A power loss after this line loses nothing.
    await core.context.store.flush()
    await print(call, report, reported)
    return report.bad > 0 ? EXIT.badLines : EXIT.done
  },
}

function sizeOf(file: string): number | undefined {
  try {
    const found = statSync(file)
    if (found.isDirectory()) throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' })
    // A pipe or a device has no size.
    return found.isFile() ? found.size : undefined
  } catch (error) {
    throw unreadable(`文件 ${file}`, error)
  }
}

/** The input, unless its beginning is that of something else than a bundle: every line of that would be reported as invalid. */
async function* bundleIn(input: Readable, file: string): AsyncGenerator<Buffer> {
  const chunks = (input as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const next = () =>
    chunks.next().catch((error: NodeJS.ErrnoException) => {
      throw error.syscall === undefined ? error : unreadable(`文件 ${file}`, error)
    })
  let read = await next()
  if (!read.done) requireBundle(read.value, file === '-' ? '标准输入 / standard input' : file)
  for (; !read.done; read = await next()) yield read.value
}

function requireBundle(start: Buffer, file: string): void {
  const found = otherKind(start)
  if (!found) return
  throw new CliError(
    EXIT.failed,
    `${file} ${found[0]}；import 读取数据包：一行一个 JSON 对象，UTF-8 编码，由 genjin export 写出 / ${found[1]}; import takes a bundle: a JSON object a line, in UTF-8, as genjin export writes it`,
  )
}

/** Beginnings of files that are taken for a bundle, in hexadecimal digits. */
const KINDS: readonly (readonly [start: string, zh: string, en: string])[] = [
  ['504b0304', '是 Excel（xlsx）或 ZIP 文件', 'it is an Excel (xlsx) or ZIP file'],
  ['d0cf11e0', '是旧版 Office 文件（xls）', 'it is a file of an old Office (xls)'],
  ['1f8b', '是 gzip 压缩文件，请先解压', 'it is compressed (gzip), unpack it first'],
]

/** How much of a file is looked at. */
const LOOKED_AT = 65_536

function otherKind(bytes: Buffer): readonly [zh: string, en: string] | undefined {
  const start = bytes.subarray(0, LOOKED_AT)
  if (encodingOf(start) !== 'utf-8') {
    return [
      '是 UTF-16 编码，请另存为 UTF-8；在 PowerShell 中请用 export 的 --out 代替 >',
      'it is UTF-16, save it as UTF-8; in PowerShell use --out of export instead of >',
    ]
  }
  const known = KINDS.find(([magic]) => start.toString('hex', 0, 4).startsWith(magic))
  if (known) return [known[1], known[2]]
  if (start.includes(0)) return ['不是文本', 'it is not text']
  const lines = start
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  if (lines[0]?.trimStart().startsWith('[')) return ['是 JSON 数组', 'it is a JSON array']
  // One line alone is reported as invalid, with its reason. A cell of a CSV can have lines of its own, such as [图片].
  if (lines.length < 2 || lines.some((line) => /^\s*\{\s*"/.test(line))) return undefined
  return [
    '里没有一行是 JSON 对象，不是数据包（CSV 与分成多行的 JSON 不能导入）',
    'no line of it is a JSON object, it is no bundle (CSV and JSON over several lines cannot be imported)',
  ]
}

async function print(
  { io, json }: CommandCall,
  report: ImportReport,
  reported: readonly BadLine[],
): Promise<void> {
  if (json) {
    await write(io.stdout, `${JSON.stringify({ ...report, bad_lines: reported })}\n`)
    return
  }
  for (const { line, field, reason } of reported) {
    await write(io.stderr, `第 ${line} 行${field ? `，${field}` : ''}：${reason}\n`)
  }
  const others = report.bad - reported.length
  if (others > 0) await write(io.stderr, `……另有 ${others} 个无效行\n`)
  const end = report.complete ? '' : '（--strict：到此停止，改正后再运行一次）'
  await write(io.stdout, `已导入：${kindCounts(report.imported)}；跳过 ${report.bad} 行${end}\n`)
}
