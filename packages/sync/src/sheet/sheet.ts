import type { Writable } from 'node:stream'
import { openCsv } from './csv.ts'
import { openNdjson } from './ndjson.ts'
import type { CustomField, FollowSheetRecord } from './record.ts'
import { openXlsx } from './xlsx.ts'

export const HEADINGS = ['zh', 'fields'] as const

export const SHEET_FORMATS = ['ndjson', 'csv', 'xlsx'] as const
export type SheetFormat = (typeof SHEET_FORMATS)[number]

export interface SheetOptions {
  /** Headings and labels in Chinese, or the wire's field names and values. */
  readonly headings: (typeof HEADINGS)[number]
  /** Exact texts: formulas are not made harmless. */
  readonly raw: boolean
  /** IANA name of the zone in which times are written as yyyy-MM-dd HH:mm:ss. */
  readonly timeZone: string
  /** Each gets a column. */
  readonly customFields: readonly CustomField[]
  /** User id → name. */
  readonly staffNames: ReadonlyMap<string, string>
}

/** Writes a table into a stream, in constant memory. */
export interface SheetWriter {
  /** Waits while the stream is full; rejects when the stream has failed. */
  write(records: readonly FollowSheetRecord[]): Promise<void>
  /** Completes the table; does not close the stream. */
  end(): Promise<SheetSummary>
}

export interface SheetSummary {
  readonly rows: number
  /** Cells whose text was cut because it is too long: in xlsx only. */
  readonly shortened: number
}

const OPEN = { ndjson: openNdjson, csv: openCsv, xlsx: openXlsx }

export function openSheet(format: SheetFormat, stream: Writable, options: SheetOptions): SheetWriter {
  return OPEN[format](stream, options)
}
