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
  /** User id → name of the department. */
  readonly departmentNames: ReadonlyMap<string, string>
  /** Folder for a temporary file, which takes about as much room as the result: xlsx only. Default: the system's. */
  readonly scratch?: string
}

/** Writes a table into a stream, in constant memory. */
export interface SheetWriter {
  /** Waits while the stream is full; rejects when the stream has failed. */
  write(records: readonly FollowSheetRecord[]): Promise<void>
  /**
   * Completes the table; does not close the stream.
   *
   * @param onProgress called now and then meanwhile; what it throws ends the work
   */
  end(onProgress?: () => void): Promise<SheetSummary>
}

export interface SheetSummary {
  readonly rows: number
  /** Cells whose text was cut because it is too long: in xlsx only. */
  readonly shortened: number
  /** Headings of columns of numbers or dates that are texts, because a cell would not hold one of them: in xlsx only. */
  readonly textColumns: readonly string[]
  /** Attachments that cannot be clicked, because a sheet has no room for more links: in xlsx only. */
  readonly unlinked: number
}

/**
 * One column of the table. Ids are always text. Times and numbers are numbers where a spreadsheet holds all of the column
 * exactly, else texts. Labels are Chinese words, or the wire's values under the wire's names.
 */
export interface Column {
  /** The wire's name, with dots. */
  readonly field: string
  readonly zh: string
  /** Of a custom field; undefined for a built-in column. */
  readonly key?: string
  readonly kind: 'text' | 'id' | 'time' | 'number' | 'label' | 'links'
  /** At most, in widths of a digit. */
  readonly width: number
  value(record: FollowSheetRecord, options: SheetOptions): Cell
}
