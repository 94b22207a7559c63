import type { Writable } from 'node:stream'
import { openCsv } from './csv.ts'
import { openNdjson } from './ndjson.ts'
import type { CustomField, FollowSheetRecord } from './record.ts'
import { openXlsx } from './xlsx.ts'

export type { CustomField, FollowSheetRecord } from './record.ts'

export const SHEET_FORMATS = ['ndjson', 'csv', 'xlsx'] as const
export type SheetFormat = (typeof SHEET_FORMATS)[number]

export interface SheetOptions {
  /** Chinese column headings and labels, or the wire's field names and values. */
  readonly headings: 'zh' | 'fields'
  /** Exact texts: nothing is made harmless. */
  readonly raw: boolean
  /** IANA name. Times are written as yyyy-MM-dd HH:mm:ss in it. */
  readonly timeZone: string
  /** One column each. */
  readonly customFields: readonly CustomField[]
  /** User id → name. */
  readonly staffNames: ReadonlyMap<string, string>
}

/** Writes a table into a stream, in constant memory. */
export interface SheetWriter {
  /** Waits while the stream is full; rejects when the stream has failed. */
  write(records: readonly FollowSheetRecord[]): Promise<void>
  /** Writes what belongs at the end; does not close the stream. */
  end(): Promise<SheetSummary>
}

export interface SheetSummary {
  readonly rows: number
  /** Cells that did not fit and were cut: in xlsx only. */
  readonly shortened: number
}

const OPEN = { ndjson: openNdjson, csv: openCsv, xlsx: openXlsx }

export function openSheet(format: SheetFormat, stream: Writable, options: SheetOptions): SheetWriter {
  return OPEN[format](stream, options)
}
