import type { CustomField, FollowSheetRecord } from './record.ts'
import type { Cell } from './values.ts'

export const HEADINGS = ['zh', 'fields'] as const

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

/**
 * One column of the table. Ids are always text. Times and numbers are numbers where a spreadsheet holds them exactly, else text.
 * Labels are Chinese words, or the wire's values under the wire's names.
 */
export interface Column {
  /** The wire's name, with dots. */
  readonly field: string
  readonly zh: string
  readonly kind: 'text' | 'id' | 'time' | 'number' | 'label'
  /** In widths of a digit. */
  readonly width: number
  value(record: FollowSheetRecord, options: SheetOptions): Cell
}
