import { PassThrough, Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { inflateRawSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import type { CustomField, FollowSheetRecord, SheetOptions, SheetSummary, SheetWriter } from 'genjin-sync'
import readExcelFile from 'read-excel-file/node'

/** What the tests of the tables share. */

export const OPTIONS: SheetOptions = {
  headings: 'zh',
  raw: false,
  timeZone: 'Asia/Shanghai',
  customFields: [],
  staffNames: new Map([['zhangwei', '张伟']]),
  departmentNames: new Map([['zhangwei', '销售部']]),
}

/** A record with every key of the wire, in its order, and nothing in those that may be empty. */
export function recordWith(parts: Partial<FollowSheetRecord> = {}): FollowSheetRecord {
  return {
    id: '1234567890',
    follow_user_id: 'zhangwei',
    content: '电话沟通',
    target: {
      contact_id: null,
      external_id: null,
      company_id: null,
      chat_id: null,
      clue_id: null,
      is_ai: null,
    },
    business_type: 1,
    business_id: 'wm123',
    follow_type: null,
    follow_type_desc: null,
    field_map: {},
    attachment_list: [],
    location: null,
    follow_time: Date.UTC(2025, 0, 15, 2, 30),
    remind: null,
    ...parts,
  }
}

export function fieldWith(parts: Partial<CustomField>): CustomField {
  return { key: 'k', name: '字段', type: 'text', options: null, ...parts }
}

export interface Written extends SheetSummary {
  readonly bytes: Buffer
}

export async function writeTable(
  open: (stream: Writable) => SheetWriter,
  records: readonly FollowSheetRecord[],
): Promise<Written> {
  const stream = new PassThrough()
  const bytes = buffer(stream)
  const sheet = open(stream)
  await sheet.write(records)
  const summary = await sheet.end()
  stream.end()
  return { ...summary, bytes: await bytes }
}

/** A stream that takes so many writes and fails then. */
export function failingAfter(writes: number): Writable {
  let left = writes
  const stream = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => setImmediate(done, left-- > 0 ? null : new Error('disk full')),
  })
  stream.on('error', () => {})
  return stream
}

/** Heading → text, one a record, as an independent reader finds them. */
export function csvRecords(bytes: Buffer | string): Record<string, string>[] {
  return parse(bytes, { bom: true, columns: true })
}

export function csvRows(bytes: Buffer): string[][] {
  return parse(bytes, { bom: true })
}

type ExcelCell = string | number | boolean | Date | null

export async function xlsxSheets(bytes: Buffer): Promise<{ sheet: string; data: ExcelCell[][] }[]> {
  return (await readExcelFile(bytes, { trim: false })) as unknown as { sheet: string; data: ExcelCell[][] }[]
}

/** Heading → cell, one a record of the first sheet. */
export async function xlsxRecords(bytes: Buffer): Promise<Record<string, ExcelCell>[]> {
  const [first] = await xlsxSheets(bytes)
  const [headings = [], ...rows] = first?.data ?? []
  return rows.map((row) => Object.fromEntries(headings.map((name, index) => [name, row[index] ?? null])))
}

/** The text of a part of a ZIP that was written as it came: its data stand behind the first mention of its name. */
export function partOf(bytes: Buffer, path: string): string {
  const at = bytes.indexOf(path)
  if (at < 0) throw new Error(`no ${path}`)
  return inflateRawSync(bytes.subarray(at + Buffer.byteLength(path))).toString()
}
