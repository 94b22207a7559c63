import type { FollowRecord, GenjinClient } from 'genjin-client'
import { type CommandCall, EXIT, UsageError } from '../../../cli/src/command.ts'
import { filtersOf } from '../../../cli/src/filters.ts'
import { type Io, write } from '../../../cli/src/io.ts'
import { startProgress } from '../../../cli/src/progress.ts'
import { isStdout, openSink } from '../../../cli/src/sink.ts'
import { CONCURRENCY, isUnavailable, sourceOf, timeZoneOf } from '../../../cli/src/source.ts'
import { cutWindows, type ListWindow, readWindow } from '../pull/windows.ts'
import { openSheet, SHEET_FORMATS, type SheetFormat, type SheetOptions } from './sheet.ts'

export const HEADINGS = ['zh', 'fields'] as const

/** `genjin export --format`: the follow-ups that match, newest first, one a row. */
export async function exportFollows(call: CommandCall): Promise<number> {
  const { io, options } = call
  const format = oneOf(call, 'format', SHEET_FORMATS) as SheetFormat
  const headings = oneOf(call, 'headings', HEADINGS) ?? 'zh'
  const file = options.out as string | undefined
  refuseTerminal(io, format, file)
  await using source = await sourceOf(call)
  const timeZone = timeZoneOf(options['time-zone'] as string | undefined, source)
  const { client } = source
  const { follow_time_start: start, follow_time_end: end, ...filters } = filtersOf(call)
  const list: ListWindow<FollowRecord> = (window, size) =>
    client.follow.list(
      {
        ...filters,
        ...(window.start !== undefined && { follow_time_start: window.start }),
        ...(window.end !== undefined && { follow_time_end: window.end }),
        ...(window.type !== undefined && { target_type: window.type }),
        page_size: size,
      },
      { concurrency: CONCURRENCY },
    )
  const whole = { start, end }
  // First of all, so that what is wrong with the filters is told before a file is opened.
  const { total } = await list(whole, 1).page()
  await using out = await openSink(io, file)
  const sheet = openSheet(format, out.stream, {
    headings,
    timeZone,
    raw: options.raw === true,
    ...(await namesOf(client, format)),
  })
  const progress = startProgress(io, '导出', total, 'rows')
  let rows = 0
  try {
    for await (const cuts of cutWindows(list, whole, filters.target_type === undefined)) {
      for (const cut of cuts) {
        for await (const records of readWindow(list, cut)) {
          io.signal.throwIfAborted()
          await sheet.write(records)
          rows += records.length
          progress.update(rows)
        }
      }
    }
  } finally {
    progress.end()
  }
  const { shortened } = await sheet.end()
  await out.keep()
  await tell(call, { rows, shortened, file })
  return EXIT.done
}

/** Custom fields and names of staff, where the source has them to tell. */
async function namesOf(
  client: GenjinClient,
  format: SheetFormat,
): Promise<Pick<SheetOptions, 'customFields' | 'staffNames'>> {
  if (format === 'ndjson') return { customFields: [], staffNames: new Map() }
  const customFields = await allOf(client.customField.list())
  const staff = await allOf(client.staff.list())
  return { customFields, staffNames: new Map(staff.map(({ userId, username }) => [userId, username])) }
}

async function allOf<R>(records: AsyncIterable<R>): Promise<R[]> {
  try {
    return await Array.fromAsync(records)
  } catch (error) {
    if (isUnavailable(error)) return []
    throw error
  }
}

async function tell(
  { io, json }: CommandCall,
  { rows, shortened, file }: { rows: number; shortened: number; file: string | undefined },
): Promise<void> {
  const note = shortened > 0 ? `;${shortened} 个单元格太长，已截短（Excel 一格最多 32767 个字符）` : ''
  const summary = json ? JSON.stringify({ rows, shortened }) : `已导出：${rows} 条跟进${note}`
  // On standard output there is the table: the summary goes beside it.
  await write(isStdout(file) ? io.stderr : io.stdout, `${summary}\n`)
}

function oneOf<const V extends readonly string[]>(
  { options }: CommandCall,
  name: string,
  values: V,
): V[number] | undefined {
  const value = options[name] as string | undefined
  if (value !== undefined && !values.includes(value)) {
    throw new UsageError(
      `--${name} 须为 ${values.join('、')} 之一 / --${name} must be one of ${values.join(', ')}`,
    )
  }
  return value
}

function refuseTerminal(io: Io, format: SheetFormat, file: string | undefined): void {
  if (format !== 'xlsx' || !isStdout(file) || !(io.stdout as { isTTY?: boolean }).isTTY) return
  throw new UsageError('xlsx 不是文字：请用 --out FILE 写到文件 / xlsx is no text: write it with --out FILE')
}
